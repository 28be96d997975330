/** Lock files that always hold a note of who holds them; a dead holder's is taken away. */
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { diskError } from './disk-error.ts';
import { type Disk, errorCode, ignoring, TEMPORARY_PREFIX } from './durable-fs.ts';
import { type Holder, liveness, parseHolder, thisHolder } from './holder.ts';

/** A holder whose life we cannot see (another container) is gone after this long without a sign. */
const UNSEEN_HOLDER_MS = 60_000;

export interface FoundNote {
  readonly holder: Holder;
  readonly isGone: boolean;
  readonly text: string;
}

export type FoundHolder = 'none' | 'foreign' | FoundNote;

/** Who holds a lock file: nobody, another program, or a process of ours that may be gone. */
export async function lockHolder(
  disk: Disk,
  lockPath: string,
  unseenMs = UNSEEN_HOLDER_MS,
): Promise<FoundHolder> {
  try {
    const found = await disk.lstat(lockPath);
    // A foreign `index.lock` is an index, megabytes perhaps; a note of ours is short.
    if (!found.isFile() || found.size > 4096) return 'foreign';
    const text = await disk.readFile(lockPath, 'utf8');
    const holder = parseHolder(text);
    if (holder === undefined) return 'foreign';
    const life = liveness(holder);
    const isUnseen = life === 'unknown' && Date.now() - found.mtimeMs > unseenMs;
    return { holder, isGone: life === 'dead' || isUnseen, text };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'none';
    throw diskError(error, `look at ${lockPath}`);
  }
}

/** True when the lock is ours; false when somebody else has it. */
export async function createLockFile(
  disk: Disk,
  lockPath: string,
  holder: Holder = thisHolder(),
): Promise<boolean> {
  const temporary = join(dirname(lockPath), TEMPORARY_PREFIX + randomBytes(6).toString('hex'));
  const note = `${JSON.stringify(holder)}\n`;
  try {
    await writeNote(disk, temporary, note);
    // A link appears whole, so nobody ever sees a lock of ours without its note.
    await disk.link(temporary, lockPath);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) {
      throw diskError(error, `create ${lockPath}`);
    }
  } finally {
    await disk.unlink(temporary).catch(() => undefined);
  }
  return createInPlace(disk, lockPath, note);
}

/** For file systems without links. */
async function createInPlace(disk: Disk, lockPath: string, note: string): Promise<boolean> {
  try {
    await writeNote(disk, lockPath, note);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw diskError(error, `create ${lockPath}`);
  }
}

async function writeNote(disk: Disk, path: string, note: string): Promise<void> {
  const file = await disk.open(path, 'wx');
  try {
    await file.writeFile(note);
  } finally {
    await file.close();
  }
}

/** Removes a dead holder's lock, unless another process was quicker and took it anew. */
export async function takeAway(disk: Disk, lockPath: string, expected: string): Promise<void> {
  const aside = join(dirname(lockPath), TEMPORARY_PREFIX + randomBytes(6).toString('hex'));
  try {
    await disk.rename(lockPath, aside);
    const found = await disk.readFile(aside, 'utf8');
    if (found !== expected) await ignoring(disk.link(aside, lockPath), 'EEXIST');
    await disk.unlink(aside);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw diskError(error, `remove the stale ${lockPath}`);
  }
}
