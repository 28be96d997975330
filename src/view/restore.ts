/** An engine from the shards of a snapshot, or the reason why there is none. Reads no disk. */
import { checksum } from './checksum.ts';
import { DocumentBytes } from './documents-store.ts';
import { type Engine, openEngine } from './engine.ts';
import type { IndexState } from './index-state.ts';
import { Postings } from './postings.ts';
import { HEADER_NAME, SNAPSHOT_SCHEMA, type SnapshotHeader } from './snapshot.ts';
import { TOKENIZER_VERSION } from './tokenize.ts';

/** What a snapshot gave: an engine and the revision it stands for, or why there is none. */
export type Restored =
  | { readonly engine: Engine; readonly revision: string }
  | { readonly reason: string };

/** Takes the shards over. A snapshot that is not whole, not ours or older gives the reason. */
export function fromShards(shards: ReadonlyMap<string, Uint8Array>): Restored {
  const header = readHeader(shards.get(HEADER_NAME));
  if (typeof header === 'string') return { reason: header };
  if (header.schema !== SNAPSHOT_SCHEMA || header.tokenizer !== TOKENIZER_VERSION) {
    return {
      reason:
        `Expected schema ${SNAPSHOT_SCHEMA} and tokenizer ${TOKENIZER_VERSION}, ` +
        `found schema ${header.schema} and tokenizer ${header.tokenizer}.`,
    };
  }
  for (const [name, size, sum] of header.shards) {
    const bytes = shards.get(name);
    if (bytes === undefined) return { reason: `Expected ${name}, found no such shard.` };
    if (bytes.length !== size || checksum(bytes) !== sum) {
      return { reason: `Expected ${name} of ${size} bytes with sum ${sum}, found it damaged.` };
    }
  }
  return { engine: restore(header, shards), revision: header.revision };
}

function readHeader(bytes: Uint8Array | undefined): SnapshotHeader | string {
  if (bytes === undefined) return 'Expected a header, found none: the snapshot is not whole.';
  const end = bytes.indexOf(10);
  const text = bytes.subarray(end + 1);
  if (end < 0 || DECODER.decode(bytes.subarray(0, end)) !== checksum(text)) {
    return 'Expected a header with its own checksum, found it damaged.';
  }
  return JSON.parse(DECODER.decode(text)) as SnapshotHeader;
}

function restore(header: SnapshotHeader, shards: ReadonlyMap<string, Uint8Array>): Engine {
  const from = reader(header, shards);
  const { number, bytes, words } = from;
  const terms = from.numbered('terms', 0);
  const field = (name: string) => ({
    postings: from.postings(name),
    lengths: from.halves(`lengths-${name}`),
    total: number(`total-${name}`),
    staged: 0,
  });
  const facet = (name: string) => ({
    names: from.numbered(`names-${name}`, 1),
    column: words(`column-${name}`),
  });
  const state: IndexState = {
    terms,
    joined: bytes('joined'),
    frequencies: words('frequencies'),
    stagedFrequencies: new Int32Array(terms.size),
    stagedTerms: new Set(),
    fields: { title: field('title'), heading: field('heading'), text: field('text') },
    facets: {
      project: facet('project'),
      layer: facet('layer'),
      kind: facet('kind'),
      status: facet('status'),
      path: facet('path'),
    },
    tags: { names: from.numbered('names-tags', 1), postings: from.postings('tags') },
    ordinals: words('ordinals'),
    live: bytes('live'),
    liveCount: number('liveCount'),
    served: number('served'),
    given: number('given'),
    added: [],
    dropped: [],
    previous: words('previous'),
    next: words('next'),
    first: words('first'),
  };
  return openEngine(state, from.documents(), from.strings('ids'));
}

/** The arrays of a snapshot by name, used where they lie. */
function reader(header: SnapshotHeader, shards: ReadonlyMap<string, Uint8Array>) {
  const entries = new Map(header.entries.map((entry) => [entry.name, entry]));
  const number = (name: string) => header.numbers[name] ?? 0;
  const bytes = (name: string): Uint8Array => {
    const { shard = '', offset = 0, bytes: size = 0 } = entries.get(name) ?? {};
    const part = (shards.get(shard) ?? new Uint8Array(0)).subarray(offset, offset + size);
    // Never a Buffer, whose `slice` is a view and whose constructor is another one.
    return part.byteOffset % 8 === 0
      ? new Uint8Array(part.buffer, part.byteOffset, part.length)
      : new Uint8Array(part);
  };
  const words = (name: string) => {
    const part = bytes(name);
    return new Uint32Array(part.buffer, part.byteOffset, part.length / 4);
  };
  const halves = (name: string) => {
    const part = bytes(name);
    return new Uint16Array(part.buffer, part.byteOffset, part.length / 2);
  };
  const pages = <Page>(name: string, read: (name: string) => Page): Page[] =>
    Array.from({ length: number(`pages-${name}`) }, (_, index) => read(`page-${name}-${index}`));
  const strings = (name: string) =>
    Array.from(
      { length: number(`lists-${name}`) },
      (_, index) => JSON.parse(DECODER.decode(bytes(`${name}-${index}`))) as string[],
    ).flat();
  const numbered = (name: string, first: number) =>
    new Map(strings(name).map((value, index) => [value, index + first]));
  const postings = (name: string) =>
    new Postings({
      used: number(`used-${name}`),
      slabs: words(`slabs-${name}`),
      heads: words(`heads-${name}`),
      tails: words(`tails-${name}`),
      levels: bytes(`levels-${name}`),
      pages: pages(name, words),
    });
  const documents = () => {
    const starts = bytes('starts');
    return new DocumentBytes({
      used: number('used-documents'),
      starts: new Float64Array(starts.buffer, starts.byteOffset, starts.length / 8),
      sizes: words('sizes'),
      pages: pages('documents', bytes),
    });
  };
  return { number, bytes, words, halves, strings, numbered, postings, documents };
}

const DECODER = new TextDecoder();
