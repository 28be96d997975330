/** Trusted state: what people have said is true of a project. */
import { AtoError } from '../errors.ts';
import { STATE_CATEGORIES } from '../model/kinds.ts';
import type { ServedRecord } from '../model/snapshot.ts';
import { checkStateName, STATE_TEXT_CHARS_MAX } from '../model/states.ts';
import type { ProjectId, RecordId } from '../plugin.ts';
import { dayOf, isExpired, statesOf, type View } from '../view/view.ts';
import { listOf, PAGE_QUERY, pageOf } from './page.ts';
import { defineRoute, type Route } from './route.ts';
import { personOf, projectInBody, projectInUrl, type Site, todayOf, viewOf } from './site.ts';
import { z } from './zod.ts';

const ENTRY = z
  .object({
    id: z.string(),
    project: z.string(),
    category: z.enum(STATE_CATEGORIES),
    key: z.string(),
    value: z.string(),
    text: z.string(),
    source: z.string().optional(),
    valid_until: z.string().optional(),
    expired: z.boolean(),
    conflicts: z.array(z.string()),
    path: z.string(),
    date: z.string(),
  })
  .openapi('StateEntry');

const PLACE = {
  project: z.string().min(1).max(200),
  category: z.enum(STATE_CATEGORIES),
  key: z.string().min(1).max(200),
};
const SIGNED = { note: z.string().max(2_000).optional(), actor: z.string().max(320).optional() };

const STATE_LIST = listOf(ENTRY).extend({ project: z.string() });
const STATE_CHANGED = z.object({
  id: z.string(),
  project: z.string(),
  category: z.string(),
  key: z.string(),
  value: z.string().optional().meta({ description: 'What it says now; left out when it is gone' }),
  commit: z.string(),
  conflicts: z.array(z.string()).optional(),
});

export type StateListJson = z.output<typeof STATE_LIST>;
export type StateChangedJson = z.output<typeof STATE_CHANGED>;

export function projectStateRoutes(site: Site): readonly Route[] {
  return [listRoute(site), setRoute(site), unsetRoute(site)];
}

function listRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'get',
      path: '/project/state/{project}',
      access: 'any',
      summary: 'Trusted state of a project, by category and key',
      tag: 'state',
      params: z.strictObject({ project: PLACE.project }),
      query: z.strictObject({ category: PLACE.category.optional(), ...PAGE_QUERY }),
      answer: STATE_LIST,
    },
    ({ params, query }) => {
      const view = viewOf(site);
      const project = projectInUrl(view, params.project);
      const found = statesOf(view, project).filter(
        ({ record }) => query.category === undefined || record.kind === query.category,
      );
      const page = pageOf(found, query, ({ record }) => record.id);
      const today = todayOf(site);
      const items = page.items.map((served) => entryJson(view, served, today));
      return { body: { project, ...page, items } };
    },
  );
}

function setRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'post',
      path: '/project/state',
      access: 'reviewer',
      summary: 'Set one entry: one commit',
      tag: 'state',
      body: z.strictObject({
        ...PLACE,
        value: z.string().min(1).max(STATE_TEXT_CHARS_MAX),
        source: z.string().max(1_000).optional(),
        valid_until: z.iso.date().optional(),
        ...SIGNED,
      }),
      answer: STATE_CHANGED,
    },
    async ({ body }) => {
      const { category, key, value, source, valid_until: validUntil, note, actor } = body;
      const project = checkedPlace(viewOf(site), body);
      const { commit, conflicts } = await site.engine.setState(
        {
          project,
          category,
          key,
          value,
          ...(source === undefined ? {} : { source }),
          ...(validUntil === undefined ? {} : { validUntil }),
        },
        personOf(site, actor),
        note,
      );
      const id = stateId(project, category, key);
      return { body: { id, project, category, key, value, commit, conflicts: [...conflicts] } };
    },
  );
}

function unsetRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'delete',
      path: '/project/state',
      access: 'reviewer',
      summary: 'Take one entry away: one commit; git keeps what it said',
      tag: 'state',
      body: z.strictObject({ ...PLACE, ...SIGNED }),
      answer: STATE_CHANGED,
    },
    async ({ body }) => {
      const { category, key, note, actor } = body;
      const project = checkedPlace(viewOf(site), body);
      const by = personOf(site, actor);
      const { commit } = await site.engine.unsetState({ project, category, key }, by, note);
      return { body: { id: stateId(project, category, key), project, category, key, commit } };
    },
  );
}

function checkedPlace(
  view: View,
  { project, category, key }: { project: string; category: string; key: string },
): ProjectId {
  const fault = checkStateName(category, key);
  if (fault !== undefined) throw new AtoError('invalid', fault);
  return projectInBody(view, project);
}

function stateId(project: ProjectId, category: string, key: string): RecordId {
  return `state/${project}/${category}/${key}` as RecordId;
}

function entryJson(view: View, { record }: ServedRecord, today: string): z.input<typeof ENTRY> {
  return {
    id: record.id,
    project: record.project,
    category: record.kind as z.input<typeof ENTRY>['category'],
    key: record.subject,
    value: record.value ?? record.text,
    text: record.text,
    source: record.origins[0],
    valid_until: record.validUntil,
    expired: isExpired(record, today),
    conflicts: [...record.conflicts],
    path: record.path,
    date: dayOf(view, record.path),
  };
}
