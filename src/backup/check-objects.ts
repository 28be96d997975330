/** What git fsck would say of one object, and which others it needs: the rules a backup is held to. */
import { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';
import { parseCommit } from '../store/commit-object.ts';
import { sortedTree, TREE_MODE, type TreeEntry } from '../store/objects.ts';
import { isGitFolder } from '../store/store-path.ts';
import type { ObjectType, PackObject } from './open-pack.ts';

/** An object that another one names, and what it must be. */
export interface Need {
  readonly oid: Oid;
  readonly type: ObjectType;
}

const MODES = new Set(['100644', '100755', '120000', TREE_MODE, '160000']);
const SUBMODULE_MODE = '160000';

/** The objects that an object names. AtoError `verification-failed` when it is not sound. */
export function needsOf(oid: Oid, { type, bytes }: PackObject): readonly Need[] {
  if (type === 'tree') return needsOfTree(oid, bytes);
  if (type === 'commit') {
    const { tree, parents } = parseCommit(oid, bytes);
    for (const each of [tree, ...parents]) if (!isOid(each)) throw unsound(oid, 'a bad name');
    return [{ oid: tree, type: 'tree' }, ...parents.map(asCommit)];
  }
  if (type === 'tag') {
    const [, target, targetType] =
      /^object ([0-9a-f]{40})\ntype (commit|tree|blob|tag)\n/.exec(
        bytes.toString('latin1', 0, 80),
      ) ?? [];
    if (target === undefined) throw unsound(oid, 'a tag of nothing');
    return [{ oid: target as Oid, type: targetType as ObjectType }];
  }
  return [];
}

/** The entries of a tree that git and we would both write to a disk. */
export function soundTree(oid: Oid, bytes: Buffer): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, at);
    if (space < 0 || end < space || end + 21 > bytes.length) throw unsound(oid, 'a torn entry');
    const mode = bytes.toString('latin1', at, space).replace(/^0/, '');
    const name = bytes.toString('latin1', space + 1, end);
    checkEntry(oid, mode, name);
    entries.push({ mode, name, oid: bytes.toString('hex', end + 1, end + 21) as Oid });
    at = end + 21;
  }
  const names = new Set(entries.map(({ name }) => name));
  const isSorted = sortedTree(entries).every((entry, n) => entry === entries[n]);
  if (names.size !== entries.length || !isSorted) throw unsound(oid, 'entries out of order');
  return entries;
}

function needsOfTree(oid: Oid, bytes: Buffer): readonly Need[] {
  return soundTree(oid, bytes).flatMap((entry): Need[] => {
    if (entry.mode === SUBMODULE_MODE) return [];
    return [{ oid: entry.oid, type: entry.mode === TREE_MODE ? 'tree' : 'blob' }];
  });
}

function checkEntry(oid: Oid, mode: string, name: string): void {
  // Write permission of the group is what old versions of git recorded.
  if (!MODES.has(mode) && mode !== '100664') throw unsound(oid, `mode ${mode}`);
  const shown = Buffer.from(name, 'latin1').toString('utf8');
  if (name === '' || name === '.' || name === '..' || name.includes('/') || isGitFolder(shown)) {
    throw unsound(oid, `the name ${JSON.stringify(shown)}`);
  }
}

function asCommit(oid: Oid): Need {
  return { oid, type: 'commit' };
}

function isOid(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

function unsound(oid: Oid, what: string): AtoError {
  return new AtoError(
    'verification-failed',
    `Expected sound git objects in the backup, found ${what} in ${oid}. It is not restored; nothing was changed.`,
  );
}
