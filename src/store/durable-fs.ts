/** The file system that the store writes with: nothing is visible under its name before it is whole and durable. */
import { randomBytes } from 'node:crypto';
import { lstat } from 'node:fs';
import fs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

/**
 * The operations that reach the disk, with the meaning of `node:fs/promises`.
 * A test puts a fault at any of them, those of an opened file included.
 */
export type Disk = Pick<
  typeof fs,
  | 'open'
  | 'rename'
  | 'link'
  | 'unlink'
  | 'mkdir'
  | 'rmdir'
  | 'readFile'
  | 'readdir'
  | 'lstat'
  | 'stat'
  | 'readlink'
  | 'symlink'
  | 'utimes'
>;

// The callback form costs a third of the promise form, and a scan is mostly `lstat`.
const lstatOfCallbacks = promisify(lstat) as typeof fs.lstat;

export const nodeDisk: Disk = {
  open: fs.open,
  rename: fs.rename,
  link: fs.link,
  unlink: fs.unlink,
  mkdir: fs.mkdir,
  rmdir: fs.rmdir,
  readFile: fs.readFile,
  readdir: fs.readdir,
  lstat: lstatOfCallbacks,
  stat: fs.stat,
  readlink: fs.readlink,
  symlink: fs.symlink,
  utimes: fs.utimes,
};

/** What isomorphic-git asks of a file system. */
export type GitFileSystem = { readonly promises: GitOperations };

interface GitOperations
  extends Pick<
    Disk,
    'readFile' | 'unlink' | 'readdir' | 'mkdir' | 'rmdir' | 'lstat' | 'readlink' | 'symlink'
  > {
  readonly writeFile: (path: string, bytes: Uint8Array | string) => Promise<void>;
  readonly stat: (path: string) => ReturnType<Disk['stat']>;
  readonly rm: Disk['unlink'];
}

export interface DurableFs {
  readonly disk: Disk;
  /** For isomorphic-git: every `writeFile` is durable when it returns. */
  readonly git: GitFileSystem;
  /** Temporary name in the same folder, sync, rename, sync of the folder. */
  readonly writeFile: (path: string, bytes: Uint8Array | string) => Promise<void>;
}

export function durableFs(disk: Disk = nodeDisk): DurableFs {
  const writeFile = async (path: string, bytes: Uint8Array | string): Promise<void> => {
    const batch = new WriteBatch(disk);
    try {
      await batch.stage(path, bytes);
      await batch.publish();
    } catch (error) {
      await batch.abandon();
      throw error;
    }
  };
  return { disk, writeFile, git: { promises: gitPromises(disk, writeFile, disk.mkdir) } };
}

/** Name of our temporary files everywhere but among git's objects; git and a scan pass over it. */
export const TEMPORARY_PREFIX = '.atocore-tmp-';

interface Staged {
  readonly temporary: string;
  readonly path: string;
}

/**
 * Several files made durable together: each is written and synced under a temporary name, then all
 * are renamed, then each folder is synced once. Until `publish` nothing shows under its own name.
 */
export class WriteBatch {
  readonly git: GitFileSystem;
  readonly #disk: Disk;
  readonly #staged = new Map<string, Staged>();
  readonly #folders = new Set<string>();
  readonly #pending = new Set<Promise<void>>();
  #isAbandoned = false;

  constructor(disk: Disk) {
    this.#disk = disk;
    const mkdir = async (path: string): Promise<string | undefined> => {
      await disk.mkdir(path);
      this.#folders.add(dirname(path));
      return undefined;
    };
    const stage = (path: string, bytes: Uint8Array | string) => this.stage(path, bytes);
    this.git = { promises: gitPromises(disk, stage, mkdir as Disk['mkdir']) };
  }

  /** Writes and syncs the bytes under a temporary name. `mode` is what a new file asks for. */
  async stage(path: string, bytes: Uint8Array | string, mode = 0o666): Promise<void> {
    if (this.#isAbandoned) throw new Error(`Nothing more is written after a failure: ${path}`);
    if (this.#staged.has(path)) return;
    const temporary = temporaryName(path);
    this.#staged.set(path, { temporary, path });
    const work = this.#write(temporary, bytes, mode);
    this.#pending.add(work);
    try {
      await work;
    } catch (error) {
      this.#staged.delete(path);
      // The failure to write is the one to report; a leftover is swept later.
      await this.#disk.unlink(temporary).catch(() => undefined);
      throw error;
    } finally {
      this.#pending.delete(work);
    }
  }

  async #write(temporary: string, bytes: Uint8Array | string, mode: number): Promise<void> {
    const file = await this.#disk.open(temporary, 'wx', mode);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Gives the staged files their names and, unless told otherwise, syncs the folders. */
  async publish(options: { readonly syncFolders?: boolean } = {}): Promise<void> {
    for (const { temporary, path } of this.#staged.values()) {
      await this.#disk.rename(temporary, path);
      this.#folders.add(dirname(path));
      this.#staged.delete(path);
    }
    if (options.syncFolders !== false) await this.syncFolders();
  }

  async syncFolders(): Promise<void> {
    const folders = [...this.#folders];
    this.#folders.clear();
    await Promise.all(folders.map((folder) => syncFolder(this.#disk, folder)));
  }

  /** Removes what was staged and not published, as far as the disk lets it. */
  async abandon(): Promise<void> {
    this.#isAbandoned = true;
    await Promise.allSettled(this.#pending);
    for (const { temporary } of this.#staged.values()) {
      // The failure that led here is the one to report; a leftover is swept later.
      await this.#disk.unlink(temporary).catch(() => undefined);
    }
    this.#staged.clear();
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(disk: Disk, path: string): Promise<void> {
  // Windows cannot open a folder; its renames are journalled.
  if (process.platform === 'win32') return;
  const folder = await disk.open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Waits, and passes over the named error codes. */
export async function ignoring(work: Promise<unknown>, ...codes: readonly string[]): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!codes.includes(errorCode(error))) throw error;
  }
}

/** The `code` of a system error, or an empty string. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** Runs `work` over the list, at most `width` at once, stopping at the first failure. */
export async function eachLimited<Value>(
  values: readonly Value[],
  width: number,
  work: (value: Value) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < values.length && !failed) {
      const value = values[next++] as Value;
      try {
        await work(value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = Array.from({ length: Math.min(width, values.length) }, lane);
  // All lanes end before the failure is passed on, so that nothing is written after it.
  const results = await Promise.allSettled(lanes);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

function temporaryName(path: string): string {
  const random = randomBytes(6).toString('hex');
  const folder = dirname(path);
  // `git fsck` and `git gc` know this name among objects; references that begin with a dot are not read.
  const isObject = basename(dirname(folder)) === 'objects';
  return join(folder, `${isObject ? 'tmp_obj_' : TEMPORARY_PREFIX}${random}`);
}

function gitPromises(
  disk: Disk,
  writeFile: (path: string, bytes: Uint8Array | string) => Promise<void>,
  mkdir: Disk['mkdir'],
): GitOperations {
  return {
    readFile: disk.readFile,
    writeFile,
    unlink: disk.unlink,
    readdir: disk.readdir,
    mkdir,
    rmdir: disk.rmdir,
    stat: async (path: string) => {
      const found = await disk.stat(path);
      // A power cut leaves empty objects behind an unsynced git; they are written again.
      if (found.size === 0 && isLooseObject(path)) throw missing(path);
      return found;
    },
    lstat: disk.lstat,
    readlink: disk.readlink,
    symlink: disk.symlink,
    rm: disk.unlink,
  };
}

function isLooseObject(path: string): boolean {
  return /[\\/]objects[\\/][0-9a-f]{2}[\\/][0-9a-f]{38}$/.test(path);
}

function missing(path: string): Error {
  return Object.assign(new Error(`ENOENT: no whole object at ${path}`), { code: 'ENOENT' });
}
