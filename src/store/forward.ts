/** Moves the branch forward to a commit that the repository has already, as a pull does. */
import { join } from 'node:path';
import { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';
import { lockIndex } from './commit.ts';
import { nextIndex } from './commit-tree.ts';
import { diskError } from './disk-error.ts';
import { isAncestor } from './merge-bases.ts';
import { type MovedBy, moveBranch } from './move-branch.ts';
import { readTree, TREE_MODE } from './objects.ts';
import { head } from './refs.ts';
import { assertWritable, operationUnderWay } from './repository-state.ts';
import type { Store } from './store.ts';
import { treeOfCommit } from './write-trees.ts';

export interface Forward extends MovedBy {
  readonly to: Oid;
}

/**
 * Index, then reference, durable when it returns; the files are the caller's.
 * AtoError `changed` when the branch holds what that commit lacks, `busy`, `wrong-state`, `disk-full`.
 */
export async function forward(store: Store, { to, ...by }: Forward): Promise<void> {
  const files = await filesOf(store, await treeOfCommit(store, to));
  const indexLock = await lockIndex(store, join(store.gitdir, 'index'));
  try {
    assertWritable(await operationUnderWay(store));
    const before = await head(store);
    if (before === undefined || !(await isAncestor(store, before, to))) throw moved(store, to);
    const index = await nextIndex(store, { files, parent: before });
    if (!(await moveBranch(store, { before, after: to, index, by }))) throw moved(store, to);
  } catch (error) {
    throw diskError(error, 'go forward to a commit');
  } finally {
    await indexLock.release();
  }
}

type TreeFiles = readonly { readonly key: string; readonly oid: Oid; readonly mode: string }[];

async function filesOf(store: Store, tree: Oid, folder = ''): Promise<TreeFiles> {
  const files: TreeFiles[number][] = [];
  for (const { mode, name, oid } of await readTree(store, tree)) {
    if (mode === TREE_MODE) files.push(...(await filesOf(store, oid, `${folder}${name}/`)));
    else files.push({ key: folder + name, oid, mode });
  }
  return files;
}

function moved(store: Store, to: Oid): AtoError {
  return new AtoError(
    'changed',
    `Expected branch ${store.branch} to lie behind ${to.slice(0, 12)}, found commits on it that are not. Sync again.`,
  );
}
