/** What a person's act changes: checked against the present state, given as files and a commit message. */
import { AtoError } from './errors.ts';
import { type Act, refusal, statusAfter } from './model/lifecycle.ts';
import { quote } from './model/names.ts';
import { readRecord, withStatus } from './model/records.ts';
import type { ServedRecord } from './model/snapshot.ts';
import type { RecordId, Status, StorePath } from './plugin.ts';
import type { View } from './view/view.ts';

/** Who a decision's commit names as its author. */
export interface Person {
  readonly name: string;
  readonly email: string;
}

export interface Decision {
  readonly act: Extract<Act, 'promote' | 'reject'>;
  readonly id: RecordId;
  readonly by: Person;
  readonly note?: string;
  /** The blob that the decider read; another present one is AtoError `changed`. */
  readonly ifMatch?: string;
}

/** One commit's worth of change, before it is written. */
export interface PlannedCommit {
  readonly changes: readonly {
    readonly path: StorePath;
    readonly text: string | Uint8Array | null;
  }[];
  readonly subject: string;
  readonly trailers: readonly (readonly [string, string])[];
  readonly note?: string;
}

export const NOTE_CHARS_MAX = 2_000;

/** The change that a decision makes. AtoError `not-found`, `changed`, `wrong-state`, `invalid`. */
export function planDecision(view: View, decision: Decision, text: string): PlannedCommit {
  const served = servedRecord(view, decision.id);
  const { record } = served;
  checkMatch(served, decision.ifMatch);
  const next = statusAfter(decision.act, record.status);
  if (next === undefined) {
    throw new AtoError('wrong-state', refusal(decision.act, record.status), {
      extra: { present: presentState(served) },
    });
  }
  if (decision.act === 'promote') checkProvenance(served);
  const file = readRecord(record.path, text);
  if ('problem' in file) throw new AtoError('invalid', file.problem.message);
  return {
    changes: [{ path: record.path, text: withStatus(file, next) }],
    subject: `${decision.act}: ${record.subject}`,
    trailers: decisionTrailers(decision, record.status, next),
    ...noteOf(decision.note),
  };
}

/** The record of an id, as it is served. AtoError `not-found` otherwise. */
export function servedRecord(view: View, id: RecordId): ServedRecord {
  const served = view.settlement.records.get(id);
  if (served !== undefined && served.record.type !== 'state') return served;
  throw new AtoError(
    'not-found',
    `Expected the id of a memory or entity, found ${quote(id)}, which names none. \`atocore queue\` lists what awaits a decision.`,
  );
}

function checkMatch(served: ServedRecord, ifMatch: string | undefined): void {
  if (ifMatch === undefined || ifMatch === served.oid) return;
  throw new AtoError(
    'changed',
    `Expected the record as it was read (${quote(ifMatch)}), found it changed since (${served.oid}). Read it again and decide on what it says now.`,
    { extra: { present: presentState(served) } },
  );
}

function checkProvenance(served: ServedRecord): void {
  const { record } = served;
  if (record.handAuthored || (record.origins.length > 0 && !served.isUnsupported)) return;
  throw new AtoError(
    'wrong-state',
    `Expected a source that still says what ${record.id} claims, found none: ${record.origins.join(', ') || 'no origins'}. Restore the source, or set \`hand_authored: true\` in the record if you vouch for it.`,
    { extra: { present: presentState(served) } },
  );
}

/** What an answer to a refused decision shows. */
export function presentState({ record, oid }: ServedRecord): Readonly<Record<string, string>> {
  return { id: record.id, status: record.status, text: record.text, path: record.path, etag: oid };
}

function decisionTrailers(
  decision: Decision,
  before: Status,
  after: Status,
): PlannedCommit['trailers'] {
  return [
    ['Actor', `${decision.by.name} <${decision.by.email}>`],
    ['Act', decision.act],
    ['Record', decision.id],
    ['Before', before],
    ['After', after],
  ];
}

/** A note as it goes into a commit message. AtoError `invalid` when it is too long. */
export function noteOf(note: string | undefined): { note?: string } {
  const folded = note?.replace(/\r\n?/g, '\n').trim();
  if (folded === undefined || folded === '') return {};
  if (folded.length <= NOTE_CHARS_MAX) return { note: folded };
  throw new AtoError(
    'invalid',
    `Expected a note of at most ${NOTE_CHARS_MAX} characters, found ${folded.length}. Shorten it.`,
  );
}
