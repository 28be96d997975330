/** The git name of a file's content, read in pieces, so that a large file costs no memory. */
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import type { Oid, StorePath } from '../plugin.ts';
import { SAFE_READ } from './read-file.ts';
import type { Store } from './store.ts';

export interface HashedFile {
  readonly oid: Oid;
  /** As it was before the content was read: a later change shows as a difference. */
  readonly stat: Stats;
  readonly readAtMs: number;
}

const PIECE_BYTES = 1024 * 1024;

/**
 * Nothing when there is no regular file (any more), or when its length changed while it was read.
 * Throws what the disk says otherwise. The folders above must be known to be real ones.
 */
export async function hashFile(
  store: Store,
  path: StorePath,
  bytesMax: number,
): Promise<HashedFile | undefined> {
  const file = await store.fs.disk.open(join(store.dir, path), SAFE_READ);
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const readAtMs = Date.now();
      const stat = await file.stat();
      if (!stat.isFile() || stat.size > bytesMax) return undefined;
      const oid = await hashOf(file, stat.size);
      if (oid !== undefined) return { oid, stat, readAtMs };
    }
    throw Object.assign(new Error('the file changed while it was read'), { code: 'EBUSY' });
  } finally {
    await file.close();
  }
}

const ATTEMPTS_MAX = 3;

type Readable = Awaited<ReturnType<Store['fs']['disk']['open']>>;

async function hashOf(file: Readable, size: number): Promise<Oid | undefined> {
  const hash = createHash('sha1').update(`blob ${size}\0`);
  const piece = Buffer.allocUnsafe(Math.min(size + 1, PIECE_BYTES));
  let position = 0;
  for (;;) {
    const { bytesRead } = await file.read(piece, 0, piece.length, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    if (position > size) return undefined;
    hash.update(piece.subarray(0, bytesRead));
  }
  return position === size ? (hash.digest('hex') as Oid) : undefined;
}
