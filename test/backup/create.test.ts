import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkOut } from '../../src/backup/check-out.ts';
import { createBackup } from '../../src/backup/create.ts';
import { BUNDLE_NAME, encodeManifest, MANIFEST_NAME, stampOf } from '../../src/backup/manifest.ts';
import { openBackup, openBundle, sha256 } from '../../src/backup/open-backup.ts';
import { byStamp, listBackups } from '../../src/backup/place.ts';
import { validateBackup } from '../../src/backup/validate.ts';
import { isAtoError } from '../../src/errors.ts';
import { proveTree } from '../../src/prove-tree.ts';
import { openStore } from '../../src/store/open.ts';
import { diskFault, faultyDisk } from '../store/faulty-disk.ts';
import { git } from '../support/native-git.ts';
import { readTree } from '../support/store-tree.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { backUp, commitNote, digestOf, settledStore } from './backed-up.ts';

const NOTE = 'projects/p05-interferometer/sources/notes/added.md';

test('a backup says what it holds and is valid to the tree at once', async (t) => {
  const store = await settledStore(t);
  const head = (await git(store.folder, ['rev-parse', 'HEAD'])).trim();
  const now = new Date('2026-04-09T10:15:00Z');
  const { stamp, folder, manifest, warnings } = await backUp(store, { now, build: 'abc123' });
  assert.equal(stamp, '20260409T101500Z');
  assert.deepEqual((await readdir(folder)).sort(), [MANIFEST_NAME, BUNDLE_NAME]);
  assert.equal(manifest.head, head);
  assert.equal(manifest.tree, (await git(store.folder, ['rev-parse', 'HEAD^{tree}'])).trim());
  assert.equal(manifest.counts['decision/candidate'], 2);
  assert.equal(manifest.build, 'abc123');
  assert.deepEqual(manifest.validated.level, 2);
  assert.deepEqual(
    warnings.map(({ rule }) => rule),
    ['same-device'],
  );
  const report = await validateBackup(store.place, stamp, { level: 3, prove: proveTree });
  assert.equal(report.reached, 3);
  const again = await backUp(store, { now });
  assert.equal(again.stamp, '20260409T101500Z-2');
  assert.deepEqual(
    (await listBackups(store.place)).map((each) => each.stamp),
    ['20260409T101500Z-2', '20260409T101500Z'],
  );
});

test('stamps of one second sort by their suffix', () => {
  const stamp = stampOf(new Date('2026-04-09T10:15:00.250Z'));
  const stamps = [`${stamp}-10`, stamp, `${stamp}-2`, '20260408T000000Z-99'];
  assert.deepEqual(stamps.sort(byStamp), [
    '20260408T000000Z-99',
    stamp,
    `${stamp}-2`,
    `${stamp}-10`,
  ]);
});

test('an incremental backup holds what came since, and restores with all it builds upon', async (t) => {
  const store = await settledStore(t);
  for (const useNativeGit of [true, false]) {
    const whole = await backUp(store, { incremental: true, useNativeGit });
    if (useNativeGit) assert.equal(whole.warnings.at(-1)?.rule, 'whole-instead');
    await commitNote(store.folder, NOTE, `# Added ${useNativeGit}\n`);
    const second = await backUp(store, { incremental: true, useNativeGit });
    assert.equal(second.manifest.parent, whole.stamp);
    assert.ok(second.manifest.bundle.objects < 12, `${second.manifest.bundle.objects} objects`);
    const nothingNew = await backUp(store, { incremental: true, useNativeGit });
    assert.equal(nothingNew.manifest.bundle.objects, 0);
    const bundle = join(second.folder, BUNDLE_NAME);
    await git(store.folder, ['bundle', 'verify', '-q', bundle]);
    for (const { stamp } of [second, nothingNew]) {
      const target = join(await temporaryFolder(t), 'restored');
      await checkOut(await openBackup(store.place, stamp), target, { isDurable: true });
      assert.equal(await git(target, ['fsck', '--strict', '--full']), '');
      assert.deepEqual(await readTree(target), await readTree(store.folder));
    }
  }
  const [newest, ...older] = await listBackups(store.place);
  await rm(join(store.place, older[0]?.stamp ?? '', MANIFEST_NAME));
  const report = await validateBackup(store.place, newest?.stamp ?? '', { level: 2 });
  assert.match(report.fault?.message ?? '', /adds to .* which cannot be used/);
});

test('a thin native bundle can be built upon and is completed when it is taken in', async (t) => {
  const store = await settledStore(t);
  const long = `# Long\n\n${'One line of many in this file.\n'.repeat(600)}`;
  await commitNote(store.folder, NOTE, long);
  const whole = await backUp(store);
  await commitNote(store.folder, NOTE, `${long}\nOne more.\n`);
  const added = await backUp(store, { incremental: true });
  // The same range as git bundles it: its pack holds differences to objects that it lacks.
  const file = join(added.folder, BUNDLE_NAME);
  await git(store.folder, [
    'bundle',
    'create',
    '-q',
    file,
    'HEAD',
    'main',
    `^${whole.manifest.head}`,
  ]);
  const bytes = await readFile(file);
  const below = await openBackup(store.place, whole.stamp);
  const { pack } = await openBundle(bytes, below);
  assert.ok(pack.outsideBases.size > 0, 'the pack is a thin one');
  const bundle = { bytes: bytes.length, sha256: sha256(bytes), objects: pack.entries.size };
  await writeFile(join(added.folder, MANIFEST_NAME), encodeManifest({ ...added.manifest, bundle }));
  const target = join(await temporaryFolder(t), 'restored');
  await checkOut(await openBackup(store.place, added.stamp), target, { isDurable: true });
  assert.equal(await git(target, ['fsck', '--strict', '--full']), '');
  assert.deepEqual(await readTree(target), await readTree(store.folder));
});

test('112: a place that is missing, inside the store, or too full is refused, and the store untouched', async (t) => {
  const { folder, place } = await settledStore(t);
  const before = await digestOf(folder);
  const store = await openStore(folder);
  const refused = async (code: string, options: Partial<Parameters<typeof createBackup>[1]>) =>
    assert.rejects(createBackup(store, { place, ...options }), (error) =>
      isAtoError(error, code as 'failed'),
    );
  await refused('not-found', {});
  await refused('invalid', { place: join(folder, 'backups'), mayMakePlace: true });
  await writeFile(place, 'a file');
  await refused('not-found', { mayMakePlace: true });
  await rm(place);
  await mkdir(place);
  await refused('disk-full', { free: async () => 1000 });
  assert.deepEqual(await readdir(place), []);
  assert.equal(await digestOf(folder), before);
});

const CODES = { ENOSPC: 'disk-full', EROFS: 'read-only', EIO: 'failed', EACCES: 'read-only' };

test('103, 106, 109: an error or a stop at any operation leaves no backup that is not whole', async (t) => {
  const store = await settledStore(t);
  await backUp(store);
  const before = await digestOf(store.folder);
  let count = 0;
  await backUp(store, {
    disk: faultyDisk(({ changes }) => {
      if (changes) count++;
      return undefined;
    }),
  });
  assert.ok(count > 8, `${count} operations`);
  const codes = Object.entries(CODES);
  for (let at = 0; at < count; at++) {
    for (const isStop of [false, true]) {
      const [code = 'EIO', meaning] = codes[at % codes.length] ?? [];
      const disk = faultyDisk(({ number, changes }) =>
        changes && (isStop ? number >= at : number === at) ? diskFault(code) : undefined,
      );
      const failed = await backUp(store, { disk, useNativeGit: false }).catch((error) => error);
      // The folder's name is durable or not; either way what has a name is whole.
      if (failed instanceof Error)
        assert.ok(isAtoError(failed, meaning as 'failed'), `${at} ${failed}`);
      for (const each of await listBackups(store.place)) {
        const { isValid, fault } = await validateBackup(store.place, each.stamp, { level: 1 });
        assert.ok(isValid, `${code} at ${at}: ${fault?.message}`);
      }
    }
  }
  assert.equal(await digestOf(store.folder), before);
});
