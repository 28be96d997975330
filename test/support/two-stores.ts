/** Two stores that sync through one bare repository, each with an engine of its own. */
import type { TestContext } from 'node:test';
import type { Engine } from '../../src/engine.ts';
import { openStore } from '../../src/store/open.ts';
import { writePushHooks } from '../../src/store/push-hooks.ts';
import { setUpstream } from '../../src/store/upstream.ts';
import { git, tryGit } from './native-git.ts';
import { exampleStore, openEngine, readTree } from './store-tree.ts';

export const ADA = { name: 'Ada', email: 'ada@example.org' };
export const BO = { name: 'Bo', email: 'bo@example.org' };

export interface Side {
  readonly folder: string;
  readonly engine: Engine;
}

export interface TwoStores {
  readonly upstream: string;
  readonly a: Side;
  readonly b: Side;
}

/** Both settled, both at the commit that the bare repository has. */
export async function twoStores(test: TestContext, { watch = false } = {}): Promise<TwoStores> {
  const folder = await exampleStore(test);
  const upstream = `${folder}-upstream.git`;
  await git('/', ['init', '-q', '--bare', '-b', 'main', upstream]);
  await setUpstream(await openStore(folder), upstream);
  const a = { folder, engine: await openEngine(test, folder, watch) };
  await a.engine.sync.run(ADA);
  const b = await storeFrom(test, upstream, `${folder}-b`, watch);
  await b.engine.sync.run(BO);
  await a.engine.sync.run(ADA);
  return { upstream, a, b };
}

/** A clone of a store as one serves it. */
export async function storeFrom(
  test: TestContext,
  upstream: string,
  folder: string,
  watch = false,
): Promise<Side> {
  await git('/', ['clone', '-q', upstream, folder]);
  const store = await openStore(folder);
  await writePushHooks(store.fs, store.gitdir);
  return { folder, engine: await openEngine(test, folder, watch) };
}

/** Each in turn until nothing comes or goes. */
export async function syncToRest({ a, b }: TwoStores): Promise<void> {
  for (let round = 1; round <= 6; round += 1) {
    const one = await a.engine.sync.run(ADA);
    const other = await b.engine.sync.run(BO);
    if (one.came + one.went + other.came + other.went === 0) return;
  }
  throw new Error('the two stores did not come to rest');
}

/** What is not as it should be once both are in step; empty when all is well. */
export async function faultsOf({ a, b, upstream }: TwoStores): Promise<readonly string[]> {
  const faults: string[] = [];
  const heads: string[] = [];
  for (const { folder, engine } of [a, b]) {
    const name = folder.slice(folder.lastIndexOf('/') + 1);
    const { inputs, changes } = await engine.settle();
    if (inputs + changes > 0) faults.push(`${name} not settled: ${inputs}, ${changes}`);
    heads.push((await git(folder, ['rev-parse', 'HEAD^{tree}'])).trim());
    const status = await git(folder, ['status', '--porcelain']);
    if (status !== '') faults.push(`${name} not clean: ${status}`);
    const fsck = await tryGit(folder, ['fsck', '--strict', '--no-dangling']);
    if (fsck.code !== 0 || fsck.stderr !== '') faults.push(`${name}: ${fsck.stderr}`);
    const marked = [...(await readTree(folder))].filter(([, text]) =>
      /^(?:<{7}|>{7}|\|{7}|={7}$)/m.test(text),
    );
    for (const [path] of marked) faults.push(`${name}: markers in ${path}`);
  }
  const there = (await git(upstream, ['rev-parse', 'main^{tree}'])).trim();
  if (new Set([...heads, there]).size !== 1) faults.push(`trees differ: ${heads}, ${there}`);
  return faults;
}
