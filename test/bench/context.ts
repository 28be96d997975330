/**
 * Context packs and search at 1,000, 10,000 and 100,000 passages, beside SQLite FTS5, MiniSearch and
 * stock Orama on the same documents and queries. Goals are those for 100,000 passages on two free cores. FTS5 comes with Node 24, which npx fetches when it isn't there.
 * Run: node --expose-gc --import tsx test/bench/context.ts [passages …]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, insert, search as oramaSearch } from '@orama/orama';
import MiniSearch from 'minisearch';
import { stemmer } from 'stemmer';
import { missing } from '../../src/eval-sets.ts';
import type { ProjectId } from '../../src/plugin.ts';
import { buildContext } from '../../src/view/context.ts';
import { BARE_SCORING } from '../../src/view/scoring.ts';
import { search } from '../../src/view/search.ts';
import { type SearchDocument, SearchIndex } from '../../src/view/search-index.ts';
import { STOP_WORDS } from '../../src/view/stop-words.ts';
import { tokenize } from '../../src/view/tokenize.ts';
import type { View } from '../../src/view/view.ts';
import { viewOfFiles } from '../../src/view-of-files.ts';
import { PROJECTS, queriesOf, realPassages, salted } from '../support/passage-corpus.ts';
import { recordStore } from '../support/record-store.ts';

const RECORDS = 2_000;
/** Beyond this MiniSearch takes minutes and gigabytes. */
const MINISEARCH_MAX = 10_000;
/** Stock Orama takes some hundred documents a second. */
const ORAMA_MAX = 10_000;
const FTS5 = fileURLToPath(new URL('fts5.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'atocore-bench-'));
const sizes = process.argv.slice(2).map(Number);

const reason = missing('locomo');
if (reason === false) {
  const records = await viewOfFiles(recordStore(RECORDS));
  const real = realPassages();
  for (const size of sizes.length > 0 ? sizes : [1_000, 10_000, 100_000]) {
    await measure(salted(real, size), records);
  }
} else console.log(`skipped: ${reason}`);
rmSync(folder, { recursive: true });

async function measure(corpus: readonly SearchDocument[], records: View): Promise<void> {
  const queries = queriesOf(corpus);
  console.log(
    `\n${corpus.length} passages, ${RECORDS} records, ${queries.length} queries, best of three`,
  );
  const before = resident();
  const index = new SearchIndex();
  const buildMs = await timed(async () => {
    await index.apply({ upserts: corpus });
    index.publish('r1');
  });
  row(
    'index (goal 3,000/s)',
    `${rate(corpus.length, buildMs)} passages/s, ${(resident() - before).toFixed(0)} MB more resident`,
  );
  row('resident, corpus included (goal 800 MB)', `${resident().toFixed(0)} MB`);
  const bare = best(queries, (text) => index.search({ text, limit: 10 }, BARE_SCORING));
  row('query, BM25 alone', bare);
  const ours = best(queries, (text) => index.search({ text, limit: 10 }));
  row('query, with neighbours, source (goal p95 8)', ours);
  row(
    'query, ranked',
    best(queries, (text) => search(index, { text, limit: 10 })),
  );
  row(
    'query, ranked, one project',
    best(queries, (text, at) =>
      search(index, { text, project: `project-${at % PROJECTS}`, limit: 10 }),
    ),
  );
  const view: View = { ...records, index };
  const build = (text: string, at: number, more: object) =>
    buildContext(view, {
      prompt: text,
      budget: 4_000,
      today: '2026-11-22',
      project: `project-${at % PROJECTS}` as ProjectId,
      ...more,
    });
  row(
    'context, one project, first (goal p95 40)',
    once(queries, (text, at) => build(text, at, {})),
  );
  row(
    'context, one project (goal p95 40)',
    best(queries, (text, at) => build(text, at, {})),
  );
  row(
    'context, any project',
    best(queries, (text) =>
      buildContext(view, { prompt: text, budget: 4_000, today: '2026-11-22' }),
    ),
  );
  row(
    'context, with a token budget',
    best(queries, (text, at) => build(text, at, { budgetTokens: 1_000 })),
  );
  await persistence(index);
  fts5(corpus, queries, { bare, ours });
  if (corpus.length <= MINISEARCH_MAX) miniSearch(corpus, queries, { bare, ours });
  if (corpus.length <= ORAMA_MAX) await stockOrama(corpus, queries, { bare, ours });
}

async function persistence(index: SearchIndex): Promise<void> {
  const names: string[] = [];
  let bytes = 0;
  const saveMs = await timed(async () => {
    for (const shard of index.toShards()) {
      names.push(shard.name);
      bytes += shard.bytes.length;
      writeFileSync(join(folder, shard.name), shard.bytes);
    }
  });
  const loadMs = await timed(async () => {
    const shards = new Map(names.map((name) => [name, readFileSync(join(folder, name))] as const));
    const restored = SearchIndex.fromShards(shards);
    if ('reason' in restored) throw new Error(restored.reason);
  });
  row(
    'snapshot (goal: loaded in 3,000 ms)',
    `${(bytes / 1e6).toFixed(0)} MB, saved in ${saveMs.toFixed(0)} ms, loaded in ${loadMs.toFixed(0)} ms`,
  );
}

function fts5(corpus: readonly SearchDocument[], queries: readonly string[], took: Took): void {
  const documents = join(folder, 'documents.ndjson');
  const asked = join(folder, 'queries.json');
  writeFileSync(
    documents,
    corpus
      .map(({ id, title, heading, text }) => `${JSON.stringify({ id, title, heading, text })}\n`)
      .join(''),
  );
  writeFileSync(asked, JSON.stringify(queries.map(wordsOf)));
  const args = ['--yes', '--package', 'node@24', 'node', FTS5, documents, asked];
  const out = execFileSync('npx', args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const found = JSON.parse(out.trim().split('\n').at(-1) ?? '') as {
    buildMs: number;
    times: number[];
    sqlite: string;
    node: string;
  };
  row(
    `FTS5 (SQLite ${found.sqlite}, Node ${found.node}) build`,
    `${rate(corpus.length, found.buildMs)} passages/s`,
  );
  row('FTS5 query', found.times);
  compared(found.times, took, ' (goal 10)');
}

function miniSearch(
  corpus: readonly SearchDocument[],
  queries: readonly string[],
  took: Took,
): void {
  const mini = new MiniSearch({
    fields: ['title', 'heading', 'text'],
    tokenize,
    processTerm: (term) => term,
  });
  const from = performance.now();
  mini.addAll(corpus);
  row('MiniSearch build', `${rate(corpus.length, performance.now() - from)} passages/s`);
  const found = best(queries, (text) => mini.search(text));
  row('MiniSearch query', found);
  compared(found, took);
}

/** As it is installed, with its stemmer and stop words. */
async function stockOrama(
  corpus: readonly SearchDocument[],
  queries: readonly string[],
  took: Took,
): Promise<void> {
  const database = create({
    schema: { title: 'string', heading: 'string', text: 'string' } as const,
    components: { tokenizer: { stemming: true, stemmer, language: 'english' } },
  });
  const from = performance.now();
  for (const { title, heading, text } of corpus) insert(database, { title, heading, text });
  row('stock Orama build', `${rate(corpus.length, performance.now() - from)} passages/s`);
  const found = best(queries, (term) => oramaSearch(database, { term, limit: 10 }));
  row('stock Orama query', found);
  compared(found, took);
}

/** Times of ours: BM25 alone, which is what the others do, and all that ours does. */
interface Took {
  readonly bare: readonly number[];
  readonly ours: readonly number[];
}

function compared(theirs: readonly number[], { bare, ours }: Took, goal = ''): void {
  row(`  like for like, ours is quicker by${goal}`, times(theirs, bare));
  row('  with neighbours and source, by', times(theirs, ours));
}

/** The words that FTS5 is asked for: its own stems, our stop words. */
function wordsOf(text: string): readonly string[] {
  const words =
    text
      .toLowerCase()
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words)].filter((word) => !STOP_WORDS.has(word));
}

function best(queries: readonly string[], ask: (text: string, at: number) => unknown): number[] {
  return queries.map((text, at) =>
    Math.min(
      ...[1, 2, 3].map(() => {
        const from = performance.now();
        ask(text, at);
        return performance.now() - from;
      }),
    ),
  );
}

/** The first time each is asked: nothing of it is remembered. */
function once(queries: readonly string[], ask: (text: string, at: number) => unknown): number[] {
  return queries.map((text, at) => {
    const from = performance.now();
    ask(text, at);
    return performance.now() - from;
  });
}

async function timed(work: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

function resident(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss / 1e6;
}

function rate(count: number, ms: number): string {
  return ((1_000 * count) / ms).toFixed(0);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function times(theirs: readonly number[], ours: readonly number[]): string {
  const by = (share: number) => (quantile(theirs, share) / quantile(ours, share)).toFixed(1);
  return `${by(0.5)} times at p50, ${by(0.95)} at p95`;
}

function row(name: string, value: readonly number[] | string): void {
  const shown =
    typeof value === 'string'
      ? value
      : `p50 ${quantile(value, 0.5).toFixed(1)} ms, p95 ${quantile(value, 0.95).toFixed(1)} ms`;
  console.log(`${name.padEnd(44)} ${shown}`);
}
