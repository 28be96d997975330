import assert from 'node:assert/strict';
import type { PathLike, StatOptions } from 'node:fs';
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isAtoError } from '../../src/errors.ts';
import type { Disk } from '../../src/store/durable-fs.ts';
import { blobOid } from '../../src/store/objects.ts';
import { openStore } from '../../src/store/open.ts';
import { readFile } from '../../src/store/read-file.ts';
import { removeLeftovers, writeFiles } from '../../src/store/write.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { diskFault, faultyDisk } from './faulty-disk.ts';
import { at, newStore } from './new-store.ts';

test('files are written, replaced and deleted, with their folders and permissions', async (t) => {
  const store = await newStore(t, { 'a.md': 'a', 'b.md': 'b' });
  await fs.chmod(join(store.dir, 'a.md'), 0o640);
  const { written, refused } = await writeFiles(store, [
    { path: at('a.md'), content: 'A', expected: blobOid('a') },
    { path: at('b.md'), content: null, expected: blobOid('b') },
    { path: at('new/deep/c.md'), content: 'c', expected: null },
    { path: at('not-there.md'), content: null },
  ]);
  assert.deepEqual([written, refused], [['a.md', 'b.md', 'new/deep/c.md'], []]);
  assert.equal(await fs.readFile(join(store.dir, 'a.md'), 'utf8'), 'A');
  assert.equal((await fs.stat(join(store.dir, 'a.md'))).mode & 0o777, 0o640);
  assert.deepEqual((await fs.readdir(store.dir)).sort(), ['.git', 'a.md', 'atocore.json', 'new']);
  assert.deepEqual(await fs.readdir(join(store.dir, 'new/deep')), ['c.md']);
});

test('93: a file that was edited meanwhile is refused and stays as it is', async (t) => {
  const store = await newStore(t, { 'a.md': 'by hand', 'b.md': 'b', 'c.md': 'c' });
  const before = blobOid('before');
  const { written, refused } = await writeFiles(store, [
    { path: at('a.md'), content: 'ours', expected: before },
    { path: at('b.md'), content: 'ours', expected: null },
    { path: at('c.md'), content: null, expected: before },
    { path: at('d.md'), content: 'ours', expected: before },
  ]);
  assert.deepEqual(written, []);
  assert.deepEqual(refused, [
    { path: 'a.md', expected: before, found: blobOid('by hand') },
    { path: 'b.md', expected: null, found: blobOid('b') },
    { path: 'c.md', expected: before, found: blobOid('c') },
    { path: 'd.md', expected: before, found: null },
  ]);
  assert.equal(await fs.readFile(join(store.dir, 'a.md'), 'utf8'), 'by hand');
});

test('an edit between the first look and the rename is refused too', async (t) => {
  const { dir } = await newStore(t, { 'a.md': 'a' });
  let isEdited = false;
  const edit = async () => {
    await fs.writeFile(join(dir, 'a.md'), 'by hand');
    await fs.writeFile(join(dir, 'new.md'), 'by hand');
  };
  let editing = Promise.resolve();
  const disk = faultyDisk(({ name, path }) => {
    if (!isEdited && name === 'file.sync' && path.includes('tmp')) {
      isEdited = true;
      editing = edit();
    }
    return undefined;
  });
  const waiting: Disk = {
    ...disk,
    lstat: (async (path: PathLike, options?: StatOptions) => {
      await editing;
      return disk.lstat(path, options);
    }) as Disk['lstat'],
    link: async (from, to) => {
      await editing;
      return disk.link(from, to);
    },
  };
  const store = await openStore(dir, { disk: waiting });
  const { refused } = await writeFiles(store, [
    { path: at('a.md'), content: 'ours', expected: blobOid('a') },
    { path: at('new.md'), content: 'ours', expected: null },
  ]);
  assert.deepEqual(
    refused.map(({ path }) => path),
    ['a.md', 'new.md'],
  );
  assert.equal(await fs.readFile(join(dir, 'new.md'), 'utf8'), 'by hand');
});

test('53, 56: nothing is written outside, through a link, or into git’s and our own folders', async (t) => {
  const store = await newStore(t, { 'a.md': 'a' });
  const outside = await temporaryFolder(t);
  await fs.symlink(outside, join(store.dir, 'link'));
  await fs.writeFile(join(outside, 'target.md'), 'target');
  await fs.symlink(join(outside, 'target.md'), join(store.dir, 'file-link.md'));
  const paths = ['../x.md', '/tmp/x.md', '.git/config', '.GIT/hooks/x', 'a/../../x', '.atocore/x'];
  for (const path of [...paths, 'link/x.md', 'link/target.md', 'file-link.md', 'a.md/x.md']) {
    for (const content of ['x', null]) {
      const write = writeFiles(store, [{ path: at(path), content }]);
      // What isn't there needn't be deleted, wherever that would be.
      if (path === 'a.md/x.md' && content === null) await write.catch(() => undefined);
      else await assert.rejects(write, (error) => isAtoError(error, 'invalid'), path);
    }
  }
  assert.deepEqual(await fs.readdir(outside), ['target.md']);
  assert.equal(await fs.readFile(join(outside, 'target.md'), 'utf8'), 'target');
});

test('105: a read-only disk is told as such', async (t) => {
  const { dir } = await newStore(t, { 'a.md': 'a' });
  const disk = faultyDisk(({ changes }) => (changes ? diskFault('EROFS') : undefined));
  const store = await openStore(dir, { disk });
  const write = writeFiles(store, [{ path: at('a.md'), content: 'b' }]);
  await assert.rejects(write, (error) => isAtoError(error, 'read-only'));
});

test('a file is read only when it is one, and up to the limit', async (t) => {
  const store = await newStore(t, { 'a.md': 'abc', 'dir/b.md': 'b' });
  await fs.symlink('a.md', join(store.dir, 'link.md'));
  assert.equal(String((await readFile(store, at('a.md'))).bytes), 'abc');
  const cases = [
    ['none.md', 'not-found'],
    ['a.md/x', 'invalid'],
    ['dir', 'invalid'],
    ['link.md', 'invalid'],
  ] as const;
  for (const [path, code] of cases) {
    await assert.rejects(readFile(store, at(path)), (error) => isAtoError(error, code), path);
  }
  const small = readFile(store, at('a.md'), { bytesMax: 2 });
  await assert.rejects(small, (error) => isAtoError(error, 'too-large'));
});

test('what a stop left behind is removed, and nothing else', async (t) => {
  const store = await newStore(t, { 'a.md': 'a' });
  await fs.writeFile(join(store.dir, '.atocore-tmp-1'), 'x');
  await removeLeftovers(store, [at('.atocore-tmp-1'), at('a.md')]);
  assert.deepEqual((await fs.readdir(store.dir)).sort(), ['.git', 'a.md', 'atocore.json']);
});
