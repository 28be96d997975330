/** Reads a git pack whole: every object is unpacked, hashed and thereby named; nothing in it is believed. */
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { crc32, inflateSync } from 'node:zlib';
import { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';
import { objectOid } from '../store/objects.ts';
import { applyDelta } from './delta.ts';

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

export interface PackObject {
  readonly type: ObjectType;
  readonly bytes: Buffer;
}

export interface PackEntry {
  readonly type: ObjectType;
  /** Where it begins in the pack. */
  readonly offset: number;
  readonly crc: number;
}

export interface OpenedPack {
  readonly entries: ReadonlyMap<Oid, PackEntry>;
  /** Objects outside of the pack that something in it is a difference to: the pack is a thin one. */
  readonly outsideBases: ReadonlyMap<Oid, PackObject>;
  readonly bytes: Buffer;
  readonly read: (oid: Oid) => PackObject | undefined;
}

/** Larger than anything a store commits (100 MB), smaller than what would exhaust a small machine. */
export const OBJECT_BYTES_MAX = 256 * 1024 * 1024;
const CACHE_BYTES_MAX = 64 * 1024 * 1024;
const SLICE_MS = 15;
const DEPTH_MAX = 4096;
const TYPES: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const OFFSET_DELTA = 6;
const NAMED_DELTA = 7;

/**
 * @param options.outside objects of the bundles that this one builds upon
 * @param options.onObject called once for each object, in no promised order
 * AtoError `verification-failed` for anything that is not a whole, sound pack.
 */
export async function openPack(
  bytes: Buffer,
  options: {
    readonly outside?: (oid: Oid) => PackObject | undefined;
    readonly onObject?: (oid: Oid, object: PackObject) => void;
  } = {},
): Promise<OpenedPack> {
  const count = checkFrame(bytes);
  const pack = new PackReader(bytes, options.outside ?? (() => undefined));
  const note = (offset: number, object: PackObject, crc: number): void => {
    const oid = objectOid(object.type, object.bytes);
    pack.offsets.set(oid, offset);
    entries.set(oid, { type: object.type, offset, crc });
    options.onObject?.(oid, object);
  };
  const entries = new Map<Oid, PackEntry>();
  const waiting: { readonly offset: number; readonly crc: number }[] = [];
  let at = 12;
  let sliceEnd = performance.now() + SLICE_MS;
  for (let n = 0; n < count; n++) {
    if (performance.now() > sliceEnd) {
      await turn();
      sliceEnd = performance.now() + SLICE_MS;
    }
    const raw = pack.unpack(at);
    const crc = crc32(bytes.subarray(at, raw.next));
    const object = pack.resolve(at, raw);
    if (object === undefined) waiting.push({ offset: at, crc });
    else note(at, object, crc);
    at = raw.next;
  }
  if (at !== bytes.length - 20) throw damaged('there is more in it than it says');
  await resolveWaiting(pack, waiting, note);
  const read = (oid: Oid): PackObject | undefined => {
    const offset = pack.offsets.get(oid);
    return offset === undefined ? undefined : pack.at(offset);
  };
  return { entries, outsideBases: pack.outsideBases, bytes, read };
}

/** Differences to objects that came later in the pack, or that are nowhere. */
async function resolveWaiting(
  pack: PackReader,
  waiting: readonly { readonly offset: number; readonly crc: number }[],
  note: (offset: number, object: PackObject, crc: number) => void,
): Promise<void> {
  let left = waiting;
  while (left.length > 0) {
    const still: { readonly offset: number; readonly crc: number }[] = [];
    for (const each of left) {
      const object = pack.at(each.offset);
      if (object === undefined) still.push(each);
      else note(each.offset, object, each.crc);
    }
    if (still.length === left.length) {
      throw damaged('an object in it is a difference to one that is not there');
    }
    left = still;
    await turn();
  }
}

/** Checks what surrounds the objects; gives how many there are. */
function checkFrame(bytes: Buffer): number {
  if (bytes.length < 32 || bytes.toString('latin1', 0, 4) !== 'PACK') {
    throw damaged('it does not begin as one, or is cut short');
  }
  const version = bytes.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw damaged(`its version is ${version}`);
  const body = bytes.subarray(0, -20);
  if (!createHash('sha1').update(body).digest().equals(bytes.subarray(-20))) {
    throw damaged('its checksum differs');
  }
  return bytes.readUInt32BE(8);
}

interface Raw {
  readonly type: number;
  readonly content: Buffer;
  readonly baseOffset?: number;
  readonly baseOid?: Oid;
  /** Where the next object begins. */
  readonly next: number;
}

class PackReader {
  readonly offsets = new Map<Oid, number>();
  readonly outsideBases = new Map<Oid, PackObject>();
  readonly #bytes: Buffer;
  readonly #outside: (oid: Oid) => PackObject | undefined;
  readonly #cache = new Map<number, PackObject>();
  #cached = 0;

  constructor(bytes: Buffer, outside: (oid: Oid) => PackObject | undefined) {
    this.#bytes = bytes;
    this.#outside = outside;
  }

  at(offset: number): PackObject | undefined {
    return this.#cache.get(offset) ?? this.resolve(offset, this.unpack(offset));
  }

  /** The object behind a difference; nothing while its base isn't known. */
  resolve(offset: number, first: Raw): PackObject | undefined {
    const chain: { readonly offset: number; readonly raw: Raw }[] = [];
    let found: PackObject | undefined;
    let next: { readonly offset: number; readonly raw: Raw } = { offset, raw: first };
    for (;;) {
      const { raw } = next;
      const type = TYPES[raw.type];
      if (type !== undefined) {
        found = { type, bytes: raw.content };
        this.#remember(next.offset, found);
        break;
      }
      chain.push(next);
      if (chain.length > DEPTH_MAX) throw damaged('its differences go in a circle');
      const at = raw.baseOffset ?? this.offsets.get(raw.baseOid as Oid);
      found = at === undefined ? this.#outsideBase(raw.baseOid as Oid) : this.#cache.get(at);
      if (found !== undefined) break;
      if (at === undefined) return undefined;
      next = { offset: at, raw: this.unpack(at) };
    }
    for (const link of chain.reverse()) {
      const bytes = applyDelta(found.bytes, link.raw.content, OBJECT_BYTES_MAX);
      if (bytes === undefined) throw damaged('a difference in it does not fit its base');
      found = { type: found.type, bytes };
      this.#remember(link.offset, found);
    }
    return found;
  }

  unpack(start: number): Raw {
    const bytes = this.#bytes;
    const end = bytes.length - 20;
    let at = start;
    let byte = bytes[at++] ?? 0;
    const type = (byte >> 4) & 7;
    let size = byte & 15;
    for (let shift = 4; byte & 0x80 && shift < 49; shift += 7) {
      byte = bytes[at++] ?? 0;
      size += (byte & 0x7f) * 2 ** shift;
    }
    if (size > OBJECT_BYTES_MAX) throw tooLarge(size);
    const base: { baseOffset?: number; baseOid?: Oid } = {};
    if (type === OFFSET_DELTA) {
      byte = bytes[at++] ?? 0;
      let back = byte & 0x7f;
      while (byte & 0x80 && back < 2 ** 45) {
        byte = bytes[at++] ?? 0;
        back = (back + 1) * 128 + (byte & 0x7f);
      }
      base.baseOffset = start - back;
      if (back === 0 || base.baseOffset < 12) throw damaged('a difference points out of it');
    } else if (type === NAMED_DELTA) {
      base.baseOid = bytes.toString('hex', at, at + 20) as Oid;
      at += 20;
    } else if (TYPES[type] === undefined) throw damaged('it holds an object of an unknown type');
    if (at >= end) throw damaged('it is cut short');
    const { content, length } = inflated(bytes.subarray(at, end), size);
    return { type, content, ...base, next: at + length };
  }

  #outsideBase(oid: Oid): PackObject | undefined {
    const found = this.outsideBases.get(oid) ?? this.#outside(oid);
    if (found !== undefined) this.outsideBases.set(oid, found);
    return found;
  }

  #remember(offset: number, object: PackObject): void {
    if (object.bytes.length > CACHE_BYTES_MAX / 8) return;
    this.#cached += object.bytes.length;
    this.#cache.set(offset, object);
    for (const [oldest, { bytes }] of this.#cache) {
      if (this.#cached <= CACHE_BYTES_MAX) break;
      this.#cache.delete(oldest);
      this.#cached -= bytes.length;
    }
  }
}

function inflated(input: Buffer, size: number): { content: Buffer; length: number } {
  try {
    const { buffer, engine } = inflateSync(input, {
      info: true,
      // One byte more than promised is enough to see that the promise is broken.
      maxOutputLength: size + 1,
      chunkSize: Math.max(64, Math.min(size + 1, 1024 * 1024)),
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    if (buffer.length !== size) throw damaged('an object in it is not as long as it says');
    return { content: buffer, length: engine.bytesWritten };
  } catch (error) {
    if (error instanceof AtoError) throw error;
    throw damaged('an object in it cannot be unpacked', error);
  }
}

function tooLarge(size: number): AtoError {
  return new AtoError(
    'too-large',
    `Expected objects of at most ${OBJECT_BYTES_MAX} bytes in a backup, found one of ${size}. Nothing was changed.`,
  );
}

function damaged(how: string, cause?: unknown): AtoError {
  return new AtoError(
    'verification-failed',
    `Expected a whole git pack in the bundle, found a damaged one: ${how}. Use another backup; nothing was changed.`,
    { cause },
  );
}
