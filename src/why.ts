/** Why a record is there: what it rests on, what it is compared with, what was decided on it. */

import { AtoError } from './errors.ts';
import { quote } from './model/names.ts';
import type { ServedConflict, ServedRecord } from './model/snapshot.ts';
import { type AuditEntry, audit } from './past.ts';
import type { RecordId } from './plugin.ts';
import type { Store } from './store/store.ts';
import { type Evidence, evidenceOf } from './view/evidence.ts';
import { type Freshness, freshnessOf } from './view/reinforcement.ts';
import type { View } from './view/view.ts';

export interface Why {
  readonly served: ServedRecord;
  readonly evidence: readonly Evidence[];
  readonly freshness: Freshness;
  /** Conflicts that it takes or took part in. */
  readonly conflicts: readonly ServedConflict[];
  /** Newest first. */
  readonly history: readonly AuditEntry[];
}

/** A memory, entity or entry of state. AtoError `not-found`. @param today `2026-11-22` */
export async function why(
  store: Store,
  view: View,
  { id, today }: { readonly id: RecordId; readonly today: string },
): Promise<Why> {
  const served = anyRecord(view, id);
  return {
    served,
    evidence: evidenceOf(view, served),
    freshness: freshnessOf(view, served, today),
    conflicts: view.settlement.conflicts.filter(({ conflict }) =>
      conflict.members.some((member) => member.id === id),
    ),
    history: await audit(store, id, served.record.path),
  };
}

/** What is served under an id, trusted state included. AtoError `not-found`. */
export function anyRecord(view: View, id: RecordId): ServedRecord {
  const served = view.settlement.records.get(id);
  if (served !== undefined) return served;
  throw new AtoError(
    'not-found',
    `Expected the id of a record, found ${quote(id)}, which names none.`,
  );
}
