/** How a memory becomes an entity, and what stands in the way of a new record. */
import { presentState } from './desk.ts';
import { AtoError } from './errors.ts';
import type { Draft } from './model/authored.ts';
import { foldName, foldStatement } from './model/names.ts';
import type { ServedRecord } from './model/snapshot.ts';
import type { KnowledgeRecord, RecordId } from './plugin.ts';
import type { View } from './view/view.ts';

const MEMORY_ORIGIN = /^memory:(\S+)$/;

/** The origin of an entity that a memory shall become. */
export function memoryOrigin(memory: RecordId): string {
  return `memory:${memory}`;
}

/** The memory that an entity takes the place of; none for any other record. */
export function graduationOf(view: View, record: KnowledgeRecord): ServedRecord | undefined {
  if (record.type !== 'entity') return undefined;
  for (const origin of record.origins) {
    const [, id] = MEMORY_ORIGIN.exec(origin) ?? [];
    const memory = id === undefined ? undefined : view.settlement.records.get(id as RecordId);
    if (memory !== undefined) return memory;
  }
  return undefined;
}

/**
 * AtoError `wrong-state` when a record says the same already, whatever its status: what was
 * rejected stays rejected, and what a memory was proposed as is decided first.
 */
export function assertFree(view: View, draft: Draft, origin?: string): void {
  const statement = foldStatement(draft.text).toLowerCase();
  const subject = foldName(draft.subject);
  for (const served of view.settlement.records.values()) {
    const { record } = served;
    if (record.type !== draft.type) continue;
    const isSame =
      record.project === draft.project &&
      record.kind === draft.kind &&
      foldStatement(record.text).toLowerCase() === statement;
    const isProposed =
      origin !== undefined && record.status === 'candidate' && record.origins.includes(origin);
    if (!isSame && !isProposed) continue;
    const what = isProposed && !isSame ? 'is proposed from it' : 'says the same';
    const same = foldName(record.subject) === subject ? '' : ` under ${record.subject}`;
    throw new AtoError(
      'wrong-state',
      `Expected a claim that no record makes, found ${record.id}, which is ${record.status} and ${what}${same}. ${ADVICE[record.status]}`,
      { extra: { present: presentState(served) } },
    );
  }
}

const ADVICE: Readonly<Record<KnowledgeRecord['status'], string>> = {
  candidate: 'Promote or reject that one.',
  active: 'Edit that one if it should say more.',
  invalid: 'It was rejected; reinstate it if that was wrong.',
  superseded: 'Reinstate it if it holds again.',
  graduated: 'Its entity has taken its place.',
};
