/**
 * Kills a daemon (SIGKILL) at chosen moments of capture, settle, commit, decision, backup and restore;
 * then nothing acknowledged may be missing, and `git fsck` and the doctor must be content. A new store
 * after each 75 kills: captures come as fast as they are taken, and each start reads all of them.
 * Run: npm run build && node --import tsx test/bench/kills.ts [kills 300] [seed]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killAgainAndAgain } from '../support/killing.ts';

const KILLS_PER_STORE = 75;
const [all = 300, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number);
console.log(`${all} kills, seed ${seed}`);
for (let from = 0; from < all; from += KILLS_PER_STORE) {
  const kills = Math.min(KILLS_PER_STORE, all - from);
  const folder = await mkdtemp(join(tmpdir(), 'atocore-kills-'));
  const startedMs = performance.now();
  const { acknowledged, during, faults } = await killAgainAndAgain({
    folder,
    kills,
    seed: seed + from,
    onKill: (count, doing) => count % 25 === 0 && console.log(`${from + count}, during ${doing}`),
  });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  console.log(`${kills} kills in ${seconds} s, during ${JSON.stringify(during)}`);
  console.log(`${acknowledged} captures and decisions acknowledged`);
  console.log(faults.length === 0 ? 'nothing lost, everything sound' : faults.join('\n'));
  if (faults.length === 0) await rm(folder, { recursive: true, force: true });
  else {
    console.log(`the store is kept in ${folder}`);
    process.exitCode = 1;
  }
}
