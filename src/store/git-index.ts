/** Reads, changes and writes `.git/index` in memory; entries that don't change are copied as bytes. */
import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';
import { type CacheTree, encodeCacheTree, parseCacheTree } from './cache-tree.ts';

/** One entry, in the form of index version 2 or 3, padding included. */
export interface IndexEntry {
  /** The bytes of the path, one character each. */
  readonly key: string;
  /** 0, or 1 to 3 while a merge is unresolved. */
  readonly stage: number;
  readonly bytes: Buffer;
}

export interface GitIndex {
  /** In git's order: by key, then by stage. */
  readonly entries: readonly IndexEntry[];
  readonly cacheTree?: CacheTree;
}

export interface IndexStat {
  /** Milliseconds as `Stats` computes them, so that both compare. */
  readonly ctimeMs: number;
  readonly mtimeMs: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeSeconds: number;
}

const HEADER_BYTES = 12;
const STAT_BYTES = 40;
const FIXED_BYTES = 62;
const CHECKSUM_BYTES = 20;
const EXTENDED_FLAG = 0x4000;
const NAME_LENGTH_MAX = 0xfff;

/** Throws `wrong-state` for forms we don't write, `verification-failed` for a damaged file. */
export function parseIndex(file: Buffer): GitIndex {
  if (file.length < HEADER_BYTES + CHECKSUM_BYTES || file.toString('latin1', 0, 4) !== 'DIRC') {
    throw damaged('it is cut short');
  }
  const version = file.readUInt32BE(4);
  if (version < 2 || version > 4) throw damaged(`its version is ${version}`);
  const end = file.length - CHECKSUM_BYTES;
  const expected = file.subarray(end);
  // `index.skipHash` leaves zeros.
  if (!expected.every((byte) => byte === 0)) {
    const found = createHash('sha1').update(file.subarray(0, end)).digest();
    if (!found.equals(expected)) throw damaged('its checksum differs');
  }
  const count = file.readUInt32BE(8);
  const entries: IndexEntry[] = [];
  let at = HEADER_BYTES;
  let previous = '';
  for (let n = 0; n < count; n++) {
    if (at + FIXED_BYTES > end) throw damaged('it is cut short');
    const read = version === 4 ? readPacked(file, at, previous) : readPlain(file, at);
    entries.push(read.entry);
    previous = read.entry.key;
    at = read.next;
  }
  const cacheTree = readExtensions(file.subarray(at, end));
  return cacheTree === undefined ? { entries } : { entries, cacheTree };
}

/** The file, in version 2, or 3 where an entry needs it. */
export function encodeIndex({ entries, cacheTree }: GitIndex): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('DIRC', 0, 'latin1');
  header.writeUInt32BE(entries.some(isExtended) ? 3 : 2, 4);
  header.writeUInt32BE(entries.length, 8);
  const parts: Buffer[] = [header];
  for (const { bytes } of entries) parts.push(bytes);
  if (cacheTree !== undefined) {
    const body = encodeCacheTree(cacheTree);
    const head = Buffer.alloc(8);
    head.write('TREE', 0, 'latin1');
    head.writeUInt32BE(body.length, 4);
    parts.push(head, body);
  }
  const body = Buffer.concat(parts);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

/**
 * An entry for a file. Without a stat git compares the content when it is next asked, which is right
 * whenever the file on the disk may differ from `oid`.
 */
export function indexEntry(key: string, oid: Oid, mode: string, stat?: BigIntStats): IndexEntry {
  const bytes = Buffer.alloc(paddedLength(FIXED_BYTES + key.length));
  if (stat !== undefined) {
    const fields = [
      ...secondsAndNanoseconds(stat.ctimeNs),
      ...secondsAndNanoseconds(stat.mtimeNs),
      low32(stat.dev),
      low32(stat.ino),
    ];
    fields.forEach((value, n) => {
      bytes.writeUInt32BE(value, n * 4);
    });
    bytes.writeUInt32BE(low32(stat.uid), 28);
    bytes.writeUInt32BE(low32(stat.gid), 32);
    bytes.writeUInt32BE(low32(stat.size), 36);
  }
  bytes.writeUInt32BE(Number.parseInt(mode, 8), 24);
  bytes.write(oid, STAT_BYTES, 'hex');
  bytes.writeUInt16BE(Math.min(key.length, NAME_LENGTH_MAX), 60);
  bytes.write(key, FIXED_BYTES, 'latin1');
  return { key, stage: 0, bytes };
}

/** What the index remembers of the file on the disk. */
export function entryStat({ bytes }: IndexEntry): IndexStat {
  const mtimeSeconds = bytes.readUInt32BE(8);
  return {
    ctimeMs: bytes.readUInt32BE(0) * 1000 + bytes.readUInt32BE(4) / 1e6,
    mtimeMs: mtimeSeconds * 1000 + bytes.readUInt32BE(12) / 1e6,
    mtimeSeconds,
    ino: bytes.readUInt32BE(20),
    size: bytes.readUInt32BE(36),
  };
}

export function entryOid({ bytes }: IndexEntry): Oid {
  return bytes.toString('hex', STAT_BYTES, STAT_BYTES + 20) as Oid;
}

export function entryMode({ bytes }: IndexEntry): string {
  return bytes.readUInt32BE(24).toString(8);
}

/**
 * The entry with a size that makes git compare the content: for a file that may have changed in the
 * same moment as the index was written (git's "racily clean" rule).
 */
export function distrusted(entry: IndexEntry): IndexEntry {
  const bytes = Buffer.from(entry.bytes);
  bytes.writeUInt32BE(0, 36);
  return { ...entry, bytes };
}

/** The entries with some replaced, added (a value) or removed (null), in order. */
export function withEntries(
  entries: readonly IndexEntry[],
  changes: ReadonlyMap<string, IndexEntry | null>,
): readonly IndexEntry[] {
  const keys = [...changes.keys()].sort(byBytes);
  const folders = new Set<string>();
  const parents = new Set<string>();
  for (const key of keys) {
    if (changes.get(key) === null) continue;
    folders.add(key);
    for (const parent of parentsOf(key)) parents.add(parent);
  }
  // A file that becomes a folder, or a folder that becomes a file, cannot leave the other behind.
  const isInTheWay = (key: string): boolean =>
    parents.has(key) || parentsOf(key).some((parent) => folders.has(parent));
  const result: IndexEntry[] = [];
  let next = 0;
  const addUpTo = (key: string | undefined): void => {
    for (; next < keys.length; next++) {
      const candidate = keys[next] as string;
      if (key !== undefined && candidate >= key) return;
      const entry = changes.get(candidate);
      if (entry) result.push(entry);
    }
  };
  for (const entry of entries) {
    addUpTo(entry.key);
    if (changes.has(entry.key) || isInTheWay(entry.key)) continue;
    result.push(entry);
  }
  addUpTo(undefined);
  return result;
}

/** Every folder above a path, outermost first, without the root. */
export function parentsOf(key: string): readonly string[] {
  const parents: string[] = [];
  for (let at = key.indexOf('/'); at >= 0; at = key.indexOf('/', at + 1)) {
    parents.push(key.slice(0, at));
  }
  return parents;
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

interface ReadEntry {
  readonly entry: IndexEntry;
  readonly next: number;
}

function readPlain(file: Buffer, at: number): ReadEntry {
  const flags = file.readUInt16BE(at + 60);
  const nameAt = at + FIXED_BYTES + (flags & EXTENDED_FLAG ? 2 : 0);
  const nameEnd = file.indexOf(0, nameAt);
  if (nameEnd < 0) throw damaged('a name has no end');
  const next = at + paddedLength(nameEnd - at);
  const entry = {
    key: file.toString('latin1', nameAt, nameEnd),
    stage: (flags >> 12) & 3,
    bytes: file.subarray(at, next),
  };
  return { entry, next };
}

/** Version 4 keeps of each name only what differs from the one before. */
function readPacked(file: Buffer, at: number, previous: string): ReadEntry {
  const flags = file.readUInt16BE(at + 60);
  const fixed = FIXED_BYTES + (flags & EXTENDED_FLAG ? 2 : 0);
  let position = at + fixed;
  let byte = file.readUInt8(position++);
  let cut = byte & 0x7f;
  while (byte & 0x80) {
    byte = file.readUInt8(position++);
    cut = ((cut + 1) << 7) | (byte & 0x7f);
  }
  const nameEnd = file.indexOf(0, position);
  if (nameEnd < 0 || cut > previous.length) throw damaged('a name has no end');
  const kept = previous.slice(0, previous.length - cut);
  const key = kept + file.toString('latin1', position, nameEnd);
  const bytes = Buffer.alloc(paddedLength(fixed + key.length));
  file.copy(bytes, 0, at, at + fixed);
  bytes.write(key, fixed, 'latin1');
  return { entry: { key, stage: (flags >> 12) & 3, bytes }, next: nameEnd + 1 };
}

/** Optional extensions but the cache of trees are left out: git makes them again. */
function readExtensions(bytes: Buffer): CacheTree | undefined {
  let cacheTree: CacheTree | undefined;
  for (let at = 0; at + 8 <= bytes.length; ) {
    const signature = bytes.toString('latin1', at, at + 4);
    const length = bytes.readUInt32BE(at + 4);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (signature === 'TREE') cacheTree = parseCacheTree(body);
    else if (!/^[A-Z]/.test(signature)) throw unsupportedExtension(signature);
    at += 8 + length;
  }
  return cacheTree;
}

function isExtended({ bytes }: IndexEntry): boolean {
  return (bytes.readUInt16BE(60) & EXTENDED_FLAG) !== 0;
}

/** At least one NUL, and a multiple of eight. */
function paddedLength(length: number): number {
  return (length + 8) & ~7;
}

function secondsAndNanoseconds(ns: bigint): [number, number] {
  return [low32(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)];
}

function low32(value: bigint): number {
  return Number(BigInt.asUintN(32, value));
}

function unsupportedExtension(signature: string): AtoError {
  return new AtoError(
    'wrong-state',
    `Expected a plain git index, found a split or sparse one (extension "${signature}"). ` +
      'Run git sparse-checkout disable and git update-index --no-split-index in the store.',
  );
}

function damaged(how: string): AtoError {
  return new AtoError(
    'verification-failed',
    `The git index is damaged: ${how}. Remove .git/index and run git reset; no file is touched by that.`,
  );
}
