/** A sync with the upstream, asked for by an operator. */
import { defineRoute, type Route } from './route.ts';
import { personOf, type Site } from './site.ts';
import { SYNCED, syncedJson } from './sync-json.ts';
import { z } from './zod.ts';

export function syncRoutes(site: Site): readonly Route[] {
  return [
    defineRoute(
      {
        method: 'post',
        path: '/admin/sync',
        access: 'admin',
        summary: "Fetch from the store's upstream, merge, settle and push; answers when it is done",
        tag: 'operation',
        body: z.strictObject({
          actor: z.string().max(320).optional().meta({ description: 'Whom a merge names' }),
        }),
        answer: SYNCED,
      },
      async ({ body: { actor } }) => ({
        body: syncedJson(await site.engine.sync.run(personOf(site, actor))),
      }),
    ),
  ];
}
