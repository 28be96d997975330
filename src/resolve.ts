/** How a person settles a conflict: a winner named by its id, or "this is none" (domain.md §6). */
import { assertMatch, noteOf, type Person, type PlannedCommit, supersede } from './decisions.ts';
import { Desk, oneLine, presentState, type Texts } from './desk.ts';
import { AtoError } from './errors.ts';
import { withFields } from './model/front-matter.ts';
import { quote } from './model/names.ts';
import type { ServedConflict, ServedRecord } from './model/snapshot.ts';
import type { RecordId } from './plugin.ts';
import type { View } from './view/view.ts';

export interface Resolution {
  /** The conflict's id. */
  readonly id: string;
  readonly how: { readonly promoteWinner: RecordId } | { readonly dismiss: true };
  readonly by: Person;
  readonly note?: string;
  /** The blobs of members as the person read them; another present one is AtoError `changed`. */
  readonly ifMatch?: Readonly<Record<string, string>>;
}

/** A conflict that is open. AtoError `not-found`, `wrong-state`. */
export function openConflict(view: View, id: string): ServedConflict {
  const found = view.settlement.conflicts.find((conflict) => conflict.id === id);
  if (found === undefined) {
    throw new AtoError(
      'not-found',
      `Expected the id of a conflict, found ${quote(id)}, which names none. \`atocore conflicts\` lists them.`,
    );
  }
  if (found.status === 'open') return found;
  throw new AtoError(
    'wrong-state',
    `Expected an open conflict, found ${id} ${found.status}. \`atocore undo\` with the commit of that decision opens it again.`,
    { extra: { present: { id, status: found.status, slot: found.conflict.slot } } },
  );
}

/** The members of a conflict as they are served, in order of id. */
export function membersServed(view: View, { conflict }: ServedConflict): readonly ServedRecord[] {
  return conflict.members.flatMap(({ id }) => view.settlement.records.get(id) ?? []);
}

/**
 * The one commit that settles a conflict.
 * AtoError `not-found`, `wrong-state`, `changed`, `invalid`.
 * @param texts the members' files and the conflict's own, as they are on disk
 */
export function planResolution(view: View, resolution: Resolution, texts: Texts): PlannedCommit {
  const { id, how, by, note, ifMatch = {} } = resolution;
  const served = openConflict(view, id);
  const members = membersServed(view, served);
  for (const member of members) assertMatch(member, ifMatch[member.record.id]);
  const stranger = Object.keys(ifMatch).find(
    (each) => !members.some(({ record }) => record.id === each),
  );
  if (stranger !== undefined) throw notMember(served, stranger);
  const text = texts.get(served.path);
  if (text === undefined) {
    throw new AtoError('wrong-state', `Expected ${served.path} to be written, found none. Settle.`);
  }
  const desk = new Desk(view, texts);
  const isWon = 'promoteWinner' in how;
  const status = isWon ? 'resolved' : 'dismissed';
  desk.say(
    ['Actor', `${by.name} <${by.email}>`],
    ['Act', isWon ? 'resolve' : 'dismiss'],
    ['Conflict', id],
    ['Before', 'open'],
    ['After', status],
  );
  if (isWon) supersedeOthers(desk, served, how.promoteWinner);
  const decided = { status, decided_by: `${by.name} <${by.email}>` };
  desk.put(
    served.path,
    withFields(text, isWon ? { ...decided, winner: how.promoteWinner } : decided),
  );
  return {
    changes: desk.changes,
    subject: `${isWon ? 'resolve' : 'dismiss'}: ${oneLine(served.conflict.slot)}`,
    trailers: desk.trailers,
    ...noteOf(note),
  };
}

function supersedeOthers(desk: Desk, served: ServedConflict, winner: RecordId): void {
  const members = membersServed(desk.view, served);
  if (!members.some(({ record }) => record.id === winner)) throw notMember(served, winner);
  desk.say(['Other', winner]);
  for (const member of members) {
    const { record } = member;
    if (record.id === winner) continue;
    if (record.type === 'state') throw trustedLoser(member, winner);
    supersede(desk, member, { winner });
  }
}

// Trusted state has no status to lose: a person says what it shall be, or that it shall not be.
function trustedLoser(member: ServedRecord, winner: RecordId): AtoError {
  const { kind, subject, project, id } = member.record;
  return new AtoError(
    'wrong-state',
    `Expected losers that can be superseded, found ${id}, which is trusted state. Change it with \`atocore state set ${project} ${kind} ${subject} <value>\`, or take it away with \`atocore state unset ${project} ${kind} ${subject}\` and resolve again in favour of ${winner}; or name ${id} as the winner.`,
    { extra: { present: presentState(member) } },
  );
}

function notMember({ id, conflict }: ServedConflict, found: string): AtoError {
  const ids = conflict.members.map((member) => member.id).join(', ');
  return new AtoError(
    'invalid',
    `Expected members of ${id} (${ids}), found ${quote(found)}. Name one of them by its id.`,
  );
}
