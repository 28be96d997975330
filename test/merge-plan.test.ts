/** Merges of whole commits: histories that crossed, and names that cannot stand beside each other. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Oid, StorePath } from '../src/plugin.ts';
import { createStore } from '../src/store/open.ts';
import { ADA, CONFIG, mergeInto } from './support/merging.ts';
import { git } from './support/native-git.ts';
import { put } from './support/store-tree.ts';
import { temporaryFolder } from './support/temp-folder.ts';

const STATE = 'projects/p05/state/status/phase.md';
const NOTE = 'projects/p05/sources/notes/a.md';
const state = (value: string): string => `---\nvalue: ${value}\n---\n`;

async function baseStore(dir: string): Promise<void> {
  const files = new Map([
    ['atocore.json' as StorePath, CONFIG],
    [STATE as StorePath, state('one')],
    [NOTE as StorePath, '# A\n'],
  ]);
  await createStore(dir, files, { author: ADA, message: 'base', timestamp: 1_700_000_000 });
}

async function committed(dir: string, files: Readonly<Record<string, string>>): Promise<Oid> {
  for (const [path, text] of Object.entries(files)) await put(dir, path, text);
  await git(dir, ['add', '-A']);
  await git(dir, ['commit', '-qm', 'a change']);
  return headOf(dir);
}

async function headOf(dir: string): Promise<Oid> {
  return (await git(dir, ['rev-parse', 'HEAD'])).trim() as Oid;
}

test('two stores that merged each other at once say one thing, once, and keep what each has', async (t) => {
  const place = await temporaryFolder(t);
  const [a, b] = [join(place, 'a'), join(place, 'b')];
  await baseStore(a);
  await git('/', ['clone', '-q', a, b]);
  const ofA = await committed(a, {
    [STATE]: state('red'),
    'projects/p05/sources/notes/x.md': '# X\n',
  });
  const ofB = await committed(b, { [STATE]: state('green'), [NOTE]: '# A of B\n' });
  await git(a, ['fetch', '-q', b, 'main']);
  await git(b, ['fetch', '-q', a, 'main']);
  await mergeInto(a, ofB);
  await mergeInto(b, ofA);
  const merged = await headOf(b);
  await git(a, ['fetch', '-q', b, 'main']);
  await mergeInto(a, merged);
  assert.equal(await git(a, ['show', `HEAD:${STATE}`]), state('red'));
  assert.equal(await git(a, ['show', `HEAD:${NOTE}`]), '# A of B\n');
  const conflicts = await readdir(join(a, 'conflicts'));
  assert.equal(conflicts.length, 1);
  const text = await git(a, ['show', `HEAD:conflicts/${conflicts[0]}`]);
  assert.match(text, /state\/p05\/status\/phase = value red/);
  assert.match(text, /state\/p05\/status\/phase = value green/);
  // B has nothing of its own beside it, so it goes forward and both are one.
  await git(b, ['fetch', '-q', a, 'main']);
  await mergeInto(b, await headOf(a));
  assert.equal(await headOf(b), await headOf(a));
  for (const dir of [a, b]) assert.equal(await git(dir, ['status', '--porcelain']), '');
});

test('a file here where the other side has a folder is refused, and nothing changes', async (t) => {
  const dir = join(await temporaryFolder(t), 'a');
  await baseStore(dir);
  await git(dir, ['checkout', '-qb', 'theirs']);
  const theirs = await committed(dir, { 'notes/deep/x.md': '# X\n' });
  await git(dir, ['checkout', '-q', 'main']);
  const ours = await committed(dir, { notes: 'a file\n' });
  await assert.rejects(mergeInto(dir, theirs), /"notes" to be a file or a folder/);
  assert.equal(await headOf(dir), ours);
  assert.equal(await git(dir, ['status', '--porcelain']), '');
});
