/** People push to a store that is being served: all of it arrives, nothing is overwritten, refusals say why. */
import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../src/store/open.ts';
import { PUSH_MARK, writePushHooks } from '../../src/store/push-hooks.ts';
import { repositoryState } from '../../src/store/repository-state.ts';
import { git, tryGit } from '../support/native-git.ts';
import { cloneOf, faultsAfter, pushAndCapture } from '../support/pushing.ts';
import { exampleStore, openEngine, put } from '../support/store-tree.ts';
import { until } from '../support/until.ts';

const NOTE = 'projects/p05-interferometer/sources/notes/pushed.md';

test('clones push while captures arrive: every commit and capture is in the history, the tree settled', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, true);
  const pushed = await pushAndCapture(engine, folder, { clones: 3, commits: 12, captures: 40 });
  assert.equal(pushed.subjects.length, 12);
  assert.equal(new Set(pushed.captureIds).size, 40);
  assert.deepEqual(await faultsAfter(engine, folder, pushed), []);
});

test('what was edited in the store meanwhile is committed before a push is taken', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, true);
  await until('the watcher is up', () => engine.status().watcher.state === 'watching');
  const clone = await cloneOf(folder, 'clone');
  await put(clone, NOTE, '# Pushed\n\nFrom afar.\n');
  await git(clone, ['add', '-A']);
  await git(clone, ['commit', '-qm', 'from afar']);
  const edited = 'projects/p05-interferometer/sources/notes/supports.md';
  const text = await readFile(join(folder, edited), 'utf8');
  await put(folder, edited, `${text}\nEdited this very moment.\n`);
  // Behind by the commit of that edit, so the first try is refused, and says what to do.
  const first = await tryGit(clone, ['push', '-q', 'origin', 'main']);
  assert.notEqual(first.code, 0);
  assert.match(first.stderr, /AtoCore: .*git pull --rebase, then git push/);
  await git(clone, ['pull', '-q', '--rebase', 'origin', 'main']);
  await git(clone, ['push', '-q', 'origin', 'main']);
  assert.match(await readFile(join(folder, edited), 'utf8'), /Edited this very moment/);
  assert.match(await readFile(join(folder, NOTE), 'utf8'), /From afar/);
  await until('what was pushed is served', () =>
    [...(engine.view?.settlement.documents.keys() ?? [])].includes(NOTE as never),
  );
});

test('without a daemon an edit that is not committed is never overwritten, and the refusal says so', async (t) => {
  const folder = await exampleStore(t);
  const clone = await cloneOf(folder, 'clone');
  const path = 'projects/p05-interferometer/sources/notes/supports.md';
  await put(clone, path, '# Theirs\n\nPushed.\n');
  await git(clone, ['commit', '-qam', 'theirs']);
  await put(folder, path, '# Mine\n\nNot committed.\n');
  const { code, stderr } = await tryGit(clone, ['push', '-q', 'origin', 'main']);
  assert.notEqual(code, 0);
  assert.match(stderr, /AtoCore: expected a store without edits that are not committed/);
  assert.match(await readFile(join(folder, path), 'utf8'), /Not committed/);
  assert.equal((await git(folder, ['log', '-1', '--format=%s'])).includes('theirs'), false);
});

test('a file that is there and not yet committed is not overwritten by a pushed one of its name', async (t) => {
  const folder = await exampleStore(t);
  const clone = await cloneOf(folder, 'clone');
  await put(clone, NOTE, '# Theirs\n');
  await git(clone, ['add', '-A']);
  await git(clone, ['commit', '-qm', 'theirs']);
  await put(folder, NOTE, '# Mine\n');
  const { code, stderr } = await tryGit(clone, ['push', '-q', 'origin', 'main']);
  assert.notEqual(code, 0);
  assert.match(stderr, /AtoCore: .*pushed\.md/s);
  assert.equal(await readFile(join(folder, NOTE), 'utf8'), '# Mine\n');
});

test('history is not rewritten and branches are not deleted by a push', async (t) => {
  const folder = await exampleStore(t);
  const clone = await cloneOf(folder, 'clone');
  await git(clone, ['commit', '-q', '--amend', '-m', 'another past']);
  assert.notEqual((await tryGit(clone, ['push', '-qf', 'origin', 'main'])).code, 0);
  assert.notEqual((await tryGit(clone, ['push', '-q', 'origin', ':main'])).code, 0);
  assert.equal(await git(folder, ['status', '--porcelain']), '');
});

test('71: while a push writes files nothing is committed; the mark of one that is gone holds up nobody', async (t) => {
  const folder = await exampleStore(t);
  const store = await openStore(folder);
  const mark = join(store.gitdir, PUSH_MARK);
  await writeFile(mark, `${process.pid}\n`);
  const state = await repositoryState(store);
  assert.ok(!state.writable);
  assert.match(state.reason, /push is being taken/);
  for (const gone of [`${2 ** 22 + 1}\n`, '', 'x']) {
    await writeFile(mark, gone);
    assert.ok((await repositoryState(store)).writable, gone);
  }
});

test('a hook of one’s own is left alone and named, one of an older version is replaced', async (t) => {
  const folder = await exampleStore(t);
  const store = await openStore(folder);
  const hook = join(store.gitdir, 'hooks/pre-receive');
  const ours = await readFile(hook, 'utf8');
  assert.deepEqual(await writePushHooks(store.fs, store.gitdir), []);
  await writeFile(hook, '#!/bin/sh\necho mine >&2\n');
  await chmod(hook, 0o755);
  assert.deepEqual(await writePushHooks(store.fs, store.gitdir), ['pre-receive']);
  assert.match(await readFile(hook, 'utf8'), /mine/);
  await writeFile(hook, ours.replace('exit 0', 'true'));
  assert.deepEqual(await writePushHooks(store.fs, store.gitdir), []);
  assert.equal(await readFile(hook, 'utf8'), ours);
});
