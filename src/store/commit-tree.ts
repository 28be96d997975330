/** Makes one commit of a whole tree that the repository already has, as a restore needs it. */
import { join } from 'node:path';
import { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';
import { encodeCommit, messageWithTrailers, type Person, type Trailers } from './commit-object.ts';
import { diskError } from './disk-error.ts';
import { WriteBatch } from './durable-fs.ts';
import { entryMode, entryOid } from './git-index.ts';
import { moveBranch, signatureOf } from './move-branch.ts';
import { writeObject } from './objects.ts';
import { type IndexChange, readIndex, rememberIndex, updatedIndex } from './staging.ts';
import type { Store } from './store.ts';

export interface TreeCommit {
  readonly tree: Oid;
  /** The present head; any other makes it fail with `changed`. */
  readonly parent: Oid;
  /** Every entry of the tree, by the bytes of its path: what the index holds afterwards. */
  readonly files: Iterable<{ readonly key: string; readonly oid: Oid; readonly mode: string }>;
  readonly author: Person;
  readonly message: string;
  readonly trailers: Trailers;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/** The new commit, durable. Whoever calls holds git's lock of the index. */
export async function commitTree(store: Store, request: TreeCommit): Promise<Oid> {
  const { tree, parent, author, message, trailers, timestamp } = request;
  const objects = new WriteBatch(store.fs.disk);
  try {
    const signature = signatureOf({ timestamp }, author);
    const bytes = encodeCommit({
      tree,
      parents: [parent],
      author: signature,
      committer: signature,
      message: messageWithTrailers(message, trailers),
    });
    const { oid, written } = writeObject(objects.git, store.gitdir, 'commit', bytes);
    await written;
    await objects.publish();
    const index = await nextIndex(store, request);
    if (await moveBranch(store, { before: parent, after: oid, index, by: request })) return oid;
    throw moved(store);
  } catch (error) {
    await objects.abandon();
    throw diskError(error, 'commit a tree');
  }
}

/** Makes the index that of a tree, without a commit. Whoever calls holds git's lock of the index. */
export async function resetIndex(
  store: Store,
  to: Pick<TreeCommit, 'files' | 'parent'>,
): Promise<void> {
  const next = await nextIndex(store, to);
  await store.fs.writeFile(join(store.gitdir, 'index'), next.bytes);
  await rememberIndex(store, next.index);
}

/** The index of a tree. Entries that stay keep their stat; the others are read again by whoever looks next. */
export async function nextIndex(
  store: Store,
  { files, parent }: Pick<TreeCommit, 'files' | 'parent'>,
) {
  const { index, writtenMs } = await readIndex(store, parent);
  const known = new Map(index.entries.map((entry) => [entry.key, entry]));
  const changes: IndexChange[] = [];
  const wanted = new Set<string>();
  for (const { key, oid, mode: given } of files) {
    const mode = given === '100664' ? '100644' : given;
    wanted.add(key);
    const entry = known.get(key);
    const isSame = entry?.stage === 0 && entryOid(entry) === oid && entryMode(entry) === mode;
    if (!isSame) changes.push({ key, oid, mode });
  }
  for (const key of known.keys()) if (!wanted.has(key)) changes.push({ key, oid: null });
  const folders = {
    before: undefined,
    after: undefined,
    countDifference: 0,
    children: new Map<string, never>(),
  };
  // Without its cache of trees, which no longer speaks of this tree.
  const plain = { index: { entries: index.entries }, writtenMs };
  return updatedIndex(store, plain, { changes, folders });
}

function moved(store: Store): AtoError {
  return new AtoError(
    'changed',
    `Expected branch ${store.branch} to stand still, found that another program moved it. Look again, then try again.`,
  );
}
