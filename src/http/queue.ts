/** The review queue: candidates in the order to decide them, each with its evidence. */
import { z } from '@hono/zod-openapi';
import type { QueueEntry } from '../view/queue.ts';
import { queueOf } from '../view/queue.ts';
import type { View } from '../view/view.ts';
import { listOf, PAGE_QUERY, pageOf } from './page.ts';
import { RECORD, recordJson } from './records.ts';
import { defineRoute, type Route } from './route.ts';
import { projectInUrl, type Site, todayOf, viewOf } from './site.ts';

const ENTRY = RECORD.extend({
  since: z.string().meta({ description: 'UTC time of the commit that brought it; empty before' }),
  warnings: z
    .array(z.string())
    .meta({ description: 'Slots in which it would contradict an active record' }),
}).openapi('QueueEntry');

const QUEUE = listOf(ENTRY).extend({
  held: z.int().meta({ description: 'Undecided claims beyond the limit, which wait' }),
  oldest: z.string().optional(),
});

export type QueueEntryJson = z.output<typeof ENTRY>;
export type QueueJson = z.output<typeof QUEUE>;

export function queueRoutes(site: Site): readonly Route[] {
  return [
    defineRoute(
      {
        method: 'get',
        path: '/queue',
        access: 'any',
        summary: 'Candidates of all types in one order: the best to decide next first',
        tag: 'review',
        query: z.strictObject({ project: z.string().max(200).optional(), ...PAGE_QUERY }),
        answer: QUEUE,
      },
      ({ query }) => {
        const view = viewOf(site);
        const project = query.project === undefined ? undefined : projectInUrl(view, query.project);
        const { entries, held, oldest } = queueOf(view, project);
        const page = pageOf(entries, query, ({ served }) => served.record.id);
        const today = todayOf(site);
        const items = page.items.map((entry) => entryJson(view, entry, today));
        return { body: { ...page, items, held, oldest } };
      },
    ),
  ];
}

function entryJson(view: View, { served, since, warnings }: QueueEntry, today: string) {
  return { ...recordJson(view, served, today), since, warnings: [...warnings] };
}
