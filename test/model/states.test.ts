import assert from 'node:assert/strict';
import test from 'node:test';
import { STATE_CATEGORIES } from '../../src/model/kinds.ts';
import {
  checkStateName,
  formatState,
  readState,
  STATE_TEXT_CHARS_MAX,
} from '../../src/model/states.ts';
import type { ProjectId, StorePath } from '../../src/plugin.ts';

const place = { project: 'p05' as ProjectId, category: 'decision', key: 'lateral-support' };
const path = 'projects/p05/state/decision/lateral-support.md' as StorePath;

function read(text: string, at = place) {
  const found = readState(path, at, text);
  if ('problem' in found) assert.fail(found.problem.message);
  return found.record;
}

for (const value of [
  'GF-PTFE',
  'yes',
  '12',
  'a: b',
  'x'.repeat(201),
  'one\ntwo',
  '---\na: 1\n---',
  '"',
  '# a',
]) {
  test(`the value ${JSON.stringify(value.slice(0, 20))} is read back as it was set`, () => {
    const { path: at, text } = formatState({
      ...place,
      value,
      source: 'the review: 3',
      validUntil: '2027-01-01',
    });
    assert.equal(at, path);
    const record = read(text);
    assert.equal(record.value, value);
    assert.equal(record.text, value);
    assert.equal(record.status, 'active');
    assert.equal(record.confidence, 1);
    assert.equal(record.validUntil, '2027-01-01');
    assert.deepEqual(record.origins, ['the review: 3']);
    assert.equal(record.id, 'state/p05/decision/lateral-support');
  });
}

test('a value takes as many characters as are promised, and not one more', () => {
  const { text } = formatState({ ...place, value: 'x'.repeat(STATE_TEXT_CHARS_MAX) });
  assert.equal(read(text).value?.length, STATE_TEXT_CHARS_MAX);
  const over = formatState({ ...place, value: 'x'.repeat(STATE_TEXT_CHARS_MAX + 1) }).text;
  const found = readState(path, place, over);
  assert.match('problem' in found ? found.problem.message : '', /1 to 4000 characters, found 4001/);
});

test('a person may write the value alone, or the value and words about it', () => {
  assert.equal(read('GF-PTFE\n').value, 'GF-PTFE');
  const both = read('---\nvalue: 12\ntags: [a]\n---\nTwelve, since March.\n');
  assert.equal(both.value, '12');
  assert.equal(both.text, 'Twelve, since March.');
});

const PROBLEMS: readonly (readonly [string, string, typeof place, string])[] = [
  ['nothing', '\n', place, 'bad-field'],
  ['an empty value', '---\nvalue: ""\n---\n', place, 'bad-field'],
  ['a list as value', '---\nvalue: [a]\n---\n', place, 'bad-field'],
  ['a wrong day', '---\nvalue: a\nvalid_until: soon\n---\n', place, 'bad-field'],
  ['merge markers', 'a\n<<<<<<< x\n=======\n>>>>>>> y\n', place, 'merge-markers'],
  ['an unknown category', 'a', { ...place, category: 'colour' }, 'misplaced'],
  ['a key with capitals', 'a', { ...place, key: 'Lateral' }, 'misplaced'],
  ['the project of another', '---\nproject: mill\nvalue: a\n---\n', place, 'misplaced'],
  ['the category of another', '---\ncategory: fact\nvalue: a\n---\n', place, 'misplaced'],
  ['the key of another', '---\nkey: other\nvalue: a\n---\n', place, 'misplaced'],
  ['an engine', '---js\n1\n---\n', place, 'bad-fence'],
];

for (const [name, text, at, rule] of PROBLEMS) {
  test(`a state entry is a problem: ${name}`, () => {
    const found = readState(path, at, text);
    assert.ok('problem' in found);
    assert.equal(found.problem.rule, rule);
    assert.match(found.problem.message, /^Expected .*found/);
  });
}

test('the categories are a closed list, and a refusal gives it', () => {
  for (const category of STATE_CATEGORIES)
    assert.equal(checkStateName(category, 'a_b-1'), undefined);
  assert.match(checkStateName('colour', 'a') ?? '', /status, decision.*"colour"/);
  for (const key of ['', '-a', 'a/b', '..', 'A', 'a b', 'x'.repeat(65)]) {
    assert.match(checkStateName('fact', key) ?? '', /Rename/, key);
  }
});
