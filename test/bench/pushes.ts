/**
 * Clones that push into a served store while captures arrive: everything has to be in the history.
 * Run: node --import tsx test/bench/pushes.ts [clones 5] [commits 200] [captures 500]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '../../src/engine.ts';
import { newStore } from '../../src/new-store.ts';
import { faultsAfter, pushAndCapture } from '../support/pushing.ts';
import { ANN } from '../support/store-tree.ts';

const [clones = 5, commits = 200, captures = 500] = process.argv.slice(2).map(Number);
const base = await mkdtemp(join(tmpdir(), 'atocore-pushes-'));
const folder = join(base, 'store');
await newStore(folder, { example: true, by: ANN });
const engine = await Engine.open({ folder, watch: true });
await engine.ready();
const from = performance.now();
const pushed = await pushAndCapture(engine, folder, {
  clones,
  commits,
  captures,
  onPush: (count) => count % 20 === 0 && console.log(`${count} pushed`),
});
const seconds = (performance.now() - from) / 1000;
const faults = await faultsAfter(engine, folder, pushed);
console.log(
  `${clones} clones, ${pushed.subjects.length} commits, ${pushed.captureIds.length} captures in ${seconds.toFixed(1)} s; ${pushed.refused} pushes refused and made again`,
);
for (const words of pushed.said) console.log(`  said: ${words}`);
console.log(faults.length === 0 ? 'all in the history, settled, sound' : faults.join('\n'));
await engine.close();
await rm(base, { recursive: true, force: true });
process.exitCode = faults.length === 0 ? 0 : 1;
