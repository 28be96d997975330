import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { isAtoError } from '../../src/errors.ts';
import { commit } from '../../src/store/commit.ts';
import { treeAt } from '../../src/store/history.ts';
import { knownFromIndex } from '../../src/store/known-from-index.ts';
import { openStore } from '../../src/store/open.ts';
import { pendingChanges } from '../../src/store/pending-changes.ts';
import { head } from '../../src/store/refs.ts';
import { NOTHING_KNOWN, type Scan, scan } from '../../src/store/scan.ts';
import type { Store } from '../../src/store/store.ts';
import { git } from '../support/native-git.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { diskFault, faultyDisk } from './faulty-disk.ts';
import { at, by, newStore } from './new-store.ts';

function rules(found: Scan): readonly string[] {
  return found.problems.map(({ path, rule }) => `${path}: ${rule}`);
}

function paths(found: Scan): readonly string[] {
  return [...found.entries.keys()].sort();
}

async function everything(store: Store): Promise<Scan> {
  return scan(store, NOTHING_KNOWN);
}

test('a scan finds every file under the name that git gives its content', async (t) => {
  const store = await newStore(t, { 'a.md': 'a', 'dir/empty.md': '', 'dir/deep/ü.md': 'ü' });
  const found = await everything(store);
  const revision = await head(store);
  assert.ok(revision);
  const tree = await treeAt(store, revision);
  assert.deepEqual(
    new Map([...found.entries].map(([path, { oid }]) => [path, oid])),
    new Map(tree),
  );
  assert.deepEqual(found.problems, []);
  assert.deepEqual(pendingChanges(found, tree), []);
});

test('53, 54, 55: links, loops, pipes and sockets are shown and never followed', async (t) => {
  const store = await newStore(t, { 'a.md': 'a', 'dir/b.md': 'b' });
  const outside = await temporaryFolder(t);
  await fs.writeFile(join(outside, 'secret.md'), 'secret');
  const inside = (name: string) => join(store.dir, name);
  await fs.symlink(join(outside, 'secret.md'), inside('file-link.md'));
  await fs.symlink(outside, inside('folder-link'));
  await fs.symlink('..', inside('dir/loop'));
  await fs.symlink('nowhere', inside('dangling.md'));
  await promisify(execFile)('mkfifo', [inside('pipe.md')]);
  const server = createServer().listen(inside('socket.md'));
  t.after(() => server.close());
  const expected = [
    'dangling.md: symbolic-link',
    'dir/loop: symbolic-link',
    'file-link.md: symbolic-link',
    'folder-link: symbolic-link',
    'pipe.md: not-a-file',
    'socket.md: not-a-file',
  ];
  const full = await everything(store);
  assert.deepEqual(rules(full), expected);
  assert.deepEqual(paths(full), ['a.md', 'atocore.json', 'dir/b.md']);
  const hinted = await scan(store, full, ['folder-link/secret.md', 'dir/loop/a.md', 'pipe.md']);
  assert.deepEqual(rules(hinted), expected);
  assert.deepEqual(paths(hinted), paths(full));
});

test('58, 59: names that collide by case or Unicode form are both shown, and both kept', async (t) => {
  const store = await newStore(t, { 'A.md': '1', 'a.md': '2', 'é.md': '3', 'e\u0301.md': '4' });
  const found = await everything(store);
  const expected = ['A.md', 'a.md', 'e\u0301.md', 'é.md'].map((path) => `${path}: name-collision`);
  assert.deepEqual(rules(found), expected);
  assert.equal(found.entries.size, 5);
  await fs.rm(join(store.dir, 'A.md'));
  assert.deepEqual(rules(await scan(store, found, ['A.md'])), expected.slice(2));
});

test('57, 60: a name that is not UTF-8, or none on Windows, is shown and not taken', async (t) => {
  const store = await newStore(t, { 'dir/a.md': 'a' });
  const bad = Buffer.concat([Buffer.from(`${store.dir}/dir/`), Buffer.from([0x78, 0xff])]);
  await fs.writeFile(bad, 'x');
  for (const name of ['con.md', 'new\nline.md', 'back\\slash.md', '$(id).md', '-x.md']) {
    await fs.writeFile(join(store.dir, name), 'x');
  }
  const found = await everything(store);
  assert.deepEqual(rules(found), [
    'back\\slash.md: bad-name',
    'con.md: bad-name',
    'dir/x\ufffd: bad-name',
    'new\nline.md: bad-name',
  ]);
  assert.deepEqual(paths(found), ['$(id).md', '-x.md', 'atocore.json', 'dir/a.md']);
});

test('62, 63, 64: what editors and synchronisers leave is passed over; conflict copies are shown', async (t) => {
  const store = await newStore(t, { 'a.md': 'a' });
  const names = [
    ...['.a.md.swp', '4913', 'a.md~', 'a.md___jb_tmp___', 'a.md___jb_old___', '#a.md#', '.#a.md'],
    ...['.obsidian/workspace.json', '.syncthing.a.md.tmp', '.atocore/lock', '.atocore-tmp-01'],
    ...['.DS_Store', '.stfolder/x', '.trash/x.md'],
  ];
  const copies = ['a (conflicted copy 2026-01-01).md', 'a.sync-conflict-20260101-101010-ABC.md'];
  for (const name of [...names, ...copies]) {
    await fs.mkdir(join(store.dir, name, '..'), { recursive: true });
    await fs.writeFile(join(store.dir, name), 'x');
  }
  const found = await everything(store);
  assert.deepEqual(paths(found), [...copies, 'a.md', 'atocore.json'].sort());
  assert.deepEqual(
    rules(found),
    copies.map((path) => `${path}: conflict-copy`),
  );
  assert.deepEqual(found.leftovers, ['.atocore-tmp-01']);
});

test('31: a Markdown file above 2 MB is kept in git and shown as too large', async (t) => {
  const store = await newStore(t);
  const large = Buffer.alloc(2 * 1024 * 1024 + 1, 'x');
  await fs.writeFile(join(store.dir, 'large.md'), large);
  await fs.writeFile(join(store.dir, 'large.png'), large);
  const found = await everything(store);
  assert.deepEqual(rules(found), ['large.md: too-large']);
  const oid = await git(store.dir, ['hash-object', 'large.md']);
  assert.equal(found.entries.get(at('large.md'))?.oid, oid.trim());
});

test('68: a rewrite of the same size with the same modification time is found', async (t) => {
  const store = await newStore(t, { 'a.md': 'aaa' });
  const file = join(store.dir, 'a.md');
  const past = new Date('2025-01-01T00:00:00Z');
  await fs.utimes(file, past, past);
  const before = await everything(store);
  await fs.writeFile(file, 'bbb');
  await fs.utimes(file, past, past);
  assert.deepEqual((await scan(store, before)).changed, ['a.md']);
  assert.deepEqual((await scan(store, before, ['a.md'])).changed, ['a.md']);
});

test('67: two saves of the same size within a tick of the clock end with the last one', async (t) => {
  const store = await newStore(t, { 'a.md': '0' });
  const file = join(store.dir, 'a.md');
  let known = await everything(store);
  for (let n = 1; n < 40; n++) {
    await fs.writeFile(file, `${n % 10}`);
    const first = await scan(store, known, ['a.md']);
    await fs.writeFile(file, `${(n + 5) % 10}`);
    known = await scan(store, first, ['a.md']);
    assert.deepEqual(known.changed, ['a.md']);
  }
});

test('75: a folder that cannot be read is shown, and what is known below it stays', async (t) => {
  const { dir } = await newStore(t, { 'closed/a.md': 'a', 'closed/in/b.md': 'b', 'c.md': 'c' });
  const known = await everything(await openStore(dir));
  for (const name of ['readdir', 'lstat']) {
    const disk = faultyDisk((operation) =>
      operation.name === name && /\/closed(\/a\.md)?$/.test(operation.path)
        ? diskFault('EACCES')
        : undefined,
    );
    const store = await openStore(dir, { disk });
    const found = await scan(store, known, name === 'lstat' ? ['closed/a.md'] : undefined);
    assert.deepEqual(found.removed, []);
    assert.deepEqual(rules(found), ['closed: unreadable']);
    assert.deepEqual(paths(found), paths(known));
    const revision = await head(store);
    assert.ok(revision);
    assert.deepEqual(pendingChanges(found, await treeAt(store, revision)), []);
    // Also for a scan that starts with nothing.
    assert.deepEqual(
      pendingChanges(
        found,
        new Map([[at('closed/x.md'), known.entries.get(at('c.md'))?.oid ?? revision]]),
      ).filter(({ oid }) => oid === null),
      [],
    );
  }
});

test('73: a root that is gone, or an empty mount point, is an error and never a deletion', async (t) => {
  const store = await newStore(t, { 'a.md': 'a' });
  const known = await everything(store);
  const gone = (work: Promise<unknown>) =>
    assert.rejects(work, (error) => isAtoError(error, 'not-a-store'));
  await fs.rename(store.dir, `${store.dir}-away`);
  await gone(scan(store, known));
  await gone(scan(store, known, ['a.md']));
  await fs.mkdir(store.dir);
  await gone(scan(store, known));
});

test('a repository inside the store, and what .gitignore names, is left alone', async (t) => {
  const store = await newStore(t, {
    '.gitignore': 'drafts/\n*.log\n',
    'kept.log': 'tracked by force',
    'a.md': 'a',
  });
  await git(store.dir, ['init', '-q', 'inner']);
  for (const path of ['inner/x.md', 'drafts/x.md', 'x.log', 'new.md', 'sub/y.log', 'sub/z.md']) {
    await fs.mkdir(join(store.dir, path, '..'), { recursive: true });
    await fs.writeFile(join(store.dir, path), 'x');
  }
  await fs.writeFile(join(store.dir, 'sub/.gitignore'), 'z.md\n');
  const first = await scan(store, await knownFromIndex(store));
  assert.deepEqual(first.changed, ['new.md', 'sub/.gitignore']);
  assert.deepEqual(rules(first), ['inner: nested-repository']);
  const second = await scan(store, first, ['x.log', 'drafts/x.md', 'sub']);
  assert.deepEqual(second.changed, []);
  await fs.writeFile(join(store.dir, '.gitignore'), '');
  const third = await scan(store, second, ['.gitignore']);
  assert.deepEqual(third.changed, ['.gitignore', 'drafts/x.md', 'sub/y.log', 'x.log']);
});

test('a start from git’s index reads only what has changed since', async (t) => {
  const store = await newStore(t, { 'a.md': 'a', 'b.md': 'b', 'c.md': 'c' });
  const past = new Date('2025-01-01T00:00:00Z');
  for (const name of ['a.md', 'b.md', 'c.md', 'atocore.json']) {
    await fs.utimes(join(store.dir, name), past, past);
  }
  await git(store.dir, ['status']);
  await fs.writeFile(join(store.dir, 'b.md'), 'B');
  await fs.rm(join(store.dir, 'c.md'));
  const found = await scan(store, await knownFromIndex(store));
  assert.deepEqual([found.changed, found.removed], [['b.md'], ['c.md']]);
  assert.equal(found.hashedCount, 1);
});

const NAMES = ['a.md', 'B.md', 'b.md', 'dir', 'dir/c.md', 'dir/d', 'dir/d/e.md', 'con.md', 'x.md~'];

const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = fs.constants;
const WRITE_NO_FOLLOW = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW;

const OPERATION = fc.record({
  kind: fc.constantFrom('write', 'write', 'remove', 'rename', 'link', 'folder'),
  name: fc.constantFrom(...NAMES),
  other: fc.constantFrom(...NAMES),
  content: fc.constantFrom('1', '2', '22'),
});

async function apply(
  dir: string,
  operation: { kind: string; name: string; other: string; content: string },
) {
  const { kind, name, other, content } = operation;
  const file = join(dir, name);
  try {
    if (kind === 'write') {
      await fs.mkdir(join(file, '..'), { recursive: true });
      // Through a link it would change a file that nothing hints at.
      await fs.writeFile(file, content, { flag: WRITE_NO_FOLLOW });
    } else if (kind === 'remove') await fs.rm(file, { recursive: true, force: true });
    else if (kind === 'rename') await fs.rename(file, join(dir, other));
    else if (kind === 'link') await fs.symlink('nowhere', file);
    else await fs.mkdir(file);
  } catch (error) {
    // Not every operation is possible on every tree; those that aren't change nothing.
    assert.ok(error instanceof Error && 'code' in error);
  }
}

test('looking only where something happened gives what looking everywhere gives', async (t) => {
  const store = await newStore(t);
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}`);
  let known = await everything(store);
  const property = fc.asyncProperty(fc.array(OPERATION, { maxLength: 6 }), async (operations) => {
    for (const operation of operations) await apply(store.dir, operation);
    const hints = operations.flatMap(({ name, other }) => [name, other]);
    const before = new Map([...known.entries].map(([path, { oid }]) => [path, oid]));
    // Without a stat to rely upon, and without hints, everything is read.
    const distrusted = [...known.entries].map(
      ([path, entry]) => [path, { ...entry, isFresh: true }] as const,
    );
    const full = await scan(store, { ...known, entries: new Map(distrusted) });
    known = await scan(store, known, hints);
    const oids = (found: Scan) => [...found.entries].map(([path, { oid }]) => [path, oid]).sort();
    assert.deepEqual(oids(known), oids(full));
    assert.deepEqual(known.problems, full.problems);
    for (const path of known.removed) before.delete(path);
    for (const path of known.changed) {
      const entry = known.entries.get(path);
      assert.ok(entry);
      before.set(path, entry.oid);
    }
    // A file that a link or a bad name has replaced is unread, not removed.
    assert.deepEqual([...before].sort(), oids(known));
  });
  await fc.assert(property, { seed, numRuns: 150, endOnFailure: true, includeErrorInReport: true });
});

test('what a scan finds, committed, leaves native git nothing to say', async (t) => {
  const store = await newStore(t, { 'a.md': '1', 'dir/b.md': '1', 'dir/c.md': '1' });
  const known = await everything(store);
  await fs.writeFile(join(store.dir, 'a.md'), '2');
  await fs.rename(join(store.dir, 'dir'), join(store.dir, 'moved'));
  const found = await scan(store, known);
  const revision = await head(store);
  assert.ok(revision);
  const changes = pendingChanges(found, await treeAt(store, revision));
  assert.deepEqual(found.removed, ['dir/b.md', 'dir/c.md']);
  await commit(store, { ...by('an edit'), changes });
  assert.equal(await git(store.dir, ['status', '--porcelain']), '');
});
