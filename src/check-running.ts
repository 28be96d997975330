/** The doctor's look at what the store lives on: spool, backups, disk, watcher, locks. */
import { watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listPlace } from './backup/backup-folder.ts';
import { backupStanding, type Standing } from './backup/backup-standing.ts';
import { type Examined, type Finding, Skipped } from './check.ts';
import { AtoError } from './errors.ts';
import { type SpoolState, spoolState, storeKey } from './spool.ts';
import { leastBytes, leastInodes, megabytes, type Room } from './store/disk-room.ts';
import { errorCode } from './store/durable-fs.ts';
import { liveness } from './store/holder.ts';
import { type FoundHolder, lockHolder } from './store/lock-file.ts';

/** Room that is soon gone. */
const WARN_FACTOR = 5;
const SPOOL_AGE_MS_MAX = 3_600_000;
const SPOOL_FILES_MAX = 1_000;
const FOREIGN_LOCK_MS = 600_000;

export async function checkDisk({ ground, options }: Examined): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [what, folder] of [
    ['store', ground.store.dir],
    ['backups', options.backups.folder],
  ] as const) {
    const room = await options.room(folder).catch((error: unknown) => {
      // Backups that are not there are another check's concern.
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (room !== undefined) findings.push(...roomFindings(what, folder, room));
  }
  return findings;
}

function roomFindings(what: string, folder: string, room: Room): readonly Finding[] {
  const { freeBytes, freeInodes, inodes } = room;
  const findings: Finding[] = [];
  const least = leastBytes(room);
  if (freeBytes < least * WARN_FACTOR) {
    const severity = freeBytes < least ? 'error' : 'warning';
    const message = `Expected at least ${megabytes(least * WARN_FACTOR)} free on the disk of the ${what}, found ${megabytes(freeBytes)}. Free some; below ${megabytes(least)} writing is near its end.`;
    findings.push({ severity, path: folder, message });
  }
  const files = leastInodes(room);
  if (inodes > 0 && freeInodes < files * WARN_FACTOR) {
    const severity = freeInodes < files ? 'error' : 'warning';
    const message = `Expected at least ${Math.ceil(files * WARN_FACTOR)} files (inodes) left on the disk of the ${what}, found ${freeInodes}. Delete files; git gc packs many into one.`;
    findings.push({ severity, path: folder, message });
  }
  return findings;
}

/** What hooks left while no daemon ran, what could not be taken in, and what was not kept. */
export async function checkSpool({ ground, options }: Examined): Promise<readonly Finding[]> {
  const { spool, now } = options;
  if (spool === undefined) throw new Skipped('No spool is used.');
  const found = stateOf(spool, ground.store.dir);
  if (typeof found === 'string') {
    const message = `Expected a folder that can be read, found ${found}. Check its rights and its disk.`;
    return [{ severity: 'error', path: spool, message }];
  }
  const { waiting, oldestMs, bad, refused } = found;
  const findings: Finding[] = bad.map((path) => {
    const message =
      'Expected a capture that can be taken in, found one set aside. Look at it, then delete it.';
    return { severity: 'error', path, message };
  });
  const ageMs = now.getTime() - (oldestMs ?? now.getTime());
  if (waiting.length > SPOOL_FILES_MAX || ageMs > SPOOL_AGE_MS_MAX) {
    const message = `Expected captures to leave the spool within an hour, found ${waiting.length}, the oldest from ${new Date(oldestMs ?? 0).toISOString()}. Start atocore up; it takes them in.`;
    findings.push({ severity: 'warning', path: spool, message });
  }
  if (refused.count > 0) {
    const message = `Expected every capture to be kept, found at least ${refused.count} that were not, the last: ${refused.last}. Delete refused.log once you have seen to the reason.`;
    findings.push({ severity: 'warning', path: spool, message });
  }
  return findings;
}

function stateOf(spool: string, storeDir: string): SpoolState | string {
  try {
    return spoolState(spool, storeKey(storeDir));
  } catch (error) {
    const code = errorCode(error);
    if (code === '') throw error;
    return code;
  }
}

/** Every backup's manifest, and what the last backup, validation and drill say today. */
export async function checkBackups({ ground, options }: Examined): Promise<readonly Finding[]> {
  const { backups, now } = options;
  const { store } = await ground.config();
  const findings: Finding[] = [];
  try {
    for (const each of await listPlace(backups)) {
      if (!('fault' in each)) continue;
      findings.push({
        severity: 'error',
        path: join(backups.folder, each.stamp),
        message: each.fault,
      });
    }
  } catch (error) {
    if (!(error instanceof AtoError)) throw error;
    return [{ severity: 'error', path: backups.folder, message: error.message }];
  }
  const standing = await backupStanding(backups, store, now);
  for (const each of [standing.backup, standing.validation, standing.drill]) {
    if (each.state === 'ok' || findings.some(({ message }) => message === each.message)) continue;
    // Before the first backup, one reminder is enough.
    if (each !== standing.backup && standing.backup.state === 'never') continue;
    findings.push({ severity: severityOf(each), path: backups.folder, message: each.message });
  }
  const [ours, theirs] = await Promise.all(
    [ground.store.dir, backups.folder].map((each) => stat(each).catch(() => undefined)),
  );
  if (standing.backup.state !== 'never' && ours !== undefined && ours.dev === theirs?.dev) {
    const message =
      "Expected backups on another disk than the store's, found the same: a lost disk takes both. Set ATOCORE_BACKUP_DIR, or add a second place.";
    findings.push({ severity: 'warning', path: backups.folder, message });
  }
  return findings;
}

function severityOf({ state }: Standing): Finding['severity'] {
  return state === 'failed' ? 'error' : 'warning';
}

/** With a daemon its own self-test; without one, whether the system still gives a watch. */
export async function checkWatcher({ ground, options }: Examined): Promise<readonly Finding[]> {
  const watcher = options.serving?.watcher;
  if (watcher !== undefined) {
    if (watcher.state !== 'degraded') return [];
    const message = `Expected the watcher to notice changes, found it can't: ${watcher.reason ?? 'unknown'}`;
    return [{ severity: 'warning', path: ground.store.dir, message }];
  }
  const code = await new Promise<string>((resolve) => {
    try {
      const watching = watch(ground.store.dir);
      const end = (found: string): void => {
        watching.close();
        resolve(found);
      };
      watching.on('error', (error) => end(errorCode(error)));
      setImmediate(() => end(''));
    } catch (error) {
      resolve(errorCode(error) || 'an error');
    }
  });
  if (code === '') return [];
  const message = `Expected a folder that can be watched, found ${code}. On Linux raise the limit: sysctl fs.inotify.max_user_watches=524288.`;
  return [{ severity: 'warning', path: ground.store.dir, message }];
}

/** Locks of processes that are gone; they hold nobody up for long. */
export async function checkLocks({ ground, options }: Examined): Promise<readonly Finding[]> {
  const { dir, gitdir, fs } = ground.store;
  const own = join(dir, '.atocore', 'lock');
  const findings = [...lockFindings(own, await lockHolder(fs.disk, own))];
  for (const name of ['index.lock', 'HEAD.lock', 'packed-refs.lock', 'config.lock']) {
    const path = join(gitdir, name);
    const found = await lockHolder(fs.disk, path);
    if (found !== 'foreign') {
      findings.push(...lockFindings(path, found));
      continue;
    }
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.NaN }));
    if (!(options.now.getTime() - mtimeMs > FOREIGN_LOCK_MS)) continue;
    const message = `Expected no lock of git, found one of ${new Date(mtimeMs).toISOString()}. If no git program runs, delete it: nothing is written meanwhile.`;
    findings.push({ severity: 'error', path, message });
  }
  return findings;
}

function lockFindings(path: string, found: FoundHolder): readonly Finding[] {
  if (found === 'none') return [];
  if (found === 'foreign') {
    const message =
      'Expected a lock of AtoCore, found something else. Delete it if no AtoCore runs on this store.';
    return [{ severity: 'error', path, message }];
  }
  if (!found.isGone || liveness(found.holder) === 'alive') return [];
  const message = `Expected no lock, found one of pid ${found.holder.pid}, which is gone. The next start takes it away.`;
  return [{ severity: 'warning', path, message }];
}
