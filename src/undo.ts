/** Taking a commit of a person's back, in a new commit: nothing is ever removed from history. */
import { noteOf, type Person, type PlannedCommit } from './decisions.ts';
import type { PlannedChange } from './desk.ts';
import { AtoError, isAtoError } from './errors.ts';
import { decodeText } from './model/front-matter.ts';
import { roleOf } from './model/layout.ts';
import { idOfPath, readRecord } from './model/records.ts';
import { newestFirst } from './past.ts';
import type { Oid, StorePath } from './plugin.ts';
import { trailer } from './store/commit-object.ts';
import { type Commit, changedBetween, readBlob } from './store/history.ts';
import { readFile } from './store/read-file.ts';
import type { Store } from './store/store.ts';
import { takenBack } from './three-way.ts';

export interface UndoAsk {
  /** The commit to take back: 40 hexadecimal digits, or its first 7 or more. */
  readonly commit: string;
  readonly by: Person;
  readonly note?: string;
}

export interface PlannedUndo extends PlannedCommit {
  readonly undoes: Oid;
}

/** An abbreviation is looked for among the newest commits, this many. */
const ABBREVIATED_MAX = 5_000;
/** Acts of the engine itself: what is computed is made again, what was said stays. */
const NOT_UNDONE = new Set(['settle', 'capture']);

/**
 * The commit that takes another one back, file by file and, in records and state, field by field.
 * AtoError `not-found`, `invalid` (no person's act), `wrong-state` with what was changed since.
 */
export async function planUndo(store: Store, ask: UndoAsk): Promise<PlannedUndo> {
  const commit = await findCommit(store, ask.commit);
  const [parent] = commit.parents;
  assertUndoable(commit);
  const changes: PlannedChange[] = [];
  const records: (readonly [string, string])[] = [];
  const clashes: { readonly path: StorePath; readonly changed: readonly string[] }[] = [];
  for (const change of await changedBetween(store, parent, commit.oid)) {
    if (isGeneratedRole(change.path)) continue;
    const present = await bytesNow(store, change.path);
    const before = change.before === null ? null : await readBlob(store, change.before);
    const after = change.after === null ? null : await readBlob(store, change.after);
    const result = back(change.path, { before, after, present });
    if ('changed' in result) clashes.push({ path: change.path, changed: result.changed });
    else if (!isSameText(result.text, present)) {
      changes.push({ path: change.path, text: result.text });
      records.push(...recordTrailers(change.path, present, result.text));
    }
  }
  if (clashes.length > 0) throw changedSince(commit, clashes);
  if (changes.length === 0) {
    throw new AtoError(
      'wrong-state',
      `Expected a commit that still has an effect, found ${commit.oid.slice(0, 12)} taken back already. Nothing was changed.`,
    );
  }
  const subject = commit.message.split('\n')[0] ?? '';
  return {
    changes,
    subject: `undo: ${subject.slice(0, 200)}`,
    trailers: [
      ['Actor', `${ask.by.name} <${ask.by.email}>`],
      ['Undoes', commit.oid],
      ...(records.length === 0 ? [['Act', 'undo'] as const] : records),
    ],
    ...noteOf(ask.note),
    undoes: commit.oid,
  };
}

type Content = Buffer | null;

function back(
  path: StorePath,
  versions: { readonly before: Content; readonly after: Content; readonly present: Content },
): { readonly text: string | Buffer | null } | { readonly changed: readonly string[] } {
  const { before, after, present } = versions;
  if (isSameText(present, after)) return { text: before };
  const [then, made, now] = [before, after, present].map(textOf);
  if (then === undefined || made === undefined || now === undefined) {
    return { changed: ['its bytes'] };
  }
  return takenBack(path, { before: then, after: made, present: now });
}

/** The text of a file; nothing when it is none. */
function textOf(content: Content): string | null | undefined {
  if (content === null) return null;
  const decoded = decodeText(content);
  return 'text' in decoded ? decoded.text : undefined;
}

function isSameText(a: string | Buffer | null, b: Content): boolean {
  if (a === null || b === null) return a === b;
  return Buffer.from(a).equals(b);
}

// Pages and open conflicts follow from the rest; what a person said of a conflict does not.
function isGeneratedRole(path: StorePath): boolean {
  const { role } = roleOf(path);
  return role === 'mirror' || role === 'report';
}

async function bytesNow(store: Store, path: StorePath): Promise<Content> {
  try {
    return (await readFile(store, path)).bytes;
  } catch (error) {
    if (isAtoError(error, 'not-found')) return null;
    throw error;
  }
}

function recordTrailers(
  path: StorePath,
  present: Content,
  text: string | Buffer | null,
): readonly (readonly [string, string])[] {
  const { role } = roleOf(path);
  if (role !== 'record') return [];
  const before = statusIn(path, present);
  const after = statusIn(path, text);
  return [
    ['Act', 'undo'],
    ['Record', idOfPath(path) ?? path],
    ...(before === undefined ? [] : [['Before', before] as const]),
    ...(after === undefined ? [] : [['After', after] as const]),
  ];
}

function statusIn(path: StorePath, content: string | Buffer | null): string | undefined {
  if (content === null) return undefined;
  const file = readRecord(path, content.toString());
  return 'problem' in file ? undefined : file.record.status;
}

/** The commit of a whole or abbreviated name, on the branch that the store is on. */
async function findCommit(store: Store, name: string): Promise<Commit> {
  if (!/^[0-9a-f]{7,40}$/.test(name)) {
    throw new AtoError(
      'invalid',
      `Expected a commit as 7 to 40 hexadecimal digits, found ${JSON.stringify(name.slice(0, 60))}. \`atocore history\` lists them.`,
    );
  }
  const isWhole = name.length === 40;
  const matches: Commit[] = [];
  let count = 0;
  for await (const commit of newestFirst(store)) {
    if (commit.oid.startsWith(name)) matches.push(commit);
    count += 1;
    if (isWhole ? matches.length > 0 : count === ABBREVIATED_MAX) break;
  }
  const [first] = matches;
  if (first !== undefined && matches.length === 1) return first;
  const what = first === undefined ? 'no commit of this branch' : `${matches.length} commits`;
  throw new AtoError(
    first === undefined ? 'not-found' : 'invalid',
    `Expected the name of one commit, found ${what} beginning with ${name}. \`atocore history\` lists them.`,
  );
}

function assertUndoable({ oid, parents, trailers }: Commit): void {
  const act = trailer(trailers, 'Act') ?? '';
  const why = NOT_UNDONE.has(act)
    ? `one of the engine's own (${act}); change what it was computed from`
    : parents.length === 0
      ? 'the first commit of the store'
      : parents.length > 1
        ? 'a merge; take back the commits that it brought'
        : undefined;
  if (why === undefined) return;
  throw new AtoError(
    'invalid',
    `Expected a commit of a person's, found ${oid.slice(0, 12)}, ${why}.`,
  );
}

function changedSince(
  commit: Commit,
  clashes: readonly { readonly path: StorePath; readonly changed: readonly string[] }[],
): AtoError {
  const named = clashes.slice(0, 5).map(({ path, changed }) => `${path} (${changed.join(', ')})`);
  const more = clashes.length > 5 ? ` and ${clashes.length - 5} more` : '';
  return new AtoError(
    'wrong-state',
    `Expected what ${commit.oid.slice(0, 12)} changed to be as it left it, found changed since: ${named.join('; ')}${more}. Nothing was changed; take back the later change first, or edit the record.`,
    { extra: { changed: clashes } },
  );
}
