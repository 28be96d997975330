/** Backups as an operator asks for them: made of a settled store, validated on record, thinned out. */
import { assertOutside, type BackupPlace, listPlace } from './backup/backup-folder.ts';
import { type Cleanup, cleanupBackups } from './backup/cleanup.ts';
import { type Backup, createBackup } from './backup/create.ts';
import type { DrillLevel, DrillReport } from './backup/drill-reports.ts';
import { recordValidation } from './backup/last-validation.ts';
import type { Stamp, ValidationLevel } from './backup/manifest.ts';
import { backupFolder } from './backup/place.ts';
import type { RetentionPolicy } from './backup/retention.ts';
import { type ValidationReport, validateBackup } from './backup/validate.ts';
import { runDrill } from './drill.ts';
import type { Engine } from './engine.ts';
import { AtoError } from './errors.ts';
import { proveTree } from './prove-tree.ts';
import type { Person } from './store/commit-object.ts';
import { openStore } from './store/open.ts';

export interface BackupAsk {
  readonly place: BackupPlace;
  readonly incremental?: boolean;
  /** Why the store could not be settled first; what is in no commit is then not in the backup. */
  readonly unsettled?: string;
  readonly build?: string;
}

/** A backup of a store that was settled just now. Throws as `createBackup`. */
export async function takeBackup(folder: string, ask: BackupAsk): Promise<Backup> {
  const { place, incremental = false, unsettled, build = '' } = ask;
  const store = await openStore(folder);
  await assertOutside(place, store.dir);
  const backup = await createBackup(store, {
    place: place.folder,
    mayMakePlace: place.isDefault,
    incremental,
    ...(build === '' ? {} : { build }),
  });
  if (unsettled === undefined) return backup;
  const message = `Expected a settled store, found that it cannot be settled now: ${unsettled} The backup holds what is committed.`;
  return { ...backup, warnings: [{ rule: 'not-settled', message }, ...backup.warnings] };
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
