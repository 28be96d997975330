/** `eval` from the command line: figures as JSON, floors, fixtures, and sets that are not there. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { EVAL_FOLDER, missing } from '../../src/eval-sets.ts';
import { commandLine, lineWithExample } from './command-line.ts';

const FIGURES = ['any_at_5', 'map', 'mrr', 'ndcg_at_10', 'recall_at_10', 'recall_at_5'];

test('a set gives its figures beside plain ones, and a floor above them exits 1', {
  skip: missing('cranfield'),
}, async (t) => {
  const line = await commandLine(t);
  const asked = ['eval', 'cranfield', '--sets', EVAL_FOLDER];
  const report = await line.json(asked);
  assert.deepEqual(Object.keys(report), ['sets']);
  const [set] = report.sets;
  assert.deepEqual(Object.keys(set).sort(), ['baselines', 'level', 'n', 'name', ...FIGURES].sort());
  assert.deepEqual(Object.keys(set.baselines.bm25).sort(), FIGURES);
  const floors = join(line.folder, 'floors.json');
  await writeFile(floors, '[{"name": "cranfield", "figure": "mrr", "floor": 1}]');
  const low = await line.run([...asked, '--floor', floors, '--floor', 'cranfield/document.map=0']);
  assert.equal(low.code, 1);
  assert.match(low.stdout, /cranfield \(document\): expected mrr of at least 1, found 0\./);
});

test('a set that is not there is skipped with its reason, and meets no floor', async (t) => {
  const line = await commandLine(t);
  const asked = ['eval', 'locomo', 'adr', '--sets', line.folder];
  const none = await line.run(asked);
  assert.equal(none.code, 3);
  assert.match(none.stderr, /locomo: skipped: evaluation data not found at/);
  assert.match(none.stderr, /adr: skipped: measured by/);
  const json = await line.json(asked);
  assert.deepEqual(
    json.skipped.map(({ name }: { name: string }) => name),
    ['locomo', 'adr'],
  );
  const own = await line.run(['eval', 'locomo', '--sets', line.folder, '--floor']);
  assert.equal(own.code, 1);
  assert.match(own.stdout, /recall_at_10 of at least 0\.74, found that it was not measured/);
  const floor = await line.run([...asked, '--floor', 'locomo.mrr=0.1']);
  assert.equal(floor.code, 1);
  assert.match(
    floor.stdout,
    /locomo: expected mrr of at least 0.1, found that it was not measured/,
  );
});

const WRONG: readonly (readonly string[])[] = [
  ['eval', 'nothing'],
  ['eval', 'poison', '--floor', 'locomo.speed=1'],
  ['eval', 'poison', '--floor', 'locomo.mrr=2'],
];

test('what cannot be measured is said before anything is', async (t) => {
  const line = await commandLine(t);
  for (const args of WRONG) assert.equal((await line.run(args)).code, 2, args.join(' '));
  assert.equal((await line.run(['eval', 'poison', '--floor', 'no-such-file'])).code, 3);
});

test('fixtures are asked of this store, and one that is missed exits 1', async (t) => {
  const line = await lineWithExample(t);
  const prompt = 'What are the lateral supports of p05 made of?';
  const met = { name: 'supports', project: 'p05', prompt, expect_absent: ['no such words'] };
  const file = join(line.folder, 'fixtures.json');
  const run = async (fixtures: unknown) => {
    await writeFile(file, JSON.stringify(fixtures));
    return line.run(['eval', '--fixtures', file]);
  };
  const fine = await run([met]);
  assert.deepEqual([fine.code, fine.stderr], [0, '']);
  assert.match(fine.stdout, /1 of 1 fixture met/);
  const missed = await run([met, { ...met, name: 'gone', expect_present: ['kryptonite'] }]);
  assert.equal(missed.code, 1);
  assert.match(missed.stdout, /MISSED {2}gone\n {2}expected, not there: kryptonite/);
  assert.equal((await run([{ ...met, project: 'nobody' }])).code, 1);
  assert.equal((await run([])).code, 2);
  assert.equal((await run([{ name: 'x', prompt }])).code, 2);
});
