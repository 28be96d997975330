/** Merges of commits in one repository, for tests that need no engine. */
import { planMerge } from '../../src/merge-plan.ts';
import { newConfig, readConfig } from '../../src/model/store-config.ts';
import { ParseThreads } from '../../src/parse-threads.ts';
import { Memo } from '../../src/pipeline/memo.ts';
import type { Oid } from '../../src/plugin.ts';
import { SettlingStore } from '../../src/settling-store.ts';
import type { Disk } from '../../src/store/durable-fs.ts';
import { knownFromIndex } from '../../src/store/known-from-index.ts';
import { divergence } from '../../src/store/merge-bases.ts';
import { openStore } from '../../src/store/open.ts';
import { head } from '../../src/store/refs.ts';

export const CONFIG = newConfig('00000000-0000-4000-8000-000000000000');
export const ADA = { name: 'Ada', email: 'ada@example.org' };

/** What the engine works on, without an engine around it. */
export async function settlingOf(dir: string, disk?: Disk): Promise<SettlingStore> {
  const store = await openStore(dir, disk === undefined ? {} : { disk });
  const config = readConfig(CONFIG);
  return new SettlingStore({
    store,
    config,
    plugins: [],
    threads: new ParseThreads({ config, operatorPlugins: {} }, 1),
    person: ADA,
    memo: new Memo(),
    known: await knownFromIndex(store),
    standing: new Map(),
  });
}

/** Merges a commit that the repository has; gives what works on the store then. */
export async function mergeInto(dir: string, theirs: Oid, disk?: Disk): Promise<SettlingStore> {
  const settling = await settlingOf(dir, disk);
  await settling.look();
  const { store, standing } = settling;
  const ours = (await head(store)) as Oid;
  const apart = await divergence(store, ours, theirs);
  if (apart.bases.includes(theirs)) return settling;
  const ask = { ours, theirs, apart, standing, by: ADA, from: 'upstream' };
  await settling.join(await planMerge(store, ask), ADA);
  return settling;
}
