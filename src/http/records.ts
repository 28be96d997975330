/** Memories and entities as they are: lists, and one record. */
import { AtoError } from '../errors.ts';
import { ENTITY_KINDS, MEMORY_KINDS, STATUSES } from '../model/kinds.ts';
import { byText, quote } from '../model/names.ts';
import type { ServedRecord } from '../model/snapshot.ts';
import type { KnowledgeRecord, RecordId } from '../plugin.ts';
import { freshnessOf } from '../view/reinforcement.ts';
import { dayOf, isExpired, type View } from '../view/view.ts';
import { listOf, PAGE_QUERY, pageOf } from './page.ts';
import { defineRoute, type Route } from './route.ts';
import { projectInUrl, type Site, todayOf, viewOf } from './site.ts';
import { z } from './zod.ts';

export const RECORD = z
  .object({
    id: z.string(),
    type: z.enum(['memory', 'entity', 'state']),
    kind: z.string(),
    project: z.string(),
    path: z.string(),
    status: z.enum(STATUSES),
    subject: z.string(),
    value: z.string().optional(),
    text: z.string(),
    confidence: z.number(),
    effective_confidence: z
      .number()
      .meta({ description: 'Raised by 0.02 for each capture that says it again' }),
    references: z.int().meta({ description: 'Captures that say it again' }),
    last_reference: z.string().optional().meta({ description: 'UTC time of the last of them' }),
    tags: z.array(z.string()),
    valid_until: z.string().optional(),
    origins: z.array(z.string()).meta({ description: '`path#slug` of the passages it rests on' }),
    hand_authored: z.boolean(),
    rule: z.string().optional(),
    extractor: z.string().optional(),
    evidence: z.string().optional().meta({ description: 'Digest of the text that was read' }),
    evidence_text: z
      .string()
      .meta({ description: 'The passage as quoted; empty when none is left' }),
    conflicts: z.array(z.string()),
    supersedes: z.array(z.string()),
    superseded_by: z.string().optional(),
    relations: z.array(z.string()),
    stated: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
    unsupported: z.boolean(),
    stale: z.boolean().meta({ description: 'Its file is faulty; this is the last good version' }),
    expired: z.boolean(),
    date: z.string().meta({ description: 'Day of the last commit that touched it' }),
    oid: z.string().meta({ description: 'Blob of its file: what `If-Match` takes' }),
  })
  .openapi('Record');

export type RecordJson = z.output<typeof RECORD>;

/** A record for readers. */
export function recordJson(view: View, served: ServedRecord, today: string): RecordJson {
  const { record } = served;
  const { effectiveConfidence, references, lastReference } = freshnessOf(view, served, today);
  return {
    id: record.id,
    type: record.type,
    kind: record.kind,
    project: record.project,
    path: record.path,
    status: record.status,
    subject: record.subject,
    value: record.value,
    text: record.text,
    confidence: record.confidence,
    effective_confidence: effectiveConfidence,
    references,
    last_reference: lastReference,
    tags: [...record.tags],
    valid_until: record.validUntil,
    origins: [...record.origins],
    hand_authored: record.handAuthored,
    rule: record.rule,
    extractor: record.extractor,
    evidence: record.evidence,
    evidence_text: served.evidence,
    conflicts: [...record.conflicts],
    supersedes: [...record.supersedes],
    superseded_by: record.supersededBy,
    relations: [...record.relations],
    stated: Object.fromEntries(
      Object.entries(served.stated).map(([key, value]) => [
        key,
        typeof value === 'string' ? value : [...value],
      ]),
    ),
    unsupported: served.isUnsupported,
    stale: served.isStale,
    expired: isExpired(record, today),
    date: dayOf(view, record.path),
    oid: served.oid,
  };
}

/** The headers of an answer that shows one file. */
export function etagOf(oid: string): Readonly<Record<string, string>> {
  return oid === '' ? {} : { etag: `"${oid}"` };
}

/** The blob that `If-Match` names; none for no header or `*`. AtoError `usage`. */
export function ifMatchOf(headers: Headers): { readonly ifMatch?: string } {
  const header = headers.get('if-match');
  if (header === null || header === '*') return {};
  const oid = /^(?:"([0-9a-f]{40})"|([0-9a-f]{40}))$/.exec(header);
  if (oid !== null) return { ifMatch: oid[1] ?? oid[2] ?? '' };
  const message = `Expected If-Match as one ETag of this record, found ${quote(header)}.`;
  throw new AtoError('usage', message);
}

export const COLLECTIONS = [
  { type: 'memory', path: '/memory', kinds: MEMORY_KINDS, tag: 'memory' },
  { type: 'entity', path: '/entities', kinds: ENTITY_KINDS, tag: 'entities' },
] as const;
export type Collection = (typeof COLLECTIONS)[number];

export const ID = z.strictObject({ id: z.string().min(1).max(100) });
export function recordRoutes(site: Site): readonly Route[] {
  return COLLECTIONS.flatMap((collection) => [
    listRoute(site, collection),
    oneRoute(site, collection),
  ]);
}

function listRoute(site: Site, { type, path, kinds, tag }: Collection): Route {
  const query = z.strictObject({
    kind: z.enum(kinds).optional(),
    project: z.string().max(200).optional(),
    status: z.enum(STATUSES).optional(),
    min_confidence: z.coerce.number().min(0).max(1).optional(),
    tags: z.string().max(500).optional().meta({ description: 'Separated by commas; all of them' }),
    ...PAGE_QUERY,
  });
  return defineRoute(
    {
      method: 'get',
      path,
      access: 'any',
      summary: `Records of type ${type}, in order of id`,
      tag,
      query,
      answer: listOf(RECORD),
    },
    ({ query: ask }) => {
      const view = viewOf(site);
      const project = ask.project === undefined ? undefined : projectInUrl(view, ask.project);
      const tags = (ask.tags ?? '').split(',').flatMap((each) => each.trim() || []);
      const isAsked = (record: KnowledgeRecord) =>
        record.type === type &&
        (ask.kind === undefined || record.kind === ask.kind) &&
        (project === undefined || record.project === project) &&
        (ask.status === undefined || record.status === ask.status) &&
        record.confidence >= (ask.min_confidence ?? 0) &&
        tags.every((each) => record.tags.includes(each));
      const found = [...view.settlement.records.values()]
        .filter(({ record }) => isAsked(record))
        .sort((a, b) => byText(a.record.id, b.record.id));
      const page = pageOf(found, ask, ({ record }) => record.id);
      const today = todayOf(site);
      const items = page.items.map((served) => recordJson(view, served, today));
      return { body: { ...page, items } };
    },
  );
}

function oneRoute(site: Site, collection: Collection): Route {
  return defineRoute(
    {
      method: 'get',
      path: `${collection.path}/{id}`,
      access: 'any',
      summary: `One record of type ${collection.type}; its ETag is what a decision's If-Match takes`,
      tag: collection.tag,
      params: ID,
      answer: RECORD,
    },
    ({ params }) => {
      const view = viewOf(site);
      const served = findRecord(view, collection, params.id);
      return { body: recordJson(view, served, todayOf(site)), headers: etagOf(served.oid) };
    },
  );
}

/** The record of an id in its collection. AtoError `not-found` says where it is instead. */
export function findRecord(view: View, { type, path }: Collection, id: string): ServedRecord {
  const served = view.settlement.records.get(id as RecordId);
  if (served?.record.type === type) return served;
  const other = COLLECTIONS.find((each) => each.type === served?.record.type);
  const hint = other === undefined ? `See GET ${path}.` : `It is at ${other.path}/${id}.`;
  throw new AtoError(
    'not-found',
    `Expected the id of a record of type ${type}, found ${quote(id)}. ${hint}`,
  );
}
