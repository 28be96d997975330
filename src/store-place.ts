/** Which folder is meant: said, set, found above the current one, or the account's own. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CONFIG_PATH } from './model/config-path.ts';
import { dataFolder } from './user-folders.ts';

/** The folder of the store: `--store`, `ATOCORE_STORE`, here or above, `$XDG_DATA_HOME/atocore/store`. */
export function storeFolder(said: string | undefined): string {
  const set = said ?? process.env.ATOCORE_STORE;
  if (set !== undefined && set !== '') return resolve(set);
  return storeAbove(process.cwd()) ?? join(dataFolder(process.env), 'store');
}

function storeAbove(folder: string): string | undefined {
  if (existsSync(join(folder, CONFIG_PATH))) return folder;
  const above = dirname(folder);
  return above === folder ? undefined : storeAbove(above);
}
