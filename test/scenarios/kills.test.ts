/** A daemon killed under traffic: a sample of what `test/bench/kills.ts` does 300 times. */
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkStore } from '../../src/check.ts';
import { Ground } from '../../src/check-ground.ts';
import { openStore } from '../../src/store/open.ts';
import { ensureBuilt } from '../cli/command-line.ts';
import { killAgainAndAgain } from '../support/killing.ts';
import { exampleStore, openEngine } from '../support/store-tree.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

test(`109, invariant 16: killed at any moment, nothing acknowledged is lost and all is sound (SEED=${seed})`, async (t) => {
  ensureBuilt();
  const folder = await temporaryFolder(t);
  const { acknowledged, faults } = await killAgainAndAgain({ folder, kills: 3, seed });
  assert.deepEqual(faults, []);
  assert.ok(acknowledged > 0);
});

test('who believes in captures before they are acknowledged is found out', async (t) => {
  ensureBuilt();
  const folder = await temporaryFolder(t);
  const { faults } = await killAgainAndAgain({ folder, kills: 1, seed, believesTooEarly: true });
  assert.ok(faults.some((fault) => fault.startsWith('lost cap-not-yet-known')));
});

test('what a kill left in .git is no reference to the doctor, and the next start takes it away', async (t) => {
  const folder = await exampleStore(t);
  const places = ['.git', '.git/refs/heads', '.git/objects/pack'];
  for (const place of places) await writeFile(join(folder, place, '.atocore-tmp-0123'), 'half');
  const store = await openStore(folder);
  const { checks } = await checkStore(new Ground(store), {
    backups: { folder: join(folder, '../none'), isDefault: true },
    now: new Date(),
  });
  assert.equal(checks.find(({ name }) => name === 'refs')?.state, 'ok');
  await openEngine(t, folder, false);
  for (const place of places) {
    assert.deepEqual(
      (await readdir(join(folder, place))).filter((name) => name.startsWith('.atocore-tmp-')),
      [],
    );
  }
});
