/**
 * What a hook costs an agent. `times`: against `node -e 0`, in turns in the same run, daemon up and down.
 * `hang`: with a daemon that accepts and hangs. `burst`: 10,000 captures through the spool.
 * `kills`: 1,000 captures while the daemon is killed and started at random. Without a word: times and hang.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spool, spoolState, storeKey } from '../../src/spool.ts';
import { hookedSite, runNode } from '../hook/hooked-site.ts';
import { hookWhileKilled } from '../support/hooked-kills.ts';

const RUNS = 50;
const REST_MS = 150;
const BARE = { PATH: process.env.PATH ?? '' };
const ends: (() => Promise<void>)[] = [];
const after = (end: () => Promise<void>): void => void ends.push(end);
const modes = process.argv.slice(2);
const isAsked = (mode: string, usual: boolean): boolean =>
  modes.length === 0 ? usual : modes.includes(mode);

if (isAsked('times', true) || isAsked('hang', true)) {
  const site = await hookedSite({ after });
  site.spool.watch();
  const prompt = 'How far are the lateral supports of the mirror cell, and who ordered them?';
  const answer = `They are ordered. ${'The report says more of it. '.repeat(40)}`;
  let turn = 0;
  const asked = () => ({ session_id: 's', prompt_id: `p${turn}`, cwd: '/w', prompt });
  const said = () => ({
    session_id: 's',
    prompt_id: `p${turn}`,
    last_assistant_message: `${answer}${turn}`,
  });
  if (isAsked('times', true)) {
    for (const state of ['up', 'down'] as const) {
      await site.listenAt(state === 'up' ? site.url : undefined);
      const [bare, prompts, stops]: [number[], number[], number[]] = [[], [], []];
      for (turn = 0; turn < RUNS; turn += 1) {
        bare.push(await timed(() => runNode(['-e', '0'], { input: '{}', environment: BARE })));
        prompts.push(await timed(() => site.hook({ event: 'UserPromptSubmit', input: asked() })));
        stops.push(await timed(() => site.hook({ event: 'Stop', input: said() })));
      }
      const base = median(bare);
      console.log(
        `daemon ${state}: node -e 0 ${base.toFixed(1)} ms; prompt ${show(prompts, base)}; stop ${show(stops, base)}`,
      );
    }
    await site.spool.deliver();
  }
  if (isAsked('hang', true)) {
    const sockets: Socket[] = [];
    const hanging = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
    const { port } = hanging.address() as { port: number };
    await site.listenAt(`http://127.0.0.1:${port}`);
    const times: number[] = [];
    for (turn = 1_000; turn < 1_010; turn += 1) {
      times.push(await timed(() => site.hook({ event: 'UserPromptSubmit', input: asked() })));
      times.push(await timed(() => site.hook({ event: 'Stop', input: said() })));
    }
    console.log(
      `daemon hangs: median ${median(times).toFixed(0)} ms, longest ${Math.max(...times).toFixed(0)} ms of ${times.length}`,
    );
    for (const socket of sockets) socket.destroy();
    hanging.close();
  }
}

if (isAsked('burst', false)) {
  const site = await hookedSite({ after });
  site.spool.watch();
  const store = storeKey(site.folder);
  const start = performance.now();
  for (let at = 0; at < 10_000; at += 1) {
    const body = { prompt: `Event ${at} of ten thousand in a minute`, client: 'bench' };
    spool(site.spoolFolder, { version: 1, body }, { store, nowMs: Date.now() });
  }
  const spooled = performance.now();
  await site.spool.deliver();
  const done = performance.now();
  const left = spoolState(site.spoolFolder, store).waiting.length;
  console.log(
    `10,000 captures: spooled in ${((spooled - start) / 1000).toFixed(1)} s, taken in in ${((done - spooled) / 1000).toFixed(1)} s, ${left} left`,
  );
}

if (isAsked('kills', false)) {
  const folder = await mkdtemp(join(tmpdir(), 'atocore-hook-kills-'));
  const seed = Number(process.env.SEED ?? Date.now());
  const start = performance.now();
  const { kills, faults } = await hookWhileKilled({ folder, captures: 1_000, lifeMs: 4_000, seed });
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(
    `1,000 captures, ${kills} kills, ${seconds} s, seed ${seed}: ${faults.length} faults`,
  );
  for (const fault of faults.slice(0, 20)) console.log(`  ${fault}`);
  await rm(folder, { recursive: true });
}

for (const end of ends.reverse()) await end();

/** After a rest, so that what the daemon still does of the last one costs nobody anything. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  await sleep(REST_MS);
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function show(values: readonly number[], base: number): string {
  const middle = median(values);
  return `${middle.toFixed(1)} ms (${(middle / base).toFixed(2)} ×)`;
}
