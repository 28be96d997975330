/** What the last backup, the last validation and the last drill of a store mean today. */
import { AtoError } from '../errors.ts';
import { type BackupPlace, listPlace } from './backup-folder.ts';
import { DRILL_DAYS_MAX, drillStanding } from './drill-reports.ts';
import { type LastValidation, lastValidation } from './last-validation.ts';
import type { Manifest, Stamp } from './manifest.ts';

export interface Standing {
  readonly state: 'ok' | 'old' | 'failed' | 'never';
  /** What was expected, found, and what to do; empty when all is well. */
  readonly message: string;
  readonly stamp?: Stamp;
  /** UTC. */
  readonly at?: string;
  /** How far a validation or drill went. */
  readonly level?: number;
}

export interface BackupStanding {
  readonly backup: Standing;
  readonly validation: Standing;
  readonly drill: Standing;
}

/** A weekly backup that is a day late is not yet an old one. */
export const BACKUP_DAYS_MAX = 8;
export const VALIDATION_DAYS_MAX = DRILL_DAYS_MAX;
const DAY_MS = 86_400_000;

/** Never throws for a folder that cannot be read: that is a failed standing. */
export async function backupStanding(
  place: BackupPlace,
  store: string,
  now: Date,
): Promise<BackupStanding> {
  const newest = await attempt(() => newestOf(place, store));
  const backup = 'state' in newest ? newest : standingOfBackup(newest, now);
  const validation = await attempt(async () => {
    const last = await lastValidation(place.folder);
    return standingOfValidation(last, 'state' in newest ? undefined : newest.manifest, now);
  });
  const drill = await attempt(async (): Promise<Standing> => {
    const { state, message, last } = await drillStanding(place.folder, now);
    const about = last === undefined ? {} : { stamp: last.stamp, at: last.at, level: last.level };
    return { state: state === 'passed' ? 'ok' : state, message, ...about };
  });
  return { backup, validation, drill };
}

interface Newest {
  readonly manifest?: Manifest;
  /** Why the one that should be the newest cannot be read. */
  readonly fault?: string;
}

async function newestOf(place: BackupPlace, store: string): Promise<Newest> {
  let fault: string | undefined;
  for (const each of await listPlace(place)) {
    if ('fault' in each) fault ??= each.fault;
    else if (each.manifest.store === store) {
      return { manifest: each.manifest, ...(fault === undefined ? {} : { fault }) };
    }
  }
  return fault === undefined ? {} : { fault };
}

function standingOfBackup({ manifest, fault }: Newest, now: Date): Standing {
  const about = manifest === undefined ? {} : { stamp: manifest.stamp, at: manifest.createdAt };
  if (fault !== undefined) return { state: 'failed', message: fault, ...about };
  if (manifest === undefined) {
    const message = 'Expected a backup, found none. Make one: atocore backup create.';
    return { state: 'never', message };
  }
  const days = daysSince(manifest.createdAt, now);
  if (days <= BACKUP_DAYS_MAX) return { state: 'ok', message: '', ...about };
  const message = `Expected a backup of the last ${BACKUP_DAYS_MAX} days, found one of ${days} days ago. Make one: atocore backup create.`;
  return { state: 'old', message, ...about };
}

/** A backup is validated as it is made: the later of that and the last one asked for counts. */
function standingOfValidation(
  asked: LastValidation | undefined,
  newest: Manifest | undefined,
  now: Date,
): Standing {
  const made: LastValidation | undefined = newest && {
    stamp: newest.stamp,
    at: newest.validated.at,
    isValid: true,
    reached: newest.validated.level,
  };
  const [last] = [asked, made]
    .flatMap((each) => each ?? [])
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  if (last === undefined) {
    return { state: 'never', message: 'Expected a validated backup, found none.' };
  }
  const about = { stamp: last.stamp, at: last.at, level: last.reached };
  if (!last.isValid) {
    const message = `Expected backup ${last.stamp} to be valid, found that it is not: ${last.message ?? ''}`;
    return { state: 'failed', message, ...about };
  }
  const days = daysSince(last.at, now);
  if (days <= VALIDATION_DAYS_MAX) return { state: 'ok', message: '', ...about };
  const message = `Expected a validation in the last ${VALIDATION_DAYS_MAX} days, found one of ${days} days ago. Run one: atocore backup validate ${last.stamp}.`;
  return { state: 'old', message, ...about };
}

function daysSince(at: string, now: Date): number {
  return Math.floor((now.getTime() - Date.parse(at)) / DAY_MS);
}

async function attempt<Result>(work: () => Promise<Result>): Promise<Result | Standing> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AtoError) return { state: 'failed', message: error.message };
    throw error;
  }
}
