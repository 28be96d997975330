/** A store's folder as values, and what of it is ground: for comparing with a fresh settle. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { TestContext } from 'node:test';
import { Engine } from '../../src/engine.ts';
import { readConflict } from '../../src/model/conflicts.ts';
import { isGenerated } from '../../src/model/generated.ts';
import { roleOf } from '../../src/model/layout.ts';
import { readRecord } from '../../src/model/records.ts';
import { newStore } from '../../src/new-store.ts';
import type { StorePath } from '../../src/plugin.ts';
import { createStore } from '../../src/store/open.ts';
import { temporaryFolder } from './temp-folder.ts';

export const ANN = { name: 'Ann', email: 'ann@example.org' };

export type Tree = ReadonlyMap<StorePath, string>;

/** Every file of a store but git's and the engine's own, as text. */
export async function readTree(folder: string): Promise<Tree> {
  const files = new Map<StorePath, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = relative(folder, file).split(sep).join('/') as StorePath;
    if (path.startsWith('.git/') || path.startsWith('.atocore/')) continue;
    files.set(path, await readFile(file, 'latin1'));
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What people made: all but undecided candidates, open conflicts and generated pages. */
export function groundOf(tree: Tree): Tree {
  return new Map([...tree].filter(([path, text]) => !isDerived(path, text)));
}

function isDerived(path: StorePath, text: string): boolean {
  const { role } = roleOf(path);
  const said = Buffer.from(text, 'latin1').toString('utf8');
  if (role === 'mirror' || role === 'report') return isGenerated(said);
  if (role === 'conflict') {
    const read = readConflict(path, said);
    return 'conflict' in read && read.conflict.status === 'open' && !read.conflict.isFromMerge;
  }
  if (role !== 'record') return false;
  const read = readRecord(path, said);
  return 'record' in read && read.isUntouched && read.record.status === 'candidate';
}

/** The tree that a store of these files alone settles to. */
export async function freshlySettled(test: TestContext, ground: Tree): Promise<Tree> {
  const folder = join(await temporaryFolder(test), 'fresh');
  const files = new Map([...ground].map(([path, text]) => [path, Buffer.from(text, 'latin1')]));
  await createStore(folder, files, { author: ANN, message: 'fresh', timestamp: 1_700_000_000 });
  const engine = await Engine.open({ folder, watch: false });
  await engine.ready();
  await engine.close();
  return readTree(folder);
}

/** A new store with the worked example, closed. */
export async function exampleStore(test: TestContext): Promise<string> {
  const folder = join(await temporaryFolder(test), 'store');
  await newStore(folder, { example: true, by: ANN });
  return folder;
}

/** An engine on a store, closed when the test ends. */
export async function openEngine(
  test: TestContext,
  folder: string,
  watch: boolean,
): Promise<Engine> {
  const engine = await Engine.open({ folder, watch });
  let isClosed = false;
  test.after(() => (isClosed ? undefined : engine.close()));
  await engine.ready();
  const close = engine.close.bind(engine);
  engine.close = () => {
    isClosed = true;
    return close();
  };
  return engine;
}

/** Writes a file of a store as an editor would, its folders made. */
export async function put(folder: string, path: string, text: string | Uint8Array): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
