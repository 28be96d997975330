/** The store that is meant, and what it says of itself. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AtoError } from '../errors.ts';
import { CONFIG_PATH } from '../model/layout.ts';
import { readConfig, type StoreConfig } from '../model/store-config.ts';
import { storeFolder } from '../store-place.ts';

export interface FoundStore {
  readonly folder: string;
  readonly config: StoreConfig;
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
