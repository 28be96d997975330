import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openBackup } from '../../src/backup/open-backup.ts';
import { restoreInPlace } from '../../src/backup/restore-in-place.ts';
import { openStore } from '../../src/store/open.ts';
import { git } from '../support/native-git.ts';
import { ANN, put } from '../support/store-tree.ts';
import { backUp, commitNote, settledStore } from './backed-up.ts';

const SCRIPT = fileURLToPath(new URL('under-mounts.ts', import.meta.url));
const NOTES = 'projects/p05-interferometer/sources/notes';

function run(command: string, args: readonly string[]): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    execFile(command, [...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, said: `${error?.message ?? ''}${stdout}${stderr}` });
    });
  });
}

/** More than the backup has, less than it has, and other than it has, below the notes and elsewhere. */
async function storeWithChanges(t: Parameters<typeof settledStore>[0]) {
  const store = await settledStore(t);
  const { stamp, manifest } = await backUp(store);
  await commitNote(store.folder, `${NOTES}/deep/added.md`, '# Added since\n');
  await commitNote(store.folder, `${NOTES}/supports.md`, '# Other\n');
  await rm(join(store.folder, 'projects/p05-interferometer/sources/decisions'), {
    recursive: true,
  });
  await put(store.folder, 'projects/p05-interferometer/sources/more/x.md', '# Not committed\n');
  return { ...store, stamp, tree: manifest.tree };
}

test('a restore keeps the inodes of the folder and of every folder that stays', async (t) => {
  const { folder, place, stamp, tree } = await storeWithChanges(t);
  const places = ['', '.git', '.atocore', 'projects', NOTES, 'inbox'];
  const inodes = () => Promise.all(places.map(async (at) => (await stat(join(folder, at))).ino));
  const before = await inodes();
  const store = await openStore(folder);
  await restoreInPlace(store, await openBackup(place, stamp), { person: ANN });
  assert.deepEqual(await inodes(), before);
  assert.equal((await git(folder, ['rev-parse', 'HEAD^{tree}'])).trim(), tree);
  assert.equal(await git(folder, ['status', '--porcelain']), '');
  await assert.rejects(stat(join(folder, NOTES, 'deep')), { code: 'ENOENT' });
  await assert.rejects(stat(join(folder, 'projects/p05-interferometer/sources/more')), {
    code: 'ENOENT',
  });
});

const WAYS = [
  ['the store is a bind mount', 'restored'],
  ['the store is a tmpfs', 'restored'],
  ['a folder in it is a tmpfs', 'restored'],
  ['a folder in it is a bind mount of the same disk', 'restored'],
  ['a file in it is a mount', 'restored'],
  ['the store is read-only', 'read-only'],
  ['the store is on a full disk', 'disk-full'],
] as const;

for (const [way, expected] of WAYS) {
  test(`114: ${way}: ${expected}`, async (t) => {
    const probe = await run('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']);
    if (probe.code !== 0) {
      t.diagnostic(`nothing can be mounted here, so this was not tried: ${probe.said.trim()}`);
      return;
    }
    const { folder, place, stamp, tree } = await storeWithChanges(t);
    const start = ['-Urm', process.execPath, '--import', 'tsx', SCRIPT, way, folder, place, stamp];
    const { code, said } = await run('unshare', start);
    assert.equal(code, 0, said);
    const result: unknown = JSON.parse(await readFile(join(place, 'result.json'), 'utf8'));
    const { outcome, isSamePlace, tree: found, status } = result as Record<string, unknown>;
    assert.equal(outcome, expected);
    assert.equal(isSamePlace, true);
    if (expected !== 'restored') return;
    assert.equal(found, tree);
    assert.equal(status, '');
  });
}
