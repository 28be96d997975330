/** The review queue: candidates in the order to decide them, each with what a decision needs. */
import { itemOf, type QueueGroup, type QueueItem, queueOf, reviewOf } from '../view/queue.ts';
import type { View } from '../view/view.ts';
import { EVIDENCE, evidenceJson } from './evidence.ts';
import { listOf, PAGE_QUERY, pageOf } from './page.ts';
import { RECORD, recordJson } from './records.ts';
import { defineRoute, type Route } from './route.ts';
import { projectInUrl, type Site, todayOf, viewOf } from './site.ts';
import { z } from './zod.ts';

const NEAREST = z.object({
  record: RECORD,
  likeness: z.number().meta({ description: '0 to 1: how much of what the two say is shared' }),
  difference: z
    .array(z.object({ kind: z.enum(['same', 'removed', 'added']), text: z.string() }))
    .meta({ description: "From the active record's text to the candidate's, word by word" }),
});

const ENTRY = RECORD.extend({
  since: z.string().meta({ description: 'UTC time of the commit that brought it; empty before' }),
  warnings: z
    .array(z.string())
    .meta({ description: 'Slots in which it would contradict an active record' }),
  opposed: z
    .array(z.object({ slot: z.string(), id: z.string(), value: z.string(), reason: z.string() }))
    .meta({ description: 'The active records that it would contradict' }),
  evidence_places: z.array(EVIDENCE).meta({ description: 'One for each origin' }),
  nearest: NEAREST.optional().meta({ description: 'The active record that is most like it' }),
}).openapi('QueueEntry');

const GROUP = z.object({ name: z.string(), project: z.string(), ids: z.array(z.string()) });

const QUEUE = listOf(ENTRY).extend({
  held: z.int().meta({ description: 'Undecided claims beyond the limit, which wait' }),
  oldest: z.string().optional().meta({ description: 'UTC time since which one waits' }),
  open_conflicts_count: z
    .int()
    .meta({ description: 'They await a decision too: `GET /conflicts`' }),
  groups: z.object({
    by_source: z.array(GROUP),
    by_subject: z.array(GROUP),
  }),
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
        const { entries, held, oldest, openConflicts } = queueOf(view, project);
        const { bySource, bySubject } = reviewOf(view, {
          limit: 0,
          ...(project === undefined ? {} : { project }),
        });
        const page = pageOf(entries, query, ({ served }) => served.record.id);
        const today = todayOf(site);
        const items = page.items.map((entry) => entryJson(view, itemOf(view, entry), today));
        const groups = { by_source: bySource.map(groupJson), by_subject: bySubject.map(groupJson) };
        return {
          body: { ...page, items, held, oldest, open_conflicts_count: openConflicts, groups },
        };
      },
    ),
  ];
}

function entryJson(view: View, item: QueueItem, today: string): z.input<typeof ENTRY> {
  const { served, since, warnings, opposed, evidence, nearest } = item;
  return {
    ...recordJson(view, served, today),
    since,
    warnings: [...warnings],
    opposed: opposed.map((each) => ({ ...each })),
    evidence_places: evidence.map(evidenceJson),
    nearest: nearest && {
      record: recordJson(view, nearest.served, today),
      likeness: nearest.likeness,
      difference: nearest.difference.map((part) => ({ ...part })),
    },
  };
}

function groupJson({ name, project, ids }: QueueGroup): z.input<typeof GROUP> {
  return { name, project, ids: [...ids] };
}
