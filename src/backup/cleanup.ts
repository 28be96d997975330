/** Carries out a cleanup: the only thing here that removes a backup, and only when told to. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError } from '../store/disk-error.ts';
import { nodeDisk, syncFolder, TEMPORARY_PREFIX } from '../store/durable-fs.ts';
import { MANIFEST_NAME, type Stamp } from './manifest.ts';
import { backupFolder, listBackups } from './place.ts';
import { type CleanupPlan, planCleanup, type RetentionPolicy } from './retention.ts';
import { validateBackup } from './validate.ts';

export interface CleanupOptions {
  readonly policy?: RetentionPolicy;
  /** Remove; without it the plan is all there is. */
  readonly isConfirmed?: boolean;
  readonly now?: Date;
}

export interface Cleanup {
  readonly plan: CleanupPlan;
  /** Temporary folders that a stop left behind a day ago or earlier. */
  readonly leftovers: readonly string[];
  readonly removed: readonly Stamp[];
  readonly isDryRun: boolean;
}

const LEFTOVER_AGE_MS = 86_400_000;

/**
 * Level 1 of every backup is looked at first, and level 2 of the newest: a damaged one neither counts
 * as a day's backup nor as the newest. Removes oldest first, manifest first, so that what is left
 * half-removed is not taken for a backup.
 * AtoError `not-found` (the place), `read-only`, `failed`.
 */
export async function cleanupBackups(
  place: string,
  options: CleanupOptions = {},
): Promise<Cleanup> {
  const listed = await listBackups(place);
  const valid = new Set<Stamp>();
  for (const { stamp } of listed) {
    const level = valid.size === 0 ? 2 : 1;
    const { isValid } = await validateBackup(place, stamp, { level });
    if (isValid) valid.add(stamp);
  }
  const plan = planCleanup(listed, (stamp) => valid.has(stamp), options.policy);
  const leftovers = await leftoversIn(place, options.now ?? new Date());
  const isDryRun = options.isConfirmed !== true;
  if (isDryRun) return { plan, leftovers, removed: [], isDryRun };
  const removed: Stamp[] = [];
  try {
    for (const { stamp } of [...plan.remove].reverse()) {
      const folder = backupFolder(place, stamp);
      await rm(join(folder, MANIFEST_NAME), { force: true });
      await rm(folder, { recursive: true, force: true });
      removed.push(stamp);
    }
    for (const name of leftovers) await rm(join(place, name), { recursive: true, force: true });
    await syncFolder(nodeDisk, place);
  } catch (error) {
    throw diskError(error, `remove old backups in ${place}`);
  }
  return { plan, leftovers, removed, isDryRun };
}

async function leftoversIn(place: string, now: Date): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await nodeDisk.readdir(place)) {
    if (!name.startsWith(TEMPORARY_PREFIX)) continue;
    const { mtimeMs } = await nodeDisk.lstat(join(place, name));
    if (now.getTime() - mtimeMs > LEFTOVER_AGE_MS) found.push(name);
  }
  return found.sort();
}
