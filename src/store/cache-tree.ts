/** The part of git's index that remembers which folders equal which trees, so that status stays quick. */
import { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';

export interface CacheTree {
  /** Number of entries below, or -1 when the index has moved on from any tree known. */
  readonly count: number;
  readonly oid?: Oid;
  /** By the bytes of the name, one character each. */
  readonly children: ReadonlyMap<string, CacheTree>;
}

/** One folder of a commit that was written along its changed paths. */
export interface FolderChange {
  readonly before: Oid | undefined;
  /** Absent when the folder is gone. */
  readonly after: Oid | undefined;
  /** How many entries more, or fewer, there are below it. */
  readonly countDifference: number;
  readonly children: ReadonlyMap<string, FolderChange>;
}

/**
 * The cache after a commit. A folder stays known only if it equalled the tree before, so what a
 * person has staged beside our change is never taken for committed.
 * @param countBelow how many entries the index now has below a folder (with its closing "/")
 */
export function updateCacheTree(
  cache: CacheTree | undefined,
  change: FolderChange,
  countBelow: (folder: string) => number,
  folder = '',
): CacheTree {
  const isNew = change.before === undefined && cache === undefined;
  const wasKnown = cache !== undefined && cache.count >= 0 && cache.oid === change.before;
  let isKnown = isNew || wasKnown;
  const children = new Map(cache?.children ?? []);
  for (const [name, childChange] of change.children) {
    if (childChange.after === undefined) {
      const child = children.get(name);
      if (child !== undefined && child.oid !== childChange.before) isKnown = false;
      children.delete(name);
      continue;
    }
    const child = updateCacheTree(children.get(name), childChange, countBelow, `${folder}${name}/`);
    children.set(name, child);
    if (child.count < 0) isKnown = false;
  }
  const count = (cache?.count ?? 0) + change.countDifference;
  if (!isKnown || change.after === undefined || countBelow(folder) !== count) {
    return { count: -1, children };
  }
  return { count, oid: change.after, children };
}

export function parseCacheTree(bytes: Buffer): CacheTree | undefined {
  let at = 0;
  const text = (terminator: number): string => {
    const end = bytes.indexOf(terminator, at);
    if (end < 0) throw damaged();
    const read = bytes.toString('latin1', at, end);
    at = end + 1;
    return read;
  };
  const node = (): { readonly name: string; readonly tree: CacheTree } => {
    const name = text(0);
    const count = Number(text(0x20));
    const childCount = Number(text(0x0a));
    if (!Number.isInteger(count) || !Number.isInteger(childCount)) throw damaged();
    let oid: Oid | undefined;
    if (count >= 0) {
      oid = bytes.toString('hex', at, at + 20) as Oid;
      at += 20;
    }
    const children = new Map<string, CacheTree>();
    for (let n = 0; n < childCount; n++) {
      const child = node();
      children.set(child.name, child.tree);
    }
    return { name, tree: oid === undefined ? { count, children } : { count, oid, children } };
  };
  return bytes.length === 0 ? undefined : node().tree;
}

export function encodeCacheTree(root: CacheTree): Buffer {
  const parts: Buffer[] = [];
  const add = (name: string, { count, oid, children }: CacheTree): void => {
    const known = oid === undefined ? -1 : count;
    parts.push(Buffer.from(`${name}\0${known} ${children.size}\n`, 'latin1'));
    if (oid !== undefined && known >= 0) parts.push(Buffer.from(oid, 'hex'));
    for (const [childName, child] of [...children].sort(byLengthThenBytes)) add(childName, child);
  };
  add('', root);
  return Buffer.concat(parts);
}

function byLengthThenBytes(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0].length - b[0].length || (a[0] < b[0] ? -1 : 1);
}

function damaged(): AtoError {
  return new AtoError(
    'verification-failed',
    'The git index is damaged: its cache of trees cannot be read. Remove .git/index and run git reset.',
  );
}
