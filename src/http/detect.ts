/** Which project a text speaks of. */
import { detectProject } from '../view/detect-project.ts';
import { defineRoute, type Route } from './route.ts';
import { type Site, viewOf } from './site.ts';
import { z } from './zod.ts';

const DETECTED = z.object({
  project: z.string().nullable(),
  matched: z.array(z.object({ project: z.string(), by: z.string() })),
});
export type DetectedJson = z.output<typeof DETECTED>;

export function detectRoutes(site: Site): readonly Route[] {
  return [
    defineRoute(
      {
        method: 'get',
        path: '/detect-project',
        access: 'any',
        summary: 'The one project that a text or a working folder speaks of, or none',
        tag: 'projects',
        query: z.strictObject({ text: z.string().default(''), cwd: z.string().optional() }),
        answer: DETECTED,
      },
      ({ query: { text, cwd } }) => {
        const { registry } = viewOf(site).settlement;
        const { project, matched } = detectProject(registry, {
          text,
          homeFolder: site.homeFolder,
          ...(cwd === undefined ? {} : { workingFolder: cwd }),
        });
        return {
          body: { project: project ?? null, matched: matched.map((each) => ({ ...each })) },
        };
      },
    ),
  ];
}
