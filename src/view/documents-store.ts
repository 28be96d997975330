/** The documents of the index as bytes in a few large pages, and Orama's component over them. */
import type { IDocumentsStore } from '@orama/orama';
import { AtoError } from '../errors.ts';
import { grown } from './grown.ts';

export type Layer = 'passage' | 'capture' | 'memory' | 'entity' | 'state';

/** What is searched: a passage of a source or capture, or a record (retrieval.md §1). */
export interface SearchDocument {
  /** Unique; ties between equal scores are broken by it. */
  readonly id: string;
  readonly project: string;
  readonly layer: Layer;
  readonly kind: string;
  readonly status: string;
  /** The file it is from. Documents of one path are one source: its passages, in their order. */
  readonly path: string;
  readonly title: string;
  readonly heading: string;
  readonly text: string;
  readonly tags: readonly string[];
  /** ISO date of the last commit that touched it. */
  readonly date: string;
  /** First line is 1. */
  readonly startLine: number;
  readonly endLine: number;
  /** Place among the passages of its source, from 0, and how many these are. */
  readonly ordinal: number;
  readonly ordinals: number;
}

/** A document's encoded size ends here. */
export const DOCUMENT_BYTES_MAX = 8 * 1024 * 1024;

const PAGE_BYTES = DOCUMENT_BYTES_MAX;
const PAGE_BYTES_FIRST = 16 * 1024;

export interface DocumentBytesParts {
  readonly used: number;
  /** Where a slot's document starts: page × page size + offset; and its size, 0 for none. */
  readonly starts: Float64Array;
  readonly sizes: Uint32Array;
  readonly pages: readonly Uint8Array[];
}

export class DocumentBytes {
  #pages: Uint8Array[];
  #used: number;
  #starts: Float64Array;
  #sizes: Uint32Array;

  /** Without parts, empty. The parts are taken over, not copied. */
  constructor(parts?: DocumentBytesParts) {
    this.#pages = [...(parts?.pages ?? [])];
    this.#used = parts?.used ?? 0;
    this.#starts = parts?.starts ?? new Float64Array(0);
    this.#sizes = parts?.sizes ?? new Uint32Array(0);
  }

  /** Keeps the document in the slot. Throws `too-large` when it has more than 8 MiB. */
  put(slot: number, document: SearchDocument): void {
    this.putBytes(slot, encoded(document));
  }

  putBytes(slot: number, bytes: Uint8Array): void {
    const start = this.#room(bytes.length);
    (this.#pages[Math.floor(start / PAGE_BYTES)] as Uint8Array).set(bytes, start % PAGE_BYTES);
    this.#starts = grown(this.#starts, slot + 1);
    this.#sizes = grown(this.#sizes, slot + 1);
    this.#starts[slot] = start;
    this.#sizes[slot] = bytes.length;
  }

  get(slot: number): SearchDocument | undefined {
    const bytes = this.bytes(slot);
    return bytes === undefined ? undefined : decoded(bytes);
  }

  /** A view that must not be written to. */
  bytes(slot: number): Uint8Array | undefined {
    const size = this.#sizes[slot] ?? 0;
    if (size === 0) return undefined;
    const start = this.#starts[slot] ?? 0;
    const page = this.#pages[Math.floor(start / PAGE_BYTES)] as Uint8Array;
    return page.subarray(start % PAGE_BYTES, (start % PAGE_BYTES) + size);
  }

  /** Bytes held, room to grow included. */
  get sizeBytes(): number {
    const places = this.#starts.byteLength + this.#sizes.byteLength;
    return this.#pages.reduce((sum, page) => sum + page.byteLength, places);
  }

  /** The documents as they are now: what is added later lies behind `used`. */
  parts(): DocumentBytesParts {
    const bytes = (page: number) => Math.min(PAGE_BYTES, this.#used - page * PAGE_BYTES);
    return {
      used: this.#used,
      starts: this.#starts.slice(),
      sizes: this.#sizes.slice(),
      pages: this.#pages.map((page, index) => page.subarray(0, bytes(index))),
    };
  }

  #room(bytes: number): number {
    const left = PAGE_BYTES - (this.#used % PAGE_BYTES);
    const start = bytes <= left ? this.#used : this.#used + left;
    const index = Math.floor(start / PAGE_BYTES);
    const needed = (start % PAGE_BYTES) + bytes;
    const page = this.#pages[index] ?? new Uint8Array(0);
    if (needed > page.length) {
      const size = index > 0 ? PAGE_BYTES : Math.max(needed, page.length * 2, PAGE_BYTES_FIRST);
      const copy = new Uint8Array(Math.min(PAGE_BYTES, size));
      copy.set(page);
      this.#pages[index] = copy;
    }
    this.#used = start + bytes;
    return start;
  }
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** The document's bytes: equal for equal documents. */
export function encoded(document: SearchDocument): Uint8Array {
  const bytes = ENCODER.encode(
    JSON.stringify([
      document.id,
      document.project,
      document.layer,
      document.kind,
      document.status,
      document.path,
      document.title,
      document.heading,
      document.text,
      document.tags,
      document.date,
      document.startLine,
      document.endLine,
      document.ordinal,
      document.ordinals,
    ]),
  );
  if (bytes.length <= DOCUMENT_BYTES_MAX) return bytes;
  throw new AtoError(
    'too-large',
    `Expected a document of at most ${DOCUMENT_BYTES_MAX} bytes to index, found ${bytes.length} ` +
      `(${document.path}). Split the file.`,
  );
}

type Row = readonly [
  string,
  string,
  Layer,
  string,
  string,
  string,
  string,
  string,
  string,
  readonly string[],
  string,
  number,
  number,
  number,
  number,
];

function decoded(bytes: Uint8Array): SearchDocument {
  const row = JSON.parse(DECODER.decode(bytes)) as Row;
  const [id, project, layer, kind, status, path, title, heading, text, tags, date] = row;
  const [, , , , , , , , , , , startLine, endLine, ordinal, ordinals] = row;
  return {
    id,
    project,
    layer,
    kind,
    status,
    path,
    title,
    heading,
    text,
    tags,
    date,
    startLine,
    endLine,
    ordinal,
    ordinals,
  };
}

/** Orama's store of documents; its internal document ids are our slots. */
export interface BytesStore {
  readonly bytes: DocumentBytes;
  /** What `searchVector` reads: documents by slot, decoded when asked for. */
  readonly docs: Record<number, SearchDocument>;
}

/**
 * The component that keeps Orama's documents in `bytes`. A slot is written once.
 * @param count how many documents are served
 */
export function bytesStoreComponent(
  bytes: DocumentBytes,
  count: () => number,
): IDocumentsStore<BytesStore> {
  const store: BytesStore = {
    bytes,
    docs: new Proxy<Record<number, SearchDocument>>(
      {},
      { get: (_, slot) => (typeof slot === 'string' ? bytes.get(Number(slot)) : undefined) },
    ),
  };
  return {
    create: () => store,
    get: (_, slot) => bytes.get(Number(slot)),
    getMultiple: (_, slots) => slots.map((slot) => bytes.get(Number(slot))),
    getAll: () => store.docs,
    store: (_, __, slot, document) => {
      bytes.put(slot, document as SearchDocument);
      return true;
    },
    // The bytes stay until compaction; whether a slot is served is the index's to say.
    remove: () => true,
    count,
    load: <R>(_: unknown, raw: R) => raw as unknown as BytesStore,
    save: <R>() => store as unknown as R,
  };
}
