/** Writes and deletes files of a store: durably, below its root only, never over an edit that wasn't seen. */
import { randomBytes } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { dirname, join } from 'node:path';
import { AtoError, isAtoError } from '../errors.ts';
import type { Oid, StorePath } from '../plugin.ts';
import { diskError } from './disk-error.ts';
import { eachLimited, errorCode, ignoring, syncFolder, TEMPORARY_PREFIX } from './durable-fs.ts';
import { COMMITTED_BYTES_MAX, type FileContent, readFile } from './read-file.ts';
import type { Store } from './store.ts';
import { parseStorePath } from './store-path.ts';

export interface FileChange {
  readonly path: StorePath;
  /** The new content; null deletes the file. */
  readonly content: Uint8Array | string | null;
  /** What the caller believes to be there (null: nothing). Absent: whatever is there may go. */
  readonly expected?: Oid | null;
}

export interface RefusedChange {
  readonly path: StorePath;
  readonly expected: Oid | null;
  /** What is there instead; null when there is nothing. */
  readonly found: Oid | null;
}

export interface WrittenFiles {
  readonly written: readonly StorePath[];
  /** Files that are not what the caller believed; they are as they were. */
  readonly refused: readonly RefusedChange[];
}

interface Staged {
  readonly change: FileChange;
  readonly full: string;
  readonly temporary: string | undefined;
  readonly present: FileContent | undefined;
}

const WIDTH = 8;

/**
 * Carries out the changes; all of them are durable when it returns. Contents are written under
 * temporary names first, so that a full disk is met before any file has changed.
 * Throws `invalid` (a path that leaves the store, a link in the way), `disk-full`, `read-only`, `failed`.
 */
export async function writeFiles(
  store: Store,
  changes: readonly FileChange[],
  options: {
    /** Nothing is put in place once one is refused; an edit in that very moment may leave some written. */
    readonly isAllOrNone?: boolean;
  } = {},
): Promise<WrittenFiles> {
  for (const { path } of changes) assertInside(path);
  const staged: Staged[] = [];
  const refused: RefusedChange[] = [];
  const folders = new Set<string>();
  try {
    await eachLimited(changes, WIDTH, async (change) => {
      const present = await presentFile(store, change.path);
      const found = present?.oid ?? null;
      if (change.expected !== undefined && change.expected !== found) {
        refused.push({ path: change.path, expected: change.expected, found });
      } else if (change.content !== null || present !== undefined) {
        staged.push(await stage(store, change, { present, folders }));
      }
    });
    staged.sort((a, b) => (a.change.path < b.change.path ? -1 : 1));
    const written: StorePath[] = [];
    for (const one of staged) {
      if (options.isAllOrNone === true && refused.length > 0) break;
      const late = await putInPlace(store, one);
      if (late === undefined) written.push(one.change.path);
      else refused.push(late);
      folders.add(dirname(one.full));
    }
    await Promise.all([...folders].map((folder) => syncFolder(store.fs.disk, folder)));
    return { written, refused: refused.sort((a, b) => (a.path < b.path ? -1 : 1)) };
  } catch (error) {
    throw diskError(error, 'write to the store');
  } finally {
    // Whatever has its name by now is no longer found under the temporary one.
    for (const { temporary } of staged) {
      if (temporary !== undefined) await store.fs.disk.unlink(temporary).catch(() => undefined);
    }
  }
}

/** Removes temporary files that a stop left behind; a scan names them. Only for who holds the store's lock. */
export async function removeLeftovers(store: Store, paths: readonly StorePath[]): Promise<void> {
  for (const path of paths) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (!name.startsWith(TEMPORARY_PREFIX)) continue;
    try {
      await ignoring(store.fs.disk.unlink(join(store.dir, path)), 'ENOENT', 'EISDIR', 'EPERM');
    } catch (error) {
      throw diskError(error, `remove ${path}`);
    }
  }
}

function assertInside(path: StorePath): void {
  const parsed = parseStorePath(path);
  const inOurs = path === '.atocore' || path.startsWith('.atocore/');
  if ('path' in parsed && !inOurs) return;
  const why = 'path' in parsed ? '.atocore/ is not content.' : parsed.message;
  throw new AtoError('invalid', `Nothing is written to ${JSON.stringify(path)}: ${why}`);
}

async function presentFile(store: Store, path: StorePath): Promise<FileContent | undefined> {
  try {
    return await readFile(store, path, { bytesMax: COMMITTED_BYTES_MAX });
  } catch (error) {
    if (isAtoError(error, 'not-found')) return undefined;
    throw error;
  }
}

async function stage(
  store: Store,
  change: FileChange,
  at: { readonly present: FileContent | undefined; readonly folders: Set<string> },
): Promise<Staged> {
  const { disk } = store.fs;
  const { present, folders } = at;
  const full = join(store.dir, change.path);
  if (change.content === null) return { change, full, temporary: undefined, present };
  await makeFolders(store, change.path, folders);
  const temporary = join(dirname(full), TEMPORARY_PREFIX + randomBytes(6).toString('hex'));
  const mode = present === undefined ? 0o666 : Number(present.stat.mode & 0o777n);
  try {
    const file = await disk.open(temporary, 'wx', mode);
    try {
      await file.writeFile(change.content);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await disk.unlink(temporary).catch(() => undefined);
    throw diskError(error, `write ${change.path}`);
  }
  return { change, full, temporary, present };
}

/** Each folder is made by itself, so that a link can never stand for one. */
async function makeFolders(store: Store, path: StorePath, made: Set<string>): Promise<void> {
  const { disk } = store.fs;
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    const folder = join(store.dir, path.slice(0, at));
    try {
      await disk.mkdir(folder);
      made.add(dirname(folder));
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw diskError(error, `make the folder of ${path}`);
      if (!(await disk.lstat(folder)).isDirectory()) {
        throw new AtoError(
          'invalid',
          `Expected a folder at ${path.slice(0, at)}, found a link or a file.`,
        );
      }
    }
  }
}

/** The last look and the rename; what was edited since the first look is refused. */
async function putInPlace(store: Store, staged: Staged): Promise<RefusedChange | undefined> {
  const { change, full, temporary, present } = staged;
  const { disk } = store.fs;
  const isGuarded = change.expected !== undefined;
  if (isGuarded && present === undefined && temporary !== undefined) {
    return createOnly(store, staged, temporary);
  }
  if (isGuarded && !(await isUntouched(store, full, present))) {
    const found = (await presentFile(store, change.path))?.oid ?? null;
    if (found !== change.expected) {
      return { path: change.path, expected: change.expected ?? null, found };
    }
  }
  if (temporary === undefined) await ignoring(disk.unlink(full), 'ENOENT');
  else await disk.rename(temporary, full);
  return undefined;
}

/** A link is refused by the disk itself when the name is taken. */
async function createOnly(
  store: Store,
  { change, full }: Staged,
  temporary: string,
): Promise<RefusedChange | undefined> {
  const { disk } = store.fs;
  try {
    await disk.link(temporary, full);
    return undefined;
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'EEXIST') {
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
      // No links on this disk: the last look is all there is.
      const present = await presentFile(store, change.path);
      if (present === undefined) {
        await disk.rename(temporary, full);
        return undefined;
      }
    }
    const found = (await presentFile(store, change.path))?.oid ?? null;
    return { path: change.path, expected: null, found };
  }
}

async function isUntouched(
  store: Store,
  full: string,
  present: FileContent | undefined,
): Promise<boolean> {
  let now: BigIntStats;
  try {
    now = await store.fs.disk.lstat(full, { bigint: true });
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return present === undefined;
  }
  if (present === undefined) return false;
  const { ino, size, mtimeNs, ctimeNs } = present.stat;
  const isSame =
    now.ino === ino && now.size === size && now.mtimeNs === mtimeNs && now.ctimeNs === ctimeNs;
  // Within a tick of the clock a second edit leaves no trace in the times.
  return isSame && Number(ctimeNs / 1_000_000n) < Date.now() - 50;
}
