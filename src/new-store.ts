/** What a new store starts with: the files of `store-template/`, its worked example if wanted. */
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Person } from './decisions.ts';
import { CONFIG_PATH } from './model/layout.ts';
import { newConfig } from './model/store-config.ts';
import type { StorePath } from './plugin.ts';
import { createStore } from './store/open.ts';
import type { Store } from './store/store.ts';

const TEMPLATE = fileURLToPath(new URL('../store-template/', import.meta.url));
/** What of the template every store gets; the rest is the worked example. */
const BASICS = new Set(['README.md', '.gitignore', 'inbox/.gitkeep']);

/** Makes a store with one commit. AtoError `wrong-state` when the folder holds something already. */
export async function newStore(
  folder: string,
  options: { readonly example: boolean; readonly by: Person },
): Promise<Store> {
  const files = new Map<StorePath, Uint8Array | string>();
  for (const entry of await readdir(TEMPLATE, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = `${entry.parentPath}${sep}${entry.name}`;
    const path = relative(TEMPLATE, file).split(sep).join('/') as StorePath;
    if (options.example || BASICS.has(path)) files.set(path, await readFile(file));
  }
  files.set(CONFIG_PATH, newConfig(randomUUID()));
  const what = options.example ? 'init: a store with a worked example' : 'init: an empty store';
  const timestamp = Math.floor(Date.now() / 1000);
  return createStore(folder, files, { author: options.by, message: what, timestamp });
}
