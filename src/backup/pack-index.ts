/** The index beside a pack, version 2: written for packs that are taken in, read for the names in it. */
import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';
import type { ObjectType, OpenedPack, PackObject } from './open-pack.ts';

const TYPE_NUMBERS: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };
const OFFSET_MAX = 0x7fff_ffff;
const NAMES_AT = 8 + 256 * 4;

/**
 * A pack that stands by itself, with its index: the objects that a thin one lacks are added behind.
 * AtoError `too-large` above 2 GiB, which isomorphic-git cannot read.
 */
export function storedPack(pack: OpenedPack): {
  readonly name: string;
  readonly pack: Buffer;
  readonly index: Buffer;
} {
  const places = [...pack.entries].map(([oid, { offset, crc }]) => ({ oid, offset, crc }));
  let { bytes } = pack;
  if (pack.outsideBases.size > 0) {
    const parts: Buffer[] = [Buffer.from(bytes.subarray(0, -20))];
    let offset = bytes.length - 20;
    for (const [oid, object] of pack.outsideBases) {
      if (pack.entries.has(oid)) continue;
      const part = encodeObject(object);
      parts.push(part);
      places.push({ oid, offset, crc: crc32(part) });
      offset += part.length;
    }
    parts[0]?.writeUInt32BE(places.length, 8);
    const body = Buffer.concat(parts);
    bytes = Buffer.concat([body, createHash('sha1').update(body).digest()]);
  }
  if (bytes.length > OFFSET_MAX) {
    throw new AtoError(
      'too-large',
      `Expected a pack of at most ${OFFSET_MAX} bytes, found ${bytes.length}. Restore it with git clone.`,
    );
  }
  const checksum = bytes.subarray(-20);
  const index = encodeIndex(places, checksum);
  return { name: `pack-${checksum.toString('hex')}`, pack: bytes, index };
}

interface Place {
  readonly oid: Oid;
  readonly offset: number;
  readonly crc: number;
}

function encodeIndex(unsorted: readonly Place[], packChecksum: Buffer): Buffer {
  const places = [...unsorted].sort((a, b) => (a.oid < b.oid ? -1 : 1));
  const count = places.length;
  const bytes = Buffer.alloc(NAMES_AT + count * 28 + 40);
  bytes.writeUInt32BE(0xff744f63, 0);
  bytes.writeUInt32BE(2, 4);
  let below = 0;
  for (let first = 0; first < 256; first++) {
    while (below < count && Number.parseInt(places[below]?.oid.slice(0, 2) ?? '', 16) <= first) {
      below += 1;
    }
    bytes.writeUInt32BE(below, 8 + first * 4);
  }
  places.forEach(({ oid, offset, crc }, n) => {
    bytes.write(oid, NAMES_AT + n * 20, 'hex');
    bytes.writeUInt32BE(crc, NAMES_AT + count * 20 + n * 4);
    bytes.writeUInt32BE(offset, NAMES_AT + count * 24 + n * 4);
  });
  packChecksum.copy(bytes, NAMES_AT + count * 28);
  const end = bytes.length - 20;
  createHash('sha1').update(bytes.subarray(0, end)).digest().copy(bytes, end);
  return bytes;
}

/** The names of the objects in a pack, from its index; none when it is of another version. */
export function namesInIndex(index: Buffer): readonly Oid[] {
  if (index.length < NAMES_AT + 40 || index.readUInt32BE(0) !== 0xff744f63) return [];
  const count = index.readUInt32BE(8 + 255 * 4);
  if (NAMES_AT + count * 28 + 40 > index.length) return [];
  return Array.from(
    { length: count },
    (_, n) => index.toString('hex', NAMES_AT + n * 20, NAMES_AT + n * 20 + 20) as Oid,
  );
}

/** One object as it stands in a pack, by itself. */
export function encodeObject({ type, bytes }: PackObject): Buffer {
  const head: number[] = [];
  let left = Math.floor(bytes.length / 16);
  head.push((TYPE_NUMBERS[type] << 4) | (bytes.length & 15) | (left > 0 ? 0x80 : 0));
  while (left > 0) {
    const low = left % 128;
    left = Math.floor(left / 128);
    head.push(low | (left > 0 ? 0x80 : 0));
  }
  return Buffer.concat([Buffer.from(head), deflateSync(bytes)]);
}
