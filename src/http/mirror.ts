/** The mirror: pages generated from the records, for people. */
import type { MirrorPage } from '../engine.ts';
import { defineRoute, type Route } from './route.ts';
import { projectInUrl, type Site, viewOf } from './site.ts';
import { z } from './zod.ts';

const PAGE = z.object({
  name: z.string().meta({ description: 'Below `mirror/`, such as `overview.md`' }),
  path: z.string(),
  title: z.string(),
  text: z.string().meta({ description: 'Markdown, with its banner and checksum' }),
  oid: z.string(),
});
const MIRROR = z
  .object({ project: z.string(), revision: z.string(), items: z.array(PAGE), count: z.int() })
  .openapi('Mirror');

export type MirrorJson = z.output<typeof MIRROR>;

export function mirrorRoutes(site: Site): readonly Route[] {
  return [
    defineRoute(
      {
        method: 'get',
        path: '/projects/{id}/mirror',
        access: 'any',
        summary: 'The pages generated from the records of a project, in order of path',
        tag: 'projects',
        params: z.strictObject({ id: z.string().min(1).max(200) }),
        answer: MIRROR,
      },
      async ({ params }) => {
        const view = viewOf(site);
        const project = projectInUrl(view, params.id);
        const items = (await site.engine.mirrorPages(project)).map(pageJson);
        return { body: { project, revision: view.revision, items, count: items.length } };
      },
    ),
  ];
}

function pageJson({ path, oid, text }: MirrorPage): z.input<typeof PAGE> {
  const name = path.slice(path.indexOf('/mirror/') + '/mirror/'.length);
  const title = /^# (.+)$/m.exec(text)?.[1]?.trim() ?? name;
  return { name, path, title, text, oid };
}
