/** Reads and writes git objects. Names in trees are kept byte for byte, whatever their encoding. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import git from 'isomorphic-git';
import { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';
import { diskError } from './disk-error.ts';
import type { GitFileSystem } from './durable-fs.ts';
import type { Store } from './store.ts';

type ObjectType = 'blob' | 'tree' | 'commit' | 'tag';

export interface TreeEntry {
  /** Octal digits as git writes them: `100644`, `100755`, `120000`, `40000`, `160000`. */
  readonly mode: string;
  /** The bytes of the name, one character each, so that comparing strings compares bytes. */
  readonly name: string;
  readonly oid: Oid;
}

export const TREE_MODE = '40000';
const TREES_REMEMBERED_MAX = 50_000;

const deflated = promisify(deflate) as (bytes: Uint8Array) => Promise<Buffer>;
const inflated = promisify(inflate) as (bytes: Uint8Array) => Promise<Buffer>;

/** The name that git gives to bytes. */
export function objectOid(type: ObjectType, bytes: Uint8Array): Oid {
  return createHash('sha1').update(`${type} ${bytes.length}\0`).update(bytes).digest('hex') as Oid;
}

/** The name that git gives to the content of a file. */
export function blobOid(bytes: Uint8Array | string): Oid {
  return objectOid('blob', typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
}

/**
 * An object's type and bytes.
 * Throws `not-found` when the repository lacks it and `verification-failed` when it is damaged.
 */
export async function readObject(
  store: Store,
  oid: Oid,
): Promise<{ readonly type: ObjectType; readonly bytes: Buffer }> {
  try {
    const read = await readDeflated(store, oid);
    if (read.format === 'deflated') return unwrap(oid, await inflated(read.object));
    if (read.format === 'wrapped') return unwrap(oid, Buffer.from(read.object));
    if (read.type === undefined) throw damaged(oid);
    const bytes = typeof read.object === 'string' ? Buffer.from(read.object) : read.object;
    return { type: read.type as ObjectType, bytes: Buffer.from(bytes as Uint8Array) };
  } catch (error) {
    if (error instanceof git.Errors.NotFoundError) {
      throw new AtoError('not-found', `The repository at ${store.dir} has no object ${oid}.`, {
        cause: error,
      });
    }
    if (isZlibError(error)) throw damaged(oid, error);
    throw diskError(error, `read git object ${oid}`);
  }
}

async function readDeflated({ fs, gitdir, memory }: Store, oid: Oid) {
  const ask = { fs: fs.git, gitdir, oid, format: 'deflated', cache: memory.cache } as const;
  try {
    return await git.readObject(ask);
  } catch (error) {
    if (isZlibError(error)) throw error;
    // Packed in this very moment: where it lay a moment ago it is no more, and it is elsewhere.
    return git.readObject(ask);
  }
}

/** A loose object as it lies on the disk, unpacked and hashed. AtoError `verification-failed`. */
export async function inflatedObject(
  oid: Oid,
  deflatedBytes: Uint8Array,
): Promise<{ readonly type: ObjectType; readonly bytes: Buffer }> {
  try {
    return unwrap(oid, await inflated(deflatedBytes));
  } catch (error) {
    if (isZlibError(error)) throw damaged(oid, error);
    throw error;
  }
}

/** Starts writing an object and gives its name at once; `written` is done when it is staged. */
export function writeObject(
  fs: GitFileSystem,
  gitdir: string,
  type: ObjectType,
  bytes: Uint8Array,
): { readonly oid: Oid; readonly written: Promise<void> } {
  const oid = objectOid(type, bytes);
  const write = async (): Promise<void> => {
    const wrapped = Buffer.concat([Buffer.from(`${type} ${bytes.length}\0`), bytes]);
    const object = await deflated(wrapped);
    await git.writeObject({ fs, gitdir, object, format: 'deflated', oid });
  };
  const written = write();
  // Whoever awaits it meets the failure; until then it must not count as unhandled.
  written.catch(() => undefined);
  return { oid, written };
}

/** The entries of one tree, in git's order. */
export async function readTree(store: Store, oid: Oid): Promise<readonly TreeEntry[]> {
  const { trees } = store.memory;
  const known = trees.get(oid);
  if (known !== undefined) return known;
  const { type, bytes } = await readObject(store, oid);
  if (type !== 'tree') throw damaged(oid);
  const entries = parseTree(oid, bytes);
  rememberTree(store, oid, entries);
  return entries;
}

export function rememberTree(store: Store, oid: Oid, entries: readonly TreeEntry[]): void {
  const { trees } = store.memory;
  const oldest = trees.size >= TREES_REMEMBERED_MAX ? trees.keys().next().value : undefined;
  if (oldest !== undefined) trees.delete(oldest);
  trees.set(oid, entries);
}

/** The bytes of a tree; the entries may come in any order. */
export function encodeTree(entries: readonly TreeEntry[]): Buffer {
  const parts: Buffer[] = [];
  for (const { mode, name, oid } of sortedTree(entries)) {
    parts.push(Buffer.from(`${mode} ${name}\0`, 'latin1'), Buffer.from(oid, 'hex'));
  }
  return Buffer.concat(parts);
}

/** git's order: as if the name of a folder ended with "/". */
export function sortedTree(entries: readonly TreeEntry[]): readonly TreeEntry[] {
  const key = (entry: TreeEntry): string =>
    entry.mode === TREE_MODE ? `${entry.name}/` : entry.name;
  return [...entries].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** A path as one character per byte, the form that trees and the index are compared in. */
export function bytesKey(path: string): string {
  return Buffer.from(path, 'utf8').toString('latin1');
}

/** The path behind such a key, or nothing when its bytes are not UTF-8. */
export function pathOfKey(key: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is all of ASCII.
  if (/^[\u0000-\u007f]*$/.test(key)) return key;
  const bytes = Buffer.from(key, 'latin1');
  const path = bytes.toString('utf8');
  return Buffer.from(path, 'utf8').equals(bytes) ? path : undefined;
}

function parseTree(oid: Oid, bytes: Buffer): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, space);
    if (space < 0 || end < 0 || end + 21 > bytes.length) throw damaged(oid);
    const mode = bytes.toString('latin1', at, space).replace(/^0/, '');
    const name = bytes.toString('latin1', space + 1, end);
    entries.push({ mode, name, oid: bytes.toString('hex', end + 1, end + 21) as Oid });
    at = end + 21;
  }
  return entries;
}

function unwrap(oid: Oid, wrapped: Buffer): { readonly type: ObjectType; readonly bytes: Buffer } {
  const end = wrapped.indexOf(0);
  const [type = '', size = ''] = wrapped.toString('latin1', 0, Math.max(end, 0)).split(' ');
  const bytes = wrapped.subarray(end + 1);
  if (!isObjectType(type) || Number(size) !== bytes.length) throw damaged(oid);
  if (objectOid(type, bytes) !== oid) throw damaged(oid);
  return { type, bytes };
}

function isObjectType(type: string): type is ObjectType {
  return type === 'blob' || type === 'tree' || type === 'commit' || type === 'tag';
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^Z_|^ERR_ZLIB/.test(String(error.code));
}

function damaged(oid: Oid, cause?: unknown): AtoError {
  return new AtoError(
    'verification-failed',
    `Git object ${oid} is damaged. Run git fsck --full, then restore the store from a backup.`,
    { cause },
  );
}
