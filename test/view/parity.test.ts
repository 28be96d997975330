import assert from 'node:assert/strict';
import test from 'node:test';
import { SCORING } from '../../src/view/scoring.ts';
import { bm25 } from '../support/bm25.ts';
import { cranfield, type EvalCollection, figures, locomo, missing } from '../support/eval-sets.ts';
import { engineFigures } from '../support/search-documents.ts';

const POINTS = 0.5;

function reference(collections: readonly EvalCollection[]) {
  return figures(
    collections.flatMap(({ documents, queries }) => {
      const ask = bm25(documents);
      return queries.map((query) => [query, ask(query.text, 100).map(({ id }) => id)] as const);
    }),
  );
}

test('on Cranfield the bare engine ranks as plain BM25 does', {
  skip: missing('cranfield'),
}, async (t) => {
  const sets = [cranfield()];
  const plain = reference(sets).ndcgAt10;
  const ours = (await engineFigures(sets)).ndcgAt10;
  t.diagnostic(`nDCG@10: plain ${plain.toFixed(2)}, engine ${ours.toFixed(2)}`);
  assert.ok(Math.abs(plain - 38.9) <= POINTS, 'the reference is the published one');
  assert.ok(Math.abs(ours - plain) <= POINTS);
});

test('on LoCoMo turns the bare engine recalls as plain BM25 does, and more with the turns around', {
  skip: missing('locomo'),
}, async (t) => {
  const sets = locomo('turn');
  const plain = reference(sets);
  const ours = await engineFigures(sets);
  const around = await engineFigures(sets, SCORING);
  t.diagnostic(
    `recall@10: plain ${plain.recallAt10.toFixed(2)}, engine ${ours.recallAt10.toFixed(2)}, ` +
      `with neighbourhood and source ${around.recallAt10.toFixed(2)}`,
  );
  assert.ok(Math.abs(ours.recallAt10 - plain.recallAt10) <= POINTS);
  assert.ok(around.recallAt10 >= 72 && around.ndcgAt10 >= 54, 'the goals of retrieval.md §5');
});
