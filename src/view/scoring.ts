/** BM25 over the fields, the neighbourhood and the whole source of every live slot. */
import { FIELDS, type Field, type IndexState } from './index-state.ts';

/** How text matches count; the numbers are those of retrieval.md §2. */
export interface ScoringOptions {
  readonly weights: Readonly<Record<Field, number>>;
  readonly k1: number;
  readonly b: number;
  /** Share of the score of the passage with the ones before and after it; 0 switches it off. */
  readonly neighbourhood: number;
  /** Share of the score of the whole source; 0 switches it off. */
  readonly source: number;
  /** Of a longer query its rarest words count, so that a long prompt costs no more than this. */
  readonly termsMax: number;
}

export const SCORING: ScoringOptions = {
  weights: { title: 1.6, heading: 1.4, text: 1 },
  k1: 1.2,
  b: 0.75,
  neighbourhood: 1,
  source: 0.5,
  termsMax: 64,
};

/** BM25 of the text of each document alone. */
export const BARE_SCORING: ScoringOptions = { ...SCORING, neighbourhood: 0, source: 0 };

export interface QueryTerm {
  readonly token: string;
  /** How often the query says it. */
  readonly count: number;
  readonly term: number;
  readonly idf: number;
}

/** The query's tokens that occur in live documents, in order of first mention. */
export function queryTerms(
  state: IndexState,
  tokens: readonly string[],
  termsMax: number,
): readonly QueryTerm[] {
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  const found = [...counts].flatMap(([token, count]) => {
    const term = state.terms.get(token);
    const frequency = term === undefined ? 0 : (state.frequencies[term] ?? 0);
    if (term === undefined || frequency === 0) return [];
    const idf = Math.log(1 + (state.liveCount - frequency + 0.5) / (frequency + 0.5));
    return [{ token, count, term, idf }];
  });
  if (found.length <= termsMax) return found;
  const rarest = new Set(found.toSorted((a, b) => b.idf - a.idf).slice(0, termsMax));
  return found.filter((term) => rarest.has(term));
}

/** `k1 × (1 - b + b × length / average)` by slot, or by source; infinite where nothing is live. */
export interface Norms {
  readonly k1: number;
  readonly b: number;
  readonly fields: Readonly<Record<Field, Float64Array>>;
  readonly neighbourhood: Float64Array;
  readonly source: Float64Array;
}

/** Good until the next publication. */
export function normsOf(state: IndexState, { k1, b }: { k1: number; b: number }): Norms {
  const slots = state.served + 1;
  const norm = (length: number, average: number) => k1 * (1 - b + (b * length) / (average || 1));
  const fields = {
    title: new Float64Array(slots).fill(Infinity),
    heading: new Float64Array(slots).fill(Infinity),
    text: new Float64Array(slots).fill(Infinity),
  };
  for (const name of FIELDS) {
    const { lengths, total } = state.fields[name];
    const average = total / state.liveCount;
    const norms = fields[name];
    for (let slot = 1; slot < slots; slot += 1) {
      if (state.live[slot] === 1) norms[slot] = norm(lengths[slot] ?? 0, average);
    }
  }
  const around = new Float64Array(slots);
  const source = new Float64Array(state.facets.path.names.size + 1).fill(-1);
  const sums = sumLengths(state, around, source);
  const near = around.map((length, slot) =>
    state.live[slot] === 1 ? norm(length, sums.around / state.liveCount) : Infinity,
  );
  const whole = source.map((length) =>
    length < 0 ? Infinity : norm(length, sums.text / sums.sources),
  );
  return { k1, b, fields, neighbourhood: near, source: whole };
}

function sumLengths(
  state: IndexState,
  around: Float64Array,
  source: Float64Array,
): { around: number; text: number; sources: number } {
  const { lengths } = state.fields.text;
  const { column } = state.facets.path;
  const sums = { around: 0, text: 0, sources: 0 };
  for (let slot = 1; slot <= state.served; slot += 1) {
    if (state.live[slot] !== 1) continue;
    const own = lengths[slot] ?? 0;
    const before = state.previous[slot] ?? 0;
    const after = state.next[slot] ?? 0;
    const length = own + (before && (lengths[before] ?? 0)) + (after && (lengths[after] ?? 0));
    around[slot] = length;
    sums.around += length;
    sums.text += own;
    const path = column[slot] ?? 0;
    if ((source[path] ?? 0) < 0) {
      source[path] = 0;
      sums.sources += 1;
    }
    source[path] = (source[path] ?? 0) + own;
  }
  return sums;
}

/** Scores by slot (`source` by the path's number); valid until the next call with the same board. */
export interface Board {
  own: Float64Array;
  near: Float64Array;
  /** Counts of the term that is being scored; all zero between two terms. */
  nearCounts: Uint32Array;
  source: Float64Array;
  sourceCounts: Uint32Array;
}

export function emptyBoard(): Board {
  const none = new Float64Array(0);
  const noCounts = new Uint32Array(0);
  return { own: none, near: none, nearCounts: noCounts, source: none, sourceCounts: noCounts };
}

/** A board with zeros for every slot and source of the index. */
export function cleared(board: Board, state: IndexState): Board {
  const slots = state.served + 1;
  const sources = state.facets.path.names.size + 1;
  const zeros = (array: Float64Array, length: number) =>
    array.length < length ? new Float64Array(length + (length >>> 2)) : array.fill(0, 0, length);
  board.own = zeros(board.own, slots);
  board.near = zeros(board.near, slots);
  board.nearCounts = roomFor(board.nearCounts, slots);
  board.source = zeros(board.source, sources);
  board.sourceCounts = roomFor(board.sourceCounts, sources);
  return board;
}

function roomFor(counts: Uint32Array, length: number): Uint32Array {
  return counts.length < length ? new Uint32Array(length + (length >>> 2)) : counts;
}

/**
 * Adds a term's scores to the board.
 * @param mask 1 for the slots that count; without one, all live slots do
 */
export function scoreTerm(
  state: IndexState,
  norms: Norms,
  board: Board,
  ask: { term: QueryTerm; options: ScoringOptions; mask: Uint8Array | undefined },
): void {
  const { term, options, mask } = ask;
  const gain = term.idf * term.count * (options.k1 + 1);
  const shown = mask ?? state.live;
  for (const name of FIELDS) {
    const chunks = state.fields[name].postings.chunks(term.term);
    const weight = gain * options.weights[name];
    for (const chunk of chunks) {
      scoreOwn(chunk, board.own, { norms: norms.fields[name], weight, shown, last: state.served });
    }
    if (name === 'text' && (options.neighbourhood !== 0 || options.source !== 0)) {
      countAround(chunks, state, board, shown);
      scoreAround(chunks, { state, norms, board, gain, shown });
    }
  }
}

function scoreOwn(
  chunk: Uint32Array,
  own: Float64Array,
  with_: { norms: Float64Array; weight: number; shown: Uint8Array; last: number },
): void {
  const { norms, weight, shown, last } = with_;
  for (let index = 0; index < chunk.length; index += 1) {
    const entry = chunk[index] as number;
    const slot = entry >>> 8;
    if (slot > last) return;
    if (shown[slot] !== 1) continue;
    const frequency = entry & 255;
    own[slot] =
      (own[slot] as number) + (weight * frequency) / (frequency + (norms[slot] as number));
  }
}

function countAround(
  chunks: readonly Uint32Array[],
  state: IndexState,
  { nearCounts, sourceCounts }: Board,
  shown: Uint8Array,
): void {
  const { previous, next, served } = state;
  const { column } = state.facets.path;
  for (const chunk of chunks) {
    for (let index = 0; index < chunk.length; index += 1) {
      const entry = chunk[index] as number;
      const slot = entry >>> 8;
      if (slot > served) return;
      if (shown[slot] !== 1) continue;
      const frequency = entry & 255;
      const before = previous[slot] as number;
      const after = next[slot] as number;
      const path = column[slot] as number;
      nearCounts[slot] = (nearCounts[slot] as number) + frequency;
      nearCounts[before] = (nearCounts[before] as number) + frequency;
      nearCounts[after] = (nearCounts[after] as number) + frequency;
      sourceCounts[path] = (sourceCounts[path] as number) + frequency;
    }
  }
}

/** Turns the counts into scores and takes them back, so that the next term starts from zero. */
function scoreAround(
  chunks: readonly Uint32Array[],
  with_: { state: IndexState; norms: Norms; board: Board; gain: number; shown: Uint8Array },
): void {
  const { state, norms, board, gain, shown } = with_;
  const { previous, next, served } = state;
  const { column } = state.facets.path;
  const { near, nearCounts, source, sourceCounts } = board;
  const { neighbourhood, source: whole } = norms;
  for (const chunk of chunks) {
    for (let index = 0; index < chunk.length; index += 1) {
      const slot = (chunk[index] as number) >>> 8;
      if (slot > served) return;
      if (shown[slot] !== 1) continue;
      settle(near, nearCounts, neighbourhood, slot, gain);
      settle(near, nearCounts, neighbourhood, previous[slot] as number, gain);
      settle(near, nearCounts, neighbourhood, next[slot] as number, gain);
      settle(source, sourceCounts, whole, column[slot] as number, gain);
    }
  }
}

function settle(
  scores: Float64Array,
  counts: Uint32Array,
  norm: Float64Array,
  at: number,
  gain: number,
): void {
  const count = counts[at] as number;
  if (count === 0) return;
  scores[at] = (scores[at] as number) + (gain * count) / (count + (norm[at] as number));
  counts[at] = 0;
}
