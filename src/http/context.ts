/** Context packs: built for a prompt, and kept for a while so that people can look at them. */
import { AtoError } from '../errors.ts';
import { quote } from '../model/names.ts';
import { buildContext } from '../view/context.ts';
import { PACK, type PackJson, packJson } from './pack-json.ts';
import { defineRoute, type Route } from './route.ts';
import { projectInBody, type Site, todayOf, viewOf } from './site.ts';
import { z } from './zod.ts';

/** How many packs `/debug/context` can still show. */
export const PACKS_KEPT = 50;
export const PROMPT_CHARS_MAX = 100_000;
const DEADLINE_MS = 500;

export type { PackJson } from './pack-json.ts';

/** @param kept the packs built since the start, oldest first; filled here */
export function contextRoutes(site: Site, kept: PackJson[]): readonly Route[] {
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
        budget_tokens: z.int().min(50).max(100_000).optional(),
        deadline_ms: z
          .int()
          .min(1)
          .max(60_000)
          .optional()
          .meta({ description: 'Parts that come later are left out and named; default 500' }),
        at: z
          .string()
          .max(40)
          .optional()
          .meta({ description: 'A commit or date: the pack that would have been served then' }),
        cwd: z.string().max(4_096).optional(),
      }),
      answer: PACK,
    },
    async ({ body: { prompt, project, budget, cwd, ...body } }) => {
      const { view, today } =
        body.at === undefined
          ? { view: viewOf(site), today: todayOf(site) }
          : await site.engine.past.viewAt(body.at);
      const started = performance.now();
      const deadlineMs = body.deadline_ms ?? DEADLINE_MS;
      const semantic = await site.vectors?.ask(prompt, deadlineMs / 2);
      const silentModel = semantic === undefined ? site.vectors?.state().model : undefined;
      const pack = buildContext(view, {
        prompt,
        semantic,
        silentModel,
        budget: budget ?? view.config.budgets.context,
        today,
        homeFolder: site.homeFolder,
        isLate: () => performance.now() - started > deadlineMs,
        ...(body.budget_tokens === undefined ? {} : { budgetTokens: body.budget_tokens }),
        ...(project === undefined || project === ''
          ? {}
          : { project: projectInBody(view, project) }),
        ...(cwd === undefined ? {} : { workingFolder: cwd }),
      });
      const json = packJson(pack, performance.now() - started);
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
