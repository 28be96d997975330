/** Conflicts as the view has them: slots that two active records claim differently. */
import { z } from '@hono/zod-openapi';
import type { ServedConflict } from '../model/snapshot.ts';
import { listOf, PAGE_QUERY, pageOf } from './page.ts';
import { defineRoute, type Route } from './route.ts';
import { projectInUrl, type Site, viewOf } from './site.ts';

const CONFLICT = z
  .object({
    id: z.string(),
    path: z.string(),
    status: z.enum(['open', 'resolved', 'dismissed']),
    project: z.string(),
    slot: z.string(),
    reason: z.string(),
    members: z.array(z.object({ id: z.string(), value: z.string() })),
  })
  .openapi('Conflict');

export function conflictRoutes(site: Site): readonly Route[] {
  return [
    defineRoute(
      {
        method: 'get',
        path: '/conflicts',
        access: 'any',
        summary: 'Conflicts, in order of id',
        tag: 'review',
        query: z.strictObject({
          project: z.string().max(200).optional(),
          status: z.enum(['open', 'resolved', 'dismissed']).optional(),
          ...PAGE_QUERY,
        }),
        answer: listOf(CONFLICT),
      },
      ({ query }) => {
        const view = viewOf(site);
        const project = query.project === undefined ? undefined : projectInUrl(view, query.project);
        const found = view.settlement.conflicts
          .filter(
            ({ status, conflict }) =>
              (query.status === undefined || status === query.status) &&
              (project === undefined || conflict.project === project),
          )
          .sort((a, b) => (a.id < b.id ? -1 : 1));
        const page = pageOf(found, query, ({ id }) => id);
        return { body: { ...page, items: page.items.map(conflictJson) } };
      },
    ),
  ];
}

function conflictJson({ id, path, status, conflict }: ServedConflict): z.input<typeof CONFLICT> {
  const { project, slot, reason } = conflict;
  return {
    id,
    path,
    status,
    project,
    slot,
    reason,
    members: conflict.members.map((member) => ({ ...member })),
  };
}
