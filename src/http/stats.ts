/** Figures: what the store holds and what was decided, for people and for an operator's dashboard. */
import { byText } from '../model/names.ts';
import { tallyOf } from '../model/outcomes.ts';
import type { ProjectId } from '../plugin.ts';
import { queueOf } from '../view/queue.ts';
import { reinforcementOf } from '../view/reinforcement.ts';
import { isExpired, type View } from '../view/view.ts';
import { HEALTH, healthOf } from './health.ts';
import { actJson, HISTORY } from './history.ts';
import { PAGE_QUERY } from './page.ts';
import { defineRoute, type Route } from './route.ts';
import { RULE_FIGURES } from './rule-figures.ts';
import { type Site, todayOf, viewOf } from './site.ts';
import { z } from './zod.ts';

const COUNTS = z.record(z.string(), z.int());

const PROJECT_FIGURES = z.object({
  project: z.string(),
  sources: z.int(),
  captures: z.int(),
  records: COUNTS.meta({ description: 'By status; trusted state is not among them' }),
  state: z.int(),
  queue: z.int(),
  held: z.int(),
  open_conflicts: z.int(),
});

const STATS = z
  .object({
    revision: z.string(),
    documents: z.int(),
    captures: z.int(),
    records: COUNTS,
    conflicts: COUNTS.meta({ description: 'By status' }),
    reinforced: z.int().meta({ description: 'Active records that a conversation said again' }),
    expired: z.int().meta({ description: 'Active records past their `valid_until`' }),
    unsupported: z.int().meta({ description: 'Active records that no source says any more' }),
    unresolved_relations: z.int(),
    projects: z.array(PROJECT_FIGURES),
    rules: z.array(RULE_FIGURES).meta({ description: 'Over all projects' }),
  })
  .openapi('Stats');

const RECENT_ACTS = 10;
const DASHBOARD = z
  .object({ health: HEALTH, stats: STATS, recent: HISTORY.shape.items })
  .openapi('Dashboard');

export type StatsJson = z.output<typeof STATS>;
export type DashboardJson = z.output<typeof DASHBOARD>;

export function statsRoutes(site: Site): readonly Route[] {
  return [
    defineRoute(
      {
        method: 'get',
        path: '/stats',
        access: 'any',
        summary: 'What the store holds, by project and by rule',
        tag: 'reading',
        answer: STATS,
      },
      () => ({ body: statsOf(viewOf(site), todayOf(site)) }),
    ),
    defineRoute(
      {
        method: 'get',
        path: '/admin/dashboard',
        access: 'admin',
        summary: 'Health, figures and the last decisions in one answer',
        tag: 'operation',
        answer: DASHBOARD,
      },
      async () => {
        const stats = statsOf(viewOf(site), todayOf(site));
        const recent = (await site.engine.past.history({ limit: RECENT_ACTS })).map(actJson);
        return { body: { health: await healthOf(site), stats, recent } };
      },
    ),
    defineRoute(
      {
        method: 'get',
        path: '/admin/audit/recent',
        access: 'admin',
        summary: 'The last decisions, newest first',
        tag: 'operation',
        query: z.strictObject({ limit: PAGE_QUERY.limit }),
        answer: HISTORY,
      },
      async ({ query: { limit } }) => {
        const items = (await site.engine.past.history({ limit })).map(actJson);
        return { body: { items, count: items.length } };
      },
    ),
  ];
}

function statsOf(view: View, today: string): z.input<typeof STATS> {
  const { settlement, revision } = view;
  const records = [...settlement.records.values()];
  const active = records.filter(({ record }) => record.status === 'active');
  const parsed = [...settlement.documents.values()];
  return {
    revision,
    documents: parsed.length,
    captures: parsed.filter(({ capture }) => capture !== undefined).length,
    records: counted(records.map(({ record }) => record.status)),
    conflicts: counted(settlement.conflicts.map(({ status }) => status)),
    reinforced: reinforcementOf(view).size,
    expired: active.filter(({ record }) => isExpired(record, today)).length,
    unsupported: active.filter(({ isUnsupported }) => isUnsupported).length,
    unresolved_relations: [...settlement.unresolved.values()].flat().length,
    projects: [...settlement.registry.projects.keys()]
      .sort(byText)
      .map((project) => projectFigures(view, project)),
    rules: [...tallyOf(settlement.outcomes)],
  };
}

function projectFigures(view: View, project: ProjectId): z.input<typeof PROJECT_FIGURES> {
  const { settlement } = view;
  const records = [...settlement.records.values()].filter(
    (each) => each.record.project === project,
  );
  const { entries, held, openConflicts } = queueOf(view, project);
  const captures = [...settlement.documents.values()].filter(
    ({ capture }) => capture?.project === project,
  );
  const folder = `projects/${project}/`;
  return {
    project,
    sources: [...settlement.documents.keys()].filter((path) => path.startsWith(folder)).length,
    captures: captures.length,
    records: counted(
      records.flatMap(({ record }) => (record.type === 'state' ? [] : [record.status])),
    ),
    state: records.filter(({ record }) => record.type === 'state').length,
    queue: entries.length,
    held,
    open_conflicts: openConflicts,
  };
}

function counted(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => byText(a, b)));
}
