/** The pack of a bundle: all that some commits reach, but for what others reach. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { AtoError, isAtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';
import { errorCode } from '../store/durable-fs.ts';
import { nativeGit, readNativeGit } from '../store/native-git.ts';
import { readObject } from '../store/objects.ts';
import type { Store } from '../store/store.ts';
import { needsOf } from './check-objects.ts';
import { type OpenedPack, openPack, type PackObject } from './open-pack.ts';
import { encodeObject } from './pack-index.ts';

export interface PackRange {
  readonly tips: readonly Oid[];
  /** Commits that whoever takes the pack has already. */
  readonly without: readonly Oid[];
  /** Default: where there is one. It also finds differences, which makes packs many times smaller. */
  readonly useNativeGit?: boolean;
}

/** The bytes of the pack, piece by piece. AtoError `failed`, `not-found` for a missing object. */
export async function* makePack(store: Store, range: PackRange): AsyncGenerator<Uint8Array> {
  if (range.useNativeGit !== false && (await nativeGit()) !== undefined) {
    const lines = [...range.tips, ...range.without.map((oid) => `^${oid}`)];
    const args = ['pack-objects', '--stdout', '--revs', '--delta-base-offset', '-q'];
    yield* readNativeGit(store.gitdir, args, `${lines.join('\n')}\n`);
    return;
  }
  const read = await objectReader(store);
  const oids = await reachable(read, range);
  const hash = createHash('sha1');
  const head = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  head.writeUInt32BE(oids.length, 8);
  hash.update(head);
  yield head;
  for (const oid of oids) {
    const piece = encodeObject(await read(oid));
    hash.update(piece);
    yield piece;
  }
  yield hash.digest();
}

type ReadObject = (oid: Oid) => Promise<PackObject>;

/**
 * Packed objects by our own reader, which goes through a pack once; isomorphic-git, asked for one after
 * the other, takes five times as long and three times the memory. Loose ones, and what a pack too large to be
 * held lacks, by isomorphic-git.
 */
async function objectReader(store: Store): Promise<ReadObject> {
  const folder = join(store.gitdir, 'objects', 'pack');
  const packs: OpenedPack[] = [];
  for (const name of await namesIn(store, folder)) {
    if (!name.endsWith('.pack')) continue;
    try {
      packs.push(await openPack(await store.fs.disk.readFile(join(folder, name))));
    } catch (error) {
      if (errorCode(error) === 'ERR_FS_FILE_TOO_LARGE' || errorCode(error) === 'ENOENT') continue;
      if (!isAtoError(error, 'verification-failed')) throw error;
      throw new AtoError(
        'verification-failed',
        `Expected the store's own objects to be whole, found ${name} damaged. Run git fsck --full, then restore from an earlier backup; there is no new one.`,
        { cause: error },
      );
    }
  }
  return async (oid) => {
    for (const pack of packs) {
      const found = pack.read(oid);
      if (found !== undefined) return found;
    }
    return readObject(store, oid);
  };
}

async function namesIn(store: Store, folder: string): Promise<readonly string[]> {
  try {
    return await store.fs.disk.readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** In the order in which git would pack them: commits and tags, trees, files. */
async function reachable(read: ReadObject, { tips, without }: PackRange): Promise<readonly Oid[]> {
  const seen = new Set<Oid>();
  const kept = { commit: [] as Oid[], tag: [] as Oid[], tree: [] as Oid[], blob: [] as Oid[] };
  const walk = async (start: readonly Oid[], isKept: boolean): Promise<void> => {
    const waiting = [...start];
    for (let oid = waiting.pop(); oid !== undefined; oid = waiting.pop()) {
      if (seen.has(oid)) continue;
      seen.add(oid);
      const object = await read(oid);
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
