import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAtoError } from '../../src/errors.ts';
import { commit } from '../../src/store/commit.ts';
import { messageWithTrailers, parseTrailers, trailer } from '../../src/store/commit-object.ts';
import {
  changedBetween,
  log,
  readAt,
  readBlob,
  treeAt,
  walkFirstParents,
} from '../../src/store/history.ts';
import { lastTouched } from '../../src/store/last-touched.ts';
import { blobOid } from '../../src/store/objects.ts';
import { openStore } from '../../src/store/open.ts';
import { head } from '../../src/store/refs.ts';
import type { Store } from '../../src/store/store.ts';
import { git } from '../support/native-git.ts';
import { at, by, change, newStore, TIMESTAMP } from './new-store.ts';

async function step(store: Store, files: Readonly<Record<string, string | null>>, n: number) {
  const changes = Object.entries(files).map(([path, content]) => change(path, content));
  return commit(store, { ...by(`step ${n}`), timestamp: TIMESTAMP + 60 * n, changes });
}

/** The files on the disk as they are in the commit, also those that it removed. */
async function refresh(store: Store): Promise<void> {
  await git(store.dir, ['reset', '-q', '--hard']);
  await git(store.dir, ['clean', '-qfd']);
}

/** Commits of ours with a merge, a link and a change of mode by native git in between. */
async function winding(t: Parameters<typeof newStore>[0]): Promise<Store> {
  const store = await newStore(t, { 'a.md': '1', 'dir/b.md': '1', 'dir/c.md': '1', 'd.md': 'd' });
  await step(store, { 'a.md': '2', 'é/ü.md': 'new' }, 1);
  await step(store, { 'dir/b.md': '2', 'dir/c.md': null }, 2);
  await refresh(store);
  const native = (args: readonly string[], n: number) => {
    const date = `${TIMESTAMP + 60 * n} +0200`;
    return git(store.dir, args, { env: { GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date } });
  };
  await native(['switch', '-q', '-c', 'side'], 3);
  await fs.writeFile(join(store.dir, 'side.md'), 'side');
  await native(['add', '.'], 3);
  await native(['commit', '-q', '-m', 'on the side'], 3);
  await native(['switch', '-q', 'main'], 4);
  await step(store, { 'a.md': '3' }, 4);
  await refresh(store);
  await native(['merge', '-q', '--no-ff', '-m', 'a merge', 'side'], 5);
  await fs.symlink('a.md', join(store.dir, 'link.md'));
  await git(store.dir, ['config', 'core.symlinks', 'true']);
  await native(['add', '.'], 6);
  await native(['update-index', '--chmod=+x', 'd.md'], 6);
  await native(['commit', '-q', '-m', 'a link and a mode'], 6);
  return store;
}

test('the files of a commit and the differences between two are those of native git', async (t) => {
  const store = await winding(t);
  const oids = (await git(store.dir, ['rev-list', '--first-parent', 'HEAD'])).trim().split('\n');
  for (const [n, oid] of oids.entries()) {
    const listed = await git(store.dir, ['ls-tree', '-r', '-z', oid]);
    const lines = listed.split('\0').filter((line) => line.startsWith('100'));
    const expected = lines.map((line) => line.slice('100644 blob '.length).split('\t').reverse());
    const files = await treeAt(store, oid as never);
    assert.deepEqual([...files], expected.sort());
    const older = oids[n + 1];
    if (older === undefined) continue;
    const raw = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', older, oid];
    const names = (await git(store.dir, raw)).split('\0').filter((name) => name !== '');
    const changed = await changedBetween(store, older as never, oid as never);
    // A link and a change of mode are no change of a file's content.
    const content = names.filter((name) => name !== 'link.md' && !(n === 0 && name === 'd.md'));
    assert.deepEqual(
      changed.map(({ path }) => path),
      content,
    );
  }
});

test('the last commit of each file is the same by native git, by ourselves, and from what is remembered', async (t) => {
  const store = await winding(t);
  const ours = await lastTouched(store, { useNativeGit: false });
  const native = await lastTouched(store, { useNativeGit: true });
  const byPath = (touches: ReadonlyMap<string, unknown>) => [...touches].sort();
  assert.deepEqual(byPath(native.touches), byPath(ours.touches));
  const [merge] = await log(store, { path: at('side.md'), limit: 9 });
  assert.equal(merge?.message, 'a merge\n');
  assert.deepEqual(ours.touches.get(at('side.md')), { commit: merge?.oid, date: merge?.date });
  assert.equal(merge?.date, '2025-06-15T15:11:40Z');
  await step(store, { 'a.md': '4', 'd.md': null, 'later.md': 'x' }, 9);
  const since = await lastTouched(store, { since: ours });
  const fresh = await lastTouched(store, { useNativeGit: false });
  assert.deepEqual(byPath(since.touches), byPath(fresh.touches));
  // A remembered commit that is no longer behind the head is of no use.
  await git(store.dir, ['reset', '-q', '--hard', 'HEAD~2']);
  const back = await lastTouched(await openStore(store.dir), { since });
  assert.deepEqual(byPath(back.touches), byPath((await lastTouched(store)).touches));
});

test('a log follows a file or a folder, newest first, up to a limit and a date', async (t) => {
  const store = await winding(t);
  const subjects = async (options: Parameters<typeof log>[1]) =>
    (await log(store, options)).map(({ message }) => message.trim());
  assert.deepEqual(await subjects({ path: at('a.md'), limit: 9 }), [
    'step 4',
    'step 1',
    'Begin the store',
  ]);
  assert.deepEqual(await subjects({ path: at('dir'), limit: 1 }), ['step 2']);
  for (const path of ['a.md', 'dir', 'dir/c.md', 'side.md', 'd.md', 'é', 'none.md', '*.md']) {
    const options = { path: at(path), limit: 3 };
    const native = await log(store, { ...options, useNativeGit: true });
    assert.deepEqual(native, await log(store, { ...options, useNativeGit: false }), path);
  }
  const since = new Date((TIMESTAMP + 240) * 1000).toISOString();
  assert.deepEqual(await subjects({ limit: 9, since }), ['a link and a mode', 'a merge', 'step 4']);
});

test('a walk gives each commit with what it changed, until the one that is known', async (t) => {
  const store = await newStore(t, { 'a.md': '1' });
  const first = await head(store);
  assert.ok(first);
  await step(store, { 'a.md': '2' }, 1);
  await step(store, { 'a.md': null, 'b.md': 'b' }, 2);
  const walked: unknown[] = [];
  for await (const { message, changes } of walkFirstParents(store, { until: first })) {
    walked.push([message.trim(), changes]);
  }
  assert.deepEqual(walked, [
    [
      'step 2',
      [
        { path: 'a.md', before: blobOid('2'), after: null },
        { path: 'b.md', before: null, after: blobOid('b') },
      ],
    ],
    ['step 1', [{ path: 'a.md', before: blobOid('1'), after: blobOid('2') }]],
  ]);
});

test('a file is read as it was in any commit', async (t) => {
  const store = await newStore(t, { 'dir/a.md': 'one' });
  const first = await head(store);
  assert.ok(first);
  const second = await step(store, { 'dir/a.md': 'two' }, 1);
  assert.equal(String(await readAt(store, first, at('dir/a.md'))), 'one');
  assert.equal(String(await readAt(store, second, at('dir/a.md'))), 'two');
  assert.equal(await readAt(store, second, at('dir')), undefined);
  assert.equal(await readAt(store, second, at('dir/a.md/x')), undefined);
  assert.equal(String(await readBlob(store, blobOid('one'))), 'one');
  await assert.rejects(readBlob(store, blobOid('never')), (error) =>
    isAtoError(error, 'not-found'),
  );
  await assert.rejects(readBlob(store, second), (error) => isAtoError(error, 'invalid'));
});

test('a damaged object is told as such', async (t) => {
  const store = await newStore(t, { 'a.md': 'content of a file' });
  const oid = blobOid('content of a file');
  const file = join(store.gitdir, 'objects', oid.slice(0, 2), oid.slice(2));
  await fs.chmod(file, 0o644);
  for (const damage of [Buffer.from('not zlib'), (await fs.readFile(file)).subarray(0, 12)]) {
    await fs.writeFile(file, damage);
    await assert.rejects(readBlob(store, oid), (error) => isAtoError(error, 'verification-failed'));
  }
});

test('trailers are read as they were written', () => {
  const key = fc.stringMatching(/^[A-Za-z0-9-]{1,12}$/);
  const value = fc.string().map((text) => text.replace(/\s+/g, ' ').replaceAll('\0', '').trim());
  const trailers = fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.lorem(), trailers, (message, written) => {
      assert.deepEqual(parseTrailers(messageWithTrailers(message, written)), written);
    }),
  );
  assert.equal(trailer(parseTrailers('subject\n\nActor: ada\nact: promote\n'), 'Act'), 'promote');
  assert.deepEqual(parseTrailers('Actor: in the subject'), []);
  assert.deepEqual(parseTrailers('subject\n\nActor: ada\nsome prose\n'), []);
  assert.deepEqual(parseTrailers('s\n\nNote: one\n  two\n'), [['Note', 'one two']]);
});
