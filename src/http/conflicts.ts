/** Conflicts: slots that two active records claim differently, and a person's word on them. */
import { AtoError } from '../errors.ts';
import { quote } from '../model/names.ts';
import type { ServedConflict } from '../model/snapshot.ts';
import type { RecordId, StorePath } from '../plugin.ts';
import { dayOf, type View } from '../view/view.ts';
import { assertionJson, STILL_ASSERTED } from './assertions.ts';
import { CONFLICT, CONFLICT_STATUS, conflictJson } from './conflict-json.ts';
import { listOf, PAGE_QUERY, pageOf } from './page.ts';
import { RECORD, recordJson } from './records.ts';
import { defineRoute, type Route } from './route.ts';
import { personOf, projectInUrl, type Site, todayOf, viewOf } from './site.ts';
import { ETAG, noteIn, SIGNED } from './wording.ts';
import { z } from './zod.ts';

const CONFLICT_LIST = listOf(CONFLICT);
const CONFLICT_IN_FULL = CONFLICT.extend({
  records: z.array(RECORD).meta({ description: 'The members as they are; `oid` for `if_match`' }),
  date: z.string().meta({ description: 'Day of the last commit that touched it' }),
});
const RESOLVED = z.object({
  id: z.string(),
  status: z.enum(['resolved', 'dismissed']),
  commit: z.string(),
  members: z.array(z.object({ id: z.string(), status: z.string(), text: z.string() })),
  still_asserted: STILL_ASSERTED,
  open_conflicts_count: z.int(),
});

export type ConflictListJson = z.output<typeof CONFLICT_LIST>;
export type ConflictInFullJson = z.output<typeof CONFLICT_IN_FULL>;
export type ResolvedJson = z.output<typeof RESOLVED>;

const ID = z.strictObject({ id: z.string().min(1).max(100) });

export function conflictRoutes(site: Site): readonly Route[] {
  return [listRoute(site), oneRoute(site), resolveRoute(site)];
}

function listRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'get',
      path: '/conflicts',
      access: 'any',
      summary: 'Conflicts, in order of id',
      tag: 'review',
      query: z.strictObject({
        project: z.string().max(200).optional(),
        status: CONFLICT_STATUS.optional(),
        ...PAGE_QUERY,
      }),
      answer: CONFLICT_LIST,
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
  );
}

function oneRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'get',
      path: '/conflicts/{id}',
      access: 'any',
      summary: 'One conflict with its members as they are',
      tag: 'review',
      params: ID,
      answer: CONFLICT_IN_FULL,
    },
    ({ params }) => {
      const view = viewOf(site);
      const served = findConflict(view, params.id);
      const today = todayOf(site);
      const records = served.conflict.members.flatMap(({ id }) => {
        const member = view.settlement.records.get(id);
        return member === undefined ? [] : [recordJson(view, member, today)];
      });
      const date = dayOf(view, served.path as StorePath);
      return { body: { ...conflictJson(served), records, date } };
    },
  );
}

function resolveRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'post',
      path: '/conflicts/{id}/resolve',
      access: 'reviewer',
      summary: 'Name the winner, or dismiss: one commit',
      tag: 'review',
      params: ID,
      body: z.strictObject({
        winner: z.string().min(1).max(300).optional().meta({ description: 'Id of a member' }),
        dismiss: z.literal(true).optional(),
        if_match: z
          .record(z.string().max(300), ETAG)
          .optional()
          .meta({ description: 'By id of member: its `oid` as it was read' }),
        ...SIGNED,
      }),
      answer: RESOLVED,
    },
    async ({ params, body }) => {
      findConflict(viewOf(site), params.id);
      const resolved = await site.engine.resolveConflict({
        id: params.id,
        how: howOf(body),
        by: personOf(site, body.actor),
        ...noteIn(body.note),
        ...(body.if_match === undefined ? {} : { ifMatch: bare(body.if_match) }),
      });
      const { id, status, commit, members, stillAsserted } = resolved;
      return {
        body: {
          id,
          status,
          commit,
          members: members.map((each) => ({ id: each.id, status: each.status, text: each.text })),
          still_asserted: stillAsserted.map(assertionJson),
          open_conflicts_count: openCount(viewOf(site)),
        },
      };
    },
  );
}

/** Conflicts that await a person. */
export function openCount(view: View): number {
  return view.settlement.conflicts.filter(({ status }) => status === 'open').length;
}

function howOf({ winner, dismiss }: { winner?: string | undefined; dismiss?: true | undefined }) {
  if (winner !== undefined && dismiss === undefined) return { promoteWinner: winner as RecordId };
  if (dismiss === true && winner === undefined) return { dismiss };
  const found = winner === undefined ? 'neither' : 'both';
  throw new AtoError('invalid', `Expected \`winner\` or \`dismiss\`, found ${found}.`);
}

function bare(etags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(etags).map(([id, tag]) => [id, tag.replaceAll('"', '')]),
  );
}

function findConflict(view: View, id: string): ServedConflict {
  const found = view.settlement.conflicts.find((each) => each.id === id);
  if (found !== undefined) return found;
  throw new AtoError(
    'not-found',
    `Expected the id of a conflict, found ${quote(id)}. GET /conflicts lists them.`,
  );
}
