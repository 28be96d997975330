/** git's own lock files, taken the way native git takes them, with a note of who holds them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AtoError } from '../errors.ts';
import { type Disk, ignoring } from './durable-fs.ts';
import { type Holder, isThisThread } from './holder.ts';
import { createLockFile, lockHolder, takeAway } from './lock-file.ts';

export interface GitLock {
  readonly path: string;
  readonly release: () => Promise<void>;
}

export interface GitLockOptions {
  /** How long a lock of somebody else is waited for. */
  readonly waitMs?: number;
}

/** How long a lock of somebody else is waited for, unless told. */
export const WAIT_MS = 10_000;

/** Locks that this thread holds: a note of ours that isn't among them could not be removed earlier. */
const heldHere = new Set<string>();

/**
 * Holds `<path>.lock`. A lock left by a dead process of ours is removed, any other is waited for.
 * Throws `busy` when it is not free in time.
 */
export async function gitLock(
  disk: Disk,
  path: string,
  options: GitLockOptions = {},
): Promise<GitLock> {
  const lockPath = `${path}.lock`;
  const deadline = Date.now() + (options.waitMs ?? WAIT_MS);
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 1.5, 60)) {
    if (await createLockFile(disk, lockPath)) {
      heldHere.add(lockPath);
      const release = (): Promise<void> => {
        heldHere.delete(lockPath);
        return ignoring(disk.unlink(lockPath), 'ENOENT');
      };
      return { path: lockPath, release };
    }
    const found = await lockHolder(disk, lockPath);
    if (found === 'none') continue;
    if (found !== 'foreign' && (found.isGone || isLeftHere(lockPath, found.holder))) {
      await takeAway(disk, lockPath, found.text);
      continue;
    }
    if (Date.now() >= deadline)
      throw busy(lockPath, found === 'foreign' ? undefined : found.holder);
    await sleep(pauseMs * (0.5 + Math.random()));
  }
}

function isLeftHere(lockPath: string, holder: Holder): boolean {
  return isThisThread(holder) && !heldHere.has(lockPath);
}

function busy(lockPath: string, holder: Holder | undefined): AtoError {
  const who = holder === undefined ? 'another git program' : `AtoCore, pid ${holder.pid}`;
  return new AtoError(
    'busy',
    `Expected the store's git to be free, found ${lockPath} held by ${who}. ` +
      'Wait until it is done; if no git program is running, delete that file.',
    { extra: { lock: lockPath, ...(holder === undefined ? {} : { pid: holder.pid }) } },
  );
}
