/** Links and names that are not a StorePath: in git all the same, so a restore puts them back. */
import { randomBytes } from 'node:crypto';
import { AtoError } from '../errors.ts';
import { type Disk, errorCode, ignoring, TEMPORARY_PREFIX } from '../store/durable-fs.ts';
import type { Store } from '../store/store.ts';
import type { TreeFile } from './open-backup.ts';
import { foldersAbove, LINK_MODE } from './tree-files.ts';

/** Puts, replaces or (null) removes one entry, through real folders only. */
export async function placeOdd(
  store: Store,
  key: string,
  file: (TreeFile & { readonly bytes: Uint8Array }) | null,
): Promise<void> {
  const { disk } = store.fs;
  const full = pathBytes(store, key);
  if (file === null) {
    await ignoring(disk.unlink(full), 'ENOENT', 'ENOTDIR');
    return;
  }
  for (const folder of foldersAbove(key)) await realFolder(disk, pathBytes(store, folder));
  const temporary = pathBytes(
    store,
    `${key.slice(0, key.lastIndexOf('/') + 1)}${TEMPORARY_PREFIX}${randomBytes(6).toString('hex')}`,
  );
  try {
    if (file.mode === LINK_MODE) await disk.symlink(Buffer.from(file.bytes), temporary);
    else await writeFile(disk, temporary, file);
    await disk.rename(temporary, full);
  } catch (error) {
    await disk.unlink(temporary).catch(() => undefined);
    throw error;
  }
}

async function writeFile(
  disk: Disk,
  path: Buffer,
  file: TreeFile & { readonly bytes: Uint8Array },
): Promise<void> {
  const handle = await disk.open(path, 'wx', file.mode === '100755' ? 0o777 : 0o666);
  try {
    await handle.writeFile(file.bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function realFolder(disk: Disk, path: Buffer): Promise<void> {
  try {
    await disk.mkdir(path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    if ((await disk.lstat(path)).isDirectory()) return;
    throw new AtoError('invalid', `Expected a folder at ${path}, found a link or a file.`);
  }
}

function pathBytes(store: Store, key: string): Buffer {
  return Buffer.concat([Buffer.from(`${store.dir}/`, 'utf8'), Buffer.from(key, 'latin1')]);
}
