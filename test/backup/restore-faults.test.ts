import assert from 'node:assert/strict';
import { cp, lstat, mkdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type OpenedBackup, openBackup } from '../../src/backup/open-backup.ts';
import {
  INDEX_SNAPSHOT,
  restoreInPlace,
  resumeRestore,
} from '../../src/backup/restore-in-place.ts';
import { AtoError, isAtoError } from '../../src/errors.ts';
import { type Disk, eachLimited } from '../../src/store/durable-fs.ts';
import { openStore } from '../../src/store/open.ts';
import { head } from '../../src/store/refs.ts';
import { treeOfCommit } from '../../src/store/write-trees.ts';
import { diskFault, faultyDisk } from '../store/faulty-disk.ts';
import { git } from '../support/native-git.ts';
import { ANN, put, readTree } from '../support/store-tree.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { type BackedUp, backUp, commitNote, settledStore } from './backed-up.ts';

const NOTES = 'projects/p05-interferometer/sources/notes';
const INDEX = join(...INDEX_SNAPSHOT);
/** Above what Linux gives out. */
const DEAD_PID = 2 ** 22 + 1;
const LANES = 4;
/** A third of the operations; all of them on request. */
const EVERY = process.env.ATOCORE_EVERY_FAULT === '1' ? 1 : 3;

function sampled(count: number): readonly number[] {
  return [...Array(count).keys()].filter((n) => n % EVERY === 0);
}

interface Case extends BackedUp {
  readonly backup: OpenedBackup;
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
}

/** Edits, a new file, a removed one, a folder where a file was and a file where a folder was. */
async function prepared(t: Parameters<typeof settledStore>[0]): Promise<Case> {
  const store = await settledStore(t);
  const { folder } = store;
  await commitNote(folder, `${NOTES}/was-file`, 'a file\n');
  await commitNote(folder, `${NOTES}/was-folder/a.md`, '# A\n');
  const { stamp } = await backUp(store);
  const after = await readTree(folder);
  await rm(join(folder, NOTES, 'was-file'));
  await rm(join(folder, NOTES, 'was-folder'), { recursive: true });
  await commitNote(folder, `${NOTES}/was-file/b.md`, '# B\n');
  await commitNote(folder, `${NOTES}/was-folder`, 'a file now\n');
  await commitNote(folder, `${NOTES}/supports.md`, '# Other\n');
  await git(folder, ['add', '-A']);
  await git(folder, ['commit', '-qm', 'the rest', '--allow-empty']);
  const before = await readTree(folder);
  return { ...store, backup: await openBackup(store.place, stamp), before, after };
}

async function restore({ backup }: Case, folder: string, disk?: Disk) {
  const store = await openStore(folder, disk === undefined ? {} : { disk });
  return restoreInPlace(store, backup, { person: ANN });
}

async function changesCounted(at: Case, copy: string): Promise<number> {
  await cp(at.folder, copy, { recursive: true });
  let count = 0;
  const disk = faultyDisk(({ changes }) => {
    if (changes) count++;
    return undefined;
  });
  await restore(at, copy, disk);
  assert.deepEqual(await readTree(copy), at.after);
  return count;
}

/** As after a kill: the notes in lock files name a process that is gone. */
async function buryHolder(folder: string): Promise<void> {
  for (const name of ['.git/index.lock', '.git/refs/heads/main.lock']) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const note: unknown = JSON.parse(text);
    await writeFile(join(folder, name), JSON.stringify({ ...(note as object), pid: DEAD_PID }));
  }
}

/** Either as it was or restored, with nothing half, and the next restore works. */
async function assertWhole(at: Case, folder: string, where: string): Promise<'old' | 'new'> {
  const store = await openStore(folder);
  const present = await head(store);
  assert.ok(present, where);
  const isNew = (await treeOfCommit(store, present)) === at.backup.tree;
  // Temporary files are swept by the engine's first look.
  const found = [...(await readTree(folder))].filter(([path]) => !path.includes('.atocore-tmp-'));
  assert.deepEqual(new Map(found), isNew ? at.after : at.before, where);
  assert.equal(await git(folder, ['status', '--porcelain']), '', where);
  assert.equal(await git(folder, ['fsck', '--strict', '--full', '--no-dangling']), '', where);
  await assert.rejects(lstat(join(folder, '.atocore/restore.json')), { code: 'ENOENT' }, where);
  return isNew ? 'new' : 'old';
}

test('109, 114: stopped at any operation, a restore is made good at the next start', async (t) => {
  const at = await prepared(t);
  const scratch = await temporaryFolder(t);
  const count = await changesCounted(at, join(scratch, 'count'));
  const seen = { old: 0, new: 0 };
  await eachLimited(sampled(count), LANES, async (stop) => {
    const where = `stopped at operation ${stop} of ${count}`;
    const folder = join(scratch, String(stop));
    await cp(at.folder, folder, { recursive: true });
    const disk = faultyDisk(({ number, changes }) =>
      changes && number >= stop ? diskFault('EIO') : undefined,
    );
    await restore(at, folder, disk).catch((error) => assert.ok(error instanceof Error, where));
    await buryHolder(folder);
    await resumeRestore(await openStore(folder));
    await rm(join(folder, '.git/index.lock'), { force: true });
    seen[await assertWhole(at, folder, where)] += 1;
    await rm(folder, { recursive: true, force: true });
  });
  t.diagnostic(`${count} operations: ${seen.old} as before, ${seen.new} restored`);
  assert.ok(seen.old > 3 && seen.new > 3);
});

const CODES = { ENOSPC: 'disk-full', EROFS: 'read-only', EIO: 'failed' } as const;

test('102, 103, 105, 106: an error at any operation of a restore is told, and all is put back', async (t) => {
  const at = await prepared(t);
  const scratch = await temporaryFolder(t);
  const count = await changesCounted(at, join(scratch, 'count'));
  await eachLimited(sampled(count), LANES, async (fault) => {
    const [code = 'EIO', meaning] = Object.entries(CODES)[fault % 3] ?? [];
    const folder = join(scratch, String(fault));
    await cp(at.folder, folder, { recursive: true });
    let met = '';
    const disk = faultyDisk(({ number, changes, name, path }) => {
      if (!changes || number !== fault) return undefined;
      met = `${name} ${path}`;
      return diskFault(code);
    });
    const failure = await restore(at, folder, disk).catch((error: unknown) => error);
    if (failure instanceof AtoError) assert.ok(isAtoError(failure, meaning), `${met}: ${failure}`);
    else if (failure instanceof Error) assert.fail(`${met}: ${failure}`);
    await resumeRestore(await openStore(folder));
    await rm(join(folder, '.git/index.lock'), { force: true });
    await assertWhole(at, folder, `${code} at ${met}`);
    await rm(folder, { recursive: true, force: true });
  });
});

test('edits since the stop survive its being made good, forward and back', async (t) => {
  for (const isBack of [false, true]) {
    const at = await prepared(t);
    const scratch = await temporaryFolder(t);
    const count = await changesCounted(at, join(scratch, 'count'));
    // Stops in the middle, where some files are replaced and some are not.
    let stop = 0;
    for (stop = Math.floor(count / 2); ; stop++) {
      const folder = join(scratch, `try-${stop}`);
      await cp(at.folder, folder, { recursive: true });
      const disk = faultyDisk(({ number, changes }) =>
        changes && number >= stop ? diskFault('EIO') : undefined,
      );
      await restore(at, folder, disk).catch(() => undefined);
      const isNoted = await lstat(join(folder, '.atocore/restore.json')).catch(() => undefined);
      if (isNoted === undefined) continue;
      await buryHolder(folder);
      await put(folder, `${NOTES}/supports.md`, '# Mine\n');
      if (isBack) await put(folder, `${NOTES}/was-file/in-the-way.md`, '# Mine too\n');
      const resumed = await resumeRestore(await openStore(folder));
      assert.equal(resumed?.outcome, isBack ? 'rolled-back' : 'went-on');
      assert.equal(await readFile(join(folder, NOTES, 'supports.md'), 'utf8'), '# Mine\n');
      if (isBack) await lstat(join(folder, NOTES, 'was-file/in-the-way.md'));
      break;
    }
  }
});

test('what is in no commit because it is ignored stays, and what is edited and not committed is kept in history', async (t) => {
  const store = await settledStore(t);
  const { folder } = store;
  const { stamp } = await backUp(store);
  await put(folder, '.obsidian/workspace.json', '{}');
  await put(folder, `${NOTES}/.hidden.swp`, 'vim');
  await put(folder, 'projects/p09-only-ignored/sources/a~', 'backup of an editor');
  await put(folder, `${NOTES}/supports.md`, '# Not committed\n');
  await mkdir(join(folder, INDEX), { recursive: true });
  await writeFile(join(folder, INDEX, 'header.json'), 'stale');
  const open = await openStore(folder);
  const restored = await restoreInPlace(open, await openBackup(store.place, stamp), {
    person: ANN,
    safety: { place: store.place },
  });
  for (const path of ['.obsidian/workspace.json', `${NOTES}/.hidden.swp`]) {
    await lstat(join(folder, path));
  }
  await lstat(join(folder, 'projects/p09-only-ignored/sources/a~'));
  await assert.rejects(lstat(join(folder, INDEX)), { code: 'ENOENT' });
  const kept = await git(folder, ['show', `${restored.safetyRef}:${NOTES}/supports.md`]);
  assert.equal(kept, '# Not committed\n');
  assert.equal((await git(folder, ['rev-parse', 'HEAD^'])).trim(), restored.from);
  assert.equal((await git(folder, ['rev-parse', restored.safetyRef])).trim(), restored.from);
  assert.equal(restored.safety?.manifest.head, restored.from);
  assert.equal(restored.safety?.manifest.reason, 'before-restore');
  const log = await git(folder, ['log', '-1', '--format=%an|%s|%(trailers:key=Act,valueonly)']);
  assert.match(log, /^Ann\|restore: backup \d{8}T\d{6}Z\|restore/);
});

test('links and names that only git takes come back, and are never written through', async (t) => {
  const store = await settledStore(t);
  const { folder } = store;
  const outside = join(await temporaryFolder(t), 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'supports.md'), 'not ours\n');
  await git(folder, ['config', 'core.symlinks', 'true']);
  await symlink(outside, join(folder, NOTES, 'link'));
  await put(folder, `${NOTES}/aux.md`, '# A name that Windows reserves\n');
  await git(folder, ['add', '-A']);
  await git(folder, ['commit', '-qm', 'odd ones']);
  const { stamp } = await backUp(store);
  await git(folder, ['rm', '-q', `${NOTES}/link`, `${NOTES}/aux.md`]);
  await git(folder, ['commit', '-qm', 'without them']);
  const backup = await openBackup(store.place, stamp);
  await restoreInPlace(await openStore(folder), backup, { person: ANN });
  assert.equal(await readlink(join(folder, NOTES, 'link')), outside);
  assert.match(await readFile(join(folder, NOTES, 'aux.md'), 'utf8'), /Windows/);
  assert.equal(await git(folder, ['status', '--porcelain']), '');

  // A link where the backup has a folder is in the way, and what it leads to stays as it is.
  await rm(join(folder, NOTES), { recursive: true });
  await symlink(outside, join(folder, NOTES));
  const open = await openStore(folder);
  await assert.rejects(restoreInPlace(open, backup, { person: ANN }), (error) => {
    assert.ok(isAtoError(error, 'invalid'));
    assert.match(error.message, /in the way/);
    return true;
  });
  assert.equal(await readFile(join(outside, 'supports.md'), 'utf8'), 'not ours\n');
});

test('a merge under way and another branch are refused, with nothing changed', async (t) => {
  const store = await settledStore(t);
  const { stamp } = await backUp(store);
  const backup = await openBackup(store.place, stamp);
  await git(store.folder, ['switch', '-q', '-c', 'other']);
  const open = await openStore(store.folder, { branch: 'main' });
  const attempt = () => restoreInPlace(open, backup, { person: ANN });
  await assert.rejects(attempt(), (error) => isAtoError(error, 'wrong-state'));
  await git(store.folder, ['switch', '-q', 'main']);
  await writeFile(join(store.folder, '.git/MERGE_HEAD'), `${backup.head}\n`);
  await assert.rejects(attempt(), (error) => isAtoError(error, 'busy'));
});
