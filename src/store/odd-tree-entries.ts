/** What a commit's tree holds besides files of a store: links, submodules, names that no store has. */
import type { Oid } from '../plugin.ts';
import { pathOfKey, readTree, TREE_MODE } from './objects.ts';
import type { Store } from './store.ts';
import { storePath } from './store-path.ts';
import { treeOfCommit } from './write-trees.ts';

export interface OddEntry {
  readonly name: string;
  readonly what: string;
}

/** Those of one commit that another one hasn't the same, in git's order. Equal folders are not looked into. */
export async function oddEntries(
  store: Store,
  commit: Oid,
  besides: Oid,
): Promise<readonly OddEntry[]> {
  const found: OddEntry[] = [];
  const walk = async (tree: Oid, known: Oid | undefined, folder: string): Promise<void> => {
    if (tree === known) return;
    const before = new Map(
      (known === undefined ? [] : await readTree(store, known)).map((each) => [each.name, each]),
    );
    for (const { mode, name, oid } of await readTree(store, tree)) {
      const same = before.get(name);
      if (same?.oid === oid && same.mode === mode) continue;
      const key = folder + name;
      const path = storePath(pathOfKey(key));
      const isOurs = path === '.atocore' || path?.startsWith('.atocore/') === true;
      if (path === undefined || isOurs) {
        found.push({ name: Buffer.from(key, 'latin1').toString('utf8'), what: 'a bad name' });
      } else if (mode === TREE_MODE) {
        await walk(oid, same?.mode === TREE_MODE ? same.oid : undefined, `${key}/`);
      } else if (!mode.startsWith('100')) {
        found.push({ name: path, what: mode === '120000' ? 'a link' : 'a submodule' });
      }
    }
  };
  await walk(await treeOfCommit(store, commit), await treeOfCommit(store, besides), '');
  return found;
}
