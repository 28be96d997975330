/** How large a repository's objects are on the disk, and which of them it has. */
import { join } from 'node:path';
import type { Oid } from '../plugin.ts';
import { diskError } from '../store/disk-error.ts';
import { eachLimited, errorCode } from '../store/durable-fs.ts';
import type { Store } from '../store/store.ts';
import { namesInIndex } from './pack-index.ts';

const WIDTH = 32;

/** An upper bound of what a bundle of it takes. */
export async function repositoryBytes(store: Store): Promise<number> {
  const { disk } = store.fs;
  let bytes = 0;
  for (const folder of await objectFolders(store)) {
    await eachLimited(await names(store, folder), WIDTH, async (name) => {
      const found = await disk.lstat(join(folder, name)).catch(() => undefined);
      if (found?.isFile()) bytes += found.size;
    });
  }
  return bytes;
}

/** The names of all objects, loose and packed. That they are whole is not looked at. */
export async function objectNames(store: Store): Promise<ReadonlySet<Oid>> {
  const { disk } = store.fs;
  const found = new Set<Oid>();
  for (const folder of await objectFolders(store)) {
    const prefix = folder.slice(-2);
    for (const name of await names(store, folder)) {
      if (/^[0-9a-f]{38}$/.test(name)) found.add(`${prefix}${name}` as Oid);
      else if (name.endsWith('.idx')) {
        for (const oid of namesInIndex(await disk.readFile(join(folder, name)))) found.add(oid);
      }
    }
  }
  return found;
}

async function objectFolders(store: Store): Promise<readonly string[]> {
  const objects = join(store.gitdir, 'objects');
  const inside = await names(store, objects);
  return inside
    .filter((name) => name === 'pack' || /^[0-9a-f]{2}$/.test(name))
    .map((name) => join(objects, name));
}

async function names(store: Store, folder: string): Promise<readonly string[]> {
  try {
    return await store.fs.disk.readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw diskError(error, `read ${folder}`);
  }
}
