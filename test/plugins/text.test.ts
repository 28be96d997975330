import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSentence } from '../../plugins/cues/is-sentence.ts';
import { calloutsOf } from '../../plugins/text/callouts.ts';
import { contextPacks, touchesPack } from '../../plugins/text/context-packs.ts';
import { sentencesOf } from '../../plugins/text/sentences.ts';
import { foldStatement, foldSubject } from '../../plugins/text/statement.ts';
import { subjectValueOf } from '../../plugins/text/subject-value.ts';
import { readMarkdown } from './read-markdown.ts';

const SENTENCES: readonly (readonly [string, readonly string[]])[] = [
  ['One. Two! Three? Four', ['One.', 'Two!', 'Three?', 'Four']],
  ['Use e.g. Schott, i.e. them. Then go.', ['Use e.g. Schott, i.e. them.', 'Then go.']],
  ['It is approx. 1.5 mm in v1.2. Good.', ['It is approx. 1.5 mm in v1.2.', 'Good.']],
  ['See Fig. 3 and No. 5. No. We stop.', ['See Fig. 3 and No. 5.', 'No.', 'We stop.']],
  ['By J. Smith of Acme. so be it', ['By J. Smith of Acme. so be it']],
  ['He said "no." Then left.', ['He said "no."', 'Then left.']],
  ['First line\nsecond line.\nTags: a', ['First line\nsecond line.', 'Tags: a']],
  ['Hard\u2029break', ['Hard', 'break']],
  ['横方向です。青銅は不可。', ['横方向です。', '青銅は不可。']],
  ['  ', []],
];

for (const [text, expected] of SENTENCES) {
  test(`sentences of ${JSON.stringify(text)}`, () => {
    const found = sentencesOf(text).map(({ start, end }) => text.slice(start, end));
    assert.deepEqual(found, expected);
  });
}

const VALUES: readonly (readonly [string, string | undefined])[] = [
  ['lateral support = GF-PTFE', 'lateral support → GF-PTFE'],
  ['The pads are made of GF-PTFE.', 'pads → GF-PTFE'],
  ['pad material: GF-PTFE, because bronze galled', 'pad material → GF-PTFE'],
  ['The mass is now 40 kg', 'mass → 40 kg'],
  ['The bearing is not steel', undefined],
  ['The bearing is steel unless it rusts', undefined],
  ['The bearing is steel or bronze', undefined],
  ['It is steel', undefined],
  ['This is steel', undefined],
  ['We think the bearing is steel', undefined],
  ['No bearing is steel', undefined],
  ['The decision is to use steel', undefined],
  ['Note: use steel', undefined],
  ['mass >= 40 kg', undefined],
  ['a == b', undefined],
  ['Is the bearing steel?', undefined],
  ['one two three four five six seven eight nine = 4', undefined],
  ['see https://example.org/x', undefined],
];

for (const [text, expected] of VALUES) {
  test(`subject and value of "${text}": ${expected ?? 'none'}`, () => {
    const found = subjectValueOf(text);
    assert.equal(found && `${found.subject} → ${found.value}`, expected);
  });
}

const SAYINGS: readonly (readonly [string, boolean])[] = [
  ['use GF-PTFE pads', true],
  ['we use pads', true],
  ['the pads are GF-PTFE', true],
  ['move the hoist', true],
  ['use cases', false],
  ['lateral supports', false],
  ['support material', false],
  ['run time', false],
  ['pads', false],
];

for (const [text, expected] of SAYINGS) {
  test(`"${text}" ${expected ? 'says something' : 'only names something'}`, () => {
    assert.equal(isSentence(text), expected);
  });
}

test('callouts are found with title and body, but not inside other quotes', () => {
  const text =
    '> [!Decision]+ Use *pads*\n> Bronze galled.\n\n> > [!fact] x\n\n> [!no mark\n\n> `[!fact]` y\n';
  const found = calloutsOf(readMarkdown(text));
  assert.deepEqual(
    found.map(({ type, title, body, startLine }) => [type, title, body, startLine]),
    [['decision', 'Use pads', 'Bronze galled.', 1]],
  );
});

test('a context pack reaches from its marker to the matching end, or to the end of the text', () => {
  const text =
    'a\n<!-- atocore:context x -->\nb\n<!-- /atocore:context x -->\nc\n  > <!-- atocore:context\nd';
  const packs = contextPacks(text);
  assert.deepEqual(packs, [
    { start: 2, end: 4 },
    { start: 6, end: 7 },
  ]);
  const touched = [1, 2, 3, 4, 5, 6, 7].filter((line) => touchesPack(packs, line, line));
  assert.deepEqual(touched, [2, 3, 4, 6, 7]);
  assert.ok(touchesPack(packs, 1, 5));
  assert.deepEqual(contextPacks('about `<!-- atocore:context` markers'), []);
});

test('folding cuts closing punctuation and never half a character', () => {
  assert.equal(foldStatement('  a\n b .!? '), 'a b');
  assert.equal(foldStatement('...'), '');
  const subject = foldSubject(`x${'🎉'.repeat(60)}`);
  assert.equal(subject, `x${'🎉'.repeat(39)}`);
});
