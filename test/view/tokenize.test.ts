import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { referenceTokens } from '../../src/view/plain-search.ts';
import { TOKEN_CHARACTERS_MAX, tokenize } from '../../src/view/tokenize.ts';

const CASES: readonly (readonly [name: string, text: string, tokens: readonly string[]])[] = [
  ['nothing', '', []],
  ['white space and punctuation', ' \n—…!', []],
  ['stop words', 'It is what it is.', []],
  ['stems', 'Supporting supports were supported', ['support', 'support', 'support']],
  ['accents', 'Café naïve Ångström', tokenize('cafe naive angstrom')],
  ['full width', 'ＡＢＣ１２', ['abc12']],
  ['ligatures and sharp s', 'Straße œuvre', tokenize('strasse oeuvre')],
  ['a German compound as one word', 'Donaudampfschiff', ['donaudampfschiff']],
  ['a compound with a hyphen by its parts', 'Stützlager-Prüfung', tokenize('stutzlager prufung')],
  ['an identifier with its words', 'REQ-012', ['req', '012', 'req-012']],
  ['a date', '2026-04-09', ['2026', '04', '09', '2026-04-09']],
  ['a name in code', 'snake_case', ['snake', 'case', 'snake_case']],
  ['a file', 'notes.md', ['note', 'md', 'notes.md']],
  ['a path', 'src/p05-optics', ['src', 'p05', 'optic', 'p05-optics', 'src/p05-optics']],
  ['prose with a hyphen', 'well-known', tokenize('well known')],
  ['a joiner at the end', 'REQ-012. Done-', ['req', '012', 'req-012', 'done']],
  ['a Japanese sentence', '東京タワーへ行く', ['東京', 'タワー', 'へ', '行く']],
  ['Hangul whole', '한국어', ['한국어']],
  ['a name of Object.prototype', '__proto__ constructor', ['proto', 'constructor']],
];

for (const [name, text, expected] of CASES) {
  test(`tokens of ${name}`, () => assert.deepEqual(tokenize(text), expected));
}

test('a word of a megabyte is cut to the limit', () => {
  const tokens = tokenize('x'.repeat(2 ** 20));
  assert.deepEqual(tokens, ['x'.repeat(TOKEN_CHARACTERS_MAX)]);
});

test('Japanese is found by a word of the sentence', () => {
  const tokens = new Set(tokenize('干渉計の支持構造を決定しました。'));
  for (const word of tokenize('支持')) assert.ok(tokens.has(word), word);
});

test('text without identifiers gives the tokens of the reference, ASCII or not', () => {
  const word = fc.stringMatching(/^[a-zA-Z0-9éüñçà]{1,12}$/);
  fc.assert(
    fc.property(fc.array(word, { maxLength: 20 }), (words) => {
      const text = words.join(', ');
      assert.deepEqual(tokenize(text), referenceTokens(text));
    }),
    { seed: 20260409, numRuns: 300 },
  );
});

test('any string gives tokens, the same ones every time', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const tokens = tokenize(text);
      assert.deepEqual(tokenize(text), tokens);
      assert.ok(tokens.every((token) => token !== '' && token.length <= TOKEN_CHARACTERS_MAX));
    }),
    { seed: 20260409, numRuns: 500 },
  );
});
