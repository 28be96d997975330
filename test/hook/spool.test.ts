/** The spool as folder and files: whole, in order, bounded, and nothing goes without a word. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  noteRefused,
  readSpooled,
  SPOOL_BYTES_MAX,
  setAside,
  spool,
  spoolState,
  storeKey,
  unspool,
} from '../../src/spool.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const STORE = storeKey('/nowhere/store');
const body = (prompt: string) => ({ version: 1, body: { prompt } }) as const;

test('captures lie in the spool in the order they came, each whole in a file of its own', async (t) => {
  const folder = join(await temporaryFolder(t), 'spool');
  for (let at = 0; at < 5; at += 1)
    spool(folder, body(`turn ${at}`), { store: STORE, nowMs: 1_000 + at });
  spool(folder, body('of another store'), { store: storeKey('/other'), nowMs: 1 });
  const { waiting, oldestMs, bad, refused } = spoolState(folder, STORE);
  const prompts = waiting.map((name) => {
    const read = readSpooled(folder, name);
    return 'capture' in read ? read.capture.body.prompt : read;
  });
  assert.deepEqual(
    prompts,
    [0, 1, 2, 3, 4].map((at) => `turn ${at}`),
  );
  assert.deepEqual([oldestMs, bad, refused.count], [1_000, [], 0]);
  for (const name of waiting) unspool(folder, name);
  assert.equal(spoolState(folder, STORE).waiting.length, 0);
  assert.equal((await readdir(folder)).length, 1, 'what is for another store stays');
});

test('at the bound the newest is refused, and that is noted with nothing of what it said', async (t) => {
  const folder = join(await temporaryFolder(t), 'spool');
  await mkdir(folder);
  // What fills the spool, by its name: nobody has to write 200 MB.
  const name = `0000000000001-0000001-${STORE}-${SPOOL_BYTES_MAX.toString().slice(0, 8)}-0123456789ab.json`;
  for (let at = 0; at < 10; at += 1)
    await writeFile(join(folder, name.replace('-0000001-', `-000000${at}-`)), '');
  const said = spool(folder, body('the newest one'), { store: STORE, nowMs: 2_000 });
  assert.deepEqual(said, { refused: 'spool full' });
  const { waiting, refused } = spoolState(folder, STORE);
  assert.equal(waiting.length, 10, 'those that were there stay');
  assert.equal(refused.count, 1);
  assert.match(refused.last ?? '', /^1970-01-01T00:00:02.000Z spool full$/);
  assert.doesNotMatch(await readFile(join(folder, 'refused.log'), 'utf8'), /newest/);
});

test('notes on what was refused are bounded themselves', async (t) => {
  const folder = join(await temporaryFolder(t), 'spool');
  for (let at = 0; at < 3_000; at += 1) noteRefused(folder, 'too large', at);
  const { count } = spoolState(folder, STORE).refused;
  assert.ok(count > 1_000 && count < 3_000, `${count}`);
});

test('a damaged file is told from a capture, and set aside by name', async (t) => {
  const folder = join(await temporaryFolder(t), 'spool');
  const kept = spool(folder, body('one'), { store: STORE, nowMs: 1 });
  assert.ok('name' in kept);
  await writeFile(join(folder, kept.name), '{"version":1');
  assert.ok('fault' in readSpooled(folder, kept.name));
  setAside(folder, kept.name);
  const { waiting, bad } = spoolState(folder, STORE);
  assert.deepEqual([waiting.length, bad], [0, [join(folder, 'bad', kept.name)]]);
});

test('a spool that is not there yet is an empty one', () => {
  assert.equal(spoolState('/nowhere/spool', STORE).waiting.length, 0);
});
