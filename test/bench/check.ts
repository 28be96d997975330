/**
 * The doctor on a store of many files: how long it takes beside native git's own check of objects, and
 * how long others wait while it works in a daemon.
 * Run: node --import tsx test/bench/check.ts [files …]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { backupPlace } from '../../src/backup/backup-folder.ts';
import { maintain } from '../../src/backup/maintain.ts';
import { Engine } from '../../src/engine.ts';
import { newConfig } from '../../src/model/store-config.ts';
import type { StorePath } from '../../src/plugin.ts';
import { createStore, openStore } from '../../src/store/open.ts';

const PROBE_MS = 5;
const IDLE_MS = 5_000;
const sizes = process.argv.slice(2).map(Number);

for (const size of sizes.length > 0 ? sizes : [2_000]) await measure(size);

async function measure(size: number): Promise<void> {
  const folder = join(mkdtempSync(join(tmpdir(), 'atocore-bench-')), 'store');
  const by = { name: 'Bench', email: 'bench@example.org' };
  const files = new Map<StorePath, string>([
    ['atocore.json' as StorePath, newConfig('0123-abcd')],
    ['.gitignore' as StorePath, '.atocore/\n'],
  ]);
  for (let at = 0; at < size; at += 1) {
    const path = `projects/p${at % 7}/sources/notes/${at % 40}/note-${at}.md` as StorePath;
    const heading = at % 5 === 0 ? `## Decision: pad ${at}\n\nThe pad ${at} is of PTFE.\n` : '';
    files.set(path, `# Note ${at}\n\nThe support of mirror ${at} holds well.\n\n${heading}`);
  }
  await createStore(folder, files, { author: by, message: 'bench', timestamp: 1_700_000_000 });
  console.log(`\n${size} files`);
  const engine = await Engine.open({ folder, watch: true });
  await engine.ready();
  await engine.settle();
  await sleep(3_000);
  row('beside it: git fsck --full', fsckMs(folder));
  row('longest wait of others, idle', await longestWaitMs(sleep(IDLE_MS)));
  const ask = { backups: backupPlace('bench', join(folder, '../none')), now: new Date() };
  const from = performance.now();
  const checking = engine.doctor.check(ask);
  row('longest wait of others, checking', await longestWaitMs(checking));
  row('check through the daemon', performance.now() - from);
  const { checks } = await checking;
  const bad = checks.filter(({ state }) => state === 'error').map(({ name }) => name);
  console.log(`  ${checks.length} checks, with errors: ${bad.join(', ') || 'none'}`);
  await engine.close();
  for (const useNativeGit of [false, true]) {
    const started = performance.now();
    const store = await openStore(folder);
    const {
      by: who,
      loose,
      packs,
    } = await maintain(store, { looseMax: 0, packsMax: 0, useNativeGit });
    const what = `${loose.before} loose, ${packs.before} packs to ${loose.after}, ${packs.after}`;
    row(`packed by ${who}: ${what}`, performance.now() - started);
  }
  rmSync(dirname(folder), { recursive: true });
}

/** The longest time that a timer came late while something went on. */
async function longestWaitMs(work: Promise<unknown>): Promise<number> {
  let [longest, isDone] = [0, false];
  void work.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    const from = performance.now();
    await sleep(PROBE_MS);
    longest = Math.max(longest, performance.now() - from - PROBE_MS);
  }
  return longest;
}

function fsckMs(folder: string): number {
  const from = performance.now();
  execFileSync('git', ['-C', folder, 'fsck', '--full'], { stdio: 'ignore' });
  return performance.now() - from;
}

function row(name: string, value: number): void {
  console.log(`  ${name.padEnd(64)} ${value.toFixed(0).padStart(8)} ms`);
}
