/** Reads one file of a store: a regular file only, through real folders only, up to a limit. */
import { type BigIntStats, constants } from 'node:fs';
import { join } from 'node:path';
import { AtoError } from '../errors.ts';
import type { Oid, StorePath } from '../plugin.ts';
import { diskError } from './disk-error.ts';
import { errorCode } from './durable-fs.ts';
import { blobOid } from './objects.ts';
import type { Store } from './store.ts';

/** A Markdown file above this is kept in git and never read. */
export const MARKDOWN_BYTES_MAX = 2 * 1024 * 1024;
/** A file above this is not even committed. */
export const COMMITTED_BYTES_MAX = 100 * 1024 * 1024;

/** Never through a symbolic link, never waiting for a pipe's other end. */
export const SAFE_READ =
  constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export interface FileContent {
  readonly bytes: Buffer;
  readonly oid: Oid;
  /** As it was before the bytes were read: a later change shows as a difference. */
  readonly stat: BigIntStats;
}

/**
 * A file as it is on the disk.
 * Throws `not-found`, `invalid` (a link, a pipe, a folder), `too-large`, and what `diskError` gives.
 */
export async function readFile(
  store: Store,
  path: StorePath,
  options: { readonly bytesMax?: number } = {},
): Promise<FileContent> {
  const bytesMax = options.bytesMax ?? MARKDOWN_BYTES_MAX;
  await assertRealFolders(store, path);
  try {
    const file = await store.fs.disk.open(join(store.dir, path), SAFE_READ);
    try {
      const stat = await file.stat({ bigint: true });
      if (!stat.isFile()) throw notRegular(path);
      if (stat.size > bytesMax) throw tooLarge(path, Number(stat.size), bytesMax);
      const bytes = await readUpTo(file, Number(stat.size), bytesMax);
      if (bytes === undefined) throw tooLarge(path, bytesMax + 1, bytesMax);
      return { bytes, oid: blobOid(bytes), stat };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readError(error, path);
  }
}

/** Throws unless every folder above a path is a folder of its own, not a link to one. */
export async function assertRealFolders(store: Store, path: string): Promise<void> {
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    const folder = path.slice(0, at);
    try {
      const found = await store.fs.disk.lstat(join(store.dir, folder));
      if (!found.isDirectory()) {
        throw new AtoError('invalid', `Expected a folder at ${folder}, found a link or a file.`);
      }
    } catch (error) {
      throw readError(error, path);
    }
  }
}

/** All bytes of an opened file, or nothing when there are more than allowed. */
async function readUpTo(
  file: { read: (buffer: Buffer, options: { offset: number }) => Promise<{ bytesRead: number }> },
  expected: number,
  bytesMax: number,
): Promise<Buffer | undefined> {
  // One byte more than expected, so that a file that grows meanwhile is read to its end.
  let buffer = Buffer.allocUnsafe(expected + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, { offset: length });
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
    if (length > bytesMax) return undefined;
    if (length === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(length)]);
  }
}

function readError(error: unknown, path: string): AtoError {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new AtoError('not-found', `There is no file ${path} in the store.`, { cause: error });
  }
  if (code === 'ELOOP' || code === 'EISDIR' || code === 'ENXIO') return notRegular(path);
  return diskError(error, `read ${path}`);
}

function notRegular(path: string): AtoError {
  return new AtoError('invalid', `Expected a regular file at ${path}, found something else.`);
}

function tooLarge(path: string, found: number, bytesMax: number): AtoError {
  return new AtoError(
    'too-large',
    `Expected at most ${bytesMax} bytes in ${path}, found ${found} or more. Split the file.`,
  );
}
