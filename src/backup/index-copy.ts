/** A copy of the index beside a backup, so that what is restored is quickly searchable; never needed. */
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import { diskError } from '../store/disk-error.ts';
import { type Disk, errorCode, ignoring, nodeDisk } from '../store/durable-fs.ts';
import type { Store } from '../store/store.ts';
import type { Manifest } from './manifest.ts';
import { sha256 } from './open-backup.ts';
import { backupFolder } from './place.ts';

/** Where the engine puts away what makes its next start quick, from the store's folder on. */
export const MEMORY = ['.atocore', 'memo'] as const;
/** The file beside the bundle. */
export const INDEX_NAME = 'index.gz';

/** Written last by the engine and first taken away: while it stays the same, so does the rest. */
const STATE = 'state.json';
const ATTEMPTS = 5;
/** More than this, unpacked, is not brought back: the index is built instead. */
const UNPACKED_BYTES_MAX = 2 ** 31;

interface Listed {
  readonly path: string;
  readonly bytes: number;
}

/** What the engine has put away, as one compressed file; none when there is nothing whole to copy. */
export async function indexCopy(store: Store): Promise<Uint8Array | undefined> {
  const folder = join(store.dir, ...MEMORY);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const before = await readIfThere(store.fs.disk, join(folder, STATE));
    if (before === undefined) return undefined;
    const files = await readAll(store.fs.disk, folder);
    const after = await readIfThere(store.fs.disk, join(folder, STATE));
    if (after === undefined || !before.equals(after)) continue;
    const listed: readonly Listed[] = files.map(({ path, content }) => ({
      path,
      bytes: content.length,
    }));
    const head = Buffer.from(`${JSON.stringify(listed)}\n`);
    const whole = Buffer.concat([head, ...files.map(({ content }) => content)]);
    return promisify(gzip)(whole, { level: constants.Z_BEST_SPEED });
  }
  return undefined;
}

/** The copy beside a backup; none when there is none, or when it isn't what the manifest says. */
export async function readIndexCopy(
  place: string,
  { stamp, index }: Manifest,
  disk: Disk = nodeDisk,
): Promise<Buffer | undefined> {
  if (index === undefined) return undefined;
  const bytes = await readIfThere(disk, join(backupFolder(place, stamp), INDEX_NAME));
  if (bytes === undefined || bytes.length !== index.bytes) return undefined;
  return sha256(bytes) === index.sha256 ? bytes : undefined;
}

/** Puts the copy of a backup where the engine looks for it. False when there is none that is whole. */
export async function bringIndex(
  store: Store,
  place: string,
  manifest: Manifest,
): Promise<boolean> {
  const copy = await readIndexCopy(place, manifest);
  const files = copy === undefined ? undefined : await unpacked(copy);
  if (files === undefined) return false;
  const folder = join(store.dir, ...MEMORY);
  const { disk } = store.fs;
  try {
    await disk.mkdir(join(folder, 'index'), { recursive: true });
    await ignoring(disk.unlink(join(folder, STATE)), 'ENOENT');
    for (const path of await disk.readdir(join(folder, 'index'))) {
      await disk.unlink(join(folder, 'index', path));
    }
    // As the engine does it: what the state does not speak of isn't there.
    for (const { path, content } of files) await store.fs.writeFile(join(folder, path), content);
  } catch (error) {
    throw diskError(error, `bring back the index of backup ${manifest.stamp}`);
  }
  return true;
}

async function readAll(disk: Disk, folder: string) {
  const names = ['memo.ndjson'];
  const shards = await disk.readdir(join(folder, 'index')).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  });
  names.push(...shards.sort().map((name) => `index/${name}`), STATE);
  const files: { readonly path: string; readonly content: Buffer }[] = [];
  for (const path of names) {
    const content = await readIfThere(disk, join(folder, path));
    if (content !== undefined) files.push({ path, content });
  }
  return files;
}

async function unpacked(copy: Buffer) {
  const whole = await promisify(gunzip)(copy, { maxOutputLength: UNPACKED_BYTES_MAX }).catch(
    () => undefined,
  );
  const end = whole?.indexOf('\n') ?? -1;
  if (whole === undefined || end < 0) return undefined;
  const listed = JSON.parse(whole.toString('utf8', 0, end)) as readonly Listed[];
  let at = end + 1;
  return listed.map(({ path, bytes }) => {
    if (!/^(?:index\/)?[\w.-]+$/.test(path) || path.includes('..')) {
      throw new TypeError(`the copy of an index names ${path}`);
    }
    const content = whole.subarray(at, at + bytes);
    at += bytes;
    return { path, content };
  });
}

async function readIfThere(disk: Disk, path: string): Promise<Buffer | undefined> {
  try {
    return await disk.readFile(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw diskError(error, `read ${path}`);
  }
}
