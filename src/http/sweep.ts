/** The sweep: every record compared again, and whether that says what every write has said. */
import { z } from '@hono/zod-openapi';
import { byText } from '../model/names.ts';
import type { View } from '../view/view.ts';
import { defineRoute, NO_FIELDS, type Route } from './route.ts';
import { type Site, viewOf } from './site.ts';

const SWEPT = z.object({
  revision: z.string(),
  open_conflicts_count: z.int(),
  open: z.array(z.string()).meta({ description: 'Ids of the conflicts open now' }),
  appeared: z.array(z.string()).meta({ description: 'Those that no write had shown before' }),
  gone: z.array(z.string()).meta({ description: 'Those that no longer hold' }),
});
export type SweptJson = z.output<typeof SWEPT>;

export function sweepRoutes(site: Site): readonly Route[] {
  return [
    defineRoute(
      {
        method: 'post',
        path: '/admin/sweep',
        access: 'admin',
        summary: 'Read everything again and look for conflicts over all active records',
        tag: 'operation',
        body: NO_FIELDS,
        answer: SWEPT,
      },
      async () => {
        const before = openIds(viewOf(site));
        const { revision } = await site.engine.settle();
        const open = openIds(viewOf(site));
        return {
          body: {
            revision,
            open_conflicts_count: open.length,
            open,
            appeared: open.filter((id) => !before.includes(id)),
            gone: before.filter((id) => !open.includes(id)),
          },
        };
      },
    ),
  ];
}

function openIds(view: View): string[] {
  return view.settlement.conflicts
    .filter(({ status }) => status === 'open')
    .map(({ id }) => id)
    .sort(byText);
}
