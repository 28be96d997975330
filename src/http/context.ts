/** Context packs: built for a prompt, and kept for a while so that people can look at them. */
import { z } from '@hono/zod-openapi';
import { AtoError } from '../errors.ts';
import { digest, quote } from '../model/names.ts';
import { buildContext, type Pack } from '../view/context.ts';
import { defineRoute, type Route } from './route.ts';
import { projectInBody, type Site, todayOf, viewOf } from './site.ts';

/** How many packs `/debug/context` can still show. */
export const PACKS_KEPT = 50;
export const PROMPT_CHARS_MAX = 100_000;

const PACK = z
  .object({
    id: z.string(),
    formatted_context: z.string(),
    sections: z.array(
      z.object({
        name: z.string(),
        title: z.string(),
        chars: z.int(),
        entries: z.array(
          z.object({
            id: z.string(),
            path: z.string(),
            date: z.string(),
            layer: z.string(),
            text: z.string(),
            score: z.number(),
            notes: z.array(z.string()),
          }),
        ),
      }),
    ),
    project: z.string().optional(),
    revision: z.string(),
    receipt: z.object({
      revision: z.string(),
      budget: z.int(),
      project: z.string().optional(),
      project_by: z.string(),
      included: z.array(
        z.object({ id: z.string(), section: z.string(), chars: z.int(), score: z.number() }),
      ),
      left_out: z.array(
        z.object({
          id: z.string(),
          section: z.string().optional(),
          reason: z.string(),
          instead_of: z.string().optional(),
        }),
      ),
    }),
    total_chars: z.int(),
    budget: z.int(),
    duration_ms: z.number(),
  })
  .openapi('Pack');
export type PackJson = z.output<typeof PACK>;

export function contextRoutes(site: Site): readonly Route[] {
  const kept: PackJson[] = [];
  return [
    buildRoute(site, (pack) => {
      const before = kept.findIndex(({ id }) => id === pack.id);
      if (before !== -1) kept.splice(before, 1);
      kept.push(pack);
      if (kept.length > PACKS_KEPT) kept.shift();
    }),
    debugRoute(kept),
  ];
}

function buildRoute(site: Site, keep: (pack: PackJson) => void): Route {
  return defineRoute(
    {
      method: 'post',
      path: '/context/build',
      access: 'any',
      summary: 'What an agent should know for a prompt, within a budget of characters',
      tag: 'reading',
      isRead: true,
      body: z.strictObject({
        prompt: z.string().min(1).max(PROMPT_CHARS_MAX),
        project: z
          .string()
          .max(200)
          .optional()
          .meta({ description: 'Left out: the one that prompt or `cwd` speaks of, or none' }),
        budget: z.int().min(200).max(100_000).optional(),
        cwd: z.string().max(4_096).optional(),
      }),
      answer: PACK,
    },
    ({ body: { prompt, project, budget, cwd } }) => {
      const view = viewOf(site);
      const started = performance.now();
      const pack = buildContext(view, {
        prompt,
        budget: budget ?? view.config.budgets.context,
        today: todayOf(site),
        homeFolder: site.homeFolder,
        ...(project === undefined || project === ''
          ? {}
          : { project: projectInBody(view, project) }),
        ...(cwd === undefined ? {} : { workingFolder: cwd }),
      });
      const json = packJson(prompt, pack, performance.now() - started);
      keep(json);
      return { body: json, headers: { etag: `"${json.id}"` } };
    },
  );
}

function debugRoute(kept: readonly PackJson[]): Route {
  return defineRoute(
    {
      method: 'get',
      path: '/debug/context',
      access: 'any',
      summary: `The last pack with its receipt, or an earlier one of the last ${PACKS_KEPT}`,
      tag: 'reading',
      query: z.strictObject({ id: z.string().min(1).max(100).optional() }),
      answer: PACK,
    },
    ({ query: { id } }) => {
      const pack = id === undefined ? kept.at(-1) : kept.find((each) => each.id === id);
      if (pack !== undefined) return { body: pack, headers: { etag: `"${pack.id}"` } };
      const found = id === undefined ? 'none since the start' : quote(id);
      throw new AtoError(
        'not-found',
        `Expected a pack that was built lately, found ${found}. POST /context/build makes one.`,
      );
    },
  );
}

// The same prompt, revision and budget give the same id, whoever asks.
function packJson(prompt: string, pack: Pack, durationMs: number): PackJson {
  const { receipt } = pack;
  const whole = digest(JSON.stringify([prompt, receipt, pack.formattedContext]));
  return {
    id: `ctx-${whole.slice('sha256-'.length, 'sha256-'.length + 16)}`,
    formatted_context: pack.formattedContext,
    sections: pack.sections.map(({ name, title, chars, entries }) => ({
      name,
      title,
      chars,
      entries: entries.map((entry) => ({ ...entry, notes: [...entry.notes] })),
    })),
    project: pack.project,
    revision: pack.revision,
    receipt: {
      revision: receipt.revision,
      budget: receipt.budget,
      project: receipt.project,
      project_by: receipt.projectBy,
      included: receipt.included.map((each) => ({ ...each })),
      left_out: receipt.leftOut.map(({ id, section, reason, insteadOf }) => ({
        id,
        ...(section === undefined ? {} : { section }),
        reason,
        ...(insteadOf === undefined ? {} : { instead_of: insteadOf }),
      })),
    },
    total_chars: pack.totalChars,
    budget: pack.budget,
    duration_ms: Math.round(durationMs * 10) / 10,
  };
}
