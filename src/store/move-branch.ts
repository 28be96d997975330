/** Moves the branch to a commit and writes the index that goes with it; durable, and safe beside native git. */
import { constants } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Oid } from '../plugin.ts';
import { type Person, type Signature, signatureText } from './commit-object.ts';
import { errorCode, syncFolder, WriteBatch } from './durable-fs.ts';
import type { GitIndex } from './git-index.ts';
import { type GitLock, gitLock } from './git-lock.ts';
import { head } from './refs.ts';
import { rememberIndex } from './staging.ts';
import type { Store } from './store.ts';

/** Who is named for it in the commit and in the log of the branch, with what words, and when. */
export interface MovedBy {
  readonly author: Person;
  /** Default: the author. */
  readonly committer?: Person;
  readonly message: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** As `Date.getTimezoneOffset` gives it; default UTC. */
  readonly timezoneOffset?: number;
}

export interface Move {
  readonly before: Oid | undefined;
  readonly after: Oid;
  readonly index: { readonly index: GitIndex; readonly bytes: Uint8Array };
  readonly by: MovedBy;
  /** Puts on the disk what the commit names; at once with the index, and before either has its name. */
  readonly objects?: () => Promise<void>;
  /** How long the lock of the branch is waited for. */
  readonly waitMs?: number;
}

/**
 * True when it is done; false, and nothing changed, when the branch was no longer at `before`.
 * Whoever calls holds git's lock of the index. Order on the disk: objects, index, reference, so that
 * whatever a reference names is whole, and a stop in between leaves our change staged, never undone.
 */
export async function moveBranch(store: Store, move: Move): Promise<boolean> {
  const { before, after, by, waitMs, objects } = move;
  const { disk } = store.fs;
  const indexPath = join(store.gitdir, 'index');
  const refPath = join(store.gitdir, 'refs', 'heads', store.branch);
  const [index, ref] = [new WriteBatch(disk), new WriteBatch(disk)];
  try {
    await Promise.all([objects?.(), index.stage(indexPath, move.index.bytes)]);
    const refLock = await lockReference(store, refPath, waitMs === undefined ? {} : { waitMs });
    try {
      if ((await head(store)) !== before) {
        await index.abandon();
        return false;
      }
      await ref.stage(refPath, `${after}\n`);
      await appendReflog(store, { before, after, by });
      await index.publish({ syncFolders: false });
      await ref.publish({ syncFolders: false });
    } finally {
      await refLock.release();
    }
    await Promise.all([index.syncFolders(), ref.syncFolders()]);
    await rememberIndex(store, move.index.index);
    return true;
  } catch (error) {
    await Promise.all([index.abandon(), ref.abandon()]);
    throw error;
  }
}

/** The folder of a branch may be missing: `feature/x` whose reference is packed. */
async function lockReference(
  store: Store,
  refPath: string,
  wait: { readonly waitMs?: number },
): Promise<GitLock> {
  const { disk } = store.fs;
  try {
    await disk.lstat(dirname(refPath));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    await disk.mkdir(dirname(refPath), { recursive: true });
    await syncFolder(disk, dirname(dirname(refPath)));
  }
  return gitLock(disk, refPath, wait);
}

/** Not synced: a reflog line lost in a power cut loses no commit, and git passes over a torn one. */
async function appendReflog(
  store: Store,
  entry: { readonly before: Oid | undefined; readonly after: Oid; readonly by: MovedBy },
): Promise<void> {
  const { before, after, by } = entry;
  const { disk } = store.fs;
  const who = signatureText(signatureOf(by, by.committer ?? by.author));
  const [subject = ''] = by.message.trim().split('\n');
  const kind = before === undefined ? 'commit (initial)' : 'commit';
  const line = `${before ?? '0'.repeat(40)} ${after} ${who}\t${kind}: ${subject}\n`;
  for (const name of ['HEAD', `refs/heads/${store.branch}`]) {
    const path = join(store.gitdir, 'logs', name);
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;
    const log = await disk.open(path, flags).catch(async (error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error;
      await disk.mkdir(dirname(path), { recursive: true });
      return disk.open(path, flags);
    });
    try {
      const { size } = await log.stat();
      const last = Buffer.alloc(1);
      if (size > 0) await log.read(last, 0, 1, size - 1);
      // A line torn by an earlier stop is closed first.
      const isTorn = size > 0 && last.toString('latin1') !== '\n';
      await log.writeFile(isTorn ? `\n${line}` : line);
    } finally {
      await log.close();
    }
  }
}

/** A person as a commit and the log of a branch name them. */
export function signatureOf(
  { timestamp, timezoneOffset = 0 }: Pick<MovedBy, 'timestamp' | 'timezoneOffset'>,
  person: Person,
): Signature {
  return { ...person, timestamp, timezoneOffset };
}
