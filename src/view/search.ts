/** A question to the index, ranked: hard scope, pool, multipliers, duplicates once. */
import {
  RANK,
  type RankedHit,
  type RankOptions,
  type RankQuestion,
  rank,
  scopeOf,
} from './rank.ts';
import { SCORING, type ScoringOptions } from './scoring.ts';
import { HITS_MAX, type SearchIndex, type SearchQuery } from './search-index.ts';
import { SEMANTIC, type Semantic, type SemanticOptions, withSemantic } from './semantic.ts';

export interface Question extends RankQuestion, Omit<SearchQuery, 'projects' | 'offset'> {
  /** Where the operator has a model for it. */
  readonly semantic?: Semantic | undefined;
}

export interface SearchOptions {
  readonly scoring: ScoringOptions;
  readonly rank: RankOptions;
  readonly semantic: SemanticOptions;
  /** How many hits are ranked for each that is asked for, and how many at least. */
  readonly poolFactor: number;
  readonly poolMin: number;
}

export const SEARCH: SearchOptions = {
  scoring: SCORING,
  rank: RANK,
  semantic: SEMANTIC,
  poolFactor: 4,
  poolMin: 60,
};

export interface RankedAnswer {
  readonly hits: readonly RankedHit[];
  /** How many documents in scope matched. */
  readonly total: number;
  readonly revision: string;
}

/** With a project, only its documents and global ones are searched. */
export function search(
  index: SearchIndex,
  question: Question,
  options: SearchOptions = SEARCH,
): RankedAnswer {
  const { project, standing: _, semantic, ...asked } = question;
  const projects = scopeOf(project);
  const pool = Math.max(options.poolMin, question.limit * options.poolFactor);
  const query = { ...asked, ...(projects && { projects }), limit: Math.min(HITS_MAX, pool) };
  const { hits, total, revision } = index.search(query, options.scoring);
  const fused =
    semantic === undefined
      ? hits
      : withSemantic(index, hits, { semantic, query, options: options.semantic });
  return {
    hits: rank(fused, question, options.rank),
    total: total + fused.length - hits.length,
    revision,
  };
}
