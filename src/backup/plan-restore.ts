/** What a restore in place would do and what stands against it: a value, made without a change. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';
import type { CommitChange } from '../store/commit.ts';
import { diskError } from '../store/disk-error.ts';
import { errorCode, TEMPORARY_PREFIX } from '../store/durable-fs.ts';
import { treeAt } from '../store/history.ts';
import { bytesKey } from '../store/objects.ts';
import { pendingChanges } from '../store/pending-changes.ts';
import { head } from '../store/refs.ts';
import { assertWritable, repositoryState } from '../store/repository-state.ts';
import { NOTHING_KNOWN, scan } from '../store/scan.ts';
import { isBelow } from '../store/scan-walk.ts';
import type { Store } from '../store/store.ts';
import type { Manifest, Stamp } from './manifest.ts';
import { mountPoints } from './mount-points.ts';
import type { OpenedBackup, TreeFile } from './open-backup.ts';
import { assertRoom, type FreeBytes, freeBytes } from './place.ts';
import { objectNames } from './repository-bytes.ts';
import { commitFiles, differences, type FileDifference, foldersAbove } from './tree-files.ts';

export interface RestorePlan {
  readonly stamp: Stamp;
  readonly folder: string;
  /** The store's present head, and what of the folder is in no commit yet: it is committed first. */
  readonly from: Oid;
  readonly pending: readonly CommitChange[];
  /** The commit that was backed up, and its tree. */
  readonly backedUp: Oid;
  readonly tree: Oid;
  readonly counts: Manifest['counts'];
  readonly writes: number;
  readonly removals: number;
  /** Bytes of the files to write. */
  readonly bytes: number;
  /** Objects of the backup that the store has no more. */
  readonly missingObjects: number;
  readonly mounts: readonly string[];
}

/** Where the difference is carried out: what `replaceTree` needs. */
export interface RestoreWork {
  readonly plan: RestorePlan;
  readonly present: readonly TreeFile[];
  readonly mounts: ReadonlySet<string>;
}

/**
 * AtoError `busy` or `wrong-state` (a merge under way, another branch), `invalid` (something in the
 * way, with all of it in `extra.obstacles`), `disk-full`, `read-only`. Nothing is changed.
 */
export async function planRestore(
  store: Store,
  backup: OpenedBackup,
  free: FreeBytes = freeBytes,
): Promise<RestoreWork> {
  assertWritable(await repositoryState(store));
  const from = await head(store);
  if (from === undefined) {
    throw new AtoError('not-a-store', 'Expected a store with at least one commit, found none.');
  }
  const seen = await scan(store, NOTHING_KNOWN);
  const pending = pendingChanges(seen, await treeAt(store, from));
  const present = withPending(await commitFiles(store, from), pending);
  const changes = differences(present, backup.files);
  const places = new Set(changes.flatMap(({ key }) => [...foldersAbove(key), key]).map(shown));
  const mounts = await mountPoints(store, places);
  const hidden = hiddenFiles(backup.files, new Set(seen.unreadPlaces));
  await assertNothingInTheWay(store, [...changes, ...hidden], mounts);
  const had = await objectNames(store);
  const missing = backup.packs.filter((pack) => [...pack.entries.keys()].some((o) => !had.has(o)));
  const missingObjects = missing.flatMap((pack) =>
    [...pack.entries.keys()].filter((oid) => !had.has(oid)),
  ).length;
  const packBytes = missing.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const bytes = await assertRoomForAll(store, { backup, changes, mounts, packBytes }, free);
  const { stamp, head: backedUp, tree, counts } = backup.manifest;
  const removals = changes.filter(({ after }) => after === undefined).length;
  const plan: RestorePlan = {
    stamp,
    folder: store.dir,
    from,
    pending,
    backedUp,
    tree,
    counts,
    writes: changes.length - removals,
    removals,
    bytes,
    missingObjects,
    mounts: [...mounts].sort(),
  };
  return { plan, present, mounts };
}

function withPending(
  files: readonly TreeFile[],
  pending: readonly CommitChange[],
): readonly TreeFile[] {
  const byKey = new Map(files.map((file) => [file.key, file]));
  for (const { path, oid } of pending) {
    const key = bytesKey(path);
    const mode = byKey.get(key)?.mode ?? '100644';
    if (oid === null) byKey.delete(key);
    else byKey.set(key, { key, mode, oid });
  }
  return [...byKey.values()];
}

/** Files of the backup behind something that the scan could not look into, such as a link. */
function hiddenFiles(
  files: readonly TreeFile[],
  unread: ReadonlySet<string>,
): readonly FileDifference[] {
  if (unread.size === 0) return [];
  return differences(
    [],
    files.filter(({ key }) => isBelow(unread, shown(key))),
  );
}

/** Links, pipes and folders where files shall be; files that cannot be removed since they are mounted. */
async function assertNothingInTheWay(
  store: Store,
  changes: readonly FileDifference[],
  mounts: ReadonlySet<string>,
): Promise<void> {
  const ours = new Set(changes.flatMap(({ key, before }) => (before === undefined ? [] : [key])));
  const kinds = new Map<string, Promise<Kind>>();
  const kindAt = (key: string): Promise<Kind> => {
    const known = kinds.get(key) ?? kindOf(store, key);
    kinds.set(key, known);
    return known;
  };
  const obstacles = new Set<string>();
  for (const { key, path, after } of changes) {
    for (const folder of foldersAbove(key)) {
      const kind = await kindAt(folder);
      if (kind !== 'folder' && kind !== 'nothing' && !ours.has(folder)) {
        obstacles.add(`${shown(folder)} (${kind}, a folder is needed)`);
      }
    }
    const kind = await kindAt(key);
    if (after === undefined) {
      if (mounts.has(shown(key))) obstacles.add(`${shown(key)} (a mount point, to be removed)`);
    } else if (kind === 'folder' && !(await holdsOnly(store, key, ours))) {
      obstacles.add(`${shown(key)} (a folder, a file is needed)`);
    } else if (kind === 'link or other' && path !== undefined) {
      obstacles.add(`${shown(key)} (a link or other, a file is needed)`);
    }
  }
  if (obstacles.size === 0) return;
  const [first] = obstacles;
  throw new AtoError(
    'invalid',
    `Expected nothing in the way of the restored files, found ${obstacles.size}, the first being ${first}. Move them away, then try again; nothing was changed.`,
    { extra: { obstacles: [...obstacles].sort() } },
  );
}

type Kind = 'nothing' | 'file' | 'folder' | 'link or other';

async function kindOf(store: Store, key: string): Promise<Kind> {
  try {
    const found = await store.fs.disk.lstat(bytesOf(store, key));
    if (found.isDirectory()) return 'folder';
    return found.isFile() ? 'file' : 'link or other';
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return 'nothing';
    throw diskError(error, `look at ${shown(key)}`);
  }
}

async function holdsOnly(
  store: Store,
  folder: string,
  ours: ReadonlySet<string>,
): Promise<boolean> {
  for (const child of await store.fs.disk.readdir(bytesOf(store, folder))) {
    const key = `${folder}/${bytesKey(child)}`;
    const isFolder = (await kindOf(store, key)) === 'folder';
    if (isFolder ? !(await holdsOnly(store, key, ours)) : !ours.has(key)) return false;
  }
  return true;
}

/** Room on, and leave to write to, every disk that gets files. Gives the bytes of the files. */
async function assertRoomForAll(
  store: Store,
  need: {
    readonly backup: OpenedBackup;
    readonly changes: readonly FileDifference[];
    readonly mounts: ReadonlySet<string>;
    readonly packBytes: number;
  },
  free: FreeBytes,
): Promise<number> {
  const byMount = new Map<string, number>([['', need.packBytes]]);
  let bytes = 0;
  for (const { key, after } of need.changes) {
    const size = after === undefined ? 0 : (need.backup.read(after.oid)?.bytes.length ?? 0);
    const mount = foldersAbove(key)
      .map(shown)
      .filter((folder) => need.mounts.has(folder))
      .at(-1);
    byMount.set(mount ?? '', (byMount.get(mount ?? '') ?? 0) + size);
    bytes += size;
  }
  for (const [mount, needed] of byMount) {
    const folder = join(store.dir, mount);
    await assertRoom(folder, needed, free);
    await tryToWrite(store, folder);
  }
  return bytes;
}

async function tryToWrite(store: Store, folder: string): Promise<void> {
  const probe = join(folder, TEMPORARY_PREFIX + randomBytes(6).toString('hex'));
  try {
    await (await store.fs.disk.open(probe, 'wx')).close();
    await store.fs.disk.unlink(probe);
  } catch (error) {
    throw diskError(error, `write to ${folder}`);
  }
}

function bytesOf(store: Store, key: string): Buffer {
  return Buffer.concat([Buffer.from(`${store.dir}/`), Buffer.from(key, 'latin1')]);
}

function shown(key: string): string {
  return Buffer.from(key, 'latin1').toString('utf8');
}
