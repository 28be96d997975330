/** `POST /admin/check`: the doctor, while the daemon goes on. */
import { CHECKS, type CheckReport } from '../check.ts';
import { defineRoute, NO_FIELDS, type Route } from './route.ts';
import type { Site } from './site.ts';
import { z } from './zod.ts';

const SEVERITY = z.enum(['error', 'warning']);
const REPORT = z
  .object({
    is_sound: z.boolean().meta({ description: 'No error was found; warnings may have been' }),
    revision: z.string().optional(),
    duration_ms: z.int(),
    checks: z.array(
      z.object({
        name: z.enum(Object.keys(CHECKS) as [string, ...string[]]),
        title: z.string(),
        state: z.enum(['ok', 'warning', 'error', 'skipped']),
        reason: z.string().optional(),
        count: z.int().meta({ description: 'How many findings there are; the first are listed' }),
        findings: z.array(
          z.object({ severity: SEVERITY, path: z.string().optional(), message: z.string() }),
        ),
      }),
    ),
  })
  .openapi('Check');

export type CheckJson = z.output<typeof REPORT>;

export function checkRoutes(site: Site): readonly Route[] {
  return [
    defineRoute(
      {
        method: 'post',
        path: '/admin/check',
        access: 'admin',
        summary: 'Read everything, trust nothing, and say what is wrong and what to do',
        tag: 'operation',
        body: NO_FIELDS,
        isRead: true,
        answer: REPORT,
      },
      async () => {
        const { backups, spool } = site;
        const ask = { backups, now: site.now(), ...(spool && { spool: spool.folder }) };
        return { body: checkJson(await site.engine.doctor.check(ask)) };
      },
    ),
  ];
}

/** A report as JSON has it. */
export function checkJson({ isSound, revision, durationMs, checks }: CheckReport): CheckJson {
  return {
    is_sound: isSound,
    ...(revision === undefined ? {} : { revision }),
    duration_ms: durationMs,
    checks: checks.map(({ name, title, state, reason, count, findings }) => ({
      name,
      title,
      state,
      ...(reason === undefined ? {} : { reason }),
      count,
      findings: findings.map((finding) => ({ ...finding })),
    })),
  };
}
