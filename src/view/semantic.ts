/** Likeness of meaning beside likeness of words: a model's vectors, weighted below BM25 (retrieval.md §2). Pure. */

import type { SearchDocument } from './documents-store.ts';
import type { SearchHit, SearchIndex, SearchQuery } from './search-index.ts';

/** What a model of the operator's says of a question and of the documents that are served. */
export interface Semantic {
  /** The model's name. */
  readonly model: string;
  /** Documents whose text has a vector, and those that have none yet. */
  readonly known: number;
  readonly missing: number;
  /** Ids of the most alike documents with their cosines, best first, ties by id. */
  readonly nearest: (count: number) => readonly { readonly id: string; readonly cosine: number }[];
  /** Cosine of a document's text with the question; none when it has no vector yet. */
  readonly cosineOf: (document: SearchDocument) => number | undefined;
}

export interface SemanticOptions {
  /** What a cosine of 1 adds, as a share of the best BM25 score: below 1, so that words come first. */
  readonly share: number;
  /** Documents without a common word are found from this cosine on. */
  readonly cosineMin: number;
  /** How many of the most alike documents are looked at for each that is asked for. */
  readonly nearestFactor: number;
}

export const SEMANTIC: SemanticOptions = { share: 0.3, cosineMin: 0.5, nearestFactor: 10 };

/** Where no word matched there is no BM25 score to take a share of. */
const SCORE_WITHOUT_WORDS = 1;

/** score + share × best score × max(0, cosine); documents in scope with like meaning and no common word join. */
export function withSemantic(
  index: SearchIndex,
  hits: readonly SearchHit[],
  given: {
    readonly semantic: Semantic;
    readonly query: SearchQuery;
    readonly options: SemanticOptions;
  },
): readonly SearchHit[] {
  const { semantic, query, options } = given;
  const unit = options.share * (hits[0]?.score ?? SCORE_WITHOUT_WORDS);
  const raised = hits.map((hit) =>
    raise(hit, unit * Math.max(0, semantic.cosineOf(hit.document) ?? 0)),
  );
  const known = new Set(hits.map(({ id }) => id));
  const joined: SearchHit[] = [];
  for (const { id, cosine } of semantic.nearest(query.limit * options.nearestFactor)) {
    if (cosine < options.cosineMin || joined.length >= query.limit) break;
    const document = known.has(id) ? undefined : index.get(id);
    if (document === undefined || !isInScope(document, query)) continue;
    const terms = { words: [], neighbourhood: 0, source: 0 };
    joined.push(raise({ id, score: 0, terms, document }, unit * cosine));
  }
  return [...raised, ...joined];
}

function raise(hit: SearchHit, by: number): SearchHit {
  return by === 0 ? hit : { ...hit, score: hit.score + by, terms: { ...hit.terms, meaning: by } };
}

/** The text that a vector is made of. */
export function embeddedText({ title, heading, text }: SearchDocument): string {
  return [title, heading, text].filter((part) => part !== '').join('\n');
}

function isInScope(document: SearchDocument, query: SearchQuery): boolean {
  const { projects, layers, kinds, statuses, tags = [] } = query;
  return (
    (projects?.includes(document.project) ?? true) &&
    (layers?.includes(document.layer) ?? true) &&
    (kinds?.includes(document.kind) ?? true) &&
    (statuses?.includes(document.status) ?? true) &&
    tags.every((tag) => document.tags.includes(tag))
  );
}
