/**
 * Run inside of `unshare -Urm`, with a store and a backup of it: mounts over the store, restores, and
 * prints what came of it as JSON. Not a test by itself; restore-mounts.test.ts starts it.
 */
import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBackup } from '../../src/backup/open-backup.ts';
import { restoreInPlace } from '../../src/backup/restore-in-place.ts';
import { AtoError } from '../../src/errors.ts';
import { lockStore } from '../../src/store/lock.ts';
import { openStore } from '../../src/store/open.ts';

const [, , way = '', folder = '', place = '', stamp = ''] = process.argv;
const mount = (...args: string[]): void => void execFileSync('mount', args);
const person = { name: 'Ann', email: 'ann@example.org' };
const NOTES = 'projects/p05-interferometer/sources/notes';

async function mountOver(path: string, ...how: string[]): Promise<void> {
  const [full, aside] = [join(folder, path), `${folder}-aside`];
  await cp(full, aside, { recursive: true });
  mount(...how, full);
  await cp(aside, full, { recursive: true });
}

async function prepare(): Promise<string> {
  switch (way) {
    case 'the store is a bind mount': {
      const target = `${folder}-mounted`;
      await mkdir(target);
      mount('--bind', folder, target);
      return target;
    }
    case 'the store is a tmpfs':
      await mountOver('', '-t', 'tmpfs', 'tmpfs');
      return folder;
    case 'a folder in it is a tmpfs':
      await mountOver(NOTES, '-t', 'tmpfs', 'tmpfs');
      return folder;
    case 'a folder in it is a bind mount of the same disk': {
      const aside = `${folder}-notes`;
      await cp(join(folder, NOTES), aside, { recursive: true });
      mount('--bind', aside, join(folder, NOTES));
      return folder;
    }
    case 'a file in it is a mount': {
      const aside = `${folder}-file.md`;
      await cp(join(folder, NOTES, 'supports.md'), aside);
      mount('--bind', aside, join(folder, NOTES, 'supports.md'));
      return folder;
    }
    case 'the store is read-only':
      mount('--bind', folder, folder);
      mount('-o', 'remount,ro,bind', folder);
      return folder;
    case 'the store is on a full disk':
      await mountOver('', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs');
      return folder;
    default:
      throw new Error(`no such way: ${way}`);
  }
}

const target = await prepare();
const inodes = async () => {
  const both = [await stat(target), await stat(join(target, NOTES))];
  return both.map(({ dev, ino }) => `${dev}:${ino}`).join(' ');
};
const before = await inodes();
let outcome = 'restored';
try {
  const store = await openStore(target);
  const lock = await lockStore(store);
  const options = {
    person,
    store: JSON.parse(await readFile(join(target, 'atocore.json'), 'utf8')).store,
  };
  await restoreInPlace(store, await openBackup(place, stamp), options);
  await lock.release();
} catch (error) {
  outcome = error instanceof AtoError ? error.code : String(error);
}
const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'safe.directory=*', ...args], { cwd: target })
    .toString()
    .trim();
const result = {
  outcome,
  isSamePlace: before === (await inodes()),
  tree: git('rev-parse', 'HEAD^{tree}'),
  status: git('status', '--porcelain'),
};
await writeFile(`${place}/result.json`, JSON.stringify(result));
