/** How the daemon is doing: `/health` for people and scripts, `/readyz` for whoever starts it. */
import { type BackupStanding, backupStanding } from '../backup/backup-standing.ts';
import type { EngineStatus } from '../engine.ts';
import type { JobStanding } from '../schedule.ts';
import type { SpoolDelivery } from '../spool-delivery.ts';
import { queueOf } from '../view/queue.ts';
import type { View } from '../view/view.ts';
import { capturesOf } from '../view/view.ts';
import { STANDING, standingJson } from './backup-json.ts';
import { BUILD } from './build.ts';
import { defineRoute, type Route } from './route.ts';
import { type Site, viewOf } from './site.ts';
import { SYNC_STANDING, syncStandingJson } from './sync-json.ts';
import { z } from './zod.ts';

const PROBLEMS_SHOWN = 100;
const COUNTS = z.record(z.string(), z.int());

export const HEALTH = z
  .object({
    status: z.enum(['ok', 'degraded', 'starting']),
    version: z.string(),
    build_sha: z.string(),
    build_time: z.string(),
    build_branch: z.string(),
    auth: z.enum(['token', 'none']),
    store: z.object({ id: z.string(), revision: z.string().optional() }),
    ready: z.boolean(),
    writable: z.boolean(),
    reason: z.string().optional(),
    documents: z.int(),
    captures: z.int(),
    projects: z.int(),
    records: z.object({ by_status: COUNTS, by_kind: z.record(z.string(), COUNTS) }),
    open_conflicts_count: z.int(),
    queue: z.object({
      depth: z.int(),
      held: z.int(),
      oldest: z.string().optional(),
      oldest_age_seconds: z.int().optional(),
    }),
    watcher: z.object({ state: z.string(), reason: z.string().optional() }),
    started_at: z.string(),
    last_settle: z
      .object({ at: z.string(), duration_ms: z.number(), inputs: z.int(), changes: z.int() })
      .optional(),
    last_full_scan: z.object({ at: z.string(), differences: z.int() }).optional(),
    last_backup: STANDING,
    last_validation: STANDING,
    last_drill: STANDING,
    sync: SYNC_STANDING.meta({ description: 'With the upstream; `off` where there is none' }),
    schedule: z
      .array(
        z.object({
          name: z.string(),
          pattern: z.string(),
          state: z.enum(['ok', 'failed', 'waiting', 'running', 'off']),
          last: z
            .object({ at: z.string(), done: z.boolean(), found: z.string(), duration_ms: z.int() })
            .optional(),
          next: z.string().optional(),
        }),
      )
      .meta({ description: 'What comes round by itself; empty without a daemon' }),
    vectors: z
      .object({
        model: z.string(),
        state: z.enum(['ready', 'filling', 'failing']),
        known: z.int(),
        missing: z.int(),
        reason: z.string().optional(),
      })
      .optional()
      .meta({ description: 'Where the operator has a model for likeness of meaning' }),
    spool: z
      .object({
        folder: z.string(),
        waiting: z.int(),
        bytes: z.int(),
        oldest: z.string().optional(),
        set_aside: z.array(z.string()),
        refused: z.int().meta({ description: 'Captures that were not kept, at least so many' }),
        last_refused: z.string().optional(),
      })
      .optional()
      .meta({ description: 'What hooks left for the daemon' }),
    problems: z.object({
      count: z.int(),
      items: z.array(
        z.object({
          path: z.string(),
          line: z.int().optional(),
          rule: z.string(),
          message: z.string(),
        }),
      ),
    }),
    faults: z.array(z.string()),
  })
  .openapi('Health');

export type Health = z.output<typeof HEALTH>;

export function healthRoutes(site: Site): readonly Route[] {
  return [
    defineRoute(
      {
        method: 'get',
        path: '/health',
        access: 'open',
        summary: 'How the store and the daemon are doing',
        tag: 'operation',
        answer: HEALTH,
      },
      async () => ({ body: await healthOf(site) }),
    ),
    defineRoute(
      {
        method: 'get',
        path: '/readyz',
        access: 'open',
        summary: '200 from the first published view on, 503 before',
        tag: 'operation',
        answer: z.object({ ready: z.literal(true), revision: z.string() }),
      },
      () => ({ body: { ready: true as const, revision: viewOf(site).revision } }),
    ),
  ];
}

/** How the daemon is doing now. */
export async function healthOf(site: Site): Promise<Health> {
  const status = site.engine.status();
  const { view, config } = site.engine;
  const standing = await backupStanding(site.backups, config.store, site.now());
  const schedule = site.schedule?.standing() ?? [];
  const isOnTime = schedule.every(({ state }) => state !== 'failed');
  const sync = await site.engine.sync.standing();
  const isInStep = sync.state !== 'failed';
  const isFine = isWell(status) && isBackedUp(standing) && isOnTime && isInStep;
  return {
    status: view === undefined ? 'starting' : isFine ? 'ok' : 'degraded',
    version: BUILD.version,
    build_sha: BUILD.sha,
    build_time: BUILD.time,
    build_branch: BUILD.branch,
    auth: site.auth,
    store: { id: config.store, revision: view?.revision },
    ready: view !== undefined,
    writable: status.writable,
    reason: status.reason,
    ...contentOf(view, site.now()),
    watcher: status.watcher,
    started_at: status.startedAt,
    last_settle: status.lastSettle && {
      at: status.lastSettle.at,
      duration_ms: status.lastSettle.durationMs,
      inputs: status.lastSettle.inputs,
      changes: status.lastSettle.changes,
    },
    last_full_scan: status.lastFullScan,
    ...standingJson(standing),
    sync: syncStandingJson(sync),
    schedule: schedule.map(jobJson),
    vectors: site.vectors?.state(),
    spool: site.spool === undefined ? undefined : spoolJson(site.spool),
    problems: {
      count: status.problems.length,
      items: status.problems.slice(0, PROBLEMS_SHOWN).map((problem) => ({ ...problem })),
    },
    faults: [...status.faults],
  };
}

function spoolJson(spool: SpoolDelivery): NonNullable<Health['spool']> {
  const { folder, waiting, bytes, oldestMs, bad, refused } = spool.state();
  return {
    folder,
    waiting: waiting.length,
    bytes,
    ...(oldestMs === undefined ? {} : { oldest: new Date(oldestMs).toISOString() }),
    set_aside: bad.slice(0, PROBLEMS_SHOWN),
    refused: refused.count,
    ...(refused.last === undefined ? {} : { last_refused: refused.last }),
  };
}

function jobJson({ last, ...rest }: JobStanding): Health['schedule'][number] {
  if (last === undefined) return rest;
  const { at, isDone: done, found, durationMs } = last;
  return { ...rest, last: { at, done, found, duration_ms: durationMs } };
}

// A wrong file is a problem of that file; the daemon is well as long as it can do its work.
function isWell(status: EngineStatus): boolean {
  return status.writable && status.watcher.state !== 'degraded';
}

// A new store has no backup yet, and says so; one that went wrong or stopped is a reason to look.
function isBackedUp({ backup, validation, drill }: BackupStanding): boolean {
  return [backup, validation, drill].every(({ state }) => state === 'ok' || state === 'never');
}

function contentOf(view: View | undefined, now: Date) {
  if (view === undefined) {
    const queue = { depth: 0, held: 0 };
    const records = { by_status: {}, by_kind: {} };
    return { documents: 0, captures: 0, projects: 0, records, open_conflicts_count: 0, queue };
  }
  const { documents, registry } = view.settlement;
  const { entries, held, oldest, openConflicts } = queueOf(view);
  const ageMs = oldest === undefined ? Number.NaN : now.getTime() - Date.parse(oldest);
  return {
    documents: documents.size,
    captures: capturesOf(view).length,
    projects: [...registry.projects.values()].filter(({ path }) => path !== undefined).length,
    records: countRecords(view),
    open_conflicts_count: openConflicts,
    queue: {
      depth: entries.length,
      held,
      oldest,
      ...(Number.isNaN(ageMs) ? {} : { oldest_age_seconds: Math.max(0, Math.floor(ageMs / 1000)) }),
    },
  };
}

function countRecords(view: View): Health['records'] {
  const byStatus = new Map<string, number>();
  const byKind = new Map<string, Map<string, number>>();
  for (const { record } of view.settlement.records.values()) {
    const kind = `${record.type}/${record.kind}`;
    const ofKind = byKind.get(kind) ?? new Map<string, number>();
    byKind.set(kind, ofKind);
    ofKind.set(record.status, (ofKind.get(record.status) ?? 0) + 1);
    byStatus.set(record.status, (byStatus.get(record.status) ?? 0) + 1);
  }
  return {
    by_status: sorted(byStatus),
    by_kind: Object.fromEntries([...byKind].sort().map(([kind, counts]) => [kind, sorted(counts)])),
  };
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
