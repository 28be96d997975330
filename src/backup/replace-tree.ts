/** Turns the files of one tree into those of another, in the folder as it is: nothing else is touched. */
import { constants } from 'node:fs';
import { join } from 'node:path';
import { isAtoError } from '../errors.ts';
import type { Oid, StorePath } from '../plugin.ts';
import { diskError } from '../store/disk-error.ts';
import { errorCode } from '../store/durable-fs.ts';
import { COMMITTED_BYTES_MAX, readFile } from '../store/read-file.ts';
import type { Store } from '../store/store.ts';
import { type FileChange, writeFiles } from '../store/write.ts';
import { placeOdd } from './odd-entries.ts';
import type { TreeFile } from './open-backup.ts';
import { differences, type FileDifference, foldersAbove } from './tree-files.ts';

export interface Replacement {
  readonly from: readonly TreeFile[];
  readonly to: readonly TreeFile[];
  readonly read: (oid: Oid) => Promise<Uint8Array>;
  /** Folders and files that are mount points, relative to the store. */
  readonly mounts: ReadonlySet<string>;
}

export interface Replaced {
  readonly written: number;
  readonly removed: number;
  /** Neither the old nor the new content: edited meanwhile, left as they are. */
  readonly edited: readonly StorePath[];
}

/** What is held in memory at a time. */
const BATCH_BYTES = 32 * 1024 * 1024;

/**
 * Files that already are as they shall be are left alone, so that doing it again after a stop goes on
 * where it ended. Folders that become empty are removed, the store's own and mount points never.
 * AtoError `disk-full`, `read-only`, `invalid` (something in the way), `failed`.
 */
export async function replaceTree(store: Store, what: Replacement): Promise<Replaced> {
  const all = differences(what.from, what.to);
  const removedKeys = new Set(all.flatMap(({ key, after }) => (after === undefined ? [key] : [])));
  const removedFolders = new Set([...removedKeys].flatMap(foldersAbove));
  const isBlocked = ({ key }: FileDifference): boolean =>
    removedFolders.has(key) || foldersAbove(key).some((folder) => removedKeys.has(folder));
  const writes = all.filter(({ after }) => after !== undefined);
  const edited: StorePath[] = [];
  try {
    await write(store, what, { writes: writes.filter((each) => !isBlocked(each)), edited });
    await remove(store, { all, mounts: what.mounts, edited });
    await write(store, what, { writes: writes.filter(isBlocked), edited });
  } catch (error) {
    throw diskError(error, 'replace the files of the store');
  }
  const kept = new Set(edited);
  const isDone = ({ path }: FileDifference): boolean => path === undefined || !kept.has(path);
  const removed = all.filter((each) => each.after === undefined && isDone(each)).length;
  return { written: writes.filter(isDone).length, removed, edited: [...kept].sort() };
}

async function write(
  store: Store,
  what: Replacement,
  to: { readonly writes: readonly FileDifference[]; readonly edited: StorePath[] },
): Promise<void> {
  let batch: (FileChange & { readonly mode: string })[] = [];
  let batchBytes = 0;
  const flush = async (): Promise<void> => {
    const { refused } = await writeFiles(store, batch);
    to.edited.push(...refused.map(({ path }) => path));
    if (store.tracksFileMode) {
      for (const { path, mode } of batch) await setMode(store, path, mode);
    }
    batch = [];
    batchBytes = 0;
  };
  for (const { key, path, before, after } of to.writes) {
    if (after === undefined) continue;
    const bytes = await what.read(after.oid);
    if (path === undefined) {
      await placeOdd(store, key, { ...after, bytes });
      continue;
    }
    const present = await contentOf(store, path);
    const isAsBefore = present === (before?.oid ?? null);
    if (present !== after.oid && !isAsBefore) to.edited.push(path);
    else if (what.mounts.has(path)) await writeOver(store, path, bytes);
    else {
      batch.push({ path, content: bytes, expected: present, mode: after.mode });
      batchBytes += bytes.length;
    }
    if (batchBytes > BATCH_BYTES) await flush();
  }
  await flush();
}

async function remove(
  store: Store,
  from: {
    readonly all: readonly FileDifference[];
    readonly mounts: ReadonlySet<string>;
    readonly edited: StorePath[];
  },
): Promise<void> {
  const gone = from.all.filter(({ after }) => after === undefined);
  const changes: FileChange[] = [];
  for (const { key, path, before } of gone) {
    if (path === undefined) await placeOdd(store, key, null);
    else if (before !== undefined) {
      const present = await contentOf(store, path);
      if (present === before.oid) changes.push({ path, content: null, expected: before.oid });
      else if (present !== null) from.edited.push(path);
    }
  }
  const { refused } = await writeFiles(store, changes);
  from.edited.push(...refused.map(({ path }) => path));
  await removeEmptyFolders(store, gone, from.mounts);
}

/** Deepest first. A folder with anything in it stays, and those that a capture may be on its way into. */
async function removeEmptyFolders(
  store: Store,
  gone: readonly FileDifference[],
  mounts: ReadonlySet<string>,
): Promise<void> {
  const folders = [...new Set(gone.flatMap(({ key }) => foldersAbove(key)))].sort().reverse();
  for (const folder of folders) {
    const isMount = mounts.has(Buffer.from(folder, 'latin1').toString('utf8'));
    if (isMount || folder === 'captures' || folder.startsWith('captures/')) continue;
    const full = Buffer.concat([Buffer.from(`${store.dir}/`), Buffer.from(folder, 'latin1')]);
    try {
      await store.fs.disk.rmdir(full);
    } catch (error) {
      const stays = ['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EBUSY'];
      if (!stays.includes(errorCode(error))) throw error;
    }
  }
}

/** The git name of what is there; null when there is nothing. */
async function contentOf(store: Store, path: StorePath): Promise<Oid | null> {
  try {
    return (await readFile(store, path, { bytesMax: COMMITTED_BYTES_MAX })).oid;
  } catch (error) {
    if (isAtoError(error, 'not-found')) return null;
    // A folder whose files are to go stands where a file shall be, or the other way round.
    if (isAtoError(error, 'invalid')) return null;
    throw error;
  }
}

/** For a file that is a mount point, whose name cannot be given to another file. */
async function writeOver(store: Store, path: StorePath, bytes: Uint8Array): Promise<void> {
  const flags = constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0);
  const file = await store.fs.disk.open(join(store.dir, path), flags);
  try {
    await file.truncate(0);
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function setMode(store: Store, path: StorePath, mode: string): Promise<void> {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);
  const file = await store.fs.disk.open(join(store.dir, path), flags);
  try {
    const { mode: present } = await file.stat();
    const isRight = ((present & 0o100) !== 0) === (mode === '100755');
    if (!isRight) await file.chmod(mode === '100755' ? present | 0o111 : present & ~0o111);
  } finally {
    await file.close();
  }
}
