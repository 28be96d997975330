/** Makes one commit of a few changed paths, durable when it returns, safe beside native git. */
import type { BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AtoError, isAtoError } from '../errors.ts';
import type { Oid, StorePath } from '../plugin.ts';
import { encodeCommit, messageWithTrailers, type Trailers } from './commit-object.ts';
import { diskError } from './disk-error.ts';
import { eachLimited, WriteBatch } from './durable-fs.ts';
import { type GitLock, gitLock, WAIT_MS } from './git-lock.ts';
import { type MovedBy, moveBranch, signatureOf } from './move-branch.ts';
import { bytesKey, readObject, writeObject } from './objects.ts';
import { isPushUnderWay, PUSH_PAUSE_MS } from './push-hooks.ts';
import { COMMITTED_BYTES_MAX, readFile } from './read-file.ts';
import { head } from './refs.ts';
import { assertWritable, operationUnderWay } from './repository-state.ts';
import { type IndexChange, readIndex, updatedIndex } from './staging.ts';
import type { Store } from './store.ts';
import { type TreeChange, writeTrees } from './write-trees.ts';

export interface CommitChange {
  readonly path: StorePath;
  /** What the file holds in the commit; null when it is gone. */
  readonly oid: Oid | null;
  /** The content, when the caller has it; otherwise it is read from the disk and must be `oid`. */
  readonly bytes?: Uint8Array;
}

export interface CommitRequest extends MovedBy {
  readonly changes: readonly CommitChange[];
  readonly trailers?: Trailers;
  /** The commit that the caller looked at; any other makes the commit fail with `changed`. */
  readonly expectedParent?: Oid;
  /** Parents besides the present head: a merge. */
  readonly mergedParents?: readonly Oid[];
  /** How long git's lock is waited for; default 10 s. */
  readonly waitMs?: number;
}

const ATTEMPTS_MAX = 5;
/** Blobs read and written at a time. */
const WIDTH = 8;

/**
 * The new commit, or the present one when the changes change nothing.
 *
 * Only the trees along the changed paths and their index entries are written: what a person has
 * staged elsewhere stays staged.
 *
 * Throws `busy` (git's lock, a merge under way), `wrong-state` (another branch), `changed` (a file or
 * the parent is no longer what the caller saw), `disk-full`, `read-only`, `failed`.
 */
export async function commit(store: Store, request: CommitRequest): Promise<Oid> {
  const batch = new WriteBatch(store.fs.disk);
  try {
    const prepared = await prepare(store, request.changes, batch);
    for (let attempt = 1; ; attempt++) {
      const made = await underLock(store, request, prepared, batch);
      if (made !== undefined) return made;
      if (attempt === ATTEMPTS_MAX) throw moved(store);
    }
  } catch (error) {
    await batch.abandon();
    throw diskError(error, 'commit');
  }
}

interface Prepared extends CommitChange {
  readonly key: string;
  /** Absent when the file on the disk is not (any more) what is committed. */
  readonly stat?: BigIntStats;
}

/** Stages the blobs, before git's lock is taken, so that it is held only for a moment. */
async function prepare(
  store: Store,
  changes: readonly CommitChange[],
  batch: WriteBatch,
): Promise<readonly Prepared[]> {
  const prepared: Prepared[] = [];
  await eachLimited(changes, WIDTH, async (change) => {
    const key = bytesKey(change.path);
    if (change.oid === null) {
      prepared.push({ path: change.path, oid: null, key });
      return;
    }
    const found = await readIfThere(store, change.path);
    const isSame = found?.oid === change.oid;
    const bytes = change.bytes ?? (isSame ? found.bytes : undefined);
    if (bytes === undefined) {
      await assertHasBlob(store, change.path, change.oid);
    } else {
      const { oid, written } = writeObject(batch.git, store.gitdir, 'blob', bytes);
      await written;
      if (oid !== change.oid) throw contentChanged(change.path, change.oid, oid);
    }
    const { path, oid } = change;
    prepared.push(isSame ? { path, oid, key, stat: found.stat } : { path, oid, key });
  });
  return prepared;
}

async function readIfThere(store: Store, path: StorePath) {
  try {
    return await readFile(store, path, { bytesMax: COMMITTED_BYTES_MAX });
  } catch (error) {
    const isOther = ['not-found', 'invalid', 'too-large'].some((code) =>
      isAtoError(error, code as 'invalid'),
    );
    if (isOther) return undefined;
    throw error;
  }
}

async function assertHasBlob(store: Store, path: StorePath, oid: Oid): Promise<void> {
  try {
    await readObject(store, oid);
  } catch (error) {
    if (isAtoError(error, 'not-found')) throw contentChanged(path, oid);
    throw error;
  }
}

/** One attempt; nothing when the reference moved while its lock wasn't held. */
async function underLock(
  store: Store,
  request: CommitRequest,
  prepared: readonly Prepared[],
  objects: WriteBatch,
): Promise<Oid | undefined> {
  const { waitMs } = request;
  const indexLock = await lockIndex(store, join(store.gitdir, 'index'), waitMs);
  try {
    assertWritable(await operationUnderWay(store));
    const parent = await head(store);
    if (request.expectedParent !== undefined && parent !== request.expectedParent) {
      throw moved(store);
    }
    const written = await writeCommit(store, request, { prepared, parent, objects });
    if (written === undefined) return parent;
    const { oid, indexChanges, folders } = written;
    const index = await updatedIndex(store, await readIndex(store, parent), {
      changes: indexChanges,
      folders,
    });
    const isMoved = await moveBranch(store, {
      before: parent,
      after: oid,
      index,
      by: request,
      objects: async () => {
        await written.done;
        await objects.publish();
      },
      ...(waitMs === undefined ? {} : { waitMs }),
    });
    return isMoved ? oid : undefined;
  } finally {
    await indexLock.release();
  }
}

/** git's lock while no push is writing the folder; held, it keeps the next one from starting to. */
export async function lockIndex(store: Store, path: string, waitMs = WAIT_MS): Promise<GitLock> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const lock = await gitLock(store.fs.disk, path, { waitMs });
    if (Date.now() >= deadline || !(await isPushUnderWay(store))) return lock;
    await lock.release();
    await sleep(PUSH_PAUSE_MS);
  }
}

async function writeCommit(
  store: Store,
  request: CommitRequest,
  from: {
    readonly prepared: readonly Prepared[];
    readonly parent: Oid | undefined;
    readonly objects: WriteBatch;
  },
) {
  const { prepared, parent, objects } = from;
  const changes = new Map<string, TreeChange | null>();
  for (const { key, oid, stat } of prepared) {
    const mode = stat === undefined || !store.tracksFileMode ? undefined : modeOf(stat);
    changes.set(key, oid === null ? null : mode === undefined ? { oid } : { oid, mode });
  }
  const trees = await writeTrees(store, objects.git, { parent, changes });
  const merged = request.mergedParents ?? [];
  if (trees.after === trees.before && merged.length === 0) {
    await Promise.all(trees.written);
    return undefined;
  }
  const author = signatureOf(request, request.author);
  const bytes = encodeCommit({
    tree: trees.after,
    parents: parent === undefined ? merged : [parent, ...merged],
    author,
    committer: signatureOf(request, request.committer ?? request.author),
    message: messageWithTrailers(request.message, request.trailers ?? []),
  });
  const { oid, written } = writeObject(objects.git, store.gitdir, 'commit', bytes);
  const indexChanges = prepared.map(
    ({ key, oid: blob, stat }): IndexChange =>
      blob === null
        ? { key, oid: null }
        : { key, oid: blob, mode: trees.modes.get(key) ?? '100644', ...(stat && { stat }) },
  );
  const done = Promise.all([...trees.written, written]);
  // Awaited after the index is made; until then a failure must not count as unhandled.
  done.catch(() => undefined);
  return { oid, indexChanges, folders: trees.folders, done };
}

function modeOf(stat: BigIntStats): string {
  return (stat.mode & 0o100n) === 0n ? '100644' : '100755';
}

function contentChanged(path: StorePath, expected: Oid, found?: Oid): AtoError {
  return new AtoError(
    'changed',
    `Expected ${path} to hold ${expected}, found ${found ?? 'other content'}. Look again, then commit what is there.`,
    { extra: { path, expected, ...(found === undefined ? {} : { found }) } },
  );
}

function moved(store: Store): AtoError {
  return new AtoError(
    'changed',
    `Expected branch ${store.branch} to stand still, found that another program moved it. Look again, then commit.`,
  );
}
