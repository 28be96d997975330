/** The index as named byte arrays of bounded size; `restore.ts` reads them. Writes no disk. */
import { checksum } from './checksum.ts';
import type { Engine } from './engine.ts';
import { FACETS, FIELDS, type IndexState } from './index-state.ts';
import type { Postings } from './postings.ts';
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

export interface SnapshotEntry {
  readonly name: string;
  readonly shard: string;
  readonly offset: number;
  readonly bytes: number;
}

export interface SnapshotHeader {
  readonly schema: number;
  readonly tokenizer: number;
  readonly revision: string;
  /** Name, size and checksum of each shard. */
  readonly shards: readonly (readonly [string, number, string])[];
  readonly entries: readonly SnapshotEntry[];
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
  const entries: SnapshotEntry[] = [];
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
  const header: SnapshotHeader = {
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
