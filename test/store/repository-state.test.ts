import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { AtoError, isAtoError } from '../../src/errors.ts';
import { commit } from '../../src/store/commit.ts';
import { treeAt } from '../../src/store/history.ts';
import { createStore, openStore } from '../../src/store/open.ts';
import { head } from '../../src/store/refs.ts';
import { repositoryState } from '../../src/store/repository-state.ts';
import { git, tryGit } from '../support/native-git.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { ADA, at, by, change, newStore } from './new-store.ts';

type Prepare = (dir: string) => Promise<unknown>;

const write = (dir: string, path: string, content: string) =>
  fs.writeFile(join(dir, path), content);

/** Two branches that changed the same line. */
async function diverge(dir: string): Promise<void> {
  await git(dir, ['switch', '-q', '-c', 'side']);
  await write(dir, 'a.md', 'side');
  await git(dir, ['commit', '-qam', 'side']);
  await git(dir, ['switch', '-q', 'main']);
  await write(dir, 'a.md', 'main');
  await git(dir, ['commit', '-qam', 'main']);
}

const STATES: readonly (readonly [name: string, reason: RegExp, code: string, prepare: Prepare])[] =
  [
    [
      '71: a merge',
      /merge/,
      'busy',
      async (dir) => diverge(dir).then(() => tryGit(dir, ['merge', 'side'])),
    ],
    [
      '71: a rebase',
      /rebase/,
      'busy',
      async (dir) => diverge(dir).then(() => tryGit(dir, ['rebase', 'side'])),
    ],
    [
      '71: a cherry-pick',
      /cherry/,
      'busy',
      async (dir) => diverge(dir).then(() => tryGit(dir, ['cherry-pick', 'side'])),
    ],
    ['71: a bisect', /bisect/, 'busy', (dir) => git(dir, ['bisect', 'start'])],
    [
      '71: a lock of another program',
      /index\.lock/,
      'busy',
      (dir) => write(dir, '.git/index.lock', ''),
    ],
    [
      '72: a detached HEAD',
      /detached/,
      'wrong-state',
      (dir) => git(dir, ['switch', '-q', '--detach']),
    ],
    [
      '72: another branch',
      /found other/,
      'wrong-state',
      (dir) => git(dir, ['switch', '-q', '-c', 'other']),
    ],
  ];

for (const [name, reason, code, prepare] of STATES) {
  test(`${name} keeps the store from being written, and says why`, async (t) => {
    const store = await newStore(t, { 'a.md': 'a' });
    assert.deepEqual(await repositoryState(store), { writable: true });
    await prepare(store.dir);
    const state = await repositoryState(store);
    assert.ok(!state.writable);
    assert.match(state.reason, reason);
    const made = commit(store, { ...by('x'), changes: [change('b.md', 'b')], waitMs: 30 });
    await assert.rejects(made, (error) => error instanceof AtoError && error.code === code);
    // Reading goes on.
    const revision = await head(store);
    assert.ok(revision);
    assert.ok((await treeAt(store, revision)).has(at('a.md')));
  });
}

test('72: a shallow clone, a linked worktree and a submodule are read, and not written', async (t) => {
  const store = await newStore(t, { 'a.md': '1' });
  await commit(store, { ...by('second'), changes: [change('a.md', '2')] });
  const folder = await temporaryFolder(t);
  const url = `file://${store.dir}`;
  await git(folder, ['clone', '-q', '--depth', '1', url, 'shallow']);
  await git(store.dir, ['worktree', 'add', '-q', '-b', 'linked', join(folder, 'linked')]);
  await git(folder, ['init', '-q', 'outer']);
  const allow = ['-c', 'protocol.file.allow=always'];
  await git(join(folder, 'outer'), [...allow, 'submodule', '--quiet', 'add', url, 'sub']);
  for (const [dir, reason] of [
    ['shallow', /shallow/],
    ['linked', /worktree/],
    ['outer/sub', /submodule/],
  ] as const) {
    const opened = await openStore(join(folder, dir));
    const state = await repositoryState(opened);
    assert.ok(!state.writable);
    assert.match(state.reason, reason);
    const revision = await head(opened);
    assert.ok(revision, dir);
    assert.equal((await treeAt(opened, revision)).size, 2);
    const made = commit(opened, { ...by('x'), changes: [change('b.md', 'b')] });
    await assert.rejects(made, (error) => isAtoError(error, 'wrong-state'));
  }
});

test('what is no store is refused with what was found', async (t) => {
  const folder = await temporaryFolder(t);
  await git(folder, ['init', '-q', 'plain']);
  await git(folder, ['init', '-q', '--bare', 'bare']);
  await write(folder, 'file', 'x');
  for (const [dir, found] of [
    ['none', /found nothing/],
    ['file', /found a file/],
    ['.', /without \.git/],
    ['bare', /bare git repository/],
    ['plain', /without atocore\.json/],
  ] as const) {
    await assert.rejects(
      openStore(join(folder, dir)),
      (error) => isAtoError(error, 'not-a-store') && found.test(error.message),
      dir,
    );
  }
});

test('a new store is not made in a folder that holds something', async (t) => {
  const folder = await temporaryFolder(t);
  await write(folder, 'thesis.md', 'years of work');
  const files = new Map([[at('atocore.json'), '{}']]);
  const made = createStore(folder, files, { author: ADA, message: 'x', timestamp: 1 });
  await assert.rejects(
    made,
    (error) => isAtoError(error, 'wrong-state') && /thesis\.md/.test(error.message),
  );
  assert.deepEqual(await fs.readdir(folder), ['thesis.md']);
});

test('76: hooks, filters and programs planted in a store are not run', async (t) => {
  const store = await newStore(t, {
    'a.md': 'a',
    '.gitattributes': '*.md filter=evil diff=evil\n',
  });
  const marker = join(store.dir, '..', 'marker');
  const evil = `touch ${marker}`;
  for (const name of ['pre-commit', 'post-commit', 'post-index-change', 'reference-transaction']) {
    await fs.mkdir(join(store.gitdir, 'hooks'), { recursive: true });
    await fs.writeFile(join(store.gitdir, 'hooks', name), `#!/bin/sh\n${evil}\n`, { mode: 0o755 });
  }
  for (const key of [
    'core.fsmonitor',
    'core.pager',
    'diff.external',
    'filter.evil.clean',
    'diff.evil.textconv',
    'core.sshCommand',
  ]) {
    await git(store.dir, ['config', key, evil]);
  }
  await commit(store, { ...by('x'), changes: [change('a.md', 'b')] });
  const { lastTouched } = await import('../../src/store/last-touched.ts');
  await lastTouched(store, { useNativeGit: true });
  await assert.rejects(fs.lstat(marker));
});
