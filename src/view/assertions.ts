/** Who still says what no longer holds: the list that goes with a superseded value (domain.md §6). */
import { foldName } from '../model/names.ts';
import type { KnowledgeRecord, RecordId, StorePath } from '../plugin.ts';
import { query } from './query.ts';
import { stemsOf } from './stems.ts';
import type { View } from './view.ts';

export interface Assertion {
  readonly path: StorePath;
  /** The record that says it; absent for a passage of a source. */
  readonly id?: RecordId;
  readonly heading: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly text: string;
}

/** Passages looked at, best match first. */
const LOOKED_AT = 60;
export const ASSERTIONS_MAX = 20;
const SUBJECT_SHARE = 0.5;

/**
 * Active records and source passages of its project (or none) that contain the record's value, or
 * its whole statement where it has none, and speak of its subject; best matches first, at most 20.
 * @param today only what is looked for with; nothing is left out by it
 */
export function stillAsserting(
  view: View,
  record: KnowledgeRecord,
  except: ReadonlySet<RecordId>,
): readonly Assertion[] {
  const wanted = fold(record.value ?? record.text);
  const subject = new Set(stemsOf(record.subject));
  if (wanted === '') return [];
  const { hits } = query(view, {
    text: `${record.subject} ${record.value ?? record.text}`,
    project: record.project,
    layers: ['passage', 'memory', 'entity', 'state'],
    limit: LOOKED_AT,
    // What is current is not the question: everything that says it counts.
    today: '',
  });
  const found: Assertion[] = [];
  for (const { id, document } of hits) {
    const isRecord = document.layer !== 'passage';
    if (isRecord && except.has(id as RecordId)) continue;
    const { title, heading, text } = document;
    if (!` ${fold(text)} `.includes(` ${wanted} `)) continue;
    if (!speaksOf(subject, `${isRecord ? title : heading}\n${text}`)) continue;
    const { startLine, endLine } = document;
    const path = document.path as StorePath;
    const base = { path, heading: isRecord ? title : heading, startLine, endLine, text };
    found.push(isRecord ? { ...base, id: id as RecordId } : base);
  }
  return found.slice(0, ASSERTIONS_MAX);
}

function speaksOf(subject: ReadonlySet<string>, text: string): boolean {
  const said = new Set(stemsOf(text));
  const shared = [...subject].filter((stem) => said.has(stem)).length;
  return shared >= subject.size * SUBJECT_SHARE;
}

/** Words in folded spelling with one space between them. */
function fold(text: string): string {
  return foldName(text)
    .replace(/[^\p{L}\p{N}.,%°µ/]+/gu, ' ')
    .replace(/[.,]+(?= |$)/g, '')
    .trim();
}
