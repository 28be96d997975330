/** What git remembers: commits with their trailers, trees, and what changed between them. */
import { AtoError } from '../errors.ts';
import type { Oid, StorePath } from '../plugin.ts';
import {
  type CommitObject,
  isoDate,
  type Person,
  parseCommit,
  parseTrailers,
  type Trailers,
} from './commit-object.ts';
import { nativeGit, readNativeGit } from './native-git.ts';
import { bytesKey, pathOfKey, readObject, readTree, TREE_MODE, type TreeEntry } from './objects.ts';
import { head } from './refs.ts';
import type { Store } from './store.ts';
import { storePath } from './store-path.ts';
import { treeOfCommit } from './write-trees.ts';

export interface Commit {
  readonly oid: Oid;
  readonly parents: readonly Oid[];
  /** When it was committed: ISO, UTC, to the second. */
  readonly date: string;
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
  readonly trailers: Trailers;
}

/** A regular file that differs; null where it isn't there. */
export interface PathChange {
  readonly path: StorePath;
  readonly before: Oid | null;
  readonly after: Oid | null;
}

export interface CommitWithChanges extends Commit {
  /** Against the first parent, sorted by path. */
  readonly changes: readonly PathChange[];
}

/** Throws `not-found` for an unknown one, `invalid` for an object that is no commit. */
export async function readCommit(store: Store, oid: Oid): Promise<Commit> {
  return shown(oid, await readCommitObject(store, oid));
}

/**
 * Commits from the branch's head (or `from`) along first parents, newest first.
 * With a `path` only those that changed that file, or a file below that folder.
 */
export async function log(
  store: Store,
  options: {
    readonly path?: StorePath;
    readonly limit: number;
    /** Only commits made at this ISO date or later; older ones end the walk. */
    readonly since?: string;
    readonly from?: Oid;
    /** Default: where there is one, for a path without a date; both roads give the same. */
    readonly useNativeGit?: boolean;
  },
): Promise<readonly Commit[]> {
  const { path, limit, since, from } = options;
  const found: Commit[] = [];
  let next = from ?? (await head(store));
  const isLong = path !== undefined && since === undefined && next !== undefined;
  if (isLong && options.useNativeGit !== false && (await nativeGit()) !== undefined) {
    return logByNativeGit(store, { path, limit, from: next as Oid });
  }
  while (next !== undefined && found.length < limit) {
    const object = await readCommitObject(store, next);
    const commit = shown(next, object);
    if (since !== undefined && Date.parse(commit.date) < Date.parse(since)) break;
    const [parent] = object.parents;
    if (path === undefined || (await differsAt(store, object.tree, parent, path))) {
      found.push(commit);
    }
    next = parent;
  }
  return found;
}

/** Finding the commits is what takes long: a fiftieth of the time on a packed history. */
async function logByNativeGit(
  store: Store,
  range: { readonly path: StorePath; readonly limit: number; readonly from: Oid },
): Promise<readonly Commit[]> {
  const { path, limit, from } = range;
  const pieces: Buffer[] = [];
  const args = ['rev-list', '--first-parent', `--max-count=${limit}`, from, '--', path];
  for await (const piece of readNativeGit(store.gitdir, args)) pieces.push(piece);
  const oids = Buffer.concat(pieces).toString('latin1').split('\n');
  const commits: Commit[] = [];
  for (const oid of oids) if (oid !== '') commits.push(await readCommit(store, oid as Oid));
  return commits;
}

/** Every regular file of a commit. Links, submodules and names that are no StorePath are left out. */
export async function treeAt(store: Store, commit: Oid): Promise<ReadonlyMap<StorePath, Oid>> {
  const files = new Map<StorePath, Oid>();
  for (const { path, after } of await changesBetweenTrees(store, {
    before: undefined,
    after: await treeOfCommit(store, commit),
  })) {
    if (after !== null) files.set(path, after);
  }
  return files;
}

/** The files that differ between two commits, sorted by path; equal folders are not looked into. */
export async function changedBetween(
  store: Store,
  before: Oid | undefined,
  after: Oid,
): Promise<readonly PathChange[]> {
  return changesBetweenTrees(store, {
    before: before === undefined ? undefined : await treeOfCommit(store, before),
    after: await treeOfCommit(store, after),
  });
}

/** Commits along first parents, newest first, until (and without) `until`. */
export async function* walkFirstParents(
  store: Store,
  options: { readonly from?: Oid; readonly until?: Oid } = {},
): AsyncGenerator<CommitWithChanges> {
  let next = options.from ?? (await head(store));
  let object = next === undefined ? undefined : await readCommitObject(store, next);
  while (next !== undefined && object !== undefined && next !== options.until) {
    const [parent]: readonly Oid[] = object.parents;
    const older: CommitObject | undefined =
      parent === undefined ? undefined : await readCommitObject(store, parent);
    const trees = { before: older?.tree, after: object.tree };
    yield { ...shown(next, object), changes: await changesBetweenTrees(store, trees) };
    next = parent;
    object = older;
  }
}

/** Whether a commit is the branch's head or lies behind it along first parents. */
export async function isFirstParentAncestor(store: Store, commit: Oid): Promise<boolean> {
  let next = await head(store);
  while (next !== undefined) {
    if (next === commit) return true;
    [next] = (await readCommitObject(store, next)).parents;
  }
  return false;
}

/** The content of a blob. Throws `not-found`, or `invalid` for an object of another type. */
export async function readBlob(store: Store, oid: Oid): Promise<Buffer> {
  const { type, bytes } = await readObject(store, oid);
  if (type === 'blob') return bytes;
  throw new AtoError('invalid', `Expected a file's content, found a ${type} named ${oid}.`);
}

/** A file as it was in a commit; nothing when it wasn't there. */
export async function readAt(
  store: Store,
  commit: Oid,
  path: StorePath,
): Promise<Buffer | undefined> {
  const entry = await entryAt(store, await treeOfCommit(store, commit), path);
  return entry === undefined || !isFile(entry) ? undefined : readBlob(store, entry.oid);
}

async function differsAt(
  store: Store,
  tree: Oid,
  parent: Oid | undefined,
  path: StorePath,
): Promise<boolean> {
  const after = await entryAt(store, tree, path);
  const before =
    parent === undefined
      ? undefined
      : await entryAt(store, await treeOfCommit(store, parent), path);
  return after?.oid !== before?.oid || after?.mode !== before?.mode;
}

async function entryAt(store: Store, tree: Oid, path: StorePath): Promise<TreeEntry | undefined> {
  let folder: Oid | undefined = tree;
  let entry: TreeEntry | undefined;
  for (const name of bytesKey(path).split('/')) {
    if (folder === undefined) return undefined;
    entry = (await readTree(store, folder)).find((candidate) => candidate.name === name);
    folder = entry?.mode === TREE_MODE ? entry.oid : undefined;
  }
  return entry;
}

interface TreePair {
  readonly before: Oid | undefined;
  readonly after: Oid | undefined;
}

async function changesBetweenTrees(store: Store, roots: TreePair): Promise<readonly PathChange[]> {
  const changes: PathChange[] = [];
  const compare = async ({ before, after }: TreePair, folder: string): Promise<void> => {
    if (before === after) return;
    const old = await namedEntries(store, before);
    const now = await namedEntries(store, after);
    for (const name of new Set([...old.keys(), ...now.keys()])) {
      const left = old.get(name);
      const right = now.get(name);
      if (left?.oid === right?.oid && left?.mode === right?.mode) continue;
      const key = folder + name;
      const change = { before: fileOid(left), after: fileOid(right) };
      const path = storePath(pathOfKey(key));
      if (change.before !== change.after && path !== undefined) changes.push({ path, ...change });
      const inner = { before: folderOid(left), after: folderOid(right) };
      if (inner.before !== inner.after) await compare(inner, `${key}/`);
    }
  };
  await compare(roots, '');
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function namedEntries(
  store: Store,
  tree: Oid | undefined,
): Promise<ReadonlyMap<string, TreeEntry>> {
  const entries = tree === undefined ? [] : await readTree(store, tree);
  return new Map(entries.map((entry) => [entry.name, entry]));
}

function fileOid(entry: TreeEntry | undefined): Oid | null {
  return entry !== undefined && isFile(entry) ? entry.oid : null;
}

function folderOid(entry: TreeEntry | undefined): Oid | undefined {
  return entry?.mode === TREE_MODE ? entry.oid : undefined;
}

function isFile({ mode }: TreeEntry): boolean {
  return mode.startsWith('100');
}

async function readCommitObject(store: Store, oid: Oid): Promise<CommitObject> {
  const { type, bytes } = await readObject(store, oid);
  if (type === 'commit') return parseCommit(oid, bytes);
  throw new AtoError('invalid', `Expected a commit, found a ${type} named ${oid}.`);
}

function shown(oid: Oid, { parents, author, committer, message }: CommitObject): Commit {
  return {
    oid,
    parents,
    date: isoDate(committer),
    author: { name: author.name, email: author.email },
    committer: { name: committer.name, email: committer.email },
    message,
    trailers: parseTrailers(message),
  };
}
