/** The best slots of a scored board, and why they are the best. */
import { FIELDS, type Field, type IndexState } from './index-state.ts';
import type { Board, Norms, QueryTerm, ScoringOptions } from './scoring.ts';

export interface Best {
  readonly slot: number;
  readonly score: number;
}

/**
 * The slots with the highest scores, ties broken by id before the cut; and how many matched.
 * A slot matches when it or a neighbour of it has a word of the query.
 */
export function bestSlots(
  state: IndexState,
  board: Board,
  ask: {
    limit: number;
    options: ScoringOptions;
    mask: Uint8Array | undefined;
    idOf: (slot: number) => string;
  },
): { readonly best: readonly Best[]; readonly total: number } {
  const { limit, options, idOf } = ask;
  const shown = ask.mask ?? state.live;
  const { column } = state.facets.path;
  const { own, near, source } = board;
  const { served } = state;
  const { neighbourhood, source: share } = options;
  const most = share * highest(source, state.facets.path.names.size);
  const heap = new Heap(limit, idOf);
  let total = 0;
  for (let slot = 1; slot <= served; slot += 1) {
    const score = (own[slot] as number) + neighbourhood * (near[slot] as number);
    if (score === 0 || shown[slot] !== 1) continue;
    total += 1;
    // Most slots are too low whatever their source adds.
    if (score + most < heap.floor) continue;
    const whole = share === 0 ? 0 : share * (source[column[slot] as number] as number);
    heap.offer(slot, score + whole);
  }
  return { best: heap.sorted(), total };
}

function highest(scores: Float64Array, last: number): number {
  let most = 0;
  for (let at = 1; at <= last; at += 1) most = Math.max(most, scores[at] ?? 0);
  return most;
}

/** Keeps the best of what it is offered; the worst of these is at the top. */
class Heap {
  readonly #limit: number;
  readonly #idOf: (slot: number) => string;
  readonly #entries: Best[] = [];
  /** What scores below this is not kept. */
  floor = Number.NEGATIVE_INFINITY;

  constructor(limit: number, idOf: (slot: number) => string) {
    this.#limit = limit;
    this.#idOf = idOf;
  }

  offer(slot: number, score: number): void {
    const entries = this.#entries;
    const top = entries[0];
    if (entries.length === this.#limit) {
      if (top === undefined || score < top.score) return;
      const entry = { slot, score };
      if (this.#isWorse(entry, top)) return;
      entries[0] = entry;
      this.#sink();
    } else {
      entries.push({ slot, score });
      this.#rise();
    }
    if (entries.length === this.#limit) this.floor = entries[0]?.score ?? this.floor;
  }

  sorted(): readonly Best[] {
    return [...this.#entries].sort((a, b) => (this.#isWorse(a, b) ? 1 : -1));
  }

  #isWorse(a: Best, b: Best): boolean {
    return a.score !== b.score ? a.score < b.score : this.#idOf(a.slot) > this.#idOf(b.slot);
  }

  #rise(): void {
    const entries = this.#entries;
    let at = entries.length - 1;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!this.#swapIfWorse(at, parent)) return;
      at = parent;
    }
  }

  #sink(): void {
    const entries = this.#entries;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      if (left >= entries.length) return;
      const isRightWorse =
        right < entries.length && this.#isWorse(entries[right] as Best, entries[left] as Best);
      const child = isRightWorse ? right : left;
      if (!this.#swapIfWorse(child, at)) return;
      at = child;
    }
  }

  #swapIfWorse(child: number, parent: number): boolean {
    const entries = this.#entries;
    const below = entries[child] as Best;
    const above = entries[parent] as Best;
    if (!this.#isWorse(below, above)) return false;
    entries[child] = above;
    entries[parent] = below;
    return true;
  }
}

export interface WordScore {
  readonly token: string;
  readonly field: Field;
  /** How often the field has it. */
  readonly frequency: number;
  readonly score: number;
}

/** A score as the sum of its parts. */
export interface ScoreTerms {
  readonly words: readonly WordScore[];
  /** From the passage with the ones before and after it, share included. */
  readonly neighbourhood: number;
  /** From the whole source, share included. */
  readonly source: number;
  /** From likeness of meaning, where a model is asked. */
  readonly meaning?: number;
}

/** The parts of each slot's score, in the order of `best`. */
export function explained(
  state: IndexState,
  board: Board,
  ask: {
    best: readonly Best[];
    terms: readonly QueryTerm[];
    norms: Norms;
    options: ScoringOptions;
  },
): readonly ScoreTerms[] {
  const { best, options } = ask;
  const words = wordScores(state, ask);
  const { column } = state.facets.path;
  return best.map(({ slot }) => ({
    words: words.get(slot) ?? [],
    neighbourhood: options.neighbourhood * (board.near[slot] ?? 0),
    source: options.source * (board.source[column[slot] ?? 0] ?? 0),
  }));
}

function wordScores(
  state: IndexState,
  ask: {
    best: readonly Best[];
    terms: readonly QueryTerm[];
    norms: Norms;
    options: ScoringOptions;
  },
): ReadonlyMap<number, readonly WordScore[]> {
  const { best, terms, norms, options } = ask;
  const words = new Map<number, WordScore[]>(best.map(({ slot }) => [slot, []]));
  const slots = [...words.keys()].sort((a, b) => a - b);
  for (const { token, term, idf, count } of terms) {
    for (const field of FIELDS) {
      const gain = idf * count * (options.k1 + 1) * options.weights[field];
      for (const entry of entriesOf(state.fields[field].postings.chunks(term), slots)) {
        const slot = entry >>> 8;
        const frequency = entry & 255;
        const score = (gain * frequency) / (frequency + (norms.fields[field][slot] ?? Infinity));
        words.get(slot)?.push({ token, field, frequency, score });
      }
    }
  }
  return words;
}

/** The entries of the given slots; both sides rise, so a chunk is searched by halves. */
function* entriesOf(
  chunks: readonly Uint32Array[],
  slots: readonly number[],
): Generator<number, void> {
  let at = 0;
  for (const chunk of chunks) {
    const last = (chunk.at(-1) ?? 0) >>> 8;
    let from = 0;
    for (; at < slots.length && (slots[at] as number) <= last; at += 1) {
      const slot = slots[at] as number;
      from = firstFrom(chunk, slot, from);
      const entry = chunk[from] ?? 0;
      if (entry >>> 8 === slot) yield entry;
    }
    if (at === slots.length) return;
  }
}

function firstFrom(chunk: Uint32Array, slot: number, start: number): number {
  let low = start;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((chunk[middle] as number) >>> 8 < slot) low = middle + 1;
    else high = middle;
  }
  return low;
}
