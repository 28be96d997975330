/** A sync, and how the last one went, as answers show them. */
import type { SyncReport, SyncStanding } from '../sync.ts';
import { z } from './zod.ts';

const PATHS = z.array(z.string());

export const SYNCED = z
  .object({
    upstream: z.string().meta({ description: 'Without the name and password of the URL' }),
    branch: z.string(),
    from: z.string().meta({ description: 'The head before' }),
    to: z.string().meta({ description: 'The head that both stores have now' }),
    came: z.int().meta({ description: 'Commits that came' }),
    went: z.int().meta({ description: 'Commits that went' }),
    disputes: PATHS.meta({ description: 'Conflict files that it left for a person' }),
    copies: PATHS.meta({ description: 'Versions of the upstream kept beside ours' }),
    rounds: z.int().meta({ description: 'Times that it fetched and merged' }),
    duration_ms: z.int(),
  })
  .openapi('Synced');

export type SyncedJson = z.output<typeof SYNCED>;

export const SYNC_STANDING = z
  .object({
    state: z.enum(['off', 'never', 'running', 'ok', 'failed']),
    upstream: z.string().optional(),
    branch: z.string().optional(),
    at: z.string().optional().meta({ description: 'When the last one began, UTC' }),
    came: z.int().optional(),
    went: z.int().optional(),
    disputes: PATHS.optional(),
    copies: PATHS.optional(),
    message: z.string().optional().meta({ description: 'Why it failed' }),
  })
  .openapi('SyncStanding');

export type SyncStandingJson = z.output<typeof SYNC_STANDING>;

export function syncedJson({ durationMs, ...report }: SyncReport): SyncedJson {
  return {
    ...report,
    disputes: [...report.disputes],
    copies: [...report.copies],
    duration_ms: durationMs,
  };
}

export function syncStandingJson({ last, ...standing }: SyncStanding): SyncStandingJson {
  if (last === undefined) return standing;
  const { at, report, why: message } = last;
  const said = message === undefined ? {} : { message };
  if (report === undefined) return { ...standing, at, ...said };
  const { came, went, disputes, copies } = report;
  return { ...standing, at, came, went, disputes: [...disputes], copies: [...copies], ...said };
}
