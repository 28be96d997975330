/** Captures: what an agent and a person said, taken in and read back. */
import { AtoError } from '../errors.ts';
import type { Capture } from '../model/captures.ts';
import { quote } from '../model/names.ts';
import { TOLD_SCHEMA, takeTold } from '../told-capture.ts';
import { capturesOf } from '../view/view.ts';
import { listOf, PAGE_QUERY, pageOf } from './page.ts';
import { defineRoute, type Route } from './route.ts';
import { projectInUrl, type Site, viewOf } from './site.ts';
import { z } from './zod.ts';

const SUMMARY_CHARS = 200;

const SUMMARY = z
  .object({
    id: z.string(),
    path: z.string(),
    at: z.string(),
    project: z.string(),
    client: z.string().optional(),
    session_id: z.string().optional(),
    turn_id: z.string().optional(),
    prompt: z.string().meta({ description: `In lists the first ${SUMMARY_CHARS} characters` }),
    response_summary: z.string().optional(),
    reinforce: z.boolean(),
    extract: z.boolean(),
  })
  .openapi('InteractionSummary');

const INTERACTION = SUMMARY.extend({
  response: z.string().optional(),
  memories_used: z.array(z.string()).optional(),
  chunks_used: z.array(z.string()).optional(),
}).openapi('Interaction');

const CAPTURED = z.object({
  id: z.string(),
  path: z.string(),
  at: z.string(),
  project: z.string(),
});
export type CapturedJson = z.output<typeof CAPTURED>;

const FILTERS = z.strictObject({
  project: z.string().max(200).optional(),
  session_id: z.string().max(500).optional(),
  client: z.string().max(200).optional(),
  since: z.union([z.iso.datetime(), z.iso.date()]).optional(),
  ...PAGE_QUERY,
});

export function interactionRoutes(site: Site): readonly Route[] {
  return [captureRoute(site), listRoute(site), oneRoute(site)];
}

function captureRoute(site: Site): Route {
  let pending = 0;
  return defineRoute(
    {
      method: 'post',
      path: '/interactions',
      access: 'agent',
      summary: 'Capture one turn; the same content again gives 200 and the same id',
      tag: 'interactions',
      // Fields of later clients are passed over: a turn that is refused is a turn that is lost.
      body: TOLD_SCHEMA,
      status: 201,
      answer: CAPTURED,
    },
    async ({ body }) => {
      if (pending >= site.pendingCapturesMax) {
        throw new AtoError(
          'busy',
          `Expected at most ${site.pendingCapturesMax} captures on their way to disk, found as many. Send it again in a second.`,
        );
      }
      pending += 1;
      try {
        const { capture, isNew } = await takeTold(site.engine, body, site.homeFolder);
        const { id, path, at, project } = capture;
        return {
          status: isNew ? 201 : 200,
          body: { id, path, at, project },
          headers: { location: `/interactions/${id}` },
        };
      } finally {
        pending -= 1;
      }
    },
  );
}

function listRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'get',
      path: '/interactions',
      access: 'any',
      summary: 'Captures, newest first, with the start of each prompt',
      tag: 'interactions',
      query: FILTERS,
      answer: listOf(SUMMARY),
    },
    ({ query }) => {
      const view = viewOf(site);
      const project = query.project === undefined ? undefined : projectInUrl(view, query.project);
      const found = capturesOf(view).filter(
        (capture) =>
          (project === undefined || capture.project === project) &&
          (query.session_id === undefined || capture.sessionId === query.session_id) &&
          (query.client === undefined || capture.client === query.client) &&
          (query.since === undefined || capture.at >= query.since),
      );
      const page = pageOf(found, query, ({ id }) => id);
      return { body: { ...page, items: page.items.map(summaryJson) } };
    },
  );
}

function oneRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'get',
      path: '/interactions/{id}',
      access: 'any',
      summary: 'One capture, whole',
      tag: 'interactions',
      params: z.strictObject({ id: z.string().min(1).max(100) }),
      answer: INTERACTION,
    },
    ({ params }) => {
      const capture = capturesOf(viewOf(site)).find(({ id }) => id === params.id);
      if (capture === undefined) {
        const message = `Expected the id of a capture, found ${quote(params.id)}. A new one shows after the next commit.`;
        throw new AtoError('not-found', message);
      }
      return { body: interactionJson(capture) };
    },
  );
}

function summaryJson(capture: Capture): z.input<typeof SUMMARY> {
  const { prompt } = capture;
  return {
    id: capture.id,
    path: capture.path,
    at: capture.at,
    project: capture.project,
    client: capture.client,
    session_id: capture.sessionId,
    turn_id: capture.turnId,
    prompt: prompt.length > SUMMARY_CHARS ? `${prompt.slice(0, SUMMARY_CHARS)}…` : prompt,
    response_summary: capture.responseSummary,
    reinforce: capture.reinforce,
    extract: capture.extract,
  };
}

function interactionJson(capture: Capture): z.input<typeof INTERACTION> {
  return {
    ...summaryJson(capture),
    prompt: capture.prompt,
    response: capture.response,
    memories_used: capture.memoriesUsed && [...capture.memoriesUsed],
    chunks_used: capture.chunksUsed && [...capture.chunksUsed],
  };
}
