import assert from 'node:assert/strict';
import test from 'node:test';
import { cranfield, type EvalCollection, locomo, missing } from '../../src/eval-sets.ts';
import { figuresOf } from '../../src/view/figures.ts';
import { bm25 } from '../../src/view/plain-search.ts';
import { SCORING } from '../../src/view/scoring.ts';
import { engineFigures } from '../support/search-documents.ts';

const POINTS = 0.005;

function reference(collections: readonly EvalCollection[]) {
  return figuresOf(
    collections.flatMap(({ documents, queries }) => {
      const ask = bm25(documents);
      return queries.map(({ text, gold }) => ({ gold, ids: ask(text, 100).map(({ id }) => id) }));
    }),
  );
}

test('on Cranfield the bare engine ranks as plain BM25 does', {
  skip: missing('cranfield'),
}, async (t) => {
  const sets = [cranfield()];
  const plain = reference(sets).ndcg_at_10;
  const ours = (await engineFigures(sets)).ndcg_at_10;
  t.diagnostic(`nDCG@10: plain ${plain.toFixed(4)}, engine ${ours.toFixed(4)}`);
  assert.ok(Math.abs(plain - 0.389) <= POINTS, 'the reference is the published one');
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
    `recall@10: plain ${plain.recall_at_10.toFixed(4)}, engine ${ours.recall_at_10.toFixed(4)}, ` +
      `with neighbourhood and source ${around.recall_at_10.toFixed(4)}`,
  );
  assert.ok(Math.abs(ours.recall_at_10 - plain.recall_at_10) <= POINTS);
  assert.ok(around.recall_at_10 >= 0.74 && around.ndcg_at_10 >= 0.55, 'the goals for turns');
});
