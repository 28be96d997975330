/** Decisions on one memory or entity, each one commit, and its editing. */
import type { Choice, Decided } from '../engine.ts';
import { AtoError } from '../errors.ts';
import { ENTITY_KINDS } from '../model/kinds.ts';
import type { RecordId } from '../plugin.ts';
import { assertionJson, STILL_ASSERTED } from './assertions.ts';
import {
  COLLECTIONS,
  type Collection,
  etagOf,
  findRecord,
  ID,
  ifMatchOf,
  RECORD,
  recordJson,
} from './records.ts';
import { defineRoute, type Reply, type Route } from './route.ts';
import { personOf, projectInBody, type Site, todayOf, viewOf } from './site.ts';
import { EDIT, EDIT_FIELDS, editOf, noteIn, SIGNED } from './wording.ts';
import { z } from './zod.ts';

/** What became of one record. */
export const DECISION = z.object({
  record: RECORD.meta({ description: 'Of a graduation the entity that it proposes' }),
  oid: z.string(),
  conflicts: z
    .array(z.string())
    .meta({ description: 'Open conflicts that the record now takes part in' }),
  still_asserted: STILL_ASSERTED,
});
export const DECIDED = DECISION.extend({ commit: z.string() });
export type DecidedJson = z.output<typeof DECIDED>;

export function decisionRoutes(site: Site): readonly Route[] {
  return COLLECTIONS.flatMap((collection) => [
    promoteRoute(site, collection),
    ...PLAIN.map((plain) => plainRoute(site, collection, plain)),
    supersedeRoute(site, collection),
    ...(collection.type === 'memory' ? [graduateRoute(site, collection)] : []),
    editRoute(site, collection),
  ]);
}

const PLAIN = [
  { act: 'reject', summary: 'Call a candidate invalid' },
  { act: 'invalidate', summary: 'Call an active record invalid' },
  { act: 'reinstate', summary: 'Make what was put away active again' },
] as const;

function plainRoute(
  site: Site,
  collection: Collection,
  { act, summary }: (typeof PLAIN)[number],
): Route {
  return decisionRoute(site, collection, {
    act,
    summary,
    body: z.strictObject(SIGNED),
    choice: (id) => ({ act, id }),
  });
}

function promoteRoute(site: Site, collection: Collection): Route {
  return decisionRoute(site, collection, {
    act: 'promote',
    summary: 'Make a candidate active, reworded where `edit` says so',
    body: z.strictObject({ ...SIGNED, edit: EDIT.optional() }),
    choice: (id, { edit }) => ({ act: 'promote', id, ...editOf(edit) }),
  });
}

function supersedeRoute(site: Site, collection: Collection): Route {
  return decisionRoute(site, collection, {
    act: 'supersede',
    summary: 'Put an active record away in favour of another',
    body: z.strictObject({
      ...SIGNED,
      winner: z.string().min(1).max(300).meta({ description: 'Id of an active record or state' }),
    }),
    choice: (id, { winner }) => ({ act: 'supersede', id, winner: winner as RecordId }),
  });
}

function graduateRoute(site: Site, collection: Collection): Route {
  return decisionRoute(site, collection, {
    act: 'graduate',
    summary: 'Propose that an active memory become an entity',
    body: z.strictObject({ ...SIGNED, kind: z.enum(ENTITY_KINDS), edit: EDIT.optional() }),
    choice: (id, { kind, edit }) => ({ act: 'graduate', id, kind, ...editOf(edit) }),
  });
}

interface Signed {
  readonly note?: string | undefined;
  readonly actor?: string | undefined;
}

interface DecisionSpec<Body extends z.ZodType<Signed>> {
  readonly act: Choice['act'];
  readonly summary: string;
  readonly body: Body;
  readonly choice: (id: RecordId, body: z.output<Body>) => Choice;
}

function decisionRoute<Body extends z.ZodType<Signed>>(
  site: Site,
  collection: Collection,
  { act, summary, body: schema, choice }: DecisionSpec<Body>,
): Route {
  return defineRoute(
    {
      method: 'post',
      path: `${collection.path}/{id}/${act}`,
      access: 'reviewer',
      summary: `${summary}: one commit`,
      tag: collection.tag,
      params: ID,
      body: schema,
      takesIfMatch: true,
      answer: DECIDED,
    },
    async ({ params, body, headers }) => {
      const { id } = findRecord(viewOf(site), collection, params.id).record;
      const decided = await site.engine.decide({
        ...choice(id, body),
        by: personOf(site, body.actor),
        ...noteIn(body.note),
        ...ifMatchOf(headers),
      });
      return decidedReply(site, decided);
    },
  );
}

function editRoute(site: Site, collection: Collection): Route {
  return defineRoute(
    {
      method: collection.type === 'memory' ? 'put' : 'patch',
      path: `${collection.path}/{id}`,
      access: 'reviewer',
      summary: 'Reword a record, or move it to the project that it speaks of: one commit',
      tag: collection.tag,
      params: ID,
      body: z.strictObject({
        ...EDIT_FIELDS,
        project: z.string().min(1).max(200).optional(),
        ...SIGNED,
      }),
      takesIfMatch: true,
      answer: DECIDED,
    },
    async ({ params, body: { note, actor, project, ...wording }, headers }) => {
      const view = viewOf(site);
      const { id } = findRecord(view, collection, params.id).record;
      const { edit } = editOf(wording);
      const aimed = { id, ...ifMatchOf(headers) };
      const choices: readonly Choice[] = [
        ...(edit === undefined ? [] : [{ ...aimed, act: 'edit', edit } as const]),
        ...(project === undefined
          ? []
          : [{ ...aimed, act: 'move', project: projectInBody(view, project) } as const]),
      ];
      if (choices.length === 0) {
        const message = 'Expected a field to change or a project to move to, found neither.';
        throw new AtoError('invalid', message);
      }
      const how = { by: personOf(site, actor), ...noteIn(note) };
      const { decided } = await site.engine.decideMany(choices, how);
      const last = decided.at(-1);
      if (last === undefined) throw new TypeError('an edit without its result');
      return decidedReply(site, last);
    },
  );
}

/** The answer to one decision, with the ETag of the record as it is now. */
export function decidedReply(site: Site, decided: Decided): Reply<z.input<typeof DECIDED>> {
  const body = { ...decisionJson(site, decided), commit: decided.commit };
  return { body, headers: etagOf(decided.oid) };
}

export function decisionJson(site: Site, decided: Decided): z.input<typeof DECISION> {
  const view = viewOf(site);
  const { record, oid, conflicts, stillAsserted } = decided;
  const served = view.settlement.records.get(record.id);
  // Another act may have been published since; the answer shows this one.
  const base = served ?? { isUnsupported: false, isStale: false, evidence: '', stated: {} };
  return {
    record: recordJson(view, { ...base, record, oid }, todayOf(site)),
    oid,
    conflicts: [...conflicts],
    still_asserted: stillAsserted.map(assertionJson),
  };
}
