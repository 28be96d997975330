/** Search documents for tests and benchmarks: everything that is not said has a plain default. */

import type { EvalCollection } from '../../src/eval-sets.ts';
import { type Asked, type Figures, figuresOf } from '../../src/view/figures.ts';
import type { ScoringOptions } from '../../src/view/scoring.ts';
import { BARE_SCORING } from '../../src/view/scoring.ts';
import { type SearchDocument, SearchIndex } from '../../src/view/search-index.ts';

export function searchDocument(
  given: Partial<SearchDocument> & { readonly id: string },
): SearchDocument {
  return {
    project: 'p05',
    layer: 'passage',
    kind: 'source',
    status: 'active',
    path: `${given.id}.md`,
    title: '',
    heading: '',
    text: '',
    tags: [],
    date: '2026-04-09',
    startLine: 1,
    endLine: 1,
    ordinal: 0,
    ordinals: 1,
    ...given,
  };
}

/** An index of the documents, published as revision `r1`. */
export async function indexOf(documents: readonly SearchDocument[]): Promise<SearchIndex> {
  const index = new SearchIndex();
  await index.apply({ upserts: documents });
  index.publish('r1');
  return index;
}

export function documentsOf(collection: EvalCollection): readonly SearchDocument[] {
  return collection.documents.map(({ id, title, text, source, ordinal, ordinals }) =>
    searchDocument({ id, title, text, path: source, ordinal, ordinals, project: collection.name }),
  );
}

/** Figures of the engine over collections that are searched one by one. */
export async function engineFigures(
  collections: readonly EvalCollection[],
  scoring: ScoringOptions = BARE_SCORING,
): Promise<Figures> {
  const asked: Asked[] = [];
  for (const collection of collections) {
    const index = await indexOf(documentsOf(collection));
    for (const query of collection.queries) {
      const { hits } = index.search({ text: query.text, limit: 100 }, scoring);
      asked.push({ gold: query.gold, ids: hits.map(({ id }) => id) });
    }
  }
  return figuresOf(asked);
}
