/** Git maintenance: many loose objects become a pack, by native git where there is one, else by us. No object is ever lost. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { AtoError, isAtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';
import { diskError } from '../store/disk-error.ts';
import { errorCode, ignoring, syncFolder, WriteBatch } from '../store/durable-fs.ts';
import { nativeGit, readNativeGit } from '../store/native-git.ts';
import { inflatedObject } from '../store/objects.ts';
import type { Store } from '../store/store.ts';
import { openPack } from './open-pack.ts';
import { encodeObject, namesInIndex, storedPack } from './pack-index.ts';

export interface MaintainOptions {
  /** So many loose objects are left alone. */
  readonly looseMax?: number;
  /** So many packs are left alone; only native git makes few of many. */
  readonly packsMax?: number;
  /** Default: where there is one. */
  readonly useNativeGit?: boolean;
  /** Of the packs that we make: a reader holds a pack as a whole. */
  readonly packBytes?: number;
}

export interface Maintained {
  readonly by: 'nobody' | 'git' | 'atocore';
  readonly loose: { readonly before: number; readonly after: number };
  readonly packs: { readonly before: number; readonly after: number };
}

export const LOOSE_MAX = 2_000;
export const PACKS_MAX = 50;
const PACK_BYTES = 64 * 1024 * 1024;
/** Larger ones stay loose: they would fill a pack each. */
const OBJECT_BYTES_MAX = 8 * 1024 * 1024;
/** What a file of ours among objects is called until it is whole; native git has other names here. */
const TEMPORARY_NAME = 'tmp_obj_';
/** A pack without its index is somebody's that is being written, unless it is older than this. */
const ORPHAN_MS = 3_600_000;

/**
 * Nothing is pruned but loose objects that a pack holds, read back and hashed: an object that nothing
 * names yet may be that of a commit under way. References and their logs stay as they are.
 * To be called by whoever holds the store. AtoError `disk-full`, `read-only`, `verification-failed`, `failed`.
 */
export async function maintain(store: Store, options: MaintainOptions = {}): Promise<Maintained> {
  const { looseMax = LOOSE_MAX, packsMax = PACKS_MAX } = options;
  const before = await counted(store);
  const hasGit = options.useNativeGit !== false && (await nativeGit()) !== undefined;
  const isNeeded = before.loose > looseMax || (hasGit && before.packs > packsMax);
  if (!isNeeded) return told('nobody', before, before);
  try {
    if (hasGit) await collectByGit(store);
    else {
      await removeLeftovers(store);
      await packLoose(store, options.packBytes ?? PACK_BYTES);
    }
  } catch (error) {
    throw diskError(error, `pack the objects of ${store.dir}`);
  } finally {
    forgetPacks(store);
  }
  return told(hasGit ? 'git' : 'atocore', before, await counted(store));
}

interface Counts {
  readonly loose: number;
  readonly packs: number;
}

function told(by: Maintained['by'], before: Counts, after: Counts): Maintained {
  return {
    by,
    loose: { before: before.loose, after: after.loose },
    packs: { before: before.packs, after: after.packs },
  };
}

async function counted(store: Store): Promise<Counts> {
  const packs = (await names(store, 'pack')).filter((name) => name.endsWith('.pack'));
  return { loose: (await looseObjects(store)).length, packs: packs.length };
}

async function collectByGit(store: Store): Promise<void> {
  const settings = [
    'core.fsync=all',
    'gc.autoDetach=false',
    'gc.packRefs=false',
    'gc.reflogExpire=never',
    'gc.reflogExpireUnreachable=never',
    'gc.cruftPacks=false',
    // A pack beyond 2 GiB could not be read without native git.
    'pack.packSizeLimit=1g',
    'pack.threads=1',
    'pack.windowMemory=100m',
  ].flatMap((setting) => ['-c', setting]);
  const args = [...settings, 'gc', '--no-prune', '--quiet'];
  for await (const _piece of readNativeGit(store.gitdir, args)) {
    // It says nothing on its output.
  }
}

/** What isomorphic-git and we remember of packs that are no longer there. */
function forgetPacks({ memory }: Store): void {
  for (const key of Reflect.ownKeys(memory.cache)) Reflect.deleteProperty(memory.cache, key);
}

/** One pack after the other: written and synced, read back, and only then its loose objects removed. */
async function packLoose(store: Store, packBytes: number): Promise<void> {
  const waiting = [...(await looseObjects(store))];
  const folder = join(store.gitdir, 'objects', 'pack');
  await store.fs.disk.mkdir(folder, { recursive: true });
  while (waiting.length > 0) {
    const bytes = await nextPack(store, waiting, packBytes);
    if (bytes === undefined) return;
    const { name, pack, index } = storedPack(await openPack(bytes));
    // The index comes last: a pack counts once it has one.
    const batch = new WriteBatch(store.fs.disk);
    try {
      await batch.stage(join(folder, `${name}.pack`), pack);
      await batch.stage(join(folder, `${name}.idx`), index);
      await batch.publish();
    } catch (error) {
      await batch.abandon();
      throw error;
    }
    await removePacked(store, await verified(store, join(folder, name)));
  }
}

/** The bytes of a pack of the next objects, taken off the list; none when nothing can be packed. */
async function nextPack(
  store: Store,
  waiting: Oid[],
  bytesMax: number,
): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  while (size < bytesMax) {
    const oid = waiting.pop();
    if (oid === undefined) break;
    if (pieces.length % 200 === 199) await turn();
    const object = await readLoose(store, oid);
    if (object === undefined || object.bytes.length > OBJECT_BYTES_MAX) continue;
    const piece = encodeObject(object);
    pieces.push(piece);
    size += piece.length;
  }
  if (pieces.length === 0) return undefined;
  const head = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  head.writeUInt32BE(pieces.length, 8);
  const body = Buffer.concat([head, ...pieces]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

/** None for a damaged object, which stays where it is for `atocore check` to name. */
async function readLoose(store: Store, oid: Oid) {
  try {
    return await inflatedObject(oid, await store.fs.disk.readFile(loosePath(store, oid)));
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || isAtoError(error, 'verification-failed')) return undefined;
    throw error;
  }
}

/** The objects of a pack as it lies on the disk, each unpacked and hashed, each found by its index. */
async function verified(store: Store, path: string): Promise<ReadonlySet<Oid>> {
  const { disk } = store.fs;
  const { entries } = await openPack(await disk.readFile(`${path}.pack`));
  const listed = new Set(namesInIndex(await disk.readFile(`${path}.idx`)));
  if (listed.size === entries.size && [...entries.keys()].every((oid) => listed.has(oid))) {
    return listed;
  }
  throw new AtoError(
    'verification-failed',
    `Expected the index of ${path} to name ${entries.size} objects, found others. Nothing was removed; check that disk.`,
  );
}

async function removePacked(store: Store, packed: ReadonlySet<Oid>): Promise<void> {
  const folders = new Set<string>();
  for (const oid of packed) {
    await ignoring(store.fs.disk.unlink(loosePath(store, oid)), 'ENOENT');
    folders.add(oid.slice(0, 2));
  }
  for (const folder of folders)
    await syncFolder(store.fs.disk, join(store.gitdir, 'objects', folder));
}

/** What a stop in the middle of this left behind. */
async function removeLeftovers(store: Store): Promise<void> {
  const { disk } = store.fs;
  const inside = await names(store, 'pack');
  for (const name of inside) {
    const path = join(store.gitdir, 'objects', 'pack', name);
    const isOurs = name.startsWith(TEMPORARY_NAME);
    const isOrphan = name.endsWith('.pack') && !inside.includes(name.replace(/pack$/, 'idx'));
    if (!isOurs && !isOrphan) continue;
    const { mtimeMs } = await disk.lstat(path);
    if (isOurs || Date.now() - mtimeMs > ORPHAN_MS) await ignoring(disk.unlink(path), 'ENOENT');
  }
}

async function looseObjects(store: Store): Promise<readonly Oid[]> {
  const found: Oid[] = [];
  for (const folder of await names(store, '')) {
    if (!/^[0-9a-f]{2}$/.test(folder)) continue;
    for (const name of await names(store, folder)) {
      if (/^[0-9a-f]{38}$/.test(name)) found.push((folder + name) as Oid);
    }
  }
  return found;
}

function loosePath(store: Store, oid: Oid): string {
  return join(store.gitdir, 'objects', oid.slice(0, 2), oid.slice(2));
}

async function names(store: Store, folder: string): Promise<readonly string[]> {
  const path = join(store.gitdir, 'objects', folder);
  try {
    return await store.fs.disk.readdir(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw diskError(error, `read ${path}`);
  }
}
