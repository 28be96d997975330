/** What agents' hooks ask: context for a session or a prompt. */
import type { ProjectId } from '../plugin.ts';
import { buildContext } from '../view/context.ts';
import { detectProject } from '../view/detect-project.ts';
import { sessionContext } from '../view/session-context.ts';
import type { View } from '../view/view.ts';
import { defineRoute, type Route } from './route.ts';
import { type Site, todayOf, viewOf } from './site.ts';
import { z } from './zod.ts';

/** What an agent takes from a hook at most. */
const CONTEXT_CHARS_MAX = 8_000;
/** A hook has 800 ms for everything. */
const DEADLINE_MS = 400;

export function agentHookRoutes(site: Site): readonly Route[] {
  return [contextRoute(site)];
}

function contextRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'post',
      path: '/context/hook',
      access: 'any',
      summary: 'What a hook prints at the start of a session or for a prompt; empty for nothing',
      tag: 'reading',
      isRead: true,
      body: z.strictObject({
        moment: z.enum(['start', 'prompt']),
        prompt: z.string().max(100_000).optional(),
        cwd: z.string().max(4_096).optional(),
      }),
      answer: z.object({
        context: z.string().max(CONTEXT_CHARS_MAX),
        project: z.string().nullable(),
        revision: z.string(),
      }),
    },
    async ({ body: { moment, prompt = '', cwd } }) => {
      const view = viewOf(site);
      const project = projectOf(site, view, { prompt, cwd });
      const context =
        moment === 'start'
          ? sessionContext(view, { project, today: todayOf(site), charsMax: CONTEXT_CHARS_MAX })
          : await promptContext(site, view, { prompt, project });
      return { body: { context, project: project ?? null, revision: view.revision } };
    },
  );
}

/** The folder that the agent works in says more than a word in a prompt. */
function projectOf(
  { homeFolder }: Site,
  view: View,
  { prompt, cwd }: { readonly prompt: string; readonly cwd: string | undefined },
): ProjectId | undefined {
  const { registry } = view.settlement;
  const rooted =
    cwd === undefined
      ? undefined
      : detectProject(registry, { text: '', workingFolder: cwd, homeFolder }).project;
  return rooted ?? detectProject(registry, { text: prompt }).project;
}

// The same bytes for the same revision and prompt: a pack that lacks what came too late is none.
async function promptContext(
  site: Site,
  view: View,
  { prompt, project }: { readonly prompt: string; readonly project: ProjectId | undefined },
): Promise<string> {
  if (prompt.trim() === '') return '';
  const started = performance.now();
  const semantic = await site.vectors?.ask(prompt, DEADLINE_MS / 2);
  const pack = buildContext(view, {
    prompt,
    semantic,
    silentModel: semantic === undefined ? site.vectors?.state().model : undefined,
    budget: Math.min(view.config.budgets.context, CONTEXT_CHARS_MAX),
    today: todayOf(site),
    isLate: () => performance.now() - started > DEADLINE_MS,
    ...(project === undefined ? {} : { project }),
  });
  return pack.partial || pack.sections.length === 0 ? '' : pack.formattedContext;
}
