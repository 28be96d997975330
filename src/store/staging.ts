/** The repository's index on the disk: read once, changed along a commit's paths, written whole. */
import type { BigIntStats } from 'node:fs';
import { join } from 'node:path';
import type { Oid } from '../plugin.ts';
import { type FolderChange, updateCacheTree } from './cache-tree.ts';
import { diskError } from './disk-error.ts';
import { eachLimited, errorCode } from './durable-fs.ts';
import {
  distrusted,
  encodeIndex,
  entryStat,
  type GitIndex,
  type IndexEntry,
  indexEntry,
  parseIndex,
  withEntries,
} from './git-index.ts';
import { pathOfKey, readTree, TREE_MODE } from './objects.ts';
import type { Store } from './store.ts';
import { treeOfCommit } from './write-trees.ts';

export interface IndexChange {
  readonly key: string;
  readonly oid: Oid | null;
  readonly mode?: string;
  /** Of the file on the disk, when it holds `oid`. */
  readonly stat?: BigIntStats;
}

export interface ReadIndex {
  readonly index: GitIndex;
  /** When the index was written: files changed in that moment cannot be trusted by their stat. */
  readonly writtenMs: number;
}

/** Times on a disk are as coarse as the kernel's tick, 10 ms at most. */
const TICK_MS = 20;
const WIDTH = 16;

/** The index as it is; made from the parent's trees when there is none. */
export async function readIndex(store: Store, parent: Oid | undefined): Promise<ReadIndex> {
  const path = join(store.gitdir, 'index');
  const { disk } = store.fs;
  try {
    const stat = await disk.lstat(path, { bigint: true });
    const writtenMs = Number(stat.mtimeNs) / 1e6;
    const remembered = store.memory.index;
    if (remembered?.signature === signatureOf(stat)) return { index: remembered.index, writtenMs };
    const bytes = await disk.readFile(path);
    return { index: parseIndex(bytes), writtenMs };
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw diskError(error, `read ${path}`);
    return { index: { entries: await entriesOfCommit(store, parent) }, writtenMs: 0 };
  }
}

/** Remembers the index that was just written, so that the next commit needn't read it. */
export async function rememberIndex(store: Store, index: GitIndex): Promise<void> {
  const stat = await store.fs.disk.lstat(join(store.gitdir, 'index'), { bigint: true });
  store.memory.index = { signature: signatureOf(stat), index };
}

/** The index after a commit, and its bytes. */
export async function updatedIndex(
  store: Store,
  { index, writtenMs }: ReadIndex,
  commit: { readonly changes: readonly IndexChange[]; readonly folders: FolderChange },
): Promise<{ readonly index: GitIndex; readonly bytes: Buffer }> {
  const changes = new Map<string, IndexEntry | null>();
  for (const { key, oid, mode, stat } of commit.changes) {
    changes.set(key, oid === null ? null : indexEntry(key, oid, mode ?? '100644', stat));
  }
  const unchanged = index.entries.filter(({ key }) => !changes.has(key));
  for (const entry of await racilyClean(store, unchanged, writtenMs)) {
    changes.set(entry.key, distrusted(entry));
  }
  const entries = withEntries(index.entries, changes);
  const below = (folder: string): number => countBelow(entries, folder);
  const cacheTree =
    index.cacheTree === undefined && index.entries.length > 0
      ? undefined
      : updateCacheTree(index.cacheTree, commit.folders, below);
  const next = cacheTree === undefined ? { entries } : { entries, cacheTree };
  const bytes = encodeIndex(next);
  return { index: next, bytes };
}

/**
 * Entries whose file may have changed unseen: it was written in the second in which the index was,
 * so native git, which compares seconds, compares contents, but no longer once the index is newer.
 */
async function racilyClean(
  store: Store,
  entries: readonly IndexEntry[],
  writtenMs: number,
): Promise<readonly IndexEntry[]> {
  const writtenSecond = Math.floor(writtenMs / 1000);
  const suspects = entries.filter((entry) => {
    const { mtimeSeconds, size } = entryStat(entry);
    return entry.stage === 0 && size > 0 && mtimeSeconds >= writtenSecond;
  });
  const racy: IndexEntry[] = [];
  await eachLimited(suspects, WIDTH, async (entry) => {
    if (!(await isUntouched(store, entry, writtenMs))) racy.push(entry);
  });
  return racy;
}

async function isUntouched(store: Store, entry: IndexEntry, writtenMs: number): Promise<boolean> {
  const path = pathOfKey(entry.key);
  const known = entryStat(entry);
  if (path === undefined || known.mtimeMs > writtenMs - TICK_MS) return false;
  try {
    const found = await store.fs.disk.lstat(join(store.dir, path));
    return found.mtimeMs === known.mtimeMs && found.ctimeMs === known.ctimeMs;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return false;
    throw diskError(error, `look at ${path}`);
  }
}

/** Entries of every file in a commit, without a stat: git compares contents when next asked. */
async function entriesOfCommit(
  store: Store,
  commit: Oid | undefined,
): Promise<readonly IndexEntry[]> {
  const entries: IndexEntry[] = [];
  const walk = async (tree: Oid, folder: string): Promise<void> => {
    for (const { mode, name, oid } of await readTree(store, tree)) {
      if (mode === TREE_MODE) await walk(oid, `${folder}${name}/`);
      else entries.push(indexEntry(folder + name, oid, mode));
    }
  };
  if (commit !== undefined) await walk(await treeOfCommit(store, commit), '');
  return entries;
}

/** How many entries lie below a folder, by bisection. */
function countBelow(entries: readonly IndexEntry[], folder: string): number {
  if (folder === '') return entries.length;
  // "0" follows "/", so every path below sorts between the two.
  return firstFrom(entries, `${folder.slice(0, -1)}0`) - firstFrom(entries, folder);
}

function firstFrom(entries: readonly IndexEntry[], key: string): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.key ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function signatureOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}
