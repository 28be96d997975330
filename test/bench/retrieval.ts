/**
 * Quality and speed of the search index, beside plain BM25 and MiniSearch.
 * `node --expose-gc --import tsx test/bench/retrieval.ts [passages]`, 100,000 by default.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import MiniSearch from 'minisearch';
import { cranfield, type EvalCollection, locomo, missing } from '../../src/eval-sets.ts';
import { type Asked, type Figures, figuresOf } from '../../src/view/figures.ts';
import { bm25 } from '../../src/view/plain-search.ts';
import { BARE_SCORING, SCORING } from '../../src/view/scoring.ts';
import { search } from '../../src/view/search.ts';
import { type SearchDocument, SearchIndex } from '../../src/view/search-index.ts';
import { tokenize } from '../../src/view/tokenize.ts';
import { PROJECTS, queriesOf, realPassages, salted } from '../support/passage-corpus.ts';
import { documentsOf, engineFigures, indexOf } from '../support/search-documents.ts';

const PASSAGES = Number(process.argv[2] ?? 100_000);

async function main(): Promise<void> {
  const reason = missing('locomo');
  if (reason !== false) {
    console.log(`skipped: ${reason}`);
    return;
  }
  await quality();
  const corpus = salted(realPassages(), PASSAGES);
  await speed(corpus);
  await beside(corpus.slice(0, 10_000));
}

async function quality(): Promise<void> {
  const sets: [string, readonly EvalCollection[]][] = [
    ['cranfield', [cranfield()]],
    ['locomo turn', locomo('turn')],
    ['locomo session', locomo('session')],
  ];
  const rows: Record<string, unknown>[] = [];
  for (const [set, collections] of sets) {
    const add = (engine: string, found: Figures) => {
      const entries = Object.entries(found).map(([name, value]) => [
        name,
        Number((100 * value).toFixed(1)),
      ]);
      rows.push({ set, engine, ...Object.fromEntries(entries) });
    };
    add('plain BM25', referenceFigures(collections));
    add('bare engine', await engineFigures(collections, BARE_SCORING));
    add('with neighbourhood', await engineFigures(collections, SCORING));
    add('with rank', await rankedFigures(collections));
  }
  console.table(rows);
}

function referenceFigures(collections: readonly EvalCollection[]): Figures {
  return figuresOf(
    collections.flatMap(({ documents, queries }) => {
      const ask = bm25(documents);
      return queries.map(({ text, gold }) => ({ gold, ids: ask(text, 100).map(({ id }) => id) }));
    }),
  );
}

async function rankedFigures(collections: readonly EvalCollection[]): Promise<Figures> {
  const asked: Asked[] = [];
  for (const collection of collections) {
    const index = await indexOf(documentsOf(collection));
    for (const query of collection.queries) {
      const { hits } = search(index, { text: query.text, project: collection.name, limit: 20 });
      asked.push({ gold: query.gold, ids: hits.map(({ id }) => id) });
    }
  }
  return figuresOf(asked);
}

async function speed(corpus: readonly SearchDocument[]): Promise<void> {
  const before = memory();
  const index = new SearchIndex();
  const slices: number[] = [];
  let sliceStart = performance.now();
  const pause = async () => {
    slices.push(performance.now() - sliceStart);
    await new Promise((resolve) => setImmediate(resolve));
    sliceStart = performance.now();
  };
  const built = await timed(() => index.apply({ upserts: corpus }, { pause }));
  const published = await timed(async () => index.publish('r1'));
  const after = memory();
  console.log(
    `build ${rate(corpus.length, built)}/s, slices p95 ${at(slices, 0.95)} max ${at(slices, 1)} ms, ` +
      `publish ${published.toFixed(0)} ms`,
  );
  console.log(
    `memory: heap ${megabytes(after.heap - before.heap)}, buffers ` +
      `${megabytes(after.buffers - before.buffers)} (typed arrays ${megabytes(index.bufferBytes)})`,
  );
  const queries = queriesOf(corpus);
  const projects = queries.map((_, number) => `project-${number % PROJECTS}`);
  report('query, bare', (text) => index.search({ text, limit: 10 }, BARE_SCORING), queries);
  report('query, neighbourhood', (text) => index.search({ text, limit: 10 }), queries);
  report(
    'query in one project, bare',
    (text, n) => index.search({ text, projects: [projects[n] ?? ''], limit: 10 }, BARE_SCORING),
    queries,
  );
  report(
    'query in one project',
    (text, n) => index.search({ text, projects: [projects[n] ?? ''], limit: 10 }),
    queries,
  );
  report('ranked', (text) => search(index, { text, limit: 10 }), queries);
  report(
    'ranked in one project',
    (text, n) => search(index, { text, project: projects[n] ?? '', limit: 10 }),
    queries,
  );
  await edits(index, corpus);
  await snapshots(index);
}

async function edits(index: SearchIndex, corpus: readonly SearchDocument[]): Promise<void> {
  const times: number[] = [];
  for (let number = 0; number < 100; number += 1) {
    const document = corpus[(number * 997) % corpus.length] as SearchDocument;
    const start = performance.now();
    await index.apply({ upserts: [{ ...document, text: `${document.text} edited ${number}` }] });
    index.publish(`e${number}`);
    index.search({ text: `edited ${number}`, limit: 10 });
    times.push(performance.now() - start);
  }
  console.log(`one edit, publish and search: p50 ${at(times, 0.5)} p95 ${at(times, 0.95)} ms`);
}

async function snapshots(index: SearchIndex): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'atocore-bench-'));
  const names: string[] = [];
  let bytes = 0;
  const saved = await timed(async () => {
    for (const shard of index.toShards()) {
      names.push(shard.name);
      bytes += shard.bytes.length;
      await writeFile(path.join(folder, shard.name), shard.bytes);
    }
  });
  let copy: SearchIndex | undefined;
  const before = memory();
  const loaded = await timed(async () => {
    const shards = new Map<string, Uint8Array>();
    for (const name of names) shards.set(name, await readFile(path.join(folder, name)));
    const restored = SearchIndex.fromShards(shards);
    copy = 'index' in restored ? restored.index : undefined;
  });
  const after = memory();
  await rm(folder, { recursive: true });
  console.log(
    `snapshot: ${megabytes(bytes)} in ${names.length} files, saved in ${saved.toFixed(0)} ms, ` +
      `loaded in ${loaded.toFixed(0)} ms (${copy?.size} documents, alone it holds ` +
      `${megabytes(after.heap - before.heap)} heap, ${megabytes(after.buffers - before.buffers)} buffers)`,
  );
}

/** Ours and MiniSearch on the same 10,000 passages and queries. */
async function beside(corpus: readonly SearchDocument[]): Promise<void> {
  const queries = queriesOf(corpus);
  const index = new SearchIndex();
  const ours = await timed(async () => {
    await index.apply({ upserts: corpus });
    index.publish('r1');
  });
  console.log(`ours at ${corpus.length}: build ${rate(corpus.length, ours)}/s`);
  report('ours', (text) => index.search({ text, limit: 10 }), queries);
  const mini = new MiniSearch({
    fields: ['title', 'heading', 'text'],
    tokenize,
    processTerm: (term) => term,
  });
  const theirs = await timed(async () => mini.addAll(corpus));
  console.log(`MiniSearch at ${corpus.length}: build ${rate(corpus.length, theirs)}/s`);
  report('MiniSearch', (text) => mini.search(text), queries);
}

/** Each query three times, its best time. */
function report(
  name: string,
  ask: (text: string, number: number) => unknown,
  queries: readonly string[],
): void {
  const best = queries.map((text, number) => {
    const times = [1, 2, 3].map(() => {
      const start = performance.now();
      ask(text, number);
      return performance.now() - start;
    });
    return Math.min(...times);
  });
  console.log(
    `${name}: p50 ${at(best, 0.5)} p95 ${at(best, 0.95)} max ${at(best, 1)} ms, ` +
      `${best.length} queries, best of three`,
  );
}

function at(times: readonly number[], share: number): string {
  const sorted = [...times].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function memory(): { heap: number; buffers: number } {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, buffers: arrayBuffers };
}

function rate(count: number, milliseconds: number): string {
  return ((1_000 * count) / milliseconds).toFixed(0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

await main();
