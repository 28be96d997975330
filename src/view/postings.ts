/**
 * Lists of numbers by key, kept in a few large arrays: what a term points at.
 *
 * An entry is `slot << 8 | frequency`. A list is a chain of chunks of 2, 4, 8 … 1,024 words whose
 * first word is the position of the next chunk. Chunks of one size are cut from slabs of 1,024
 * words, and slabs lie in pages, so that a chunk starts at a multiple of its size.
 */
import { grown } from './grown.ts';

const PAGE_BITS = 20;
const PAGE_WORDS = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_WORDS - 1;
const CHUNK_BITS_MAX = 10;
const SLAB_WORDS = 1 << CHUNK_BITS_MAX;

/** Slots of an entry end here: what 24 bits hold. */
export const SLOT_MAX = 2 ** 24 - 1;
/** Higher frequencies count as this one. */
export const FREQUENCY_MAX = 255;

/** Everything a list of postings is, as arrays that can be written down. */
export interface PostingsParts {
  /** Words behind the last slab are free. The first slab stays empty: position 0 ends a chain. */
  readonly used: number;
  /** Where the next chunk of each size starts, by its power of two; 0 when a slab is needed. */
  readonly slabs: Uint32Array;
  readonly heads: Uint32Array;
  readonly tails: Uint32Array;
  /** Size of the last chunk of a list as a power of two; 0 for an empty list. */
  readonly levels: Uint8Array;
  readonly pages: readonly Uint32Array[];
}

export class Postings {
  #pages: Uint32Array[];
  #used: number;
  #slabs: Uint32Array;
  #heads: Uint32Array;
  #tails: Uint32Array;
  #levels: Uint8Array;

  /** Without parts, empty. The parts are taken over, not copied. */
  constructor(parts?: PostingsParts) {
    this.#pages = [...(parts?.pages ?? [])];
    this.#used = parts?.used ?? SLAB_WORDS;
    this.#slabs = parts?.slabs ?? new Uint32Array(CHUNK_BITS_MAX + 1);
    this.#heads = parts?.heads ?? new Uint32Array(0);
    this.#tails = parts?.tails ?? new Uint32Array(0);
    this.#levels = parts?.levels ?? new Uint8Array(0);
  }

  /** Puts an entry at the end of the key's list. Slots must come in rising order. */
  add(key: number, slot: number, frequency: number): void {
    let tail = this.#tails[key] ?? 0;
    const level = this.#levels[key] ?? 0;
    // A chunk starts at a multiple of its size, so its end is where the low bits turn to zero.
    if (level === 0 || (tail & ((1 << level) - 1)) === 0) tail = this.#extend(key, tail, level);
    const page = this.#pages[tail >>> PAGE_BITS] as Uint32Array;
    page[tail & PAGE_MASK] = ((slot << 8) | Math.min(frequency, FREQUENCY_MAX)) >>> 0;
    this.#tails[key] = tail + 1;
  }

  /** The key's entries in the order they were added, as views that must not be written to. */
  chunks(key: number): readonly Uint32Array[] {
    const chunks: Uint32Array[] = [];
    const tail = this.#tails[key] ?? 0;
    let at = this.#heads[key] ?? 0;
    for (let level = 1; at !== 0; level = Math.min(level + 1, CHUNK_BITS_MAX)) {
      const end = at + (1 << level);
      const isLast = tail > at && tail <= end;
      const page = this.#pages[at >>> PAGE_BITS] as Uint32Array;
      const start = at & PAGE_MASK;
      chunks.push(page.subarray(start + 1, start + (isLast ? tail - at : 1 << level)));
      at = isLast ? 0 : (page[start] as number);
    }
    return chunks;
  }

  /** Bytes held, room to grow included. */
  get sizeBytes(): number {
    const states = this.#heads.byteLength + this.#tails.byteLength + this.#levels.byteLength;
    return this.#pages.reduce((sum, page) => sum + page.byteLength, states);
  }

  /** The lists as they are now: what is added later lies behind `used` or behind a tail. */
  parts(): PostingsParts {
    const words = (page: number) => Math.min(PAGE_WORDS, this.#used - page * PAGE_WORDS);
    return {
      used: this.#used,
      slabs: this.#slabs.slice(),
      heads: this.#heads.slice(),
      tails: this.#tails.slice(),
      levels: this.#levels.slice(),
      pages: this.#pages.map((page, index) => page.subarray(0, words(index))),
    };
  }

  #extend(key: number, end: number, level: number): number {
    const next = Math.min(level + 1, CHUNK_BITS_MAX);
    const start = this.#room(next);
    this.#heads = grown(this.#heads, key + 1);
    this.#tails = grown(this.#tails, key + 1);
    this.#levels = grown(this.#levels, key + 1);
    if (level === 0) this.#heads[key] = start;
    else {
      const full = end - (1 << level);
      (this.#pages[full >>> PAGE_BITS] as Uint32Array)[full & PAGE_MASK] = start;
    }
    this.#levels[key] = next;
    return start + 1;
  }

  #room(level: number): number {
    const start = this.#slabs[level] || this.#slab();
    const next = start + (1 << level);
    this.#slabs[level] = next % SLAB_WORDS === 0 ? 0 : next;
    return start;
  }

  #slab(): number {
    const start = this.#used;
    const index = start >>> PAGE_BITS;
    const needed = (start & PAGE_MASK) + SLAB_WORDS;
    const page = this.#pages[index] ?? new Uint32Array(0);
    this.#pages[index] = needed <= page.length ? page : roomier(page, needed, index);
    this.#used = start + SLAB_WORDS;
    return start;
  }
}

/** A first page grows with what it holds; later ones are whole from the start. */
function roomier(page: Uint32Array, needed: number, index: number): Uint32Array {
  const words = index > 0 ? PAGE_WORDS : Math.min(PAGE_WORDS, Math.max(needed, page.length * 2));
  const copy = new Uint32Array(words);
  copy.set(page);
  return copy;
}
