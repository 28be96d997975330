/** Search: hits with where they are and why they score. */
import { AtoError } from '../errors.ts';
import { ENTITY_KINDS, MEMORY_KINDS, STATE_CATEGORIES, STATUSES } from '../model/kinds.ts';
import type { RecordId } from '../plugin.ts';
import { explain } from '../view/explain.ts';
import { query as ask } from '../view/query.ts';
import type { RankedHit } from '../view/rank.ts';
import { HITS_MAX } from '../view/search-index.ts';
import type { View } from '../view/view.ts';
import { readCursor, writeCursor } from './page.ts';
import { defineRoute, type Route } from './route.ts';
import { projectInBody, type Site, todayOf, viewOf } from './site.ts';
import { z } from './zod.ts';

export const QUERY_TEXT_BYTES_MAX = 4_096;
const SNIPPET_CHARS = 300;
/** A model that takes longer is not waited for: words alone answer. */
const VECTORS_MS = 2_000;

const KINDS = [
  ...new Set([...MEMORY_KINDS, ...ENTITY_KINDS, ...STATE_CATEGORIES, 'source', 'capture'] as const),
];

const BODY = z.strictObject({
  query: z.string(),
  project: z.string().max(200).optional(),
  kinds: z.array(z.enum(KINDS)).max(50).optional(),
  layers: z
    .array(z.enum(['passage', 'capture', 'memory', 'entity', 'state']))
    .max(5)
    .optional(),
  tags: z.array(z.string().max(200)).max(50).optional(),
  status: z
    .union([z.enum(STATUSES), z.array(z.enum(STATUSES)).max(5)])
    .optional()
    .meta({ description: 'Of records; left out: active ones, and passages' }),
  explain: z
    .boolean()
    .optional()
    .meta({ description: 'Each hit with its score taken apart, largest summand first' }),
  top_k: z.int().min(1).max(500).default(10),
  cursor: z.string().min(1).max(400).optional(),
});

const EXPLANATION = z
  .object({
    summands: z.array(z.object({ name: z.string(), score: z.number() })),
    text_score: z.number(),
    factors: z.array(z.object({ name: z.string(), by: z.number() })),
    score: z.number(),
  })
  .openapi('Explanation');

const HIT = z
  .object({
    id: z.string(),
    score: z.number(),
    why: z.object({
      text_score: z.number(),
      terms: z.unknown().meta({ description: 'What the text match is the sum of' }),
      factors: z.array(z.object({ name: z.string(), by: z.number() })),
    }),
    layer: z.string(),
    kind: z.string(),
    status: z.string(),
    project: z.string(),
    path: z.string(),
    title: z.string(),
    heading: z.string(),
    lines: z.tuple([z.int(), z.int()]),
    snippet: z.string(),
    text: z.string(),
    tags: z.array(z.string()),
    date: z.string(),
    alike: z.array(z.string()).meta({ description: 'Near-identical ones that are not shown' }),
    explanation: EXPLANATION.optional(),
    oid: z.string().optional().meta({ description: 'Of a record: its ETag' }),
  })
  .openapi('Hit');

const HITS = z.object({
  items: z.array(HIT),
  count: z.int().meta({ description: 'How many documents in scope matched' }),
  next_cursor: z.string().optional(),
  vectors: z
    .boolean()
    .optional()
    .meta({ description: 'Where the operator has a model: whether it answered in time' }),
  revision: z.string(),
});

export type HitJson = z.output<typeof HIT>;
export type HitsJson = z.output<typeof HITS>;

export function queryRoutes(site: Site): readonly Route[] {
  return [
    defineRoute(
      {
        method: 'post',
        path: '/query',
        access: 'any',
        summary: 'Search sources, captures and records',
        tag: 'reading',
        isRead: true,
        body: BODY,
        answer: HITS,
      },
      async ({ body }) => ({ body: await answer(site, body) }),
    ),
  ];
}

async function answer(site: Site, body: z.output<typeof BODY>) {
  const bytes = Buffer.byteLength(body.query);
  if (bytes > QUERY_TEXT_BYTES_MAX) {
    const message = `Expected a query of at most ${QUERY_TEXT_BYTES_MAX} bytes, found ${bytes}. Ask for less at once.`;
    throw new AtoError('usage', message);
  }
  const view = viewOf(site);
  const start = body.cursor === undefined ? 0 : readCursor(body.cursor).end;
  const limit = Math.min(HITS_MAX, start + body.top_k + 1);
  const semantic = await site.vectors?.ask(body.query, VECTORS_MS);
  const statuses = typeof body.status === 'string' ? [body.status] : body.status;
  const { hits, total } = ask(view, {
    text: body.query,
    limit,
    semantic,
    today: todayOf(site),
    ...(body.project === undefined ? {} : { project: projectInBody(view, body.project) }),
    ...(body.kinds === undefined ? {} : { kinds: body.kinds }),
    ...(body.layers === undefined ? {} : { layers: body.layers }),
    ...(body.tags === undefined ? {} : { tags: body.tags }),
    ...(statuses === undefined ? {} : { statuses }),
  });
  const page = hits.slice(start, start + body.top_k);
  const end = start + page.length;
  const last = page.at(-1);
  const hasMore = hits.length > end && last !== undefined;
  return {
    items: page.map((hit) => ({
      ...hitJson(view, hit),
      ...(body.explain === true ? { explanation: explanationJson(hit) } : {}),
    })),
    ...(site.vectors === undefined ? {} : { vectors: semantic !== undefined }),
    count: total,
    ...(hasMore ? { next_cursor: writeCursor({ end, id: last.id }) } : {}),
    revision: view.revision,
  };
}

function hitJson(view: View, hit: RankedHit): HitJson {
  const { document } = hit;
  const oid = view.settlement.records.get(hit.id as RecordId)?.oid;
  return {
    id: hit.id,
    score: hit.score,
    why: {
      text_score: hit.textScore,
      terms: hit.terms,
      factors: hit.factors.map((factor) => ({ ...factor })),
    },
    layer: document.layer,
    kind: document.kind,
    status: document.status,
    project: document.project,
    path: document.path,
    title: document.title,
    heading: document.heading,
    lines: [document.startLine, document.endLine],
    snippet: snippetOf(document.text),
    text: document.text,
    tags: [...document.tags],
    date: document.date,
    alike: [...hit.alike],
    ...(oid === undefined || oid === '' ? {} : { oid }),
  };
}

function explanationJson(hit: RankedHit): z.input<typeof EXPLANATION> {
  const { summands, textScore, factors, score } = explain(hit);
  return {
    summands: summands.map((each) => ({ ...each })),
    text_score: textScore,
    factors: factors.map((each) => ({ ...each })),
    score,
  };
}

function snippetOf(text: string): string {
  const line = text.replace(/\s+/gu, ' ').trim();
  if (line.length <= SNIPPET_CHARS) return line;
  return `${line
    .slice(0, SNIPPET_CHARS)
    .replace(/\s\S*$/u, '')
    .trimEnd()}…`;
}
