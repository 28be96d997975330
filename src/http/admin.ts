/** What an operator asks of the engine. */
import { defineRoute, type Route } from './route.ts';
import type { Site } from './site.ts';
import { z } from './zod.ts';

const SETTLED = z.object({ revision: z.string(), inputs: z.int(), changes: z.int() });
export type SettledJson = z.output<typeof SETTLED>;

export function adminRoutes(site: Site): readonly Route[] {
  return [
    defineRoute(
      {
        method: 'post',
        path: '/admin/settle',
        access: 'admin',
        summary: 'Read everything again and settle; answers when the store is settled',
        tag: 'operation',
        body: z.strictObject({
          remember: z
            .boolean()
            .optional()
            .meta({ description: 'Also put away what makes the next start quick' }),
        }),
        answer: SETTLED,
      },
      async ({ body: { remember = false } }) => {
        const settled = await site.engine.settle();
        if (remember) await site.engine.remember();
        return { body: { ...settled } };
      },
    ),
  ];
}
