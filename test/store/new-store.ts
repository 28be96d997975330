/** A small store in a temporary folder, for the tests of this folder. */
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { StorePath } from '../../src/plugin.ts';
import type { CommitChange } from '../../src/store/commit.ts';
import { blobOid } from '../../src/store/objects.ts';
import { createStore, type OpenOptions } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

export const ADA = { name: 'Ada', email: 'ada@example.org' };
export const TIMESTAMP = 1_750_000_000;

/** A string that the test knows to be a path. */
export function at(path: string): StorePath {
  return path as StorePath;
}

export async function newStore(
  test: Pick<TestContext, 'after'>,
  files: Readonly<Record<string, string>> = {},
  options: OpenOptions = {},
): Promise<Store> {
  const dir = join(await temporaryFolder(test), 'store');
  const all = new Map([[at('atocore.json'), '{"format":1}\n']]);
  for (const [path, content] of Object.entries(files)) all.set(at(path), content);
  return createStore(dir, all, {
    author: ADA,
    message: 'Begin the store',
    timestamp: TIMESTAMP,
    ...options,
  });
}

/** What `commit` needs besides its changes. */
export function by(message: string) {
  return { author: ADA, message, timestamp: TIMESTAMP + 1 };
}

export function change(path: string, content: string | null): CommitChange {
  if (content === null) return { path: at(path), oid: null };
  return { path: at(path), oid: blobOid(content), bytes: Buffer.from(content) };
}
