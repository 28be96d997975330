/** A restore from the first check to the last, with the engine where it takes part. */
import { resolve } from 'node:path';
import { checkOut } from './backup/check-out.ts';
import { bringIndex } from './backup/index-copy.ts';
import type { Stamp } from './backup/manifest.ts';
import { type OpenedBackup, openBackup } from './backup/open-backup.ts';
import { assertRoom, type FreeBytes } from './backup/place.ts';
import { planRestore, type RestorePlan } from './backup/plan-restore.ts';
import { type Restored, restoreInPlace, resumeRestore } from './backup/restore-in-place.ts';
import { assertStore } from './backup/validate.ts';
import { Engine } from './engine.ts';
import { AtoError } from './errors.ts';
import { CONFIG_PATH } from './model/layout.ts';
import { readConfig } from './model/store-config.ts';
import type { Oid, StorePath } from './plugin.ts';
import { proveTree } from './prove-tree.ts';
import type { Person } from './store/commit-object.ts';
import { readAt } from './store/history.ts';
import { lockStore } from './store/lock.ts';
import { openStore } from './store/open.ts';
import { head } from './store/refs.ts';
import type { Store } from './store/store.ts';
import { treeOfCommit } from './store/write-trees.ts';

export interface RestoreRequest {
  readonly place: string;
  readonly stamp: Stamp;
  readonly person: Person;
  /** Take another store's backup: its records replace this store's. */
  readonly acceptOtherStore?: boolean;
  readonly noSafetyBackup?: boolean;
  /** Where the safety backup goes; default the place of the backup itself. */
  readonly safetyPlace?: string;
  readonly build?: string;
  readonly now?: Date;
  readonly free?: FreeBytes;
}

export interface RestoreReport {
  readonly stamp: Stamp;
  /** Heads before and after, and the commit that was backed up. */
  readonly from: Oid;
  readonly to: Oid;
  readonly backedUp: Oid;
  readonly tree: Oid;
  readonly safetyRef: string;
  readonly safetyBackup?: Stamp;
  readonly written: number;
  readonly removed: number;
  /** Edited while it was restored: left as they are, and committed on top. */
  readonly edited: readonly StorePath[];
  /** What settling found to do afterwards; a proven restore leaves it nothing. */
  readonly settled: { readonly inputs: number; readonly changes: number };
  /** True when the folder is the backed up tree, and settling changed nothing. */
  readonly isProven: boolean;
  /** What a person should know when it is not. */
  readonly message?: string;
  readonly durationMs: number;
}

/** What a restore would do; nothing is changed. The errors are those of `restoreStore` but `locked`. */
export async function planRestoreOf(folder: string, request: RestoreRequest): Promise<RestorePlan> {
  const backup = await openBackup(request.place, request.stamp);
  const store = await openStore(folder);
  assertStore(backup.manifest.store, await wantedStore(store, request));
  return (await planRestore(store, backup, request.free)).plan;
}

/**
 * Restores a store that no daemon serves.
 * AtoError `not-found`, `verification-failed`, `newer-format` (the backup), `wrong-state` (another
 * store's), `locked` (a daemon serves the store), `busy`, `invalid` (something in the way),
 * `disk-full`, `read-only`, `failed`.
 */
export async function restoreStore(
  folder: string,
  request: RestoreRequest,
): Promise<RestoreReport> {
  const startedMs = performance.now();
  const backup = await openBackup(request.place, request.stamp);
  const store = await openStore(folder);
  assertStore(backup.manifest.store, await wantedStore(store, request));
  const lock = await lockStore(store);
  let restored: Restored;
  try {
    await resumeRestore(store);
    restored = await restoreInPlace(store, backup, await optionsOf(store, request));
    await bringIndex(store, request.place, backup.manifest);
  } finally {
    await lock.release();
  }
  const engine = await Engine.open({ folder, watch: false });
  try {
    await engine.ready();
    const { inputs, changes } = engine.status().lastSettle ?? { inputs: 0, changes: 0 };
    const rest = await engine.settle();
    const settled = { inputs: inputs + rest.inputs, changes: changes + rest.changes };
    return await report(store, backup, { restored, settled, startedMs });
  } finally {
    await engine.close();
  }
}

/** Restores the store of a running engine, which stops settling meanwhile. AtoError as above, and `wrong-state` beside another restore. */
export async function restoreThrough(
  engine: Engine,
  request: RestoreRequest,
): Promise<RestoreReport> {
  const startedMs = performance.now();
  const backup = await openBackup(request.place, request.stamp);
  const { folder } = engine.status();
  const store = await openStore(folder);
  assertStore(backup.manifest.store, await wantedStore(store, request));
  const { result, inputs, changes } = await engine.paused(async (open) =>
    restoreInPlace(open, backup, await optionsOf(open, request)),
  );
  return report(store, backup, { restored: result, settled: { inputs, changes }, startedMs });
}

export interface RestoredElsewhere {
  readonly stamp: Stamp;
  readonly folder: string;
  readonly head: Oid;
  readonly tree: Oid;
  readonly files: number;
  readonly durationMs: number;
}

/**
 * Restores into a folder that is empty or not there: a store with the same commits and references.
 * AtoError `wrong-state` for a folder with something in it, and what a bad backup gives.
 */
export async function restoreElsewhere(
  target: string,
  request: Pick<RestoreRequest, 'place' | 'stamp' | 'free'>,
): Promise<RestoredElsewhere> {
  const startedMs = performance.now();
  const backup = await openBackup(request.place, request.stamp);
  const packs = backup.packs.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const folder = resolve(target);
  await assertRoom(resolve(folder, '..'), backup.manifest.content.bytes + packs, request.free);
  await checkOut(backup, folder, { isDurable: true });
  await bringIndex(await openStore(folder), request.place, backup.manifest);
  await proveTree(folder, backup);
  const { stamp, head: commit, tree, content } = backup.manifest;
  const durationMs = Math.round(performance.now() - startedMs);
  return { stamp, folder, head: commit, tree, files: content.files, durationMs };
}

async function optionsOf(store: Store, request: RestoreRequest) {
  const { person, now, free, build, place, safetyPlace = place } = request;
  const wanted = await wantedStore(store, request);
  const given = {
    ...(now === undefined ? {} : { now }),
    ...(free === undefined ? {} : { free }),
    ...(build === undefined ? {} : { build }),
  };
  return {
    person,
    ...given,
    ...(wanted === undefined ? {} : { store: wanted }),
    ...(request.noSafetyBackup ? {} : { safety: { place: safetyPlace, ...given } }),
  };
}

/** The id that a backup must have, from the last commit: the folder's own file may be what is broken. */
async function wantedStore(store: Store, request: RestoreRequest): Promise<string | undefined> {
  if (request.acceptOtherStore) return undefined;
  const at = await head(store);
  const text = at === undefined ? undefined : await readAt(store, at, CONFIG_PATH);
  if (text === undefined) {
    throw new AtoError(
      'not-a-store',
      `Expected atocore.json in the last commit of ${store.dir}, found none. Restore into another folder.`,
    );
  }
  return readConfig(text.toString('utf8')).store;
}

async function report(
  store: Store,
  backup: OpenedBackup,
  after: {
    readonly restored: Restored;
    readonly settled: RestoreReport['settled'];
    readonly startedMs: number;
  },
): Promise<RestoreReport> {
  const { restored, settled, startedMs } = after;
  const { from, to, safetyRef, safety, written, removed, edited } = restored;
  const isTree = (await treeOfCommit(store, to)) === backup.tree;
  const isProven = isTree && settled.inputs + settled.changes === 0;
  return {
    stamp: backup.manifest.stamp,
    from,
    to,
    backedUp: backup.head,
    tree: backup.tree,
    safetyRef,
    ...(safety === undefined ? {} : { safetyBackup: safety.stamp }),
    written,
    removed,
    edited,
    settled,
    isProven,
    ...(isProven ? {} : { message: unproven(restored, settled) }),
    durationMs: Math.round(performance.now() - startedMs),
  };
}

function unproven(restored: Restored, settled: RestoreReport['settled']): string {
  const { edited, safetyRef } = restored;
  const why =
    edited.length > 0
      ? `${edited.length} files were edited meanwhile and kept (${edited.slice(0, 3).join(', ')})`
      : `settling changed ${settled.changes} files and found ${settled.inputs} new`;
  return `Expected the backed up tree and nothing to settle, found that ${why}. The restore is done; the state before it is ${safetyRef}.`;
}
