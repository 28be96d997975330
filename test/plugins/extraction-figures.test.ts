/** What extraction must not do on ordinary texts is held; how much it finds is printed as it is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STATEMENT_CHARS_MAX, STATEMENT_CHARS_MIN } from '../../src/model/claims.ts';
import { extractionReadings, figuresByRule } from './extraction-figures.ts';

const READINGS = extractionReadings();

/** Documents whose cues stand in code, quotes, mails quoted, HTML comments or a context pack. */
const NOTHING_TO_FIND = [
  'capture-pack-pasted',
  'capture-quoted-mail',
  'capture-tool-output',
  'note-code-heavy',
  'note-reading-list',
];

test('nothing is found in code, quotes, comments and context packs', () => {
  const quiet = READINGS.filter(({ name }) => NOTHING_TO_FIND.includes(name));
  assert.equal(quiet.length, NOTHING_TO_FIND.length);
  assert.deepEqual(
    quiet.flatMap(({ name, claims }) => claims.map(({ statement }) => `${name}: ${statement}`)),
    [],
  );
});

test('what a mail quotes is found once, and what a comment hides is not', () => {
  const found = (name: string) =>
    READINGS.find((reading) => reading.name === name)?.claims.map(({ statement }) => statement);
  assert.deepEqual(found('note-email-thread'), [
    "after yesterday's call I decided to postpone the coating run to week 26",
  ]);
  assert.deepEqual(found('note-html-comments'), ['Decided to calibrate twice per night']);
});

test('the set is large enough, and every claim found keeps to the limits', (t) => {
  assert.ok(READINGS.length >= 40);
  for (const { claims } of READINGS) {
    for (const { statement } of claims) {
      assert.ok(statement.length >= STATEMENT_CHARS_MIN && statement.length <= STATEMENT_CHARS_MAX);
    }
  }
  for (const [rule, { found, right, wanted, got }] of figuresByRule(READINGS)) {
    t.diagnostic(
      `${rule}: ${right} of ${found} found are wanted, ${got} of ${wanted} wanted are found`,
    );
  }
});
