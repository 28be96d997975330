/** Writes the trees along changed paths; every other tree of the commit before is used as it is. */
import { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';
import type { FolderChange } from './cache-tree.ts';
import { parseCommit } from './commit-object.ts';
import type { GitFileSystem } from './durable-fs.ts';
import {
  encodeTree,
  objectOid,
  readObject,
  readTree,
  rememberTree,
  sortedTree,
  TREE_MODE,
  type TreeEntry,
  writeObject,
} from './objects.ts';
import type { Store } from './store.ts';

export interface TreeChange {
  readonly oid: Oid;
  /** Absent: as in the commit before, or `100644`. */
  readonly mode?: string;
}

export interface WrittenTrees {
  readonly before: Oid | undefined;
  readonly after: Oid;
  /** Mode of each changed file, by the key of its path. */
  readonly modes: ReadonlyMap<string, string>;
  readonly folders: FolderChange;
  /** Done when every tree is staged. */
  readonly written: readonly Promise<void>[];
}

interface Node {
  change?: TreeChange | null;
  readonly children: Map<string, Node>;
}

interface Work {
  readonly store: Store;
  readonly fs: GitFileSystem;
  readonly modes: Map<string, string>;
  readonly written: Promise<void>[];
}

interface WrittenFolder extends FolderChange {
  readonly children: Map<string, FolderChange>;
}

/** @param request.changes by the key of the path (`bytesKey`); null for a file that is gone */
export async function writeTrees(
  store: Store,
  fs: GitFileSystem,
  request: {
    readonly parent: Oid | undefined;
    readonly changes: ReadonlyMap<string, TreeChange | null>;
  },
): Promise<WrittenTrees> {
  const work: Work = { store, fs, modes: new Map(), written: [] };
  const before =
    request.parent === undefined ? undefined : await treeOfCommit(store, request.parent);
  const root = nest(request.changes);
  const folders = await writeFolder(work, { before, node: root, folder: '' });
  const after = folders.after ?? emptyTree(work);
  const { modes, written } = work;
  return { before, after, modes, folders: { ...folders, after }, written };
}

/** The root tree of a commit. */
export async function treeOfCommit(store: Store, commit: Oid): Promise<Oid> {
  const { type, bytes } = await readObject(store, commit);
  if (type !== 'commit') {
    throw new AtoError('invalid', `Expected a commit, found a ${type} named ${commit}.`);
  }
  return parseCommit(commit, bytes).tree;
}

async function writeFolder(
  work: Work,
  at: { readonly before: Oid | undefined; readonly node: Node; readonly folder: string },
): Promise<WrittenFolder> {
  const { before, node, folder } = at;
  const entries = new Map<string, TreeEntry>();
  for (const entry of before === undefined ? [] : await readTree(work.store, before)) {
    entries.set(entry.name, entry);
  }
  const children = new Map<string, FolderChange>();
  let countDifference = 0;
  for (const [name, child] of node.children) {
    const path = `${folder}${name}`;
    countDifference += putFile(work, { entries, name, path, change: child.change });
    if (child.children.size === 0) continue;
    const existing = entries.get(name);
    const isFolder = existing?.mode === TREE_MODE;
    const written = await writeFolder(work, {
      before: isFolder ? existing.oid : undefined,
      node: child,
      folder: `${path}/`,
    });
    countDifference += written.countDifference;
    if (written.after !== undefined) {
      if (existing !== undefined && !isFolder) countDifference -= 1;
      if (child.change) throw bothFileAndFolder(path);
      entries.set(name, { mode: TREE_MODE, name, oid: written.after });
      children.set(name, written);
    } else if (isFolder) {
      entries.delete(name);
      children.set(name, written);
    }
  }
  const after = entries.size === 0 ? undefined : writeTree(work, [...entries.values()], before);
  return { before, after, countDifference, children };
}

/** Puts or removes a file in a folder; gives how many entries more there are. */
function putFile(
  work: Work,
  at: {
    readonly entries: Map<string, TreeEntry>;
    readonly name: string;
    readonly path: string;
    readonly change: TreeChange | null | undefined;
  },
): number {
  const { entries, name, path, change } = at;
  const existing = entries.get(name);
  if (change === undefined) return 0;
  if (change === null) {
    if (existing === undefined || existing.mode === TREE_MODE) return 0;
    entries.delete(name);
    return -1;
  }
  const kept = existing?.mode === '100755' ? '100755' : '100644';
  const mode = change.mode ?? kept;
  work.modes.set(path, mode);
  entries.set(name, { mode, name, oid: change.oid });
  // How many files a folder held that a file replaces isn't known: the cache of trees is dropped.
  if (existing?.mode === TREE_MODE) return Number.NaN;
  return existing === undefined ? 1 : 0;
}

function writeTree(work: Work, entries: readonly TreeEntry[], before: Oid | undefined): Oid {
  const bytes = encodeTree(entries);
  const oid = objectOid('tree', bytes);
  rememberTree(work.store, oid, sortedTree(entries));
  if (oid !== before) {
    work.written.push(writeObject(work.fs, work.store.gitdir, 'tree', bytes).written);
  }
  return oid;
}

function emptyTree(work: Work): Oid {
  const { oid, written } = writeObject(work.fs, work.store.gitdir, 'tree', Buffer.alloc(0));
  work.written.push(written);
  return oid;
}

function nest(changes: ReadonlyMap<string, TreeChange | null>): Node {
  const root: Node = { children: new Map() };
  for (const [key, change] of changes) {
    let node = root;
    for (const part of key.split('/')) {
      let child = node.children.get(part);
      if (child === undefined) {
        child = { children: new Map() };
        node.children.set(part, child);
      }
      node = child;
    }
    node.change = change;
  }
  return root;
}

function bothFileAndFolder(key: string): AtoError {
  const path = Buffer.from(key, 'latin1').toString('utf8');
  return new AtoError('invalid', `Expected a file or a folder at ${path}, found changes for both.`);
}
