/** The pack of a bundle: all that some commits reach, but for what others reach. */
import git from 'isomorphic-git';
import { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';
import { nativeGit, readNativeGit } from '../store/native-git.ts';
import { readObject } from '../store/objects.ts';
import type { Store } from '../store/store.ts';
import { needsOf } from './check-objects.ts';

export interface PackRange {
  readonly tips: readonly Oid[];
  /** Commits that whoever takes the pack has already. */
  readonly without: readonly Oid[];
  /** Default: where there is one. It also finds differences, which makes packs many times smaller. */
  readonly useNativeGit?: boolean;
}

/** Beyond this the pack is made by native git or not at all: isomorphic-git holds all of it in memory. */
const OBJECTS_MAX = 500_000;

/** The bytes of the pack, piece by piece. AtoError `failed`, `not-found` for a missing object. */
export async function* makePack(store: Store, range: PackRange): AsyncGenerator<Uint8Array> {
  if (range.useNativeGit !== false && (await nativeGit()) !== undefined) {
    const lines = [...range.tips, ...range.without.map((oid) => `^${oid}`)];
    const args = ['pack-objects', '--stdout', '--revs', '--delta-base-offset', '-q'];
    yield* readNativeGit(store.gitdir, args, `${lines.join('\n')}\n`);
    return;
  }
  const oids = await reachable(store, range);
  if (oids.length > OBJECTS_MAX) {
    throw new AtoError(
      'too-large',
      `Expected at most ${OBJECTS_MAX} git objects in a backup without native git, found ${oids.length}. Install git, then try again.`,
    );
  }
  const { packfile } = await git.packObjects({
    fs: store.fs.git,
    gitdir: store.gitdir,
    dir: store.dir,
    oids: [...oids],
    cache: store.memory.cache,
  });
  if (packfile === undefined) throw new AtoError('failed', 'Expected a pack, found none made.');
  yield packfile;
}

/** In the order in which git would pack them: commits and tags, trees, files. */
async function reachable(store: Store, { tips, without }: PackRange): Promise<readonly Oid[]> {
  const seen = new Set<Oid>();
  const kept = { commit: [] as Oid[], tag: [] as Oid[], tree: [] as Oid[], blob: [] as Oid[] };
  const walk = async (start: readonly Oid[], isKept: boolean): Promise<void> => {
    const waiting = [...start];
    for (let oid = waiting.pop(); oid !== undefined; oid = waiting.pop()) {
      if (seen.has(oid)) continue;
      seen.add(oid);
      const object = await readObject(store, oid);
      if (isKept) kept[object.type].push(oid);
      for (const need of needsOf(oid, object)) {
        if (need.type !== 'blob') waiting.push(need.oid);
        else if (!seen.has(need.oid)) {
          seen.add(need.oid);
          if (isKept) kept.blob.push(need.oid);
        }
      }
    }
  };
  await walk(without, false);
  await walk(tips, true);
  return [...kept.commit, ...kept.tag, ...kept.tree, ...kept.blob];
}
