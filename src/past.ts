/** What was decided, read from commits: `git log` is the only journal there is (domain.md §4). */
import { oneLine } from './desk.ts';
import { roleOf } from './model/layout.ts';
import { actBetween } from './model/lifecycle.ts';
import { idOfPath, readRecord } from './model/records.ts';
import { readState } from './model/states.ts';
import type { Oid, RecordId, Status, StorePath } from './plugin.ts';
import type { Person, Trailers } from './store/commit-object.ts';
import { trailer } from './store/commit-object.ts';
import { type Commit, changedBetween, log, type PathChange, readBlob } from './store/history.ts';
import type { Store } from './store/store.ts';

/** One decision of a commit. */
export interface PastDecision {
  /** `promote`, `edit`, `state-set`, `resolve`, `undo`, `born` and so on. */
  readonly act: string;
  readonly record?: RecordId;
  readonly path?: StorePath;
  readonly conflict?: string;
  /** Statuses, or the values of state. */
  readonly before?: string;
  readonly after?: string;
  /** The record that took the place, or gave it. */
  readonly other?: RecordId;
  /** What was reworded, each cut to 200 characters. */
  readonly changed: readonly {
    readonly field: string;
    readonly before: string;
    readonly after: string;
  }[];
  /** Of this one, where a commit holds many. */
  readonly note?: string;
  /** False for a hand edit that breaks the table of statuses; it is not served. */
  readonly isLawful: boolean;
}

/** A commit with what it decided. */
export interface PastAct {
  readonly commit: Oid;
  /** When: ISO, UTC, to the second. */
  readonly at: string;
  readonly by: Person;
  readonly subject: string;
  readonly note?: string;
  /** The commit that it takes back. */
  readonly undoes?: Oid;
  readonly decisions: readonly PastDecision[];
  /** Decisions beyond those listed: a hand edit may touch many files. */
  readonly more: number;
}

/** One line of a record's audit trail. */
export interface AuditEntry extends PastDecision {
  readonly commit: Oid;
  readonly at: string;
  readonly by: Person;
  /** The note on the commit, where the decision has none of its own. */
  readonly note?: string;
  readonly undoes?: Oid;
}

export interface HistoryAsk {
  readonly record?: RecordId;
  /** A file or folder. */
  readonly path?: StorePath;
  /** Commits, 1 to 500. */
  readonly limit: number;
  /** Goes on behind this commit. */
  readonly after?: Oid;
}

export const HISTORY_MAX = 500;
const DECISIONS_SHOWN = 100;
const VERSIONS_MAX = 500;
const MOVES_MAX = 20;
const ENGINE_ACTS = new Set(['settle', 'capture']);

/** Acts of people, newest first; what the engine computed is left out. */
export async function history(store: Store, ask: HistoryAsk): Promise<readonly PastAct[]> {
  const limit = Math.max(1, Math.min(ask.limit, HISTORY_MAX));
  const found: PastAct[] = [];
  let isBehind = ask.after === undefined;
  for await (const commit of commitsOf(store, ask)) {
    if (!isBehind) {
      isBehind = commit.oid === ask.after;
      continue;
    }
    if (isEngines(commit)) continue;
    const act = await pastAct(store, commit);
    if (act === undefined) continue;
    found.push(act);
    if (found.length >= limit) break;
  }
  return found;
}

/**
 * Everything that happened to a record, newest first, its birth and withdrawals included; from
 * each place that its file stood at, the last 500 commits.
 */
export async function audit(
  store: Store,
  record: RecordId,
  path: StorePath,
): Promise<readonly AuditEntry[]> {
  const entries: AuditEntry[] = [];
  for await (const commit of commitsOfRecord(store, record, path)) {
    const { oid, date, author, trailers } = commit;
    const isOurs = isEngines(commit);
    const act = isOurs ? undefined : await pastAct(store, commit);
    const decisions = isOurs
      ? await births(store, commit, record)
      : (act?.decisions ?? []).filter((each) => each.record === record || each.other === record);
    const undoes = trailer(trailers, 'Undoes') as Oid | undefined;
    for (const decision of decisions) {
      entries.push({
        ...(act?.note === undefined ? {} : { note: act.note }),
        ...decision,
        commit: oid,
        at: date,
        by: author,
        ...(undoes === undefined ? {} : { undoes }),
      });
    }
  }
  return entries;
}

async function* commitsOf(store: Store, ask: HistoryAsk): AsyncGenerator<Commit> {
  const { record, path } = ask;
  if (record !== undefined && path !== undefined) yield* commitsOfRecord(store, record, path);
  else if (path !== undefined) yield* await log(store, { path, limit: VERSIONS_MAX });
  else yield* newestFirst(store);
}

const SLICE = 64;

/** The commits of the branch along first parents, read as they are asked for. */
export async function* newestFirst(store: Store): AsyncGenerator<Commit> {
  let from: Oid | undefined;
  for (;;) {
    const limit = SLICE;
    const slice = await log(store, from === undefined ? { limit } : { limit, from });
    yield* slice;
    from = slice.at(-1)?.parents[0];
    if (slice.length < SLICE || from === undefined) return;
  }
}

/** The commits that changed a record's file, wherever it stood: a move keeps the id in its name. */
async function* commitsOfRecord(
  store: Store,
  record: RecordId,
  path: StorePath,
): AsyncGenerator<Commit> {
  let at: StorePath | undefined = path;
  let from: Oid | undefined;
  for (let moves = 0; at !== undefined && moves <= MOVES_MAX; moves += 1) {
    const limit = VERSIONS_MAX;
    const range = from === undefined ? { path: at, limit } : { path: at, limit, from };
    const commits: readonly Commit[] = await log(store, range);
    yield* commits;
    const oldest = commits.at(-1);
    if (oldest === undefined) return;
    const changes = await changedBetween(store, oldest.parents[0], oldest.oid);
    at = changes.find((each) => each.after === null && idOfPath(each.path) === record)?.path;
    from = oldest.parents[0];
  }
}

function isEngines({ trailers }: Commit): boolean {
  return ENGINE_ACTS.has(trailer(trailers, 'Act') ?? '');
}

async function pastAct(store: Store, commit: Commit): Promise<PastAct | undefined> {
  const { oid, date, author, message, trailers, parents } = commit;
  const said = decisionsSaid(trailers);
  const isSaid = said.some(({ record, conflict }) => record ?? conflict) || parents.length > 1;
  const decisions = isSaid ? said : await decisionsSeen(store, commit);
  const undoes = trailer(trailers, 'Undoes') as Oid | undefined;
  const note = noteIn(message, trailers.length > 0);
  return {
    commit: oid,
    at: date,
    by: author,
    subject: message.split('\n')[0] ?? '',
    ...(note === '' ? {} : { note }),
    ...(undoes === undefined ? {} : { undoes }),
    decisions: decisions.slice(0, isSaid ? undefined : DECISIONS_SHOWN),
    more: isSaid ? 0 : Math.max(0, decisions.length - DECISIONS_SHOWN),
  };
}

function noteIn(message: string, hasTrailers: boolean): string {
  const paragraphs = message.trim().split(/\n[ \t]*\n/);
  const end = hasTrailers ? -1 : undefined;
  return paragraphs.slice(1, end).join('\n\n').trim();
}

type Writable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] };
type Drafted = Writable<Omit<PastDecision, 'changed'>> & {
  changed: Writable<PastDecision['changed'][number]>[];
};

/** Each `Act:` opens a decision, each `Changed:` a field of it. */
function decisionsSaid(trailers: Trailers): readonly PastDecision[] {
  const found: Drafted[] = [];
  for (const [key, value] of trailers) {
    const last = found.at(-1);
    const field = last?.changed.at(-1);
    if (key === 'Act') found.push({ act: value, changed: [], isLawful: true });
    else if (last === undefined) continue;
    else if (key === 'Record') last.record = value as RecordId;
    else if (key === 'Conflict') last.conflict = value;
    else if (key === 'Other') last.other = value as RecordId;
    else if (key === 'Note') last.note = value;
    else if (key === 'Changed') last.changed.push({ field: value, before: '', after: '' });
    else if (key === 'Before' && field !== undefined) field.before = value;
    else if (key === 'After' && field !== undefined) field.after = value;
    else if (key === 'Before') last.before = value;
    else if (key === 'After') last.after = value;
  }
  return found;
}

/** What a commit that says nothing did: a hand edit, a pull, a revert by git itself. */
async function decisionsSeen(store: Store, commit: Commit): Promise<readonly PastDecision[]> {
  const unlawful = new Set(
    commit.trailers
      .filter(([key]) => key === 'Unlawful')
      .map(([, value]) => value.slice(0, value.lastIndexOf(' '))),
  );
  const changes = await changedBetween(store, commit.parents[0], commit.oid);
  const found: PastDecision[] = [];
  for (const change of changes.filter(isOfPeople)) {
    const seen = found.length < DECISIONS_SHOWN ? await statusesOf(store, change) : {};
    found.push({
      act: actSeen(change, seen),
      path: change.path,
      ...seen,
      changed: [],
      isLawful: !unlawful.has(change.path),
    });
  }
  return found;
}

function isOfPeople({ path }: PathChange): boolean {
  const { role } = roleOf(path);
  return !['mirror', 'report', 'capture', 'inbox'].includes(role);
}

type Seen = { record?: RecordId; before?: string; after?: string };

async function statusesOf(store: Store, { path, before, after }: PathChange): Promise<Seen> {
  const at = async (oid: Oid | null): Promise<Seen> =>
    oid === null ? {} : shownIn(path, (await readBlob(store, oid)).toString('utf8'));
  const [old, now] = [await at(before), await at(after)];
  const record = now.record ?? old.record ?? idOfPath(path);
  return {
    ...(record === undefined ? {} : { record }),
    ...(old.after === undefined ? {} : { before: old.after }),
    ...(now.after === undefined ? {} : { after: now.after }),
  };
}

/** The status of a record, or the value of an entry of state. */
function shownIn(path: StorePath, text: string): Seen {
  const role = roleOf(path);
  if (role.role === 'record') {
    const file = readRecord(path, text);
    return 'problem' in file ? {} : { record: file.record.id, after: file.record.status };
  }
  if (role.role !== 'state') return {};
  const entry = readState(path, role, text);
  if ('problem' in entry) return {};
  return { record: entry.record.id, after: oneLine(entry.record.value ?? '') };
}

function actSeen({ path, before, after }: PathChange, seen: Seen): string {
  if (before === null) return 'create';
  if (after === null) return 'delete';
  if (seen.before === undefined || seen.after === undefined || seen.before === seen.after) {
    return 'edit';
  }
  if (roleOf(path).role !== 'record') return 'edit';
  return actBetween(seen.before as Status, seen.after as Status, 'memory') ?? 'edit';
}

/** Of what the engine did to a record: that it was born, or withdrawn. */
async function births(
  store: Store,
  commit: Commit,
  record: RecordId,
): Promise<readonly PastDecision[]> {
  const changes = await changedBetween(store, commit.parents[0], commit.oid);
  const own = changes.filter(({ path }) => idOfPath(path) === record);
  const isThere = own.some(({ after }) => after !== null);
  const was = own.some(({ before }) => before !== null);
  const base = { record, changed: [], isLawful: true };
  if (isThere && !was) return [{ ...base, act: 'born', after: 'candidate' }];
  return was && !isThere ? [{ ...base, act: 'withdrawn', before: 'candidate' }] : [];
}
