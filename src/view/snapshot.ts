/** The index as named byte arrays of bounded size, and back. Reads and writes no disk. */
import { checksum } from './checksum.ts';
import { DocumentBytes } from './documents-store.ts';
import { type Engine, openEngine } from './engine.ts';
import { FACETS, FIELDS, type IndexState } from './index-state.ts';
import { Postings, type PostingsParts } from './postings.ts';
import { TOKENIZER_VERSION } from './tokenize.ts';

/** Raised whenever the layout of a snapshot or what is indexed of a document changes. */
export const SNAPSHOT_SCHEMA = 1;

/** The shard that names all others; written last, so that its presence says that all are there. */
export const HEADER_NAME = 'header';

/** A file of the snapshot. Its bytes are good until the next one is asked for. */
export interface Shard {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface Entry {
  readonly name: string;
  readonly shard: string;
  readonly offset: number;
  readonly bytes: number;
}

interface Header {
  readonly schema: number;
  readonly tokenizer: number;
  readonly revision: string;
  /** Name, size and checksum of each shard. */
  readonly shards: readonly (readonly [string, number, string])[];
  readonly entries: readonly Entry[];
  readonly numbers: Readonly<Record<string, number>>;
}

const SHARD_BYTES = 16 * 1024 * 1024;
const STRINGS_MAX = 100_000;

type Part = readonly [name: string, array: ArrayBufferView];

/**
 * Shards of about 16 MiB (a single array may be larger; 16 million slots stay below 256 MB).
 * What is published when this is called is what is written, however slowly the shards are taken.
 */
export function toShards(engine: Engine, revision: string): Generator<Shard, void> {
  const { state } = engine;
  const numbers: Record<string, number> = {
    liveCount: state.liveCount,
    served: state.served,
    given: state.given,
  };
  const parts: Part[] = [
    ...columnParts(state, numbers),
    ...postingsParts(state, numbers),
    ...documentParts(engine, numbers),
  ];
  const strings = stringLists(engine);
  return pack(parts, strings, { revision, numbers });
}

function columnParts(state: IndexState, numbers: Record<string, number>): Part[] {
  const slots = state.given + 1;
  for (const name of FIELDS) numbers[`total-${name}`] = state.fields[name].total;
  return [
    ['joined', state.joined.slice(0, state.terms.size)],
    ['frequencies', state.frequencies.slice(0, state.terms.size)],
    ['ordinals', state.ordinals.slice(0, slots)],
    ['live', state.live.slice(0, slots)],
    ['previous', state.previous.slice(0, slots)],
    ['next', state.next.slice(0, slots)],
    ['first', state.first.slice(0, state.facets.path.names.size + 1)],
    ...FIELDS.map((name): Part => [`lengths-${name}`, state.fields[name].lengths.slice(0, slots)]),
    ...FACETS.map((name): Part => [`column-${name}`, state.facets[name].column.slice(0, slots)]),
  ];
}

const LISTS = [...FIELDS, 'tags'] as const;

function postingsOf(state: IndexState, name: (typeof LISTS)[number]): Postings {
  return name === 'tags' ? state.tags.postings : state.fields[name].postings;
}

function postingsParts(state: IndexState, numbers: Record<string, number>): Part[] {
  return LISTS.flatMap((name) => {
    const { used, slabs, heads, tails, levels, pages } = postingsOf(state, name).parts();
    numbers[`used-${name}`] = used;
    numbers[`pages-${name}`] = pages.length;
    return [
      [`slabs-${name}`, slabs],
      [`heads-${name}`, heads],
      [`tails-${name}`, tails],
      [`levels-${name}`, levels],
      ...pages.map((page, index): Part => [`page-${name}-${index}`, page]),
    ] satisfies Part[];
  });
}

function documentParts({ bytes }: Engine, numbers: Record<string, number>): Part[] {
  const { used, starts, sizes, pages } = bytes.parts();
  numbers['used-documents'] = used;
  numbers['pages-documents'] = pages.length;
  return [
    ['starts', starts],
    ['sizes', sizes],
    ...pages.map((page, index): Part => [`page-documents-${index}`, page]),
  ];
}

function stringLists({ state, ids }: Engine): readonly (readonly [string, readonly string[]])[] {
  return [
    ['terms', [...state.terms.keys()]],
    ['ids', ids.slice(0, state.given + 1)],
    ['names-tags', [...state.tags.names.keys()]],
    ...FACETS.map((name) => [`names-${name}`, [...state.facets[name].names.keys()]] as const),
  ];
}

function* pack(
  parts: readonly Part[],
  strings: readonly (readonly [string, readonly string[]])[],
  { revision, numbers }: { revision: string; numbers: Record<string, number> },
): Generator<Shard, void> {
  const entries: Entry[] = [];
  const shards: [string, number, string][] = [];
  let buffer = new Uint8Array(SHARD_BYTES);
  let filled = 0;
  const flush = (): Shard => {
    const shard = { name: `shard-${shards.length}`, bytes: buffer.subarray(0, filled) };
    shards.push([shard.name, filled, checksum(shard.bytes)]);
    return shard;
  };
  for (const [name, array] of withStrings(parts, strings, numbers)) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    if (filled > 0 && filled + bytes.length > buffer.length) {
      yield flush();
      filled = 0;
      buffer = new Uint8Array(SHARD_BYTES);
    }
    if (bytes.length > buffer.length) buffer = new Uint8Array(bytes.length + 8);
    buffer.set(bytes, filled);
    entries.push({ name, shard: `shard-${shards.length}`, offset: filled, bytes: bytes.length });
    // Every array starts at a multiple of 8, so that it can be used where it lies.
    filled = Math.min(Math.ceil((filled + bytes.length) / 8) * 8, buffer.length);
  }
  yield flush();
  const header: Header = {
    schema: SNAPSHOT_SCHEMA,
    tokenizer: TOKENIZER_VERSION,
    revision,
    shards,
    entries,
    numbers,
  };
  const text = ENCODER.encode(JSON.stringify(header));
  const sum = ENCODER.encode(`${checksum(text)}\n`);
  const bytes = new Uint8Array(sum.length + text.length);
  bytes.set(sum);
  bytes.set(text, sum.length);
  yield { name: HEADER_NAME, bytes };
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

function* withStrings(
  parts: readonly Part[],
  strings: readonly (readonly [string, readonly string[]])[],
  numbers: Record<string, number>,
): Generator<Part, void> {
  yield* parts;
  for (const [name, list] of strings) {
    const count = Math.ceil(list.length / STRINGS_MAX);
    numbers[`lists-${name}`] = count;
    for (let index = 0; index < count; index += 1) {
      const some = list.slice(index * STRINGS_MAX, (index + 1) * STRINGS_MAX);
      yield [`${name}-${index}`, ENCODER.encode(JSON.stringify(some))];
    }
  }
}

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

function readHeader(bytes: Uint8Array | undefined): Header | string {
  if (bytes === undefined) return 'Expected a header, found none: the snapshot is not whole.';
  const end = bytes.indexOf(10);
  const text = bytes.subarray(end + 1);
  if (end < 0 || DECODER.decode(bytes.subarray(0, end)) !== checksum(text)) {
    return 'Expected a header with its own checksum, found it damaged.';
  }
  return JSON.parse(DECODER.decode(text)) as Header;
}

function restore(header: Header, shards: ReadonlyMap<string, Uint8Array>): Engine {
  const entries = new Map(header.entries.map((entry) => [entry.name, entry]));
  const number = (name: string) => header.numbers[name] ?? 0;
  const bytes = (name: string): Uint8Array => {
    const entry = entries.get(name);
    const shard = shards.get(entry?.shard ?? '') ?? new Uint8Array(0);
    const part = shard.subarray(entry?.offset, (entry?.offset ?? 0) + (entry?.bytes ?? 0));
    // Never a Buffer, whose `slice` is a view and whose constructor is another one.
    return part.byteOffset % 8 === 0
      ? new Uint8Array(part.buffer, part.byteOffset, part.length)
      : new Uint8Array(part);
  };
  const words = (name: string) => {
    const part = bytes(name);
    return new Uint32Array(part.buffer, part.byteOffset, part.length / 4);
  };
  const pages = <Page>(name: string, read: (name: string) => Page): Page[] =>
    Array.from({ length: number(`pages-${name}`) }, (_, index) => read(`page-${name}-${index}`));
  const strings = (name: string) =>
    Array.from({ length: number(`lists-${name}`) }, (_, index) =>
      JSON.parse(DECODER.decode(bytes(`${name}-${index}`))),
    ).flat() as string[];
  const postings = (name: string) => {
    const parts: PostingsParts = {
      used: number(`used-${name}`),
      slabs: words(`slabs-${name}`),
      heads: words(`heads-${name}`),
      tails: words(`tails-${name}`),
      levels: bytes(`levels-${name}`),
      pages: pages(name, words),
    };
    return new Postings(parts);
  };
  const numbered = (name: string, from: number) =>
    new Map(strings(name).map((value, index) => [value, index + from]));
  const halves = (name: string) => {
    const part = bytes(name);
    return new Uint16Array(part.buffer, part.byteOffset, part.length / 2);
  };
  const field = (name: string) => ({
    postings: postings(name),
    lengths: halves(`lengths-${name}`),
    total: number(`total-${name}`),
    staged: 0,
  });
  const facet = (name: string) => ({
    names: numbered(`names-${name}`, 1),
    column: words(`column-${name}`),
  });
  const terms = numbered('terms', 0);
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
    tags: { names: numbered('names-tags', 1), postings: postings('tags') },
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
  const starts = bytes('starts');
  const documents = new DocumentBytes({
    used: number('used-documents'),
    starts: new Float64Array(starts.buffer, starts.byteOffset, starts.length / 8),
    sizes: words('sizes'),
    pages: pages('documents', bytes),
  });
  return openEngine(state, documents, strings('ids'));
}
