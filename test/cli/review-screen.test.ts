/** A review as lines: what they say, and that they fit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ownWordOf } from '../../src/cli/own-word.ts';
import { screenOf, withinScroll } from '../../src/cli/review-screen.ts';
import { cells, visible, visibleLines } from '../../src/cli/review-text.ts';
import { candidate, press, reviewOf, shown } from './review-candidates.ts';

const FULL = candidate('dec-1', {
  text: 'The lateral supports are made of GF-PTFE.',
  subject: 'lateral support material',
  value: 'GF-PTFE',
  rule: 'decision_heading',
  opposed: [
    { slot: 'p05 decision lateral support material', id: 'dec-2', value: 'PEEK', reason: 'values' },
  ],
  evidence: [
    {
      path: 'projects/p05/sources/notes/a.md',
      headings: ['Supports', 'Decision: lateral support'],
      lines: 'lines 4–5',
      quote: '  Made of GF-PTFE.\n    - as measured',
      isCurrent: true,
    },
    { path: 'captures/x.md', headings: [], lines: '', quote: '', isCurrent: false },
  ],
  nearest: {
    id: 'dec-2',
    value: 'PEEK',
    likeness: 0.62,
    difference: [
      { kind: 'same', text: 'The lateral supports are made of' },
      { kind: 'removed', text: 'PEEK.' },
      { kind: 'added', text: 'GF-PTFE.' },
    ],
  },
});

test('one screen has all that a decision needs', () => {
  const text = shown(reviewOf(FULL));
  for (const part of [
    'The lateral supports are made of GF-PTFE.',
    'lateral support material = GF-PTFE',
    'entity decision · p05 · confidence 0.70 · decision_heading',
    '! Would conflict with dec-2, which says “PEEK”',
    'Supports › Decision: lateral support  (lines 4–5)',
    '│ Made of GF-PTFE.\n',
    '│   - as measured',
    'p05 › captures/x.md',
    'The source no longer says it there.',
    'Nearest active: dec-2, says PEEK  (62 % alike)',
    'made of [-PEEK.-] {+GF-PTFE.+}',
  ]) {
    assert.ok(text.includes(part), `${part}\nin\n${text}`);
  }
});

test('what the source itself no longer stands by is said, and what it accepts is not', () => {
  const cases = [
    [{ stated_status: 'accepted', stated_number: '7' }, undefined],
    [{}, undefined],
    [{ stated_status: 'pending' }, 'pending'],
    [{ stated_status: 'superseded', stated_superseded_by: ['0015-dns'] }, 'superseded by 0015-dns'],
    [{ stated_superseded_by: ['0033', '0034'] }, 'superseded by 0033, 0034'],
  ] as const;
  for (const [stated, ownWord] of cases) assert.equal(ownWordOf({ stated } as never), ownWord);
  const text = shown(reviewOf(candidate('a', { ownWord: 'superseded by 0015-dns' })));
  assert.match(text, /! Its own source calls it superseded by 0015-dns/);
});

test('what hides or steers a terminal is shown and never sent', () => {
  const cases = [
    ['a\u202eb', 'a<U+202E>b'],
    ['\u001b[2Jx', '<U+001B>[2Jx'],
    ['a\u200bb\u00adc', 'a<U+200B>b<U+00AD>c'],
    ['\u{e0041}', '<U+E0041>'],
    ['\u009b31m', '<U+009B>31m'],
    ['tab\tand\nline', 'tab and line'],
  ] as const;
  for (const [text, expected] of cases) assert.equal(visible(text), expected);
  assert.deepEqual(visibleLines('  a\u0007\r\n    b'), ['a<U+0007>', '  b']);
});

test('a screen has as many lines as rows, none wider, whatever was stored', () => {
  const text = fc.string({ unit: 'binary', maxLength: 300 });
  fc.assert(
    fc.property(
      fc.record({ text, subject: text, value: text, source: text, project: text, kind: text }),
      text,
      fc.integer({ min: 5, max: 120 }),
      fc.integer({ min: 3, max: 50 }),
      fc.constantFrom([], ['g'], ['?'], ['e'], ['n', 'a'], ['e', 'tab', 'home'], ['s']),
      (given, quote, columns, rows, keys) => {
        const evidence = [{ ...FULL.evidence[0], path: quote, headings: [quote], quote }];
        const one = { ...FULL, ...given, evidence } as typeof FULL;
        const { state } = press(reviewOf(one, { ...one, id: quote }), ...keys);
        const lines = screenOf({ ...state, note: quote }, { columns, rows });
        assert.equal(lines.length, rows);
        for (const line of lines) {
          const written = line.map((span) => span.text).join('');
          assert.ok(cells(written) <= columns, `${cells(written)} > ${columns}: ${written}`);
          assert.doesNotMatch(written, /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('what is longer than the screen is scrolled, and says so', () => {
  const quote = Array.from({ length: 20 }, (_, at) => `line ${at}`).join('\n');
  const [first] = FULL.evidence;
  const long = reviewOf({ ...FULL, evidence: first === undefined ? [] : [{ ...first, quote }] });
  assert.match(shown(long, 80, 20), /↓ \d+ more lines/);
  const far = press(long, ...Array<string>(60).fill('down')).state;
  const end = withinScroll(far, { columns: 80, rows: 20 });
  assert.match(shown(end, 80, 20), /scrolled to the end/);
  assert.match(shown(end, 80, 20), /GF-PTFE\.\+\}/);
  assert.doesNotMatch(shown(press(end, 'up', 'up').state, 80, 20), /scrolled to the end/);
});

test('a window without room says how much is expected', () => {
  assert.match(shown(reviewOf(FULL), 30, 8).replaceAll('\n', ' '), /Expected 40×12/);
});
