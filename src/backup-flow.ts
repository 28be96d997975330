/** Backups as an operator asks for them: made of a settled store, copied, validated on record, thinned out. */
import { resolve } from 'node:path';
import { assertOutside, type BackupPlace, listPlace } from './backup/backup-folder.ts';
import { type Cleanup, cleanupBackups } from './backup/cleanup.ts';
import { type CopyReport, copyBackup } from './backup/copy.ts';
import { type Backup, createBackup } from './backup/create.ts';
import type { DrillLevel, DrillReport } from './backup/drill-reports.ts';
import { recordValidation } from './backup/last-validation.ts';
import type { Manifest, Stamp, ValidationLevel } from './backup/manifest.ts';
import { backupFolder } from './backup/place.ts';
import type { RetentionPolicy } from './backup/retention.ts';
import { type ValidationReport, validateBackup } from './backup/validate.ts';
import { runDrill } from './drill.ts';
import type { Engine } from './engine.ts';
import { AtoError } from './errors.ts';
import { proveTree } from './prove-tree.ts';
import type { Person } from './store/commit-object.ts';
import { openStore } from './store/open.ts';

/** Where a backup is copied to once it is made and checked. */
export type Second = { readonly folder: string } | { readonly remote: string };

/**
 * A second place as operators say it, else `ATOCORE_BACKUP_SECOND`: a URL or `host:path` is a git
 * remote, anything else a folder, which has to be there. None when nobody named one.
 */
export function secondPlace(
  said?: string,
  environment: NodeJS.ProcessEnv = process.env,
): Second | undefined {
  const named = said ?? environment.ATOCORE_BACKUP_SECOND ?? '';
  if (named === '') return undefined;
  const isRemote = /^[a-z][a-z0-9+.-]+:\/\//i.test(named) || /^[^/\\:]{2,}:(?!\\)/.test(named);
  return isRemote ? { remote: named } : { folder: resolve(named) };
}

export interface BackupAsk {
  readonly place: BackupPlace;
  readonly second?: Second | undefined;
  readonly incremental?: boolean;
  /** Put a copy of the index beside it, for a quicker start after a restore. */
  readonly includeIndex?: boolean;
  readonly reason?: Manifest['reason'];
  /** Why the store could not be settled first; what is in no commit is then not in the backup. */
  readonly unsettled?: string;
  readonly build?: string;
}

export interface TakenBackup extends Backup {
  /** What became of the copy, where a second place was named. */
  readonly copy?: CopyReport;
}

/** Settles, then backs up. What cannot be settled now is said, and no reason to have no backup. */
export async function backUp(
  engine: Engine,
  ask: Omit<BackupAsk, 'unsettled'>,
): Promise<TakenBackup> {
  const unsettled = await whyUnsettled(engine);
  if (ask.includeIndex) await engine.remember();
  const { folder } = engine.status();
  return takeBackup(folder, { ...ask, ...(unsettled === undefined ? {} : { unsettled }) });
}

async function whyUnsettled(engine: Engine): Promise<string | undefined> {
  try {
    await engine.settle();
    return undefined;
  } catch (error) {
    if (error instanceof AtoError) return error.message;
    throw error;
  }
}

/** A backup of a store that was settled just now, and its copy. Throws as `createBackup`. */
export async function takeBackup(folder: string, ask: BackupAsk): Promise<TakenBackup> {
  const {
    place,
    second,
    incremental = false,
    includeIndex = false,
    reason,
    unsettled,
    build = '',
  } = ask;
  const store = await openStore(folder);
  await assertOutside(place, store.dir);
  const backup = await createBackup(store, {
    place: place.folder,
    mayMakePlace: place.isDefault,
    incremental,
    includeIndex,
    ...(reason === undefined ? {} : { reason }),
    ...(build === '' ? {} : { build }),
  });
  const to = second === undefined || 'folder' in second ? second : { ...second, store };
  const copy = to === undefined ? {} : { copy: await copyBackup(place.folder, backup.stamp, to) };
  if (unsettled === undefined) return { ...backup, ...copy };
  const message = `Expected a settled store, found that it cannot be settled now: ${unsettled} The backup holds what is committed.`;
  return { ...backup, ...copy, warnings: [{ rule: 'not-settled', message }, ...backup.warnings] };
}

export interface ValidationAsk {
  readonly level: ValidationLevel;
  readonly now: Date;
  /** Only a backup of this store will do. */
  readonly store?: string;
}

export interface RecordedValidation extends ValidationReport {
  /** Whether the backup folder holds this result as its last one. */
  readonly isRecorded: boolean;
}

/** What is wrong with a backup is the answer. AtoError `not-found` where there is none, `usage`. */
export async function validateOnRecord(
  place: BackupPlace,
  stamp: Stamp,
  { level, now, store }: ValidationAsk,
): Promise<RecordedValidation> {
  backupFolder(place.folder, stamp);
  const listed = await listPlace(place);
  if (!listed.some((each) => each.stamp === stamp)) {
    const newest =
      listed[0] === undefined ? 'none' : `${listed.length}, the newest ${listed[0].stamp}`;
    throw new AtoError(
      'not-found',
      `Expected backup ${stamp} in ${place.folder}, found ${newest}. See \`atocore backup list\`.`,
    );
  }
  const report = await validateBackup(place.folder, stamp, {
    level,
    prove: proveTree,
    ...(store === undefined ? {} : { store }),
  });
  return { ...report, isRecorded: await recordValidation(place.folder, report, now) };
}

export interface CleanupAsk {
  readonly policy: RetentionPolicy;
  readonly isConfirmed: boolean;
  readonly now: Date;
  readonly store?: string;
}

/**
 * A cleanup of a folder that holds one store's backups; AtoError `wrong-state` for several stores',
 * since days and months are counted over all of them. Throws besides as `cleanupBackups`.
 */
export async function cleanUp(
  place: BackupPlace,
  { store, ...options }: CleanupAsk,
): Promise<Cleanup> {
  const listed = await listPlace(place);
  const stores = listed.flatMap((each) => ('manifest' in each ? [each.manifest.store] : []));
  const [first] = stores;
  const other = stores.find((each) => each !== (store ?? first));
  if (other !== undefined) {
    throw new AtoError(
      'wrong-state',
      `Expected backups of store ${store ?? first} only in ${place.folder}, found one of store ${other}. Give each store a folder of its own; nothing was removed.`,
    );
  }
  if (listed.length > 0) return cleanupBackups(place.folder, options);
  const plan = { keep: [], remove: [], bytes: 0 };
  return { plan, leftovers: [], removed: [], isDryRun: !options.isConfirmed };
}

/** A drill of a running engine's store, its report beside the backups. Throws as `runDrill`. */
export async function drill(
  engine: Engine,
  ask: {
    readonly place: BackupPlace;
    readonly level: DrillLevel;
    readonly person: Person;
    readonly build?: string;
  },
): Promise<DrillReport> {
  const { place, level, person, build = '' } = ask;
  await assertOutside(place, engine.status().folder);
  return runDrill(engine, {
    place: place.folder,
    mayMakePlace: place.isDefault,
    level,
    person,
    ...(build === '' ? {} : { build }),
  });
}
