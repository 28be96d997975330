/** Asked of a capture that is there: its claims, or that it reinforce; a look first, or for good. */
import { defineRoute, type Route } from './route.ts';
import { personOf, type Site } from './site.ts';
import { z } from './zod.ts';

const PARAMS = z.strictObject({ id: z.string().min(1).max(100) });

const ASK = z.strictObject({
  persist: z
    .boolean()
    .optional()
    .meta({ description: 'False or left out: only a look. True: done, in a commit' }),
  actor: z.string().max(320).optional(),
});

const EXTRACTED = z
  .object({
    id: z.string(),
    extract: z.boolean().meta({ description: 'Whether the capture gives candidates now' }),
    commit: z.string().optional(),
    claims: z.array(
      z.object({
        id: z.string().meta({ description: 'The candidate that it is or would be' }),
        rule: z.string(),
        type: z.string(),
        kind: z.string(),
        subject: z.string(),
        value: z.string().optional(),
        text: z.string(),
        confidence: z.number(),
        line: z.int(),
        becomes: z.enum(['admitted', 'held', 'merged', 'refused']).meta({
          description:
            'In the queue; waiting for room in it; said by a record or document before; rejected before',
        }),
      }),
    ),
  })
  .openapi('ExtractedInteraction');

const REINFORCED = z
  .object({
    id: z.string(),
    reinforce: z.boolean(),
    commit: z.string().optional(),
    records: z.array(z.string()).meta({ description: 'Active records that it says again' }),
  })
  .openapi('ReinforcedInteraction');

export type ExtractedJson = z.output<typeof EXTRACTED>;
export type ReinforcedJson = z.output<typeof REINFORCED>;

export function captureAskRoutes(site: Site): readonly Route[] {
  return [extractRoute(site), reinforceRoute(site)];
}

function extractRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'post',
      path: '/interactions/{id}/extract',
      access: 'agent',
      summary: 'What a capture claims and what becomes of it; with `persist` it gives candidates',
      tag: 'interactions',
      params: PARAMS,
      body: ASK,
      answer: EXTRACTED,
    },
    async ({ params, body: { persist = false, actor } }) => {
      const by = persist ? personOf(site, actor) : undefined;
      const { capture, found, commit } = await site.engine.captures.extract(params.id, by);
      const claims = found.map(({ claim, confidence, id, end }) => ({
        id,
        rule: claim.rule,
        type: claim.type,
        kind: claim.kind,
        subject: claim.subject,
        value: claim.value,
        text: claim.statement,
        confidence,
        line: claim.place.line,
        becomes: end,
      }));
      return { body: { id: capture.id, extract: capture.extract, commit, claims } };
    },
  );
}

function reinforceRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'post',
      path: '/interactions/{id}/reinforce',
      access: 'agent',
      summary: 'Which active records a capture says again; with `persist` it reinforces them',
      tag: 'interactions',
      params: PARAMS,
      body: ASK,
      answer: REINFORCED,
    },
    async ({ params, body: { persist = false, actor } }) => {
      const by = persist ? personOf(site, actor) : undefined;
      const { capture, found, commit } = await site.engine.captures.reinforce(params.id, by);
      const { id, reinforce } = capture;
      return { body: { id, reinforce, commit, records: [...found] } };
    },
  );
}
