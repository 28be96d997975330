/** Temporary files that a kill left in the store's `.git`: git passes over them, and nobody else takes them away. */
import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { diskError } from './disk-error.ts';
import { eachLimited, errorCode, ignoring, TEMPORARY_PREFIX } from './durable-fs.ts';
import type { Store } from './store.ts';

const WIDTH = 8;

/** Only for the one process that writes this store, before it writes: another one's would be in use. */
export async function removeGitLeftovers({ fs, gitdir }: Store): Promise<void> {
  const { disk } = fs;
  const entries = async (folder: string): Promise<readonly Dirent[]> => {
    try {
      return await disk.readdir(join(gitdir, folder), { withFileTypes: true });
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return [];
      throw diskError(error, `read ${join(gitdir, folder)}`);
    }
  };
  const sweep = async (folder: string, isDeep: boolean): Promise<void> => {
    const found = await entries(folder);
    for (const { name } of found.filter((each) => each.name.startsWith(TEMPORARY_PREFIX))) {
      await ignoring(disk.unlink(join(gitdir, folder, name)), 'ENOENT');
    }
    const below = found.filter((each) => each.isDirectory()).map(({ name }) => join(folder, name));
    if (isDeep) await eachLimited(below, WIDTH, (each) => sweep(each, true));
  };
  await sweep('', false);
  for (const folder of ['refs', 'objects', 'logs']) await sweep(folder, true);
}
