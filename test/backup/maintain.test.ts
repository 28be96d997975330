/** Packing: by native git and by us, nothing lost whatever happens in between. */
import assert from 'node:assert/strict';
import { chmod, cp, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { maintain } from '../../src/backup/maintain.ts';
import { commit } from '../../src/store/commit.ts';
import { readAt } from '../../src/store/history.ts';
import { openStore } from '../../src/store/open.ts';
import { head } from '../../src/store/refs.ts';
import type { Store } from '../../src/store/store.ts';
import { diskFault, faultyDisk } from '../store/faulty-disk.ts';
import { at, by, change, newStore } from '../store/new-store.ts';
import { git } from '../support/native-git.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const COMMITS = 12;
const template = await committed();

/** A store of loose objects, one of them in no commit. */
async function committed(): Promise<Store> {
  const ends = { after: (end: unknown) => after(end as () => Promise<void>) };
  const store = await newStore(ends, { 'a.md': 'zero\n' });
  for (let n = 1; n <= COMMITS; n += 1) await commitOne(store, n);
  await git(store.dir, ['hash-object', '-w', '--stdin'], { input: 'of a commit under way' });
  return store;
}

async function commitOne(store: Store, n: number): Promise<void> {
  const changes = [change('a.md', `version ${n}\n`), change(`folder/${n}.md`, `file ${n}\n`)];
  await commit(store, { ...by(`commit ${n}`), changes });
}

async function copy(test: Parameters<typeof temporaryFolder>[0]): Promise<string> {
  const folder = join(await temporaryFolder(test), 'store');
  await cp(template.dir, folder, { recursive: true });
  return folder;
}

/** Every object there is, reachable or not. */
async function allObjects(folder: string): Promise<readonly string[]> {
  const args = ['cat-file', '--batch-all-objects', '--batch-check=%(objectname) %(objecttype)'];
  return (await git(folder, args)).trim().split('\n');
}

const OBJECTS = await allObjects(template.dir);

async function assertWhole(folder: string, where: string): Promise<void> {
  assert.deepEqual(await allObjects(folder), OBJECTS, where);
  assert.equal(await git(folder, ['fsck', '--full', '--strict', '--no-dangling']), '', where);
}

for (const [who, useNativeGit] of [
  ['git', true],
  ['atocore', false],
] as const) {
  test(`${who} packs what is loose, and loses no object, not even one that nothing names`, async (t) => {
    const folder = await copy(t);
    const store = await openStore(folder);
    const before = await head(store);
    const { by: done, loose, packs } = await maintain(store, { looseMax: 10, useNativeGit });
    assert.equal(done, who);
    assert.equal(loose.before, OBJECTS.length);
    // Git leaves loose what nothing names; it is there all the same.
    assert.ok(loose.after <= 1);
    assert.deepEqual(packs, { before: 0, after: 1 });
    await assertWhole(folder, who);
    assert.equal(await head(store), before);
    // The same opened store reads what is packed now, and commits on top of it.
    const old = await git(folder, ['rev-parse', 'HEAD~5']);
    assert.equal(
      String(await readAt(store, old.trim() as never, at('a.md'))),
      `version ${COMMITS - 5}\n`,
    );
    await commitOne(store, 99);
    assert.equal(await git(folder, ['fsck', '--full', '--strict', '--no-dangling']), '');
    assert.equal((await maintain(store, { looseMax: 10, useNativeGit })).by, 'nobody');
  });
}

test('below the threshold nothing is touched', async (t) => {
  const folder = await copy(t);
  const files = await readdir(join(folder, '.git'), { recursive: true });
  const { by: done } = await maintain(await openStore(folder));
  assert.equal(done, 'nobody');
  assert.deepEqual(await readdir(join(folder, '.git'), { recursive: true }), files);
});

test('objects too many for one pack make several', async (t) => {
  const folder = await copy(t);
  const small = { looseMax: 10, useNativeGit: false, packBytes: 1_000 };
  const { packs } = await maintain(await openStore(folder), small);
  assert.ok(packs.after > 2, String(packs.after));
  await assertWhole(folder, 'several packs');
});

test('a stop at any operation loses nothing, and the next maintenance finishes', async (t) => {
  const options = { looseMax: 10, useNativeGit: false };
  const counting = await copy(t);
  let count = 0;
  const counter = faultyDisk(({ changes }) => {
    if (changes) count += 1;
    return undefined;
  });
  await maintain(await openStore(counting, { disk: counter }), options);
  // Every operation up to the first removals, then some of them.
  const numbers = [...Array(count).keys()].filter((n) => n < 12 || n % 17 === 0);
  for (const stopAt of numbers) {
    const folder = await copy(t);
    const disk = faultyDisk(({ number, changes }) =>
      changes && number >= stopAt ? diskFault('EIO') : undefined,
    );
    await assert.rejects(maintain(await openStore(folder, { disk }), options), { code: 'failed' });
    await assertWhole(folder, `stopped at ${stopAt}`);
    const { loose } = await maintain(await openStore(folder), { ...options, looseMax: 0 });
    assert.equal(loose.after, 0, `stopped at ${stopAt}`);
    await assertWhole(folder, `finished after ${stopAt}`);
    const left = await readdir(join(folder, '.git/objects/pack'));
    assert.deepEqual(
      left.filter((name) => !/^pack-[0-9a-f]{40}\.(pack|idx)$/.test(name)),
      [],
    );
  }
});

test('a damaged object stays where it is, and an old pack without an index goes', async (t) => {
  const folder = await copy(t);
  const oid = (await git(folder, ['rev-parse', 'HEAD:a.md'])).trim();
  const loose = join(folder, '.git/objects', oid.slice(0, 2), oid.slice(2));
  await chmod(loose, 0o644);
  await writeFile(loose, 'not deflated');
  await cp(join(folder, 'a.md'), join(folder, '.git/objects/pack/pack-old.pack'));
  const long = new Date(Date.now() - 7_200_000);
  await utimes(join(folder, '.git/objects/pack/pack-old.pack'), long, long);
  const { loose: counts } = await maintain(await openStore(folder), {
    looseMax: 10,
    useNativeGit: false,
  });
  assert.equal(counts.after, 1);
  assert.ok(!(await readdir(join(folder, '.git/objects/pack'))).includes('pack-old.pack'));
});
