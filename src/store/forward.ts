/** Moves the branch forward to a commit that the repository has already, as a pull does. */
import { join } from 'node:path';
import { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';
import { appendReflog, lockIndex, lockReference } from './commit.ts';
import type { Person } from './commit-object.ts';
import { nextIndex } from './commit-tree.ts';
import { diskError } from './disk-error.ts';
import { WriteBatch } from './durable-fs.ts';
import { isAncestor } from './merge-bases.ts';
import { readTree, TREE_MODE } from './objects.ts';
import { head } from './refs.ts';
import { assertWritable, operationUnderWay } from './repository-state.ts';
import { rememberIndex } from './staging.ts';
import type { Store } from './store.ts';
import { treeOfCommit } from './write-trees.ts';

export interface Forward {
  readonly to: Oid;
  /** Who is named in the log of the branch. */
  readonly author: Person;
  readonly message: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/**
 * Index, then reference, durable when it returns; the files are the caller's.
 * AtoError `changed` when the branch holds what that commit lacks, `busy`, `wrong-state`, `disk-full`.
 */
export async function forward(store: Store, { to, ...request }: Forward): Promise<void> {
  const { disk } = store.fs;
  const indexPath = join(store.gitdir, 'index');
  const refPath = join(store.gitdir, 'refs', 'heads', store.branch);
  const files = await filesOf(store, await treeOfCommit(store, to));
  const [index, ref] = [new WriteBatch(disk), new WriteBatch(disk)];
  const indexLock = await lockIndex(store, indexPath);
  try {
    assertWritable(await operationUnderWay(store));
    const before = await head(store);
    if (before === undefined || !(await isAncestor(store, before, to))) throw moved(store, to);
    const next = await nextIndex(store, { files, parent: before });
    await index.stage(indexPath, next.bytes);
    const refLock = await lockReference(store, refPath, {});
    try {
      if ((await head(store)) !== before) throw moved(store, to);
      await ref.stage(refPath, `${to}\n`);
      await appendReflog(store, { before, after: to, request });
      await index.publish({ syncFolders: false });
      await ref.publish({ syncFolders: false });
    } finally {
      await refLock.release();
    }
    await Promise.all([index.syncFolders(), ref.syncFolders()]);
    await rememberIndex(store, next.index);
  } catch (error) {
    await Promise.all([index.abandon(), ref.abandon()]);
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
