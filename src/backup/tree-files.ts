/** The files of a commit with their modes, odd ones included, and how two such lists differ. */
import type { Oid, StorePath } from '../plugin.ts';
import { readTree, TREE_MODE } from '../store/objects.ts';
import type { Store } from '../store/store.ts';
import { storePath } from '../store/store-path.ts';
import { treeOfCommit } from '../store/write-trees.ts';
import type { TreeFile } from './open-backup.ts';

export const LINK_MODE = '120000';
export const SUBMODULE_MODE = '160000';

/** From the store's own objects. */
export async function treeFiles(store: Store, tree: Oid): Promise<readonly TreeFile[]> {
  const files: TreeFile[] = [];
  const walk = async (oid: Oid, folder: string): Promise<void> => {
    for (const { mode, name, oid: child } of await readTree(store, oid)) {
      if (mode === TREE_MODE) await walk(child, `${folder}${name}/`);
      else files.push({ key: folder + name, mode, oid: child });
    }
  };
  await walk(tree, '');
  return files;
}

export async function commitFiles(store: Store, commit: Oid): Promise<readonly TreeFile[]> {
  return treeFiles(store, await treeOfCommit(store, commit));
}

export interface FileDifference {
  readonly key: string;
  /** Absent for names that are no StorePath, and for links: those are written by themselves. */
  readonly path?: StorePath;
  readonly before: TreeFile | undefined;
  readonly after: TreeFile | undefined;
}

/** In order of the path's bytes. Submodules have no files of their own. */
export function differences(
  before: readonly TreeFile[],
  after: readonly TreeFile[],
): readonly FileDifference[] {
  const old = new Map(before.map((file) => [file.key, file]));
  const now = new Map(after.map((file) => [file.key, file]));
  const found: FileDifference[] = [];
  for (const key of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    const [left, right] = [old.get(key), now.get(key)];
    if (left?.oid === right?.oid && left?.mode === right?.mode) continue;
    if (left?.mode === SUBMODULE_MODE || right?.mode === SUBMODULE_MODE) continue;
    const isLink = left?.mode === LINK_MODE || right?.mode === LINK_MODE;
    const path = isLink ? undefined : storePath(Buffer.from(key, 'latin1').toString('utf8'));
    found.push({ key, ...(path === undefined ? {} : { path }), before: left, after: right });
  }
  return found;
}

/** Folders above a path, outermost first. */
export function foldersAbove(key: string): readonly string[] {
  const folders: string[] = [];
  for (let at = key.indexOf('/'); at >= 0; at = key.indexOf('/', at + 1)) {
    folders.push(key.slice(0, at));
  }
  return folders;
}
