/** Deciding from the command line: the whole lifecycle, conflicts, history and its undoing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineWithExample } from './command-line.ts';

test('a record is reworded, put away and taken back, and why tells all of it', async (t) => {
  const line = await lineWithExample(t);
  const [first] = (await line.json(['queue'])).items;
  const promoted = await line.json([
    'promote',
    first.id,
    '--text',
    'As I know it.',
    '--value',
    'so',
  ]);
  assert.deepEqual([promoted.record.text, promoted.record.value], ['As I know it.', 'so']);
  const edited = await line.json(['edit', first.id, '--no-value', '--tags', 'a, b']);
  assert.deepEqual([edited.record.value, edited.record.tags], [undefined, ['a', 'b']]);
  const invalid = await line.json(['invalidate', first.id, '--note', 'was wrong']);
  assert.equal(invalid.record.status, 'invalid');
  assert.equal((await line.json(['reinstate', first.id])).record.status, 'active');
  const acts = (await line.json(['history', first.id])).items;
  assert.equal(acts.length, 4);
  const back = await line.json(['undo', acts[0].commit]);
  assert.equal(back.undoes, acts[0].commit);
  const why = await line.run(['why', first.id]);
  assert.match(why.stdout, /was wrong/);
  assert.match(why.stdout, /born/);
  assert.equal((await line.run(['why', 'dec-nothing'])).code, 3);
  assert.equal((await line.run(['supersede', first.id, 'dec-nothing'])).code, 1);
  assert.match((await line.run(['conflicts'])).stdout, /Nothing is in conflict/);
  assert.equal((await line.run(['resolve', 'x'])).code, 2);
  assert.equal((await line.run(['resolve', 'x', '--dismiss'])).code, 3);
  assert.match((await line.run(['ask'])).stdout, /contents <record>/);
  assert.match((await line.run(['ask', 'overview', 'p05'])).stdout, /overview/i);
  assert.equal((await line.run(['ask', 'nonsense'])).code, 2);
});
