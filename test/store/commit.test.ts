import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { isAtoError } from '../../src/errors.ts';
import { commit } from '../../src/store/commit.ts';
import { openStore } from '../../src/store/open.ts';
import { head } from '../../src/store/refs.ts';
import type { Store } from '../../src/store/store.ts';
import { git, tryGit } from '../support/native-git.ts';
import { ADA, by, change, newStore, TIMESTAMP } from './new-store.ts';

async function save(store: Store, path: string, content: string): Promise<void> {
  const full = join(store.dir, path);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, content);
}

/** Native git finds the repository whole, and nothing to commit. */
async function assertClean(store: Store): Promise<void> {
  const status = ['status', '--porcelain=v2', '-z', '--untracked-files=all'];
  assert.equal(await git(store.dir, status), '');
  const fsck = await git(store.dir, ['fsck', '--full', '--strict', '--no-dangling']);
  assert.equal(fsck, '');
  const tree = (await git(store.dir, ['rev-parse', 'HEAD^{tree}'])).trim();
  // What the cache of trees says, and what the entries say without it.
  assert.equal((await git(store.dir, ['write-tree'])).trim(), tree);
  assert.equal(await git(store.dir, ['diff', '--cached', '--raw', 'HEAD']), '');
  const index = await git(store.dir, ['ls-files', '-s', '-z']);
  const listed = await git(store.dir, ['ls-tree', '-r', '-z', 'HEAD']);
  const short = (text: string) => text.split('\0').map((line) => line.split(/[ \t]/));
  assert.deepEqual(
    short(index).map(([mode, oid, , path]) => [mode, oid, path]),
    short(listed).map(([mode, , oid, path]) => [mode, oid, path]),
  );
}

test('a new store is clean and whole for native git', async (t) => {
  const store = await newStore(t, { 'README.md': 'hello\n', 'projects/p05/project.md': 'x\n' });
  await assertClean(store);
  assert.equal(
    await git(store.dir, ['log', '--format=%an <%ae> %s']),
    'Ada <ada@example.org> Begin the store\n',
  );
  assert.equal(await git(store.dir, ['config', 'receive.denyCurrentBranch']), 'updateInstead\n');
  assert.match(await git(store.dir, ['reflog']), /HEAD@\{0\}: commit \(initial\): Begin the store/);
});

const STEPS: readonly (readonly [
  name: string,
  changes: Readonly<Record<string, string | null>>,
])[] = [
  ['an edit', { 'a/b/c.md': '2' }],
  ['a new file in a new folder', { 'n/e/w.md': 'new' }],
  ['a removed file', { 'a/b/c.md': null }],
  ['the last file of a folder', { 'n/e/w.md': null }],
  ['a file that becomes a folder', { 'a/b/d': null, 'a/b/d/e.md': 'e' }],
  ['a folder that becomes a file', { 'a/b/d/e.md': null, 'a/b/d': 'file' }],
  ['names that sort around a folder', { 'a.md': '1', 'a-b.md': '2', 'a/z.md': '3', a0: '4' }],
  ['Unicode names', { 'é.md': 'nfc', 'e\u0301x.md': 'nfd', '日本/語.md': 'y' }],
  ['an empty file', { 'empty.md': '' }],
];

test('after every kind of commit native git finds the store clean', async (t) => {
  const store = await newStore(t, { 'a/b/c.md': '1', 'a/b/d': 'd', 'z.md': 'z' });
  for (const [name, files] of STEPS) {
    for (const path of Object.keys(files)) {
      await rm(join(store.dir, path), { recursive: true, force: true });
    }
    for (const [path, content] of Object.entries(files)) {
      if (content !== null) await save(store, path, content);
    }
    const changes = Object.entries(files).map(([path, content]) => change(path, content));
    await commit(store, { ...by(name), changes });
    await assertClean(store);
  }
  const count = (await git(store.dir, ['rev-list', '--count', 'HEAD'])).trim();
  assert.equal(Number(count), STEPS.length + 1);
});

test('changes that change nothing make no commit', async (t) => {
  const store = await newStore(t, { 'a.md': '1' });
  const before = await head(store);
  assert.equal(await commit(store, { ...by('again'), changes: [change('a.md', '1')] }), before);
});

test('author, committer, time zone, message and trailers are as given, on their own lines', async (t) => {
  const store = await newStore(t);
  await commit(store, {
    changes: [change('a.md', '1')],
    author: { name: 'Eve\nparent 0000 <x>', email: 'e>v@e\n' },
    committer: ADA,
    message: 'Promote a record\n\nBecause.\n\n',
    trailers: [
      ['Actor', 'eve\nAct: forged'],
      ['Act', 'promote'],
    ],
    timestamp: TIMESTAMP,
    timezoneOffset: -90,
  });
  const format = '%an|%ae|%cn|%ad|%B';
  const shown = await git(store.dir, ['log', '-1', '--date=iso-strict', `--format=${format}`]);
  assert.equal(
    shown.trim(),
    'Eve parent 0000 x|e v@e|Ada|2025-06-15T16:36:40+01:30|Promote a record\n\nBecause.\n\n' +
      'Actor: eve Act: forged\nAct: promote',
  );
  assert.equal(await git(store.dir, ['fsck', '--strict', '--no-dangling']), '');
});

test('what a person has staged stays staged and uncommitted', async (t) => {
  const store = await newStore(t, { 'a.md': '1', 'dir/b.md': '1' });
  await save(store, 'dir/b.md', '2');
  await save(store, 'dir/new.md', 'new');
  await save(store, 'fresh/one.md', 'one');
  await git(store.dir, ['add', '--', 'dir', 'fresh']);
  await save(store, 'a.md', '2');
  await save(store, 'fresh/two.md', 'two');
  await commit(store, {
    ...by('ours'),
    changes: [change('a.md', '2'), change('fresh/two.md', 'two')],
  });
  const status = await git(store.dir, ['status', '--porcelain']);
  assert.equal(status, 'M  dir/b.md\nA  dir/new.md\nA  fresh/one.md\n');
  await git(store.dir, ['commit', '-q', '-m', 'theirs']);
  await assertClean(store);
});

test('a file edited between the look and the commit is not taken for committed', async (t) => {
  const store = await newStore(t, { 'a.md': '1' });
  await save(store, 'a.md', 'edited meanwhile');
  await commit(store, { ...by('ours'), changes: [change('a.md', '2')] });
  assert.equal(await git(store.dir, ['status', '--porcelain']), ' M a.md\n');
  const { path, oid } = change('a.md', 'not there');
  await assert.rejects(commit(store, { ...by('x'), changes: [{ path, oid }] }), (error) =>
    isAtoError(error, 'changed'),
  );
});

test('an edit in the second of the commit, of the same size, stays visible to native git', async (t) => {
  const store = await newStore(t, { 'a.md': '1', 'b.md': '1' });
  for (let n = 0; n < 5; n++) {
    await save(store, 'a.md', `${n}x`);
    await commit(store, { ...by('a'), changes: [change('a.md', `${n}x`)] });
    await save(store, 'a.md', `${n}y`);
    await save(store, 'b.md', `${n}`);
    await commit(store, { ...by('b'), changes: [change('b.md', `${n}`)] });
    assert.equal(await git(store.dir, ['status', '--porcelain']), ' M a.md\n');
  }
});

test('names that are not UTF-8 survive a commit beside them', async (t) => {
  const store = await newStore(t, { 'd/a.md': '1' });
  const name = Buffer.from([0x64, 0x2f, 0xff, 0xfe]);
  const blob = (await git(store.dir, ['hash-object', '-w', '--stdin'], { input: 'raw' })).trim();
  const line = Buffer.concat([Buffer.from(`100644 ${blob}\t`), name, Buffer.from([0])]);
  await git(store.dir, ['update-index', '-z', '--index-info'], { input: line });
  await git(store.dir, ['commit', '-q', '-m', 'odd name']);
  await save(store, 'd/a.md', '2');
  await commit(store, { ...by('ours'), changes: [change('d/a.md', '2')] });
  assert.match(await git(store.dir, ['ls-tree', '-r', 'HEAD']), /"d\/\\377\\376"/);
  assert.equal(await git(store.dir, ['fsck', '--strict', '--no-dangling']), '');
});

test('index versions 3 and 4, and a missing index, are taken', async (t) => {
  const store = await newStore(t, { 'a.md': '1', 'dir/b.md': '1', 'dir/bc.md': '1' });
  const edit = async (content: string) => {
    await save(store, 'a.md', content);
    await commit(store, { ...by(content), changes: [change('a.md', content)] });
  };
  await git(store.dir, ['update-index', '--index-version', '4']);
  await edit('version 4');
  await assertClean(store);
  await save(store, 'dir/later.md', 'later');
  await git(store.dir, ['add', '-N', 'dir/later.md']);
  await edit('version 3');
  assert.equal(await git(store.dir, ['status', '--porcelain']), ' A dir/later.md\n');
  await rm(join(store.dir, 'dir/later.md'));
  await rm(join(store.dir, '.git/index'));
  await edit('no index');
  await assertClean(store);
});

test('objects in packs and packed references are read', async (t) => {
  const store = await newStore(t, { 'a.md': '1', 'dir/b.md': '1' });
  await git(store.dir, ['gc', '-q']);
  assert.doesNotMatch(await readFile(join(store.dir, '.git/packed-refs'), 'utf8'), /^$/);
  const reopened = await openStore(store.dir);
  await save(store, 'dir/b.md', '2');
  await commit(reopened, { ...by('after gc'), changes: [change('dir/b.md', '2')] });
  await assertClean(store);
});

test('a commit on another parent than the expected one is refused', async (t) => {
  const store = await newStore(t, { 'a.md': '1' });
  const seen = await head(store);
  assert.ok(seen);
  await commit(store, { ...by('first'), changes: [change('a.md', '2')], expectedParent: seen });
  const stale = commit(store, {
    ...by('late'),
    changes: [change('a.md', '3')],
    expectedParent: seen,
  });
  await assert.rejects(stale, (error) => isAtoError(error, 'changed'));
});

test('native commits and ours, at the same time, all survive', async (t) => {
  const store = await newStore(t, { 'a.md': '1' });
  const count = 12;
  const ours = async (name: string) => {
    for (let n = 0; n < count; n++) {
      const path = `${name}/${n}.md`;
      await save(store, path, `${n}`);
      // Three at one lock without a pause: on a busy machine one may wait long for its turn.
      await commit(store, { ...by(path), changes: [change(path, `${n}`)], waitMs: 60_000 });
    }
  };
  const native = async () => {
    for (let n = 0; n < count; n++) {
      await save(store, `native/${n}.md`, `${n}`);
      for (;;) {
        const added = await tryGit(store.dir, ['add', `native/${n}.md`]);
        const made =
          added.code === 0 && (await tryGit(store.dir, ['commit', '-q', '-m', `n ${n}`]));
        if (made && made.code === 0) break;
      }
    }
  };
  await Promise.all([ours('one'), native(), ours('two')]);
  const files = (await git(store.dir, ['ls-tree', '-r', '--name-only', 'HEAD'])).trim().split('\n');
  assert.equal(files.length, 2 + 3 * count);
  await assertClean(store);
});

test('a person clones, edits and pushes; the folder follows and our next commit builds on it', async (t) => {
  const store = await newStore(t, { 'a.md': '1', 'b.md': '1' });
  const clone = join(store.dir, '../clone');
  await git(store.dir, ['clone', '-q', store.dir, clone]);
  await writeFile(join(clone, 'a.md'), '2');
  await git(clone, ['commit', '-qam', 'from afar']);
  await git(clone, ['push', '-q', 'origin', 'main']);
  assert.equal(await readFile(join(store.dir, 'a.md'), 'utf8'), '2');
  await save(store, 'b.md', '2');
  await commit(store, { ...by('ours'), changes: [change('b.md', '2')] });
  await assertClean(store);
  // Whoever is behind is refused, and nothing is lost.
  await writeFile(join(clone, 'a.md'), '3');
  await git(clone, ['commit', '-qam', 'behind']);
  assert.notEqual((await tryGit(clone, ['push', '-q', 'origin', 'main'])).code, 0);
  await git(clone, ['pull', '-q', '--rebase']);
  await git(clone, ['push', '-q', 'origin', 'main']);
  await assertClean(store);
  const subjects = await git(store.dir, ['log', '--format=%s']);
  assert.equal(subjects, 'behind\nours\nfrom afar\nBegin the store\n');
});

test('changes that make one path a file and a folder are refused, and nothing is committed', async (t) => {
  const store = await newStore(t);
  const before = await head(store);
  const changes = [change('x', 'file'), change('x/y.md', 'below')];
  await assert.rejects(commit(store, { ...by('x'), changes }), (error) =>
    isAtoError(error, 'invalid'),
  );
  assert.equal(await head(store), before);
  await assertClean(store);
});
