/** Puts an old tree into a store's folder as a new commit: history only grows, the folder stays the same one. */
import { join } from 'node:path';
import { AtoError } from '../errors.ts';
import type { Oid, StorePath } from '../plugin.ts';
import { commit } from '../store/commit.ts';
import type { Person } from '../store/commit-object.ts';
import { commitTree, resetIndex } from '../store/commit-tree.ts';
import { diskError } from '../store/disk-error.ts';
import { errorCode, ignoring, WriteBatch } from '../store/durable-fs.ts';
import { gitLock } from '../store/git-lock.ts';
import { readObject } from '../store/objects.ts';
import { head } from '../store/refs.ts';
import type { Store } from '../store/store.ts';
import { type Backup, type BackupOptions, createBackup } from './create.ts';
import { MEMORY } from './index-copy.ts';
import { stampOf } from './manifest.ts';
import { mountPoints } from './mount-points.ts';
import type { OpenedBackup } from './open-backup.ts';
import { storedPack } from './pack-index.ts';
import type { FreeBytes } from './place.ts';
import { planRestore, type RestorePlan, type RestoreWork } from './plan-restore.ts';
import { type Replaced, replaceTree } from './replace-tree.ts';
import { objectNames } from './repository-bytes.ts';
import { forgetRestore, noteRestore, type RestoreNote, readRestoreNote } from './restore-note.ts';
import { commitFiles, differences, foldersAbove, treeFiles } from './tree-files.ts';
import { assertStore } from './validate.ts';

/** Where the engine puts away its index; it speaks of the tree before, and is made again. */
export const INDEX_SNAPSHOT = [...MEMORY, 'index'] as const;

export interface RestoreOptions {
  /** Who restores: the author of the commit. */
  readonly person: Person;
  /** Where the safety backup goes; absent = none is made. */
  readonly safety?: BackupOptions;
  /** The store's own id, unless another store's backup is wanted. */
  readonly store?: string;
  readonly now?: Date;
  readonly free?: FreeBytes;
}

export interface Restored extends Replaced {
  readonly plan: RestorePlan;
  /** The head before, edits in the folder included, and the new one. */
  readonly from: Oid;
  readonly to: Oid;
  readonly safetyRef: string;
  readonly safety?: Backup;
}

/**
 * Needs the store's lock, and that nothing settles meanwhile. Whatever fails before the first file is
 * written leaves the folder as it was; whatever fails later is rolled back, and after a kill the next
 * `resumeRestore` goes on.
 * AtoError `wrong-state` (another store's backup), `busy`, `invalid`, `disk-full`, `read-only`, `failed`.
 */
export async function restoreInPlace(
  store: Store,
  backup: OpenedBackup,
  options: RestoreOptions,
): Promise<Restored> {
  try {
    return await restore(store, backup, options);
  } catch (error) {
    throw diskError(error, `restore backup ${backup.manifest.stamp}`);
  }
}

async function restore(
  store: Store,
  backup: OpenedBackup,
  options: RestoreOptions,
): Promise<Restored> {
  const now = options.now ?? new Date();
  const timestamp = Math.floor(now.getTime() / 1000);
  assertStore(backup.manifest.store, options.store);
  const { plan } = await planRestore(store, backup, options.free);
  await commitPending(store, plan, { author: options.person, timestamp });
  const safety =
    options.safety === undefined
      ? undefined
      : await createBackup(store, { ...options.safety, reason: 'before-restore' });
  await importObjects(store, backup);
  const planned = await planRestore(store, backup, options.free);
  // What came since then is in no commit: it is nothing to be taken away, and stays as it is.
  const work = { ...planned, present: await commitFiles(store, planned.plan.from) };
  const safetyRef = await keepHead(store, work.plan.from, stampOf(now));
  const note: RestoreNote = {
    stamp: backup.manifest.stamp,
    from: work.plan.from,
    safetyRef,
    tree: backup.tree,
    author: options.person,
    ...commitText(backup, options.person, work.plan.from),
    timestamp,
  };
  const { to, replaced } = await carryOut(store, backup, { work, note });
  return {
    plan,
    from: work.plan.from,
    to,
    safetyRef,
    ...(safety === undefined ? {} : { safety }),
    ...replaced,
  };
}

async function carryOut(
  store: Store,
  backup: OpenedBackup,
  { work, note }: { readonly work: RestoreWork; readonly note: RestoreNote },
): Promise<{ readonly to: Oid; readonly replaced: Replaced }> {
  const lock = await gitLock(store.fs.disk, join(store.gitdir, 'index'));
  try {
    if ((await head(store)) !== note.from) throw moved(store);
    await noteRestore(store, note);
    const { present, mounts } = work;
    const read = async (oid: Oid): Promise<Uint8Array> =>
      backup.read(oid)?.bytes ?? (await readObject(store, oid)).bytes;
    const replacement = { from: present, to: backup.files, read, mounts };
    try {
      const replaced = await replaceTree(store, replacement);
      const to = await commitTree(store, { ...note, parent: note.from, files: backup.files });
      await finish(store);
      return { to, replaced };
    } catch (error) {
      await rollBack(store, note, error);
      throw error;
    }
  } finally {
    await lock.release();
  }
}

export interface Resumed {
  readonly outcome: 'went-on' | 'rolled-back' | 'was-done';
  readonly stamp: string;
  readonly from: Oid;
  readonly head: Oid;
  /** Edited since the stop: left as they are. */
  readonly edited: readonly StorePath[];
}

/**
 * Makes a restore good that was stopped: goes on with it, or back when that cannot be done.
 * Nothing when none was stopped. For who holds the store's lock, before anything else looks at the folder.
 */
export async function resumeRestore(store: Store): Promise<Resumed | undefined> {
  const note = await readRestoreNote(store);
  if (note === undefined) return undefined;
  const lock = await gitLock(store.fs.disk, join(store.gitdir, 'index'));
  try {
    const present = await head(store);
    const about = { stamp: note.stamp, from: note.from };
    if (present !== note.from) {
      // The commit was made, or a person moved the branch: either way the branch says what holds.
      await finish(store);
      return { ...about, outcome: 'was-done', head: present ?? note.from, edited: [] };
    }
    try {
      const files = await treeFiles(store, note.tree);
      const { edited } = await replaceFromStore(store, note.from, files);
      const to = await commitTree(store, { ...note, parent: note.from, files });
      await finish(store);
      return { ...about, outcome: 'went-on', head: to, edited };
    } catch (error) {
      const edited = await rollBack(store, note, error);
      return { ...about, outcome: 'rolled-back', head: note.from, edited };
    }
  } finally {
    await lock.release();
  }
}

/** Puts the files back as they were at the safety reference. */
async function rollBack(
  store: Store,
  note: RestoreNote,
  because: unknown,
): Promise<readonly StorePath[]> {
  if ((await head(store)) !== note.from) return [];
  try {
    const files = await treeFiles(store, note.tree);
    const before = await commitFiles(store, note.from);
    const mounts = await mountPoints(store, placesOf(differences(files, before)));
    const read = async (oid: Oid): Promise<Uint8Array> => (await readObject(store, oid)).bytes;
    const { edited } = await replaceTree(store, { from: files, to: before, read, mounts });
    await resetIndex(store, { parent: note.from, files: before });
    await forgetRestore(store);
    return edited;
  } catch (error) {
    const said = because instanceof Error ? because.message : String(because);
    throw new AtoError(
      'failed',
      `Expected to put the files back after a restore that failed (${said}), found: ${String(error)}. ` +
        `Put that right and start again: it is made good at the next start. The state before is ${note.safetyRef}.`,
      { cause: error },
    );
  }
}

async function replaceFromStore(
  store: Store,
  from: Oid,
  to: Awaited<ReturnType<typeof treeFiles>>,
): Promise<Replaced> {
  const before = await commitFiles(store, from);
  const mounts = await mountPoints(store, placesOf(differences(before, to)));
  const read = async (oid: Oid): Promise<Uint8Array> => (await readObject(store, oid)).bytes;
  return replaceTree(store, { from: before, to, read, mounts });
}

function placesOf(changes: ReturnType<typeof differences>): readonly string[] {
  const keys = new Set(changes.flatMap(({ key }) => [...foldersAbove(key), key]));
  return [...keys].map((key) => Buffer.from(key, 'latin1').toString('utf8'));
}

/** What people wrote and nobody committed yet becomes a commit of its own (invariant 7). */
async function commitPending(
  store: Store,
  plan: RestorePlan,
  by: { readonly author: Person; readonly timestamp: number },
): Promise<void> {
  if (plan.pending.length === 0) return;
  await commit(store, {
    ...by,
    changes: plan.pending,
    message: `edit: ${plan.pending.length} found before a restore`,
    trailers: [
      ['Actor', `${by.author.name} <${by.author.email}>`],
      ['Act', 'edit'],
    ],
  });
}

/** The backup's packs, where the store lacks any object of them. */
async function importObjects(store: Store, backup: OpenedBackup): Promise<void> {
  const had = await objectNames(store);
  const batch = new WriteBatch(store.fs.disk);
  const folder = join(store.gitdir, 'objects', 'pack');
  try {
    for (const pack of backup.packs) {
      if ([...pack.entries.keys()].every((oid) => had.has(oid))) continue;
      const { name, pack: bytes, index } = storedPack(pack);
      await store.fs.disk.mkdir(folder, { recursive: true });
      await batch.stage(join(folder, `${name}.pack`), bytes);
      await batch.stage(join(folder, `${name}.idx`), index);
    }
    await batch.publish();
  } catch (error) {
    await batch.abandon();
    throw error;
  }
  store.memory.trees.clear();
}

/** The present head gets a name that no later restore takes away. */
async function keepHead(store: Store, oid: Oid, stamp: string): Promise<string> {
  const { disk } = store.fs;
  const folder = join(store.gitdir, 'refs', 'atocore', 'before-restore');
  await disk.mkdir(folder, { recursive: true });
  for (let suffix = 1; ; suffix++) {
    const name = suffix === 1 ? stamp : `${stamp}-${suffix}`;
    try {
      await disk.lstat(join(folder, name));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      await store.fs.writeFile(join(folder, name), `${oid}\n`);
      return `refs/atocore/before-restore/${name}`;
    }
  }
}

function commitText(backup: OpenedBackup, person: Person, from: Oid) {
  const { stamp, head: backedUp } = backup.manifest;
  const trailers: readonly (readonly [string, string])[] = [
    ['Actor', `${person.name} <${person.email}>`],
    ['Act', 'restore'],
    ['Backup', stamp],
    ['Restored', backedUp],
    ['Before', from],
  ];
  return { message: `restore: backup ${stamp}`, trailers };
}

async function finish(store: Store): Promise<void> {
  await dropIndexSnapshot(store);
  await forgetRestore(store);
}

async function dropIndexSnapshot(store: Store): Promise<void> {
  const { disk } = store.fs;
  const folder = join(store.dir, ...INDEX_SNAPSHOT);
  const names = await disk.readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (names === undefined) return;
  for (const name of names) await ignoring(disk.unlink(join(folder, name)), 'ENOENT');
  await ignoring(disk.rmdir(folder), 'ENOENT', 'ENOTEMPTY');
}

function moved(store: Store): AtoError {
  return new AtoError(
    'changed',
    `Expected branch ${store.branch} to stand still, found that another program moved it. Nothing was changed; try again.`,
  );
}
