/** Backups, validations, cleanups and drills as JSON; the command line prints the same. */
import type { BackupStanding, Standing } from '../backup/backup-standing.ts';
import type { Cleanup } from '../backup/cleanup.ts';
import type { DrillReport } from '../backup/drill-reports.ts';
import type { Manifest } from '../backup/manifest.ts';
import type { ListedBackup } from '../backup/place.ts';
import type { RestorePlan } from '../backup/plan-restore.ts';
import type { RecordedValidation, TakenBackup } from '../backup-flow.ts';
import type { RestoreReport } from '../restore-flow.ts';
import { listOf } from './page.ts';
import { z } from './zod.ts';

const LEVEL = z.int().min(0).max(3);
const WARNING = z.object({ rule: z.string(), message: z.string() });

export const MADE = z
  .object({
    stamp: z.string(),
    created_at: z.string(),
    reason: z.enum(['asked', 'scheduled', 'before-restore', 'drill']),
    store: z.string(),
    branch: z.string(),
    head: z.string(),
    tree: z.string(),
    parent: z.string().optional().meta({ description: 'The backup that it adds to' }),
    bytes: z.int(),
    sha256: z.string(),
    index_bytes: z
      .int()
      .optional()
      .meta({ description: 'Of the copy of the index beside it, where there is one' }),
    files: z.int(),
    counts: z.record(z.string(), z.int()).meta({ description: 'Records by kind and status' }),
    build: z.string().optional(),
    duration_ms: z.int(),
    validated: z.object({ level: LEVEL, at: z.string() }),
  })
  .openapi('Backup');

export const TAKEN = MADE.extend({
  folder: z.string(),
  warnings: z.array(WARNING),
  copy: z
    .object({ to: z.string(), copied: z.boolean(), fault: z.string().optional() })
    .optional()
    .meta({ description: 'What became of the copy in the second place, where one is named' }),
});

const UNREADABLE = z.object({ stamp: z.string(), fault: z.string() }).openapi('UnreadableBackup');

export const BACKUPS = listOf(z.union([MADE, UNREADABLE])).extend({
  folder: z.string().meta({ description: 'Where they lie' }),
  is_default: z.boolean().meta({ description: 'Nobody named that folder' }),
});

export const VALIDATION = z.object({
  stamp: z.string(),
  valid: z.boolean(),
  asked: LEVEL,
  index: z
    .enum(['whole', 'damaged'])
    .optional()
    .meta({ description: 'Of the copy of the index; a damaged one is built anew, no more' }),
  reached: LEVEL.meta({ description: '1 the file, 2 every object, 3 restored and settled' }),
  fault: z.object({ code: z.string(), message: z.string() }).optional(),
  recorded: z.boolean(),
  duration_ms: z.int(),
});

export const CLEANUP = z.object({
  folder: z.string(),
  dry_run: z.boolean(),
  keep: z.array(z.object({ stamp: z.string(), reasons: z.array(z.string()) })),
  remove: z.array(z.object({ stamp: z.string(), bytes: z.int() })),
  bytes: z.int().meta({ description: 'What removing them frees' }),
  leftovers: z.array(z.string()),
  removed: z.array(z.string()),
});

export const DRILL = z.object({
  stamp: z.string(),
  at: z.string(),
  level: LEVEL,
  store: z.string(),
  passed: z.boolean(),
  steps: z.array(
    z.object({ name: z.string(), passed: z.boolean(), found: z.string(), duration_ms: z.int() }),
  ),
  duration_ms: z.int(),
});

export const RESTORED = z
  .object({
    stamp: z.string(),
    from: z.string().meta({ description: 'The head before' }),
    to: z.string().meta({ description: 'The head now' }),
    backed_up: z.string().meta({ description: 'The commit that was backed up' }),
    tree: z.string(),
    safety_ref: z.string(),
    safety_backup: z.string().optional(),
    written: z.int(),
    removed: z.int(),
    edited: z
      .array(z.string())
      .meta({ description: 'Edited meanwhile: kept, and committed on top' }),
    settled: z.object({ inputs: z.int(), changes: z.int() }),
    proven: z.boolean(),
    message: z.string().optional(),
    duration_ms: z.int(),
  })
  .openapi('Restored');

export const RESTORE_PLAN = z
  .object({
    stamp: z.string(),
    folder: z.string(),
    from: z.string().meta({ description: 'The present head' }),
    backed_up: z.string(),
    writes: z.int(),
    removals: z.int(),
    pending: z.array(z.string()).meta({ description: 'Not committed yet; committed before' }),
    mounts: z.array(z.string()).meta({ description: 'Mount points in the folder, which stay' }),
  })
  .openapi('RestorePlan');

export const STANDING = z.object({
  state: z.enum(['ok', 'old', 'failed', 'never']),
  message: z.string().optional(),
  stamp: z.string().optional(),
  at: z.string().optional(),
  level: LEVEL.optional(),
});

export type BackupJson = z.output<typeof MADE>;
export type TakenJson = z.output<typeof TAKEN>;
export type BackupListJson = z.output<typeof BACKUPS>;
export type ValidationJson = z.output<typeof VALIDATION>;
export type CleanupJson = z.output<typeof CLEANUP>;
export type DrillJson = z.output<typeof DRILL>;
export type RestoredJson = z.output<typeof RESTORED>;
export type RestorePlanJson = z.output<typeof RESTORE_PLAN>;
export type StandingJson = z.output<typeof STANDING>;

export function backupJson(manifest: Manifest): BackupJson {
  const { stamp, reason, store, branch, head, tree, parent, bundle, index, build } = manifest;
  return {
    stamp,
    created_at: manifest.createdAt,
    reason,
    store,
    branch,
    head,
    tree,
    ...(parent === undefined ? {} : { parent }),
    bytes: bundle.bytes,
    sha256: bundle.sha256,
    ...(index === undefined ? {} : { index_bytes: index.bytes }),
    files: manifest.content.files,
    counts: { ...manifest.counts },
    ...(build === undefined ? {} : { build }),
    duration_ms: manifest.durationMs,
    validated: { ...manifest.validated },
  };
}

export function takenJson({ manifest, folder, warnings, copy }: TakenBackup): TakenJson {
  return {
    ...backupJson(manifest),
    folder,
    warnings: [...warnings],
    ...(copy === undefined
      ? {}
      : {
          copy: {
            to: copy.to,
            copied: copy.isCopied,
            ...(copy.fault === undefined ? {} : { fault: copy.fault }),
          },
        }),
  };
}

export function listedJson(listed: ListedBackup): BackupListJson['items'][number] {
  return 'manifest' in listed ? backupJson(listed.manifest) : { ...listed };
}

export function validationJson(report: RecordedValidation): ValidationJson {
  const { stamp, isValid: valid, asked, reached, index, fault, isRecorded: recorded } = report;
  const found = {
    ...(index === undefined ? {} : { index }),
    ...(fault === undefined ? {} : { fault }),
  };
  return { stamp, valid, asked, reached, ...found, recorded, duration_ms: report.durationMs };
}

export function cleanupJson(folder: string, cleanup: Cleanup): CleanupJson {
  const { plan, leftovers, removed, isDryRun } = cleanup;
  return {
    folder,
    dry_run: isDryRun,
    keep: plan.keep.map(({ stamp, reasons }) => ({ stamp, reasons: [...reasons] })),
    remove: [...plan.remove],
    bytes: plan.bytes,
    leftovers: [...leftovers],
    removed: [...removed],
  };
}

export function drillJson(report: DrillReport): DrillJson {
  const { stamp, at, level, store, isPassed: passed, steps, durationMs } = report;
  return {
    stamp,
    at,
    level,
    store,
    passed,
    steps: steps.map((step) => ({
      name: step.name,
      passed: step.isPassed,
      found: step.found,
      duration_ms: step.durationMs,
    })),
    duration_ms: durationMs,
  };
}

export function restoredJson(report: RestoreReport): RestoredJson {
  const { stamp, from, to, backedUp, tree, safetyRef, safetyBackup } = report;
  const { written, removed, edited, settled, isProven, message, durationMs } = report;
  return {
    stamp,
    from,
    to,
    backed_up: backedUp,
    tree,
    safety_ref: safetyRef,
    ...(safetyBackup === undefined ? {} : { safety_backup: safetyBackup }),
    written,
    removed,
    edited: [...edited],
    settled: { ...settled },
    proven: isProven,
    ...(message === undefined ? {} : { message }),
    duration_ms: durationMs,
  };
}

export function restorePlanJson(plan: RestorePlan): RestorePlanJson {
  const { stamp, folder, from, backedUp, writes, removals, pending, mounts } = plan;
  return {
    stamp,
    folder,
    from,
    backed_up: backedUp,
    writes,
    removals,
    pending: pending.map(({ path }) => path),
    mounts: [...mounts],
  };
}

/** The three fields of `/health`. */
export function standingJson({ backup, validation, drill }: BackupStanding) {
  return {
    last_backup: one(backup),
    last_validation: one(validation),
    last_drill: one(drill),
  };
}

function one({ message, ...rest }: Standing): StandingJson {
  return message === '' ? rest : { ...rest, message };
}
