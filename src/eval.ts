/** `atocore eval`: what retrieval finds on sets that this project did not write (retrieval.md §5). */
import type { EmbeddingModel } from './embedding-model.ts';
import { AtoError } from './errors.ts';
import { type EvalAmended, evaluateAmended } from './eval-amended.ts';
import { type EvalPoison, evaluatePoison } from './eval-poison.ts';
import { cranfield, docsQa, type EvalCollection, locomo, missing } from './eval-sets.ts';
import type { StorePath } from './plugin.ts';
import { VectorCache } from './vector-cache.ts';
import { Vectors } from './vectors.ts';
import type { SearchDocument } from './view/documents-store.ts';
import { type Asked, type Figures, figuresOf } from './view/figures.ts';
import { bm25, grep, type PlainSearch } from './view/plain-search.ts';
import { search } from './view/search.ts';
import { SearchIndex } from './view/search-index.ts';
import { viewOfFiles } from './view-of-files.ts';

export interface SetFigures extends Figures {
  readonly name: string;
  readonly level: string;
  /** Questions with gold. */
  readonly n: number;
  readonly baselines: Readonly<Record<'bm25' | 'grep', Figures>>;
}

/** What another module measures under a name of its own: conflicts, decision records. */
export type OtherSet = () => Promise<
  SetFigures | { readonly name: string; readonly skipped: string }
>;

export interface EvalReport {
  readonly sets: readonly SetFigures[];
  /** Sets that could not be measured, and why; never counted as passed. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  readonly amended?: EvalAmended;
  readonly poison?: EvalPoison;
}

export const SET_NAMES = ['locomo', 'cranfield', 'docs-qa', 'amended', 'poison'] as const;
export type SetName = (typeof SET_NAMES)[number];

const DEPTH = 100;

/**
 * Measures the named sets, or all.
 * @param others sets of other modules by name, such as `adr`
 * @param model asked for likeness of meaning too, so that its gain shows
 */
export async function evaluate(
  names: readonly string[] = SET_NAMES,
  others: Readonly<Record<string, OtherSet>> = {},
  model?: EmbeddingModel,
): Promise<EvalReport> {
  const sets: SetFigures[] = [];
  const skipped: { name: string; reason: string }[] = [];
  for (const name of ['locomo', 'cranfield', 'docs-qa'] as const) {
    if (!names.includes(name)) continue;
    const reason = missing(name);
    if (reason !== false) skipped.push({ name, reason });
    else sets.push(...(await RETRIEVAL[name](model)));
  }
  for (const [name, measure] of Object.entries(others)) {
    const found = names.includes(name) ? await measure() : undefined;
    if (found === undefined) continue;
    if ('skipped' in found) skipped.push({ name, reason: found.skipped });
    else sets.push(found);
  }
  return {
    sets,
    skipped,
    ...(names.includes('amended') ? { amended: await evaluateAmended() } : {}),
    ...(names.includes('poison') ? { poison: await evaluatePoison() } : {}),
  };
}

const RETRIEVAL: Readonly<
  Record<
    'locomo' | 'cranfield' | 'docs-qa',
    (model?: EmbeddingModel) => Promise<readonly SetFigures[]>
  >
> = {
  locomo: async (model) => [
    await measured({ name: 'locomo', level: 'turn', model }, locomo('turn')),
    await measured({ name: 'locomo', level: 'session', model }, locomo('session')),
  ],
  cranfield: async (model) => [
    await measured({ name: 'cranfield', level: 'document', model }, [cranfield()]),
  ],
  'docs-qa': async (model) => [await pages(docsQa(), model)],
};

/** Collections whose documents are indexed as they are, each searched on its own. */
async function measured(
  { name, level, model }: Measured,
  collections: readonly EvalCollection[],
): Promise<SetFigures> {
  const ours: Asked[] = [];
  const plain: Record<'bm25' | 'grep', Asked[]> = { bm25: [], grep: [] };
  for (const collection of collections) {
    const index = new SearchIndex();
    await index.apply({ upserts: collection.documents.map(asDocument(collection.name)) });
    index.publish(collection.name);
    const baselines = { bm25: bm25(collection.documents), grep: grep(collection.documents) };
    const vectors = await vectorsOf(index, model);
    for (const { text, gold } of collection.queries) {
      const semantic = await vectors?.ask(text, MODEL_MS);
      const question = { text, project: collection.name, limit: DEPTH, semantic };
      const { hits } = search(index, question);
      ours.push({ gold, ids: hits.map(({ id }) => id) });
      for (const which of ['bm25', 'grep'] as const) {
        plain[which].push({ gold, ids: baselines[which](text, DEPTH).map(({ id }) => id) });
      }
    }
  }
  return { name, level, ...figures(ours, plain) };
}

interface Measured {
  readonly name: string;
  readonly level: string;
  readonly model: EmbeddingModel | undefined;
}

const MODEL_MS = 60_000;

/** All vectors of an index, asked for and waited for. AtoError `failed` where the model doesn't give them. */
async function vectorsOf(
  index: SearchIndex,
  model: EmbeddingModel | undefined,
): Promise<Vectors | undefined> {
  if (model === undefined) return undefined;
  const vectors = new Vectors(model, VectorCache.inMemory(model.name));
  vectors.note({ index });
  await vectors.idle();
  const { reason } = vectors.state();
  if (reason !== undefined) throw new AtoError('failed', reason);
  return vectors;
}

function asDocument(project: string) {
  return (given: EvalCollection['documents'][number]): SearchDocument => ({
    id: given.id,
    project,
    layer: 'passage',
    kind: 'source',
    status: '',
    path: given.source,
    title: given.title,
    heading: '',
    text: given.text,
    tags: [],
    date: '',
    startLine: 1,
    endLine: 1,
    ordinal: given.ordinal,
    ordinals: given.ordinals,
  });
}

/** Markdown pages through the whole pipeline; a page ranks by its best passage, here and beside. */
async function pages(
  { documents, queries }: EvalCollection,
  model?: EmbeddingModel,
): Promise<SetFigures> {
  const folder = 'projects/docs/sources/site/';
  const files = new Map(documents.map(({ id, text }) => [`${folder}${id}` as StorePath, text]));
  const { index } = await viewOfFiles(files);
  const passages = index
    .ids()
    .flatMap((id) => index.get(id) ?? [])
    .filter(({ layer }) => layer === 'passage');
  const texts = passages.map(({ id, title, heading, text }) => ({
    id,
    text: `${title}\n${heading}\n${text}`,
  }));
  const baselines = { bm25: bm25(texts), grep: grep(texts) };
  const plain: Record<'bm25' | 'grep', Asked[]> = { bm25: [], grep: [] };
  const page = (id: string): string => id.slice(folder.length, id.lastIndexOf('#'));
  const pooled = (ids: readonly string[]): readonly string[] => [...new Set(ids.map(page))];
  const vectors = await vectorsOf(index, model);
  const ours: Asked[] = [];
  for (const { text, gold } of queries) {
    for (const which of ['bm25', 'grep'] as const) {
      const found = (baselines[which] satisfies PlainSearch)(text, DEPTH);
      plain[which].push({ gold, ids: pooled(found.map(({ id }) => id)) });
    }
    const semantic = await vectors?.ask(text, MODEL_MS);
    const asked = { text, project: 'docs', layers: ['passage'], limit: DEPTH, semantic } as const;
    const { hits } = search(index, asked);
    ours.push({ gold, ids: pooled(hits.map(({ id }) => id)) });
  }
  return { name: 'docs-qa', level: 'page', ...figures(ours, plain) };
}

function figures(
  ours: readonly Asked[],
  plain: Readonly<Record<'bm25' | 'grep', readonly Asked[]>>,
): Omit<SetFigures, 'name' | 'level'> {
  const baselines = { bm25: figuresOf(plain.bm25), grep: figuresOf(plain.grep) };
  return { n: ours.length, ...figuresOf(ours), baselines };
}

/** What must not be fallen below; figures between 0 and 1. */
export const FLOORS: readonly {
  readonly name: string;
  readonly level: string;
  readonly figure: keyof Figures;
  readonly floor: number;
}[] = [
  { name: 'locomo', level: 'turn', figure: 'recall_at_10', floor: 0.74 },
  { name: 'locomo', level: 'turn', figure: 'ndcg_at_10', floor: 0.55 },
  { name: 'locomo', level: 'session', figure: 'recall_at_10', floor: 0.94 },
  { name: 'cranfield', level: 'document', figure: 'ndcg_at_10', floor: 0.384 },
];

/** How far below plain BM25 a set's nDCG may lie. */
const BESIDE_BM25 = 0.005;

/** What a report falls short of, in words. */
export function shortfalls(report: EvalReport, floors = FLOORS): readonly string[] {
  const low = floors.flatMap(({ name, level, figure, floor }) => {
    const set = report.sets.find((each) => each.name === name && each.level === level);
    if (set === undefined || set[figure] >= floor) return [];
    return [
      `${name} (${level}): expected ${figure} of at least ${floor}, found ${shown(set[figure])}`,
    ];
  });
  return [...low, ...besideBm25(report), ...servedWrongly(report)];
}

/** Sets on which plain BM25 does better. */
export function besideBm25(report: EvalReport): readonly string[] {
  return report.sets.flatMap(({ name, level, ndcg_at_10: ours, baselines }) => {
    const least = baselines.bm25.ndcg_at_10 - BESIDE_BM25;
    if (ours >= least) return [];
    return [
      `${name} (${level}): expected ndcg_at_10 beside plain BM25's ${shown(least)}, found ${shown(ours)}`,
    ];
  });
}

/** What must never happen, whatever the floors: stale served as current, poison as trusted. */
export function servedWrongly({ amended, poison }: EvalReport): readonly string[] {
  return [
    ...(amended?.stale ?? []).map(
      (each) => `amended: a superseded value is served as current: ${each}`,
    ),
    ...(poison?.asTrusted ?? []).map((each) => `poison: served as trusted: ${each}`),
    ...(poison?.outside ?? []).map((each) => `poison: outside its fence: ${each}`),
  ];
}

function shown(figure: number): string {
  return figure.toFixed(4);
}
