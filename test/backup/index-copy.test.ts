/** `--include-index`: a copy of the index beside a backup, used where it fits and never needed. */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { copyBackup } from '../../src/backup/copy.ts';
import { INDEX_NAME } from '../../src/backup/index-copy.ts';
import { validateBackup } from '../../src/backup/validate.ts';
import { Engine } from '../../src/engine.ts';
import { restoreElsewhere, restoreStore } from '../../src/restore-flow.ts';
import { openStore } from '../../src/store/open.ts';
import { ANN } from '../support/store-tree.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { backUp, digestOf, settledStore } from './backed-up.ts';

/** The index that an engine puts away, and what it answers. */
async function indexOf(folder: string) {
  const engine = await Engine.open({ folder, watch: false });
  const view = await engine.ready();
  const ids = view.index.ids();
  await engine.close();
  return { ids, put: await digestOf(join(folder, '.atocore/memo/index')) };
}

test('a copy of the index comes back with a restore into an empty folder, byte for byte', async (t) => {
  const store = await settledStore(t);
  const present = await digestOf(join(store.folder, '.atocore/memo'));
  const { stamp, manifest, warnings } = await backUp(store, { includeIndex: true });
  assert.deepEqual(
    warnings.map(({ rule }) => rule).filter((rule) => rule !== 'same-device'),
    [],
  );
  assert.ok((manifest.index?.bytes ?? 0) > 1000);
  const report = await validateBackup(store.place, stamp, { level: 2 });
  assert.deepEqual([report.isValid, report.index], [true, 'whole']);
  // Without the bundle's files having been read at all: what is brought is what was put away.
  const target = join(await temporaryFolder(t), 'restored');
  await restoreElsewhere(target, { place: store.place, stamp });
  assert.equal(await digestOf(join(target, '.atocore/memo')), present);
  assert.deepEqual(await indexOf(target), await indexOf(store.folder));
});

test('a restore in place takes it too, and is proven as one without', async (t) => {
  const store = await settledStore(t);
  const { stamp } = await backUp(store, { includeIndex: true });
  await rm(join(store.folder, '.atocore/memo'), { recursive: true });
  const report = await restoreStore(store.folder, { place: store.place, stamp, person: ANN });
  assert.ok(report.isProven, report.message);
  assert.deepEqual((await indexOf(store.folder)).ids.length > 0, true);
});

test('a damaged, missing or foreign copy makes no backup bad: the index is built anew', async (t) => {
  const store = await settledStore(t);
  const { stamp, folder } = await backUp(store, { includeIndex: true });
  const file = join(folder, INDEX_NAME);
  const bytes = await readFile(file);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  const root = await temporaryFolder(t);
  for (const [name, damage] of [
    ['flipped', () => writeFile(file, bytes)],
    ['gone', () => rm(file)],
  ] as const) {
    await damage();
    const { isValid, index } = await validateBackup(store.place, stamp, {
      level: 3,
      prove: async () => undefined,
    });
    assert.deepEqual([isValid, index], [true, 'damaged'], name);
    const target = join(root, name);
    await restoreElsewhere(target, { place: store.place, stamp });
    assert.deepEqual((await indexOf(target)).ids, (await indexOf(store.folder)).ids, name);
  }
});

test('without room for it, or without one to copy, the backup is made and says so', async (t) => {
  const store = await settledStore(t);
  // Room for the bundle when that is asked for, none for more.
  const rooms = [2 ** 40, 0];
  const full = await backUp(store, { includeIndex: true, free: async () => rooms.shift() ?? 0 });
  assert.equal(full.manifest.index, undefined);
  assert.match(full.warnings.map(({ message }) => message).join(), /found no room for it/);
  await rm(join(store.folder, '.atocore/memo'), { recursive: true });
  const { manifest, warnings } = await backUp(store, { includeIndex: true });
  assert.equal(manifest.index, undefined);
  assert.match(warnings.map(({ message }) => message).join(), /found none that is whole/);
});

test('the second place gets the copy as well', async (t) => {
  const store = await settledStore(t);
  const { stamp } = await backUp(store, { includeIndex: true });
  const second = await temporaryFolder(t);
  assert.equal((await copyBackup(store.place, stamp, { folder: second })).isCopied, true);
  assert.equal((await validateBackup(second, stamp, { level: 1 })).index, 'whole');
  assert.ok(await openStore(store.folder));
});
