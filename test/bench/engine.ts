/**
 * The engine on stores of 1,000 and 10,000 files: cold start, start with what is remembered, edit to
 * searchable, memory; beside them, native git's own look at the same folder.
 * Run: node --expose-gc --import tsx test/bench/engine.ts [files …]
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Engine } from '../../src/engine.ts';
import { newConfig } from '../../src/model/store-config.ts';
import type { StorePath } from '../../src/plugin.ts';
import { createStore } from '../../src/store/open.ts';
import { query } from '../../src/view/query.ts';

const QUIET_MS = 150;
const EDITS = 40;
const sizes = process.argv.slice(2).map(Number);

for (const size of sizes.length > 0 ? sizes : [1_000, 10_000]) await measure(size);

async function measure(size: number): Promise<void> {
  const folder = join(mkdtempSync(join(tmpdir(), 'atocore-bench-')), 'store');
  const by = { name: 'Bench', email: 'bench@example.org' };
  const files = new Map<StorePath, string>([
    ['atocore.json' as StorePath, newConfig('0123-abcd')],
    ['.gitignore' as StorePath, '.atocore/\n'],
  ]);
  for (let at = 0; at < size; at += 1) files.set(pathOf(at), note(at));
  await createStore(folder, files, { author: by, message: 'bench', timestamp: 1_700_000_000 });
  console.log(`\n${size} files`);

  const cold = await started(folder);
  row('cold start, nothing remembered', cold.ms);
  row('  of which: size of the index', cold.engine.view?.index.size ?? 0, 'documents');
  await cold.engine.close();

  const warm = await started(folder);
  row('start with memo, nothing changed', warm.ms);
  row('  beside it: git status', gitStatusMs(folder));
  const times = await edits(warm.engine, folder, size);
  row('edit to searchable, p50', quantile(times, 0.5));
  row('edit to searchable, p95', quantile(times, 0.95));
  row('  of which quiet time', QUIET_MS);
  globalThis.gc?.();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  row('memory: resident', rss / 1e6, 'MB');
  row('memory: heap', heapUsed / 1e6, 'MB');
  row('memory: buffers', arrayBuffers / 1e6, 'MB');
  await warm.engine.close();
  rmSync(dirname(folder), { recursive: true });
}

async function started(folder: string): Promise<{ engine: Engine; ms: number }> {
  const from = performance.now();
  const engine = await Engine.open({ folder, watch: true });
  await engine.ready();
  return { engine, ms: performance.now() - from };
}

/** From the write of a source to a search that finds its new word. */
async function edits(engine: Engine, folder: string, size: number): Promise<number[]> {
  const times: number[] = [];
  await sleep(3_000);
  for (let at = 0; at < EDITS; at += 1) {
    const word = `zebrafish${String.fromCharCode(97 + (at % 26))}${at}q`;
    const path = pathOf((at * 7_919) % size);
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    const from = performance.now();
    writeFileSync(join(folder, path), `${note(at)}\nThe ${word} swims.\n`);
    await found(engine, word);
    times.push(performance.now() - from);
    await sleep(100);
  }
  return times;
}

async function found(engine: Engine, word: string): Promise<void> {
  for (;;) {
    const { view } = engine;
    if (view !== undefined) {
      const { hits } = query(view, { text: word, limit: 1, today: '2026-11-22' });
      if (hits.length > 0) return;
    }
    await sleep(2);
  }
}

function gitStatusMs(folder: string): number {
  const from = performance.now();
  execFileSync('git', ['status', '--porcelain=v2', '-z'], { cwd: folder });
  return performance.now() - from;
}

function pathOf(at: number): StorePath {
  const project = `project-${at % 20}`;
  return `projects/${project}/sources/notes/area-${(at >> 5) % 50}/note-${at}.md` as StorePath;
}

function note(at: number): string {
  const random = seeded(at + 1);
  const paragraph = (): string => Array.from({ length: 60 }, () => word(random)).join(' ');
  const decision =
    at % 20 === 0
      ? `\n## Decision: ${word(random)} ${at}\n\nThe ${word(random)} is ${word(random)}.\n`
      : '';
  return `# Note ${at} on ${word(random)}\n\n${paragraph()}.\n\n## ${word(random)} ${word(random)}\n\n${paragraph()}.\n\n- ${paragraph()}\n${decision}`;
}

/** Words with a frequency like that of prose: few common ones, many rare. */
function word(random: () => number): string {
  const rank = Math.floor(20_000 * random() ** 3);
  const syllables = ['ba', 'ke', 'lo', 'mi', 'nu', 'ra', 'se', 'to', 'vi', 'zu'];
  return [...String(rank + 100)].map((digit) => syllables[Number(digit)]).join('');
}

function seeded(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0;
    return state / 2 ** 32;
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function row(name: string, value: number, unit = 'ms'): void {
  console.log(`${name.padEnd(36)} ${value.toFixed(value < 10 ? 1 : 0).padStart(8)} ${unit}`);
}
