/**
 * What the index knows of its documents, in typed arrays by slot and by term.
 *
 * A slot is Orama's internal document id: it is given once, in rising order from 1, to one version
 * of one document. Only slots marked live are served; what is staged waits in `added` and `dropped`.
 */
import { grown } from './grown.ts';
import { FREQUENCY_MAX, Postings } from './postings.ts';
import { isJoined } from './tokenize.ts';

/** The fields that are searched, and the ones that are filtered by. */
export const FIELDS = ['title', 'heading', 'text'] as const;
export const FACETS = ['project', 'layer', 'kind', 'status', 'path'] as const;
export type Field = (typeof FIELDS)[number];
export type Facet = (typeof FACETS)[number];

export interface FieldState {
  readonly postings: Postings;
  /** Tokens in the field by slot; a length beyond 65,535 counts as that. */
  lengths: Uint16Array;
  /** Sum of the lengths of live slots, and what staged changes will add to it. */
  total: number;
  staged: number;
}

export interface FacetState {
  /** Values by name, numbered from 1. */
  readonly names: Map<string, number>;
  /** The value's number by slot. */
  column: Uint32Array;
}

export interface IndexState {
  /** Terms numbered from 0 in the order they were met. */
  readonly terms: Map<string, number>;
  joined: Uint8Array;
  /** In how many live documents a term occurs, and what staged changes will add to it. */
  frequencies: Uint32Array;
  stagedFrequencies: Int32Array;
  readonly stagedTerms: Set<number>;
  readonly fields: Readonly<Record<Field, FieldState>>;
  readonly facets: Readonly<Record<Facet, FacetState>>;
  readonly tags: { readonly names: Map<string, number>; readonly postings: Postings };
  ordinals: Uint32Array;
  /** 1 for a slot that is served. */
  live: Uint8Array;
  liveCount: number;
  /** The highest slot that was ever served, and the highest that was given. */
  served: number;
  given: number;
  added: number[];
  dropped: number[];
  /** Neighbours in the same source, 0 for none; and the first passage by the path's number. */
  previous: Uint32Array;
  next: Uint32Array;
  first: Uint32Array;
}

export function emptyState(): IndexState {
  const field = () => ({
    postings: new Postings(),
    lengths: new Uint16Array(0),
    total: 0,
    staged: 0,
  });
  const facet = () => ({ names: new Map<string, number>(), column: new Uint32Array(0) });
  return {
    terms: new Map(),
    joined: new Uint8Array(0),
    frequencies: new Uint32Array(0),
    stagedFrequencies: new Int32Array(0),
    stagedTerms: new Set(),
    fields: { title: field(), heading: field(), text: field() },
    facets: { project: facet(), layer: facet(), kind: facet(), status: facet(), path: facet() },
    tags: { names: new Map(), postings: new Postings() },
    ordinals: new Uint32Array(0),
    live: new Uint8Array(0),
    liveCount: 0,
    served: 0,
    given: 0,
    added: [],
    dropped: [],
    previous: new Uint32Array(0),
    next: new Uint32Array(0),
    first: new Uint32Array(0),
  };
}

/** Room in every column for a slot. */
export function reserveSlot(state: IndexState, slot: number): void {
  const length = slot + 1;
  state.given = Math.max(state.given, slot);
  state.live = grown(state.live, length);
  state.ordinals = grown(state.ordinals, length);
  state.previous = grown(state.previous, length);
  state.next = grown(state.next, length);
  for (const name of FIELDS) {
    const field = state.fields[name];
    field.lengths = grown(field.lengths, length);
  }
  for (const name of FACETS) {
    const facet = state.facets[name];
    facet.column = grown(facet.column, length);
  }
}

/** The number of a name, given when it is new. */
export function numberOf(names: Map<string, number>, name: string): number {
  const known = names.get(name);
  if (known !== undefined) return known;
  names.set(name, names.size + 1);
  return names.size;
}

/** The number of a term, given when it is new. */
export function termNumber(state: IndexState, token: string): number {
  const known = state.terms.get(token);
  if (known !== undefined) return known;
  const term = state.terms.size;
  state.terms.set(token, term);
  state.joined = grown(state.joined, term + 1);
  state.frequencies = grown(state.frequencies, term + 1);
  state.stagedFrequencies = grown(state.stagedFrequencies, term + 1);
  state.joined[term] = isJoined(token) ? 1 : 0;
  return term;
}

/** Puts a field's tokens into the postings; gives the distinct terms. */
export function addField(
  state: IndexState,
  name: Field,
  slot: number,
  tokens: readonly string[],
): Iterable<number> {
  const field = state.fields[name];
  const { counts, length } = counted(state, tokens);
  for (const [term, count] of counts) {
    field.postings.add(term, slot, Math.min(count, FREQUENCY_MAX));
  }
  field.lengths[slot] = length;
  field.staged += length;
  return counts.keys();
}

/** Takes back what `addField` added to the sums; the postings are passed over from now on. */
export function dropField(
  state: IndexState,
  name: Field,
  slot: number,
  tokens: readonly string[],
): Iterable<number> {
  const field = state.fields[name];
  field.staged -= field.lengths[slot] ?? 0;
  return counted(state, tokens).counts.keys();
}

/** @param by 1 or -1 for each document */
export function stageFrequency(state: IndexState, term: number, by: number): void {
  state.stagedFrequencies[term] = (state.stagedFrequencies[term] ?? 0) + by;
  state.stagedTerms.add(term);
}

const LENGTH_MAX = 65_535;

function counted(
  state: IndexState,
  tokens: readonly string[],
): { readonly counts: ReadonlyMap<number, number>; readonly length: number } {
  const counts = new Map<number, number>();
  let length = 0;
  for (const token of tokens) {
    const term = termNumber(state, token);
    counts.set(term, (counts.get(term) ?? 0) + 1);
    if (state.joined[term] === 0) length += 1;
  }
  return { counts, length: Math.min(length, LENGTH_MAX) };
}

/** Makes everything staged visible, at once. The links between passages are staged by `relink`. */
export function publishState(state: IndexState): void {
  for (const slot of state.added) state.live[slot] = 1;
  for (const slot of state.dropped) state.live[slot] = 0;
  for (const term of state.stagedTerms) {
    state.frequencies[term] = (state.frequencies[term] ?? 0) + (state.stagedFrequencies[term] ?? 0);
    state.stagedFrequencies[term] = 0;
  }
  for (const name of FIELDS) {
    const field = state.fields[name];
    field.total += field.staged;
    field.staged = 0;
  }
  state.liveCount += state.added.length - state.dropped.length;
  state.served = state.given;
  forgetStaged(state);
}

/** Gives up what is staged: its slots are never served. */
export function discardState(state: IndexState): void {
  for (const term of state.stagedTerms) state.stagedFrequencies[term] = 0;
  for (const name of FIELDS) state.fields[name].staged = 0;
  forgetStaged(state);
}

function forgetStaged(state: IndexState): void {
  state.stagedTerms.clear();
  state.added = [];
  state.dropped = [];
}
