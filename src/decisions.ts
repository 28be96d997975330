/** What a person's decisions on records change: checked against the present state, given as one commit. */
import {
  Desk,
  oneLine,
  type PlannedChange,
  presentState,
  servedRecord,
  type Texts,
} from './desk.ts';
import { AtoError } from './errors.ts';
import { assertFree, graduationOf, memoryOrigin } from './graduation.ts';
import { type Draft, type Edit, editFault, formatDraft, withEdit } from './model/authored.ts';
import type { Fields } from './model/front-matter.ts';
import { type Act, refusal, statusAfter } from './model/lifecycle.ts';
import { byText, quote } from './model/names.ts';
import { type RecordFile, withStatus } from './model/records.ts';
import type { ServedRecord } from './model/snapshot.ts';
import type { EntityKind, ProjectId, RecordId, Status, StorePath } from './plugin.ts';
import { isSupported } from './view/evidence.ts';
import type { View } from './view/view.ts';

export { presentState, servedRecord } from './desk.ts';

/** Who a decision's commit names as its author. */
export interface Person {
  readonly name: string;
  readonly email: string;
}

/** What every decision says. */
interface Aimed {
  readonly id: RecordId;
  readonly note?: string;
  /** The blob that the decider read; another present one is AtoError `changed`. */
  readonly ifMatch?: string;
}

/** One decision on one record (domain.md §4), whoever takes it. */
export type Choice = Aimed &
  (
    | { readonly act: 'promote'; readonly edit?: Edit }
    | { readonly act: 'reject' | 'invalidate' | 'reinstate' }
    | { readonly act: 'edit'; readonly edit: Edit }
    /** `winner`: an existing, different, active record, or an entry of trusted state. */
    | { readonly act: 'supersede'; readonly winner: RecordId }
    /** Proposes that an active memory become an entity; what is left out is the memory's own. */
    | { readonly act: 'graduate'; readonly kind: EntityKind; readonly edit?: Edit }
    /** It speaks of another project: the file moves there, the id stays. */
    | { readonly act: 'move'; readonly project: ProjectId }
  );

export type Decision = Choice & { readonly by: Person };

/** One commit's worth of change, before it is written. */
export interface PlannedCommit {
  readonly changes: readonly PlannedChange[];
  readonly subject: string;
  readonly trailers: readonly (readonly [string, string])[];
  readonly note?: string;
}

export const NOTE_CHARS_MAX = 2_000;
/** Decisions in one commit. */
export const CHOICES_MAX = 500;

/** Records whose files a decision reads or changes besides its own. AtoError `not-found`. */
export function concerned(view: View, choice: Choice): readonly RecordId[] {
  const { record } = servedRecord(view, choice.id);
  const also: RecordId[] = [];
  if (choice.act === 'supersede') also.push(choice.winner);
  if (choice.act === 'reinstate' && record.supersededBy !== undefined) {
    also.push(record.supersededBy);
  }
  const memory = choice.act === 'promote' ? graduationOf(view, record) : undefined;
  if (memory !== undefined) also.push(memory.record.id);
  return [record.id, ...also];
}

/**
 * The one commit that the decisions make, in their order; all or none.
 * AtoError `not-found`, `wrong-state`, `changed`, `invalid`, `too-large`.
 * @param texts the files of the records concerned, as they are on disk
 */
export function planDecisions(
  view: View,
  choices: readonly Choice[],
  how: { readonly by: Person; readonly note?: string; readonly texts: Texts },
): PlannedCommit {
  const [first] = choices;
  if (first === undefined || choices.length > CHOICES_MAX) {
    const code = first === undefined ? 'invalid' : 'too-large';
    throw new AtoError(
      code,
      `Expected 1 to ${CHOICES_MAX} decisions in one commit, found ${choices.length}.`,
    );
  }
  const desk = new Desk(view, how.texts);
  const isOne = choices.length === 1;
  desk.say(['Actor', `${how.by.name} <${how.by.email}>`]);
  for (const [index, choice] of choices.entries()) {
    try {
      decideOn(desk, choice);
    } catch (error) {
      throw isOne ? error : inPlace(error, choice, index);
    }
    const { note } = noteOf(choice.note);
    if (!isOne && note !== undefined) desk.say(['Note', note]);
  }
  const { subject } = servedRecord(view, first.id).record;
  return {
    changes: desk.changes,
    subject: isOne ? `${first.act}: ${oneLine(subject)}` : manySubject(choices),
    trailers: desk.trailers,
    ...noteOf(how.note ?? (isOne ? first.note : undefined)),
  };
}

function decideOn(desk: Desk, choice: Choice): void {
  const served = servedRecord(desk.view, choice.id);
  const { act } = choice;
  if (act === 'promote') promote(desk, served, choice);
  else if (act === 'edit') edit(desk, served, choice);
  else if (act === 'supersede') supersede(desk, served, choice);
  else if (act === 'graduate') proposeEntity(desk, served, choice);
  else if (act === 'move') move(desk, served, choice);
  else if (act === 'reinstate') reinstate(desk, served, choice);
  else step(desk, served, { act, ...matchOf(choice) });
}

function promote(desk: Desk, served: ServedRecord, choice: Choice & { act: 'promote' }): void {
  const memory = graduationOf(desk.view, served.record);
  assertAct(desk, served, 'promote');
  assertMatch(served, choice.ifMatch);
  assertSupported(desk.view, served);
  if (choice.edit !== undefined) reword(desk, served, choice.edit);
  step(desk, served, { act: 'promote' });
  if (memory === undefined) return;
  step(desk, memory, { act: 'graduate', fields: { superseded_by: choice.id }, other: choice.id });
}

function edit(desk: Desk, served: ServedRecord, choice: Choice & { act: 'edit' }): void {
  assertLive(desk, served, 'edit');
  assertMatch(served, choice.ifMatch);
  reword(desk, served, choice.edit);
}

function reword(desk: Desk, served: ServedRecord, edit: Edit): void {
  const fault = editFault(edit);
  if (fault !== undefined) throw new AtoError('invalid', fault);
  const before = desk.file(served);
  const text = withEdit(before, edit);
  if (text === before.text) {
    throw new AtoError(
      'invalid',
      `Expected an edit that changes something, found none in ${served.record.id}. Leave it out.`,
    );
  }
  const after = desk.write(before.record.path, text);
  desk.say(['Act', 'edit'], ['Record', served.record.id], ...differences(before, after));
}

const SHOWN = [
  'subject',
  'value',
  'text',
  'tags',
  'validUntil',
  'confidence',
  'relations',
] as const;

function differences(before: RecordFile, after: RecordFile): (readonly [string, string])[] {
  const shown = (value: unknown): string =>
    value === undefined ? '' : oneLine(Array.isArray(value) ? value.join(', ') : String(value));
  return SHOWN.flatMap((name) => {
    const [old, now] = [shown(before.record[name]), shown(after.record[name])];
    if (JSON.stringify(before.record[name]) === JSON.stringify(after.record[name])) return [];
    const lines: (readonly [string, string])[] = [['Changed', name]];
    if (old !== '') lines.push(['Before', old]);
    if (now !== '') lines.push(['After', now]);
    return lines;
  });
}

/** What `resolve` does to each loser as well. */
export function supersede(
  desk: Desk,
  served: ServedRecord,
  choice: { readonly winner: RecordId; readonly ifMatch?: string },
): void {
  const { id } = served.record;
  const winner = desk.view.settlement.records.get(choice.winner);
  assertAct(desk, served, 'supersede');
  if (winner === undefined || choice.winner === id) {
    const found = winner === undefined ? 'which names none' : 'the record itself';
    throw new AtoError(
      winner === undefined ? 'not-found' : 'invalid',
      `Expected the id of another record to supersede ${id}, found ${quote(choice.winner)}, ${found}.`,
    );
  }
  const isState = winner.record.type === 'state';
  const status = isState ? 'active' : desk.file(winner).record.status;
  if (status !== 'active') {
    throw new AtoError(
      'wrong-state',
      `Expected an active record to supersede ${id}, found ${choice.winner}, which is ${status}. Promote or reinstate it first.`,
      { extra: { present: presentState(winner) } },
    );
  }
  const fields = { superseded_by: choice.winner };
  step(desk, served, { act: 'supersede', fields, other: choice.winner, ...matchOf(choice) });
  // Trusted state stays as its person wrote it; the loser's file says what took its place.
  if (!isState) setSupersedes(desk, winner, (ids) => [...ids, id]);
}

function reinstate(desk: Desk, served: ServedRecord, choice: Choice): void {
  const { id, supersededBy } = served.record;
  const before = supersededBy;
  step(desk, served, {
    act: 'reinstate',
    fields: before === undefined ? {} : { superseded_by: '' },
    ...(before === undefined ? {} : { other: before }),
    ...matchOf(choice),
  });
  const winner = before === undefined ? undefined : desk.view.settlement.records.get(before);
  if (winner === undefined || winner.record.type === 'state' || winner.isStale) return;
  setSupersedes(desk, winner, (ids) => ids.filter((each) => each !== id));
}

function setSupersedes(
  desk: Desk,
  served: ServedRecord,
  change: (ids: readonly RecordId[]) => readonly RecordId[],
): void {
  const file = desk.file(served);
  const { status, supersedes } = file.record;
  const next = [...new Set(change(supersedes))].sort(byText);
  if (next.join() === [...supersedes].sort(byText).join()) return;
  desk.write(file.record.path, withStatus(file, status, { supersedes: next }));
}

function proposeEntity(
  desk: Desk,
  served: ServedRecord,
  choice: Choice & { act: 'graduate' },
): void {
  const { record } = served;
  if (record.type !== 'memory') {
    throw new AtoError(
      'invalid',
      `Expected a memory to graduate, found ${record.id}, which is an entity already.`,
    );
  }
  assertAct(desk, served, 'graduate');
  assertMatch(served, choice.ifMatch);
  const { project, subject, text, value, tags, validUntil, confidence } = record;
  const own = { subject, text, value, tags, validUntil, confidence };
  const { value: newValue = value, validUntil: newEnd = validUntil, ...edited } = choice.edit ?? {};
  const draft: Draft = {
    ...own,
    ...edited,
    subject: edited.subject ?? subject,
    text: edited.text ?? text,
    value: newValue ?? undefined,
    validUntil: newEnd ?? undefined,
    type: 'entity',
    kind: choice.kind,
    project,
  };
  const made = draftFile(desk.view, draft, memoryOrigin(record.id));
  desk.write(made.path, made.text);
  desk.say(['Act', 'propose'], ['Record', made.id], ['After', 'candidate'], ['Other', record.id]);
}

function draftFile(view: View, draft: Draft, origin: string): ReturnType<typeof formatDraft> {
  assertFree(view, draft, origin);
  return formatDraft(draft, {
    status: 'candidate',
    origins: [origin],
    isHandAuthored: false,
    rule: 'graduation',
  });
}

function move(desk: Desk, served: ServedRecord, choice: Choice & { act: 'move' }): void {
  assertLive(desk, served, 'move');
  assertMatch(served, choice.ifMatch);
  const { projects } = desk.view.settlement.registry;
  if (!projects.has(choice.project)) {
    const ids = [...projects.keys()].sort(byText).join(', ');
    throw new AtoError(
      'not-found',
      `Expected a registered project, found ${quote(choice.project)}. There are: ${ids}.`,
    );
  }
  const file = desk.file(served);
  const { path, project, kind, id } = file.record;
  if (project === choice.project) {
    throw new AtoError('invalid', `Expected another project, found ${id} in ${project} already.`);
  }
  const name = path.slice(path.lastIndexOf('/') + 1);
  const to = `projects/${choice.project}/records/${kind}/${name}` as StorePath;
  // Without its digest an undecided candidate counts as touched by a person: its source, which
  // still speaks of the old project, neither moves it back nor proposes it again.
  const fields = { project: choice.project, proposed: undefined };
  desk.put(path, null);
  desk.write(to, withStatus(file, file.record.status, fields));
  desk.say(
    ['Act', 'move'],
    ['Record', id],
    ['Changed', 'project'],
    ['Before', project],
    ['After', choice.project],
  );
}

interface Step {
  readonly act: Act;
  readonly fields?: Fields;
  /** The record that took its place, or had. */
  readonly other?: RecordId;
  readonly ifMatch?: string;
}

/** One row of the table of domain.md §4 carried out. */
function step(desk: Desk, served: ServedRecord, { act, fields, other, ifMatch }: Step): void {
  const { file, next } = assertAct(desk, served, act);
  assertMatch(served, ifMatch);
  const { id, path, status } = file.record;
  desk.write(path, withStatus(file, next, fields));
  desk.say(['Act', act], ['Record', id], ['Before', status], ['After', next]);
  if (other !== undefined) desk.say(['Other', other]);
}

function assertAct(
  desk: Desk,
  served: ServedRecord,
  act: Act,
): { readonly file: RecordFile; readonly next: Status } {
  const file = desk.file(served);
  const next = statusAfter(act, file.record.status);
  if (next !== undefined) return { file, next };
  throw wrongState(served, refusal(act, file.record.status));
}

/** What is superseded, invalid or graduated is frozen until it is reinstated. */
function assertLive(desk: Desk, served: ServedRecord, act: string): void {
  const { status } = desk.file(served).record;
  if (status === 'candidate' || status === 'active') return;
  throw wrongState(
    served,
    `Expected a record that is candidate or active to ${act}, found one that is ${status}. Reinstate it first.`,
  );
}

function wrongState(served: ServedRecord, message: string): AtoError {
  return new AtoError('wrong-state', message, { extra: { present: presentState(served) } });
}

/** AtoError `changed` unless the record is what the decider read. */
export function assertMatch(served: ServedRecord, ifMatch: string | undefined): void {
  if (ifMatch === undefined || ifMatch === served.oid) return;
  throw new AtoError(
    'changed',
    `Expected the record as it was read (${quote(ifMatch)}), found it changed since (${served.oid}). Read it again and decide on what it says now.`,
    { extra: { present: presentState(served) } },
  );
}

function assertSupported(view: View, served: ServedRecord): void {
  if (isSupported(view, served)) return;
  const { id, origins } = served.record;
  throw wrongState(
    served,
    `Expected a source that still says what ${id} claims, found none: ${origins.join(', ') || 'no origins'}. Restore the source, or set \`hand_authored: true\` in the record if you vouch for it.`,
  );
}

function matchOf({ ifMatch }: { readonly ifMatch?: string }): { ifMatch?: string } {
  return ifMatch === undefined ? {} : { ifMatch };
}

function inPlace(error: unknown, { act, id }: Choice, index: number): unknown {
  if (!(error instanceof AtoError)) return error;
  const message = `Decision ${index + 1} (${act} ${id}): ${error.message} Nothing was changed.`;
  return new AtoError(error.code, message, {
    cause: error,
    extra: { ...error.extra, index, record: id },
  });
}

function manySubject(choices: readonly Choice[]): string {
  const counts = new Map<string, number>();
  for (const { act } of choices) counts.set(act, (counts.get(act) ?? 0) + 1);
  const parts = [...counts].map(([act, count]) => `${act} ${count}`);
  return `decide: ${parts.join(', ')}`;
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
