/** Which folder is meant: said, set, found above the current one, or the account's own. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { AtoError } from '../errors.ts';
import { CONFIG_PATH } from '../model/layout.ts';
import { readConfig, type StoreConfig } from '../model/store-config.ts';

export interface FoundStore {
  readonly folder: string;
  readonly config: StoreConfig;
}

/** The folder of the store: `--store`, `ATOCORE_STORE`, here or above, `$XDG_DATA_HOME/atocore/store`. */
export function storeFolder(said: string | undefined): string {
  const set = said ?? process.env.ATOCORE_STORE;
  if (set !== undefined && set !== '') return resolve(set);
  return storeAbove(process.cwd()) ?? join(dataFolder(), 'atocore', 'store');
}

/** The store in that folder. AtoError `not-a-store`, `newer-format`, `invalid`. */
export async function findStore(said: string | undefined): Promise<FoundStore> {
  const folder = storeFolder(said);
  let text: string;
  try {
    text = await readFile(join(folder, CONFIG_PATH), 'utf8');
  } catch (error) {
    throw new AtoError(
      'not-a-store',
      `Expected a store in ${folder}, found no ${CONFIG_PATH} that can be read. Name another folder with --store, or make one with \`atocore init\`.`,
      { cause: error },
    );
  }
  return { folder, config: readConfig(text) };
}

function storeAbove(folder: string): string | undefined {
  if (existsSync(join(folder, CONFIG_PATH))) return folder;
  const above = dirname(folder);
  return above === folder ? undefined : storeAbove(above);
}

function dataFolder(): string {
  const set = process.env.XDG_DATA_HOME;
  return set !== undefined && isAbsolute(set) ? set : join(homedir(), '.local', 'share');
}
