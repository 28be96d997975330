/** Nothing that a hook kept is lost or doubled while the daemon comes and goes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ensureBuilt } from '../cli/command-line.ts';
import { hookWhileKilled } from '../support/hooked-kills.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

// 1,000 of them: node --import tsx test/bench/hook.ts kills
test('captures made while the daemon is killed and started at random are each in git exactly once', async (t) => {
  ensureBuilt();
  const folder = await temporaryFolder(t);
  const seed = Date.now();
  t.diagnostic(`seed ${seed}`);
  const { faults, exitCodes } = await hookWhileKilled({
    folder,
    captures: 60,
    lifeMs: 2_000,
    seed,
  });
  assert.deepEqual(faults, []);
  assert.deepEqual([...exitCodes], [0]);
});
