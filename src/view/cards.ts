/** The records of a settlement, ready to be asked for: by stem, by conflict, with what was ruled. */
import { foldStatement } from '../model/names.ts';
import type { ServedConflict, ServedRecord, Settlement } from '../model/snapshot.ts';
import type { KnowledgeRecord, RecordId } from '../plugin.ts';
import { type Finding, type Rulings, rulingsOf } from './rulings.ts';
import { tokenize } from './tokenize.ts';

/** A record with the words it is found by. */
export interface Card {
  readonly served: ServedRecord;
  readonly stems: ReadonlySet<string>;
  readonly tagStems: readonly ReadonlySet<string>[];
  /** What the record says in one sentence, and how it is compared with others. */
  readonly saying: string;
  readonly sayingKey: string;
}

/** What is served of a record, whatever the prompt. */
export interface Serving {
  readonly text: string;
  readonly date: string;
  readonly notes: readonly string[];
}

/** What is served of a passage, and which rulings it falls under. */
export interface PassageServing extends Serving {
  readonly findings: readonly Finding[];
}

export interface Cards {
  /** In order of id. */
  readonly all: readonly Card[];
  /** Places in `all` of the cards that have a stem in their text, or in a tag. */
  readonly byStem: ReadonlyMap<string, readonly number[]>;
  readonly byTagStem: ReadonlyMap<string, readonly number[]>;
  /** Places of those that are served whether or not the prompt speaks of them. */
  readonly standing: readonly number[];
  readonly records: Settlement['records'];
  readonly conflicts: ReadonlyMap<RecordId, readonly ServedConflict[]>;
  readonly rulings: Rulings;
  /** Filled as records are served, for one day: what has expired depends on it. */
  readonly servings: { today: string; readonly byId: Map<RecordId, Serving> };
  /** Filled as passages are served; by day, project and id. */
  readonly passages: Map<string, PassageServing>;
}

/** Made once for each settlement, and kept as long as that is. */
export function cardsOf(settlement: Settlement): Cards {
  const known = KEPT.get(settlement);
  if (known !== undefined) return known;
  const all = [...settlement.records.values()].map(cardOf);
  const byStem = new Map<string, number[]>();
  const byTagStem = new Map<string, number[]>();
  for (const [at, { stems, tagStems }] of all.entries()) {
    for (const stem of stems) append(byStem, stem, at);
    for (const tag of tagStems) for (const stem of tag) append(byTagStem, stem, at);
  }
  const cards = {
    all,
    byStem,
    byTagStem,
    standing: [...all.keys()].filter((at) => isStanding(all[at]?.served.record)),
    records: settlement.records,
    conflicts: openConflicts(settlement),
    rulings: rulingsOf(settlement),
    servings: { today: '', byId: new Map() },
    passages: new Map(),
  };
  KEPT.set(settlement, cards);
  return cards;
}

function isStanding(record: KnowledgeRecord | undefined): boolean {
  return record?.type === 'state' || record?.kind === 'identity' || record?.kind === 'preference';
}

function append(places: Map<string, number[]>, stem: string, at: number): void {
  const known = places.get(stem);
  if (known === undefined) places.set(stem, [at]);
  else known.push(at);
}

const KEPT = new WeakMap<Settlement, Cards>();
// An unchanged file gives the same record again, settlement after settlement.
const WORDS = new WeakMap<KnowledgeRecord, Omit<Card, 'served'>>();

function cardOf(served: ServedRecord): Card {
  const { record } = served;
  let words = WORDS.get(record);
  if (words === undefined) {
    // A key such as `first-light` is two words.
    const subject =
      record.type === 'state' ? record.subject.replace(/[-_]+/g, ' ') : record.subject;
    const said = saying(record);
    words = {
      stems: new Set(tokenize(`${subject} ${record.value ?? ''} ${record.text}`)),
      tagStems: record.tags.map((tag) => new Set(tokenize(tag))),
      saying: said,
      sayingKey: `${record.project}\0${foldStatement(said).toLowerCase()}`,
    };
    WORDS.set(record, words);
  }
  return { served, ...words };
}

function openConflicts(settlement: Settlement): Cards['conflicts'] {
  const byRecord = new Map<RecordId, ServedConflict[]>();
  for (const served of settlement.conflicts) {
    if (served.status !== 'open') continue;
    for (const { id } of served.conflict.members) {
      byRecord.set(id, [...(byRecord.get(id) ?? []), served]);
    }
  }
  return byRecord;
}

function saying(record: KnowledgeRecord): string {
  const { type, subject, value, text } = record;
  if (type === 'state') {
    return text === value ? `${subject}: ${value}` : `${subject}: ${value ?? ''} (${text})`;
  }
  const hasValue = value === undefined || text.includes(value);
  return hasValue ? text : `${text} (${subject}: ${value})`;
}
