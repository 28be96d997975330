/** A hit's score taken apart: what was added, then what it was multiplied by (retrieval.md §3). */
import type { Factor, RankedHit } from './rank.ts';

/** One summand: a word in a field, the passages around it, half of its whole source, or likeness of meaning. */
export interface Summand {
  /** Such as `text: mirror ×2`, `neighbourhood`, `source`. */
  readonly name: string;
  readonly score: number;
}

export interface Explanation {
  /** Together they are `textScore`, but for the rounding of floating-point sums. */
  readonly summands: readonly Summand[];
  readonly textScore: number;
  /** `textScore` times all of them is `score`. */
  readonly factors: readonly Factor[];
  readonly score: number;
  /** Ids of near-identical documents that are not shown for this one. */
  readonly alike: readonly string[];
}

/** Largest summand first, ties by name. */
export function explain(hit: RankedHit): Explanation {
  const { words, neighbourhood, source, meaning = 0 } = hit.terms;
  const summands = [
    ...words.map(({ token, field, frequency, score }) => ({
      name: `${field}: ${token} ×${frequency}`,
      score,
    })),
    { name: 'neighbourhood', score: neighbourhood },
    { name: 'source', score: source },
    { name: 'meaning', score: meaning },
  ];
  return {
    summands: summands
      .filter(({ score }) => score !== 0)
      .sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1)),
    textScore: hit.textScore,
    factors: hit.factors,
    score: hit.score,
    alike: hit.alike,
  };
}
