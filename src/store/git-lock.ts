/** git's own lock files, taken the way native git takes them, with a note of who holds them. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AtoError } from '../errors.ts';
import { type Disk, ignoring } from './durable-fs.ts';
import { type Holder, thisHolder } from './holder.ts';
import { createLockFile, type FoundNote, lockHolder, takeAway } from './lock-file.ts';

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

/** Holds of this thread that are over and whose notes could not be removed. */
const leftHere = new Set<string>();
/** Who takes a note away, by path: of two that do so at once the second would take a new holder's. */
const takingAway = new Map<string, Promise<void>>();

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
    const release = await hold(disk, lockPath);
    if (release !== undefined) return { path: lockPath, release };
    const found = await lockHolder(disk, lockPath);
    if (found === 'none') continue;
    if (found !== 'foreign' && isLeft(found)) {
      await takeAwayLeft(disk, lockPath);
      continue;
    }
    if (Date.now() >= deadline)
      throw busy(lockPath, found === 'foreign' ? undefined : found.holder);
    await sleep(pauseMs * (0.5 + Math.random()));
  }
}

/** Nothing while somebody else has it. */
async function hold(disk: Disk, lockPath: string): Promise<(() => Promise<void>) | undefined> {
  const id = randomUUID();
  if (!(await createLockFile(disk, lockPath, { ...thisHolder(), hold: id }))) return undefined;
  return async () => {
    try {
      await ignoring(disk.unlink(lockPath), 'ENOENT');
    } catch (error) {
      leftHere.add(id);
      throw error;
    }
  };
}

function isLeft({ holder, isGone }: FoundNote): boolean {
  // Only what is known to be left: a note that was there a moment ago may be another program's lock by now.
  return isGone || (holder.hold !== undefined && leftHere.has(holder.hold));
}

/** Takes away what is still left when it is its turn. */
async function takeAwayLeft(disk: Disk, lockPath: string): Promise<void> {
  const before = takingAway.get(lockPath);
  if (before !== undefined) return before;
  const work = (async () => {
    const found = await lockHolder(disk, lockPath);
    if (typeof found !== 'string' && isLeft(found)) await takeAway(disk, lockPath, found.text);
  })().finally(() => takingAway.delete(lockPath));
  takingAway.set(lockPath, work);
  return work;
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
