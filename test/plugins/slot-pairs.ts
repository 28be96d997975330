/** The labelled pairs of statements, as records, and what the detector finds in them. */
import { readFileSync } from 'node:fs';
import slots from '../../plugins/slots/index.ts';
import { foldSubject } from '../../plugins/text/statement.ts';
import { subjectValueOf } from '../../plugins/text/subject-value.ts';
import type { KnowledgeRecord, RecordId } from '../../src/plugin.ts';
import { record } from './slot-records.ts';

interface Statement {
  readonly type?: 'state';
  readonly kind: KnowledgeRecord['kind'];
  readonly says: string;
  /** Absent: read from what it says, as a cue reads a heading. */
  readonly subject?: string;
  readonly value?: string;
}

export interface Pair {
  readonly label: string;
  /** Whether a person would call it a conflict. */
  readonly conflict: boolean;
  readonly a: Statement;
  readonly b: Statement;
}

const plugin = slots.create({ templates: [] });

export function readPairs(name: string): readonly Pair[] {
  const file = new URL(`../fixtures/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as readonly Pair[];
}

export function isFound({ a, b }: Pair): boolean {
  const records = [recordOf(a, 'one'), recordOf(b, 'two')];
  const byId = new Map(records.map((each) => [each.id, each]));
  return (plugin.detect?.(byId) ?? []).length > 0;
}

function recordOf({ type, kind, says, subject, value }: Statement, id: string): KnowledgeRecord {
  const read = subject === undefined ? subjectValueOf(says) : undefined;
  const given = value ?? read?.value;
  return record({
    id: id as RecordId,
    ...(type === undefined ? {} : { type }),
    kind,
    subject: subject ?? read?.subject ?? foldSubject(says),
    ...(given === undefined ? {} : { value: given }),
    text: says,
  });
}

export interface Scores {
  readonly precision: number;
  readonly recall: number;
  readonly wrong: readonly Pair[];
  readonly missed: readonly Pair[];
}

export function scores(pairs: readonly Pair[]): Scores {
  const found = pairs.filter(isFound);
  const right = found.filter(({ conflict }) => conflict);
  const gold = pairs.filter(({ conflict }) => conflict);
  return {
    precision: right.length / Math.max(1, found.length),
    recall: right.length / Math.max(1, gold.length),
    wrong: found.filter(({ conflict }) => !conflict),
    missed: gold.filter((pair) => !found.includes(pair)),
  };
}
