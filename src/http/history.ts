/** What people decided, read from commits; taking one back; all that happened to a record. */
import type { AuditEntry, PastAct, PastDecision, Why } from '../engine.ts';
import { HISTORY_MAX } from '../past.ts';
import type { Oid, RecordId, StorePath } from '../plugin.ts';
import { CONFLICT, conflictJson } from './conflict-json.ts';
import { openCount } from './conflicts.ts';
import { EVIDENCE, evidenceJson } from './evidence.ts';
import type { PackJson } from './pack-json.ts';
import { listOf, PAGE_QUERY, pageOf, readCursor, writeCursor } from './page.ts';
import { COLLECTIONS, type Collection, findRecord, ID, RECORD, recordJson } from './records.ts';
import { defineRoute, type Route } from './route.ts';
import { personOf, projectInUrl, type Site, todayOf, viewOf } from './site.ts';
import { noteIn, SIGNED } from './wording.ts';
import { z } from './zod.ts';

const PERSON = z.object({ name: z.string(), email: z.string() });

const DECISION_FIELDS = {
  act: z.string(),
  record: z.string().optional(),
  path: z.string().optional(),
  conflict: z.string().optional(),
  before: z.string().optional().meta({ description: 'Status, or value of state' }),
  after: z.string().optional(),
  other: z.string().optional().meta({ description: 'The record that took the place, or gave it' }),
  changed: z.array(z.object({ field: z.string(), before: z.string(), after: z.string() })),
  note: z.string().optional(),
  lawful: z.boolean().meta({ description: 'False for a hand edit that breaks the lifecycle' }),
};

const ACT = z
  .object({
    commit: z.string(),
    at: z.string(),
    by: PERSON,
    subject: z.string(),
    note: z.string().optional(),
    undoes: z.string().optional(),
    decisions: z.array(z.object(DECISION_FIELDS)),
    more: z.int().meta({ description: 'Decisions beyond those listed' }),
  })
  .openapi('Act');

const AUDITED = z
  .object({
    commit: z.string(),
    at: z.string(),
    by: PERSON,
    undoes: z.string().optional(),
    ...DECISION_FIELDS,
  })
  .openapi('AuditEntry');

export const HISTORY = z.object({
  items: z.array(ACT),
  count: z.int().meta({ description: 'Acts of this page; git alone knows how many there are' }),
  next_cursor: z.string().optional(),
});
const AUDIT = listOf(AUDITED);
const UNDONE = z.object({
  commit: z.string(),
  undoes: z.string(),
  paths: z.array(z.string()).meta({ description: 'The files that were put back' }),
  open_conflicts_count: z.int(),
});
const WHY = z.object({
  record: RECORD,
  evidence: z.array(EVIDENCE),
  freshness: z.object({
    confidence: z.number(),
    effective_confidence: z.number(),
    references: z.int(),
    last_reference: z.string().optional(),
    expired: z.boolean(),
    touched: z.string(),
  }),
  conflicts: z.array(CONFLICT),
  history: z.array(AUDITED).meta({ description: 'Newest first' }),
  served_in: z
    .array(z.object({ id: z.string(), revision: z.string(), section: z.string() }))
    .meta({ description: 'Packs built since the start that it is in, newest first' }),
});

export type ActJson = z.output<typeof ACT>;
export type HistoryJson = z.output<typeof HISTORY>;
export type AuditJson = z.output<typeof AUDIT>;
export type UndoneJson = z.output<typeof UNDONE>;
export type WhyJson = z.output<typeof WHY>;

/** @param packs those built since the start, oldest first */
export function historyRoutes(site: Site, packs: readonly PackJson[]): readonly Route[] {
  return [
    historyRoute(site),
    undoRoute(site),
    ...COLLECTIONS.map((collection) => auditRoute(site, collection)),
    whyRoute(site, packs),
  ];
}

function historyRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'get',
      path: '/history',
      access: 'any',
      summary: 'Acts of people as commits, newest first',
      tag: 'review',
      query: z.strictObject({
        record: z.string().min(1).max(300).optional(),
        project: z.string().min(1).max(200).optional(),
        ...PAGE_QUERY,
      }),
      answer: HISTORY,
    },
    async ({ query: { record, project, limit, cursor } }) => {
      const path =
        project === undefined ? undefined : `projects/${projectInUrl(viewOf(site), project)}`;
      const acts = await site.engine.past.history({
        // One more tells whether there is a next page.
        limit: limit === HISTORY_MAX ? limit : limit + 1,
        ...(record === undefined ? {} : { record: record as RecordId }),
        ...(path === undefined ? {} : { path: path as StorePath }),
        ...(cursor === undefined ? {} : { after: readCursor(cursor).id as Oid }),
      });
      const items = acts.slice(0, limit);
      const last = items.at(-1);
      const hasMore = acts.length > limit || (limit === HISTORY_MAX && acts.length === limit);
      const next =
        last !== undefined && hasMore
          ? { next_cursor: writeCursor({ end: items.length, id: last.commit }) }
          : {};
      return { body: { items: items.map(actJson), count: items.length, ...next } };
    },
  );
}

function undoRoute(site: Site): Route {
  return defineRoute(
    {
      method: 'post',
      path: '/undo',
      access: 'reviewer',
      summary: "Take back one commit of a person's, in a new commit",
      tag: 'review',
      body: z.strictObject({ commit: z.string().min(7).max(40), ...SIGNED }),
      answer: UNDONE,
    },
    async ({ body: { commit: undoes, note, actor } }) => {
      const by = personOf(site, actor);
      const undone = await site.engine.undo({ commit: undoes, by, ...noteIn(note) });
      const open = openCount(viewOf(site));
      return { body: { ...undone, paths: [...undone.paths], open_conflicts_count: open } };
    },
  );
}

function auditRoute(site: Site, collection: Collection): Route {
  return defineRoute(
    {
      method: 'get',
      path: `${collection.path}/{id}/audit`,
      access: 'any',
      summary: 'All that happened to a record, newest first, wherever its file stood',
      tag: collection.tag,
      params: ID,
      query: z.strictObject(PAGE_QUERY),
      answer: AUDIT,
    },
    async ({ params, query }) => {
      const { id } = findRecord(viewOf(site), collection, params.id).record;
      const entries = (await site.engine.past.audit(id)).map(auditJson);
      return { body: pageOf(entries, query, ({ commit, act }) => `${commit} ${act}`) };
    },
  );
}

function whyRoute(site: Site, packs: readonly PackJson[]): Route {
  return defineRoute(
    {
      method: 'get',
      path: '/records/{id}/why',
      access: 'any',
      summary:
        'What a record or entry of state rests on, what was decided on it, where it was served',
      tag: 'review',
      params: z.strictObject({ id: z.string().min(1).max(300) }),
      answer: WHY,
    },
    async ({ params }) => {
      const today = todayOf(site);
      const view = viewOf(site);
      const found = await site.engine.past.why(params.id as RecordId, today);
      const servedIn = packs.filter(({ receipt }) =>
        receipt.included.some(({ id }) => id === params.id),
      );
      return {
        body: {
          record: recordJson(view, found.served, today),
          evidence: found.evidence.map(evidenceJson),
          freshness: freshnessJson(found.freshness),
          conflicts: found.conflicts.map(conflictJson),
          history: found.history.map(auditJson),
          served_in: servedIn.reverse().map(({ id, receipt }) => ({
            id,
            revision: receipt.revision,
            section: receipt.included.find((each) => each.id === params.id)?.section ?? '',
          })),
        },
      };
    },
  );
}

function freshnessJson(freshness: Why['freshness']): z.input<typeof WHY>['freshness'] {
  return {
    confidence: freshness.confidence,
    effective_confidence: freshness.effectiveConfidence,
    references: freshness.references,
    last_reference: freshness.lastReference,
    expired: freshness.isExpired,
    touched: freshness.touched,
  };
}

export function actJson(act: PastAct): z.input<typeof ACT> {
  const { commit, at, by, subject, note, undoes, more } = act;
  const decisions = act.decisions.map(decisionJson);
  return { commit, at, by: personJson(by), subject, note, undoes, decisions, more };
}

function auditJson(entry: AuditEntry): z.input<typeof AUDITED> {
  const { commit, at, by, undoes } = entry;
  return { commit, at, by: personJson(by), undoes, ...decisionJson(entry) };
}

function personJson({ name, email }: PastAct['by']): z.input<typeof PERSON> {
  return { name, email };
}

function decisionJson(decision: PastDecision) {
  const { act, record, path, conflict, before, after, other, note, isLawful } = decision;
  const changed = decision.changed.map((each) => ({ ...each }));
  return { act, record, path, conflict, before, after, other, changed, note, lawful: isLawful };
}
