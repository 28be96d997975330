/** The records of a settlement, ready to be asked for: by stem, by conflict, with what was ruled. */
import type { ServedConflict, ServedRecord, Settlement } from '../model/snapshot.ts';
import type { KnowledgeRecord, RecordId } from '../plugin.ts';
import { type Rulings, rulingsOf } from './rulings.ts';
import { tokenize } from './tokenize.ts';

/** A record with the words it is found by. */
export interface Card {
  readonly served: ServedRecord;
  readonly stems: ReadonlySet<string>;
  readonly tagStems: readonly ReadonlySet<string>[];
}

export interface Cards {
  /** In order of id. */
  readonly all: readonly Card[];
  /** Places in `all` of the cards that have a stem. */
  readonly byStem: ReadonlyMap<string, readonly number[]>;
  readonly records: Settlement['records'];
  readonly conflicts: ReadonlyMap<RecordId, readonly ServedConflict[]>;
  readonly rulings: Rulings;
}

/** Made once for each settlement, and kept as long as that is. */
export function cardsOf(settlement: Settlement): Cards {
  const known = KEPT.get(settlement);
  if (known !== undefined) return known;
  const all = [...settlement.records.values()].map(cardOf);
  const byStem = new Map<string, number[]>();
  for (const [at, { stems, tagStems }] of all.entries()) {
    const every =
      tagStems.length === 0 ? stems : new Set([...stems, ...tagStems.flatMap((tag) => [...tag])]);
    for (const stem of every) {
      const places = byStem.get(stem);
      if (places === undefined) byStem.set(stem, [at]);
      else places.push(at);
    }
  }
  const cards = {
    all,
    byStem,
    records: settlement.records,
    conflicts: openConflicts(settlement),
    rulings: rulingsOf(settlement),
  };
  KEPT.set(settlement, cards);
  return cards;
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
    words = {
      stems: new Set(tokenize(`${subject} ${record.value ?? ''} ${record.text}`)),
      tagStems: record.tags.map((tag) => new Set(tokenize(tag))),
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
