/** The sweep: every record compared again, and whether that says what every write has said. */
import { sweep } from '../sweep.ts';
import { defineRoute, NO_FIELDS, type Route } from './route.ts';
import { type Site, viewOf } from './site.ts';
import { z } from './zod.ts';

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
        // Before the first view there is nothing to compare with.
        viewOf(site);
        const { revision, open, appeared, gone } = await sweep(site.engine);
        return {
          body: {
            revision,
            open_conflicts_count: open.length,
            open: [...open],
            appeared: [...appeared],
            gone: [...gone],
          },
        };
      },
    ),
  ];
}
