/**
 * The review queue of 1,000 candidates beside 1,000 active records, decisions one by one and fifty
 * at once, reinforcement by 2,000 captures; beside them, the same by comparing all with all.
 * Run: node --import tsx test/bench/queue.ts
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Engine } from '../../src/engine.ts';
import { createApp } from '../../src/http/app.ts';
import { serve } from '../../src/http/serve.ts';
import { formatCapture } from '../../src/model/captures.ts';
import { newConfig } from '../../src/model/store-config.ts';
import type { ProjectId, StorePath } from '../../src/plugin.ts';
import { createStore } from '../../src/store/open.ts';
import { difference } from '../../src/view/difference.ts';
import { queueOf, reviewOf } from '../../src/view/queue.ts';
import { reinforcementOf, stemsNeeded } from '../../src/view/reinforcement.ts';
import { captureStems, recordStems, stemsOf } from '../../src/view/stems.ts';
import type { View } from '../../src/view/view.ts';
import { recordText } from '../support/settled-view.ts';

const CANDIDATES = 1_000;
const ACTIVE = 1_000;
const CAPTURES = 2_000;
const RUNS = 30;
const BATCH = 50;
const by = { name: 'Bench', email: 'bench@example.org' };
const WORDS =
  'frame mirror actuator bearing clamp laser bench granite coating silver pump vacuum cable sensor driver encoder bracket flexure thermal gradient stiffness preload torque fringe phase detector lens aperture housing seal valve hose chiller controller firmware budget schedule vendor drawing tolerance'.split(
    ' ',
  );

const folder = join(mkdtempSync(join(tmpdir(), 'atocore-bench-')), 'store');
await createStore(folder, files(), { author: by, message: 'bench', timestamp: 1_700_000_000 });
const engine = await Engine.open({ folder, watch: false });
const view = await engine.ready();
console.log(`${queueOf(view).entries.length} candidates, ${ACTIVE} active records`);

const firstMs = timed(() => reviewOf(view));
row('review in full, first time on a view', [firstMs]);
row(
  'review in full',
  repeated(() => reviewOf(view)),
);
const used = process.cpuUsage();
for (let run = 0; run < RUNS; run += 1) reviewOf(view);
const { user, system } = process.cpuUsage(used);
row('  of which CPU, whatever else the machine does', [(user + system) / 1000 / RUNS]);
row(
  'review, a page of 50',
  repeated(() => reviewOf(view, { limit: 50 })),
);
row(
  'queue order and count alone',
  repeated(() => queueOf(view)),
);
row('beside it: nearest by comparing all pairs', [timed(() => allPairs(view))]);

row(`reinforcement by ${CAPTURES} captures, first time`, [timed(() => reinforcementOf(view))]);
row('beside it: each capture against each record', [timed(() => eachAgainstEach(view))]);

const app = createApp(engine, { person: by });
const served = await serve(app, { host: '127.0.0.1', port: 0, isExposed: false, auth: 'none' });
row('GET /queue over a socket, 50, first time', [await timedAsk('/queue')]);
row('GET /queue over a socket, 50', await repeatedAsk(() => timedAsk('/queue')));
row('what `atocore review` reads, all of it', await repeatedAsk(wholeQueue));
await served.close();

const single: number[] = [];
for (const { served } of queueOf(engine.view ?? view).entries.slice(0, BATCH)) {
  const from = performance.now();
  await engine.decide({ act: 'promote', id: served.record.id, by });
  single.push(performance.now() - from);
}
row('one decision', single);
console.log(`  ${BATCH} of them in all: ${single.reduce((a, b) => a + b, 0).toFixed(0)} ms`);
const many: number[] = [];
for (let run = 0; run < 5; run += 1) {
  const entries = queueOf(engine.view ?? view).entries.slice(0, BATCH);
  const choices = entries.map(({ served }) => ({ act: 'promote', id: served.record.id }) as const);
  const from = performance.now();
  await engine.decideMany(choices, { by });
  many.push(performance.now() - from);
}
row(`${BATCH} decisions in one commit`, many);
await engine.close();
rmSync(dirname(folder), { recursive: true });

async function timedAsk(path: string): Promise<number> {
  const from = performance.now();
  await (await fetch(served.url + path)).json();
  return performance.now() - from;
}

/** Page after page, as the review does before it shows its first candidate. */
async function wholeQueue(): Promise<number> {
  const from = performance.now();
  let cursor = '';
  do {
    const page = await fetch(`${served.url}/queue?limit=200${cursor && `&cursor=${cursor}`}`);
    const { next_cursor: next = '' } = (await page.json()) as { next_cursor?: string };
    cursor = encodeURIComponent(next);
  } while (cursor !== '');
  return performance.now() - from;
}

async function repeatedAsk(ask: () => Promise<number>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) times.push(await ask());
  return times;
}

function files(): ReadonlyMap<StorePath, string> {
  const config = JSON.parse(newConfig('0123-abcd')) as object;
  const limits = { openCandidates: CANDIDATES, claimsPerDocument: 500 };
  const made = new Map<string, string>([
    ['atocore.json', JSON.stringify({ ...config, limits, auth: 'none' })],
    ['.gitignore', '.atocore/\n'],
    ['projects/p1/project.md', '---\nid: p1\n---\n'],
  ]);
  for (let at = 0; at < CANDIDATES; at += 1) {
    const path = `projects/p1/sources/notes/note-${at % 100}.md`;
    const claim = `## Decision: part ${at}\n\n${sentence(at)} in revision ${at}.\n\n`;
    made.set(path, (made.get(path) ?? '# Notes\n\n') + claim);
  }
  for (let at = 0; at < ACTIVE; at += 1) {
    const id = `dec-${String(at).padStart(12, '0')}`;
    const fields = { id, type: 'entity', kind: 'decision', project: 'p1', subject: `part ${at}` };
    const text = recordText(fields, `${sentence(at + 7)} as agreed in meeting ${at}.`);
    made.set(`projects/p1/records/decision/part--${id}.md`, text);
  }
  for (let at = 0; at < CAPTURES; at += 1) {
    const prompt = Array.from({ length: 20 }, (_, line) => sentence(at * 20 + line)).join('\n');
    const turn = { prompt, project: 'p1' as ProjectId, reinforce: true, extract: false };
    const { capture, text } = formatCapture(turn, '2026-11-02T10:00:00Z');
    made.set(capture.path, text);
  }
  return made as Map<StorePath, string>;
}

function sentence(seed: number): string {
  const word = (step: number): string => WORDS[(seed * step + step * step) % WORDS.length] ?? '';
  return `The ${word(3)} of the ${word(5)} takes a ${word(7)} ${word(11)} with ${word(13)} and ${word(17)} of ${seed % 90} mm`;
}

/** As a first draft would: the stems of every pair, shared over all. */
function allPairs(of: View): number {
  const active = [...of.settlement.records.values()].filter(
    ({ record }) => record.status === 'active',
  );
  const stems = active.map(({ record }) => new Set(stemsOf(`${record.subject} ${record.text}`)));
  let found = 0;
  for (const { served } of queueOf(of).entries) {
    const own = stemsOf(`${served.record.subject} ${served.record.text}`);
    let [best, most] = [-1, 0];
    for (const [place, set] of stems.entries()) {
      const shared = own.filter((stem) => set.has(stem)).length;
      if (shared > most) [best, most] = [place, shared];
    }
    found += difference(active[best]?.record.text ?? '', served.record.text).length;
  }
  return found;
}

function eachAgainstEach(of: View): number {
  const active = [...of.settlement.records.values()].filter(
    ({ record }) => record.status === 'active',
  );
  let count = 0;
  for (const { capture } of of.settlement.documents.values()) {
    if (capture?.reinforce !== true) continue;
    const said = new Set(captureStems(capture));
    for (const { record } of active) {
      const stems = recordStems(record);
      const shared = stems.filter((stem) => said.has(stem)).length;
      if (shared >= stemsNeeded(stems.length)) count += 1;
    }
  }
  return count;
}

function timed(work: () => unknown): number {
  const from = performance.now();
  work();
  return performance.now() - from;
}

function repeated(work: () => unknown): readonly number[] {
  return Array.from({ length: RUNS }, () => timed(work));
}

function row(name: string, times: readonly number[]): void {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1);
  const shown = times.length === 1 ? `${at(0)} ms` : `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`;
  console.log(`  ${name.padEnd(46)} ${shown}`);
}
