import assert from 'node:assert/strict';
import { cp, lstat, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { AtoError, isAtoError } from '../../src/errors.ts';
import { commit } from '../../src/store/commit.ts';
import { type Disk, eachLimited } from '../../src/store/durable-fs.ts';
import { readAt } from '../../src/store/history.ts';
import { openStore } from '../../src/store/open.ts';
import { head } from '../../src/store/refs.ts';
import { writeFiles } from '../../src/store/write.ts';
import { buryHolder } from '../support/dead-holder.ts';
import { git } from '../support/native-git.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { diskFault, faultyDisk } from './faulty-disk.ts';
import { at, by, change, newStore } from './new-store.ts';

const LANES = 6;

/** One commit of an edit, a new file and a removed one. */
async function oneCommit(dir: string, disk?: Disk): Promise<void> {
  const store = await openStore(dir, disk === undefined ? {} : { disk });
  const changes = [change('dir/a.md', 'two'), change('new/b.md', 'b'), change('gone.md', null)];
  await commit(store, { ...by('the commit'), changes, waitMs: 50 });
}

async function operationCount(template: string, copy: string): Promise<number> {
  await cp(template, copy, { recursive: true });
  let count = 0;
  await oneCommit(
    copy,
    faultyDisk(({ changes }) => {
      if (changes) count++;
      return undefined;
    }),
  );
  return count;
}

async function assertWholeAndUsable(dir: string, where: string): Promise<void> {
  const fsck = await git(dir, ['fsck', '--full', '--strict', '--no-dangling']);
  assert.equal(fsck, '', where);
  const store = await openStore(dir);
  const before = await head(store);
  assert.ok(before, where);
  const content = String(await readAt(store, before, at('dir/a.md')));
  assert.ok(['one', 'two'].includes(content), where);
  await oneCommit(dir);
  assert.equal(await git(dir, ['status', '--porcelain']), '', where);
  assert.equal(await git(dir, ['fsck', '--full', '--strict', '--no-dangling']), '', where);
}

test('109: stopped at any operation of a commit, the repository is whole and the next commit works', async (t) => {
  const { dir } = await newStore(t, { 'dir/a.md': 'one', 'gone.md': 'x', 'z/y.md': 'y' });
  await prepareFiles(dir);
  const folder = await temporaryFolder(t);
  const count = await operationCount(dir, join(folder, 'count'));
  assert.ok(count > 30, `${count} operations`);
  await eachLimited([...Array(count).keys()], LANES, async (stop) => {
    const copy = join(folder, String(stop));
    await cp(dir, copy, { recursive: true });
    const stopped = faultyDisk(({ number, changes }) =>
      changes && number >= stop ? diskFault('EIO') : undefined,
    );
    // What was made durable before the last folder was synced may be reported as done.
    await oneCommit(copy, stopped).catch((error: unknown) => assert.ok(error instanceof Error));
    await buryHolder(copy);
    await assertWholeAndUsable(copy, `stopped at operation ${stop} of ${count}`);
  });
});

const CODES = { ENOSPC: 'disk-full', EROFS: 'read-only', EIO: 'failed' } as const;

test('102, 103, 105, 106: an error at any operation of a commit is told, and leaves no lock behind', async (t) => {
  const { dir } = await newStore(t, { 'dir/a.md': 'one', 'gone.md': 'x', 'z/y.md': 'y' });
  await prepareFiles(dir);
  const folder = await temporaryFolder(t);
  const count = await operationCount(dir, join(folder, 'count'));
  const codes = Object.entries(CODES);
  await eachLimited([...Array(count).keys()], LANES, async (fault) => {
    const [code = 'EIO', meaning] = codes[fault % codes.length] ?? [];
    const copy = join(folder, String(fault));
    await cp(dir, copy, { recursive: true });
    let met = '';
    const disk = faultyDisk(({ number, changes, name, path }) => {
      if (!changes || number !== fault) return undefined;
      met = `${name} ${path}`;
      return diskFault(code);
    });
    const failure = await oneCommit(copy, disk).then(
      () => undefined,
      (error: unknown) => error,
    );
    // Only tidying up may fail in silence, and isomorphic-git writes an object a second time.
    if (failure === undefined) assert.match(met, /^unlink .*atocore-tmp-|tmp_obj_/);
    else if (failure instanceof AtoError)
      assert.ok(isAtoError(failure, meaning), `${met} ${failure}`);
    else assert.fail(`${met}: ${failure}`);
    const lock = await lstat(join(copy, '.git/index.lock')).catch(() => undefined);
    assert.ok(lock === undefined || met.includes('index.lock'), met);
    await assertWholeAndUsable(copy, `${code} at ${met}`);
  });
});

test('102: a full disk while files are written leaves the old ones and no temporary', async (t) => {
  const { dir } = await newStore(t, { 'a.md': 'one', 'b.md': 'one' });
  for (const name of ['open', 'file.writeFile', 'file.sync']) {
    const disk = faultyDisk((operation) =>
      operation.changes && operation.name === name && operation.path.includes('tmp')
        ? diskFault('ENOSPC')
        : undefined,
    );
    const store = await openStore(dir, { disk });
    const changes = ['a.md', 'b.md'].map((path) => ({ path: at(path), content: 'two'.repeat(99) }));
    await assert.rejects(writeFiles(store, changes), (error) => isAtoError(error, 'disk-full'));
    assert.equal(await readFile(join(dir, 'a.md'), 'utf8'), 'one');
    assert.deepEqual((await readdir(dir)).sort(), ['.git', 'a.md', 'atocore.json', 'b.md']);
  }
});

/** The files on the disk as the commit wants them, so that native git finds nothing to say. */
async function prepareFiles(dir: string): Promise<void> {
  const store = await openStore(dir);
  await mkdir(join(dir, 'new'));
  await writeFiles(store, [
    { path: at('dir/a.md'), content: 'two' },
    { path: at('new/b.md'), content: 'b' },
    { path: at('gone.md'), content: null },
  ]);
}
