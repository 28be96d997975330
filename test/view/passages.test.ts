import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { PASSAGE_CHARACTERS, passages } from '../../src/view/passages.ts';
import { markdownSections } from '../support/markdown-sections.ts';

const of = (text: string) => passages(markdownSections(text));

test('a short document is one passage for each heading, with its lines', () => {
  const found = of('# A\n\nOne.\n\nTwo.\n\n## B\nThree.\n');
  assert.deepEqual(
    found.map(({ headingPath, startLine, endLine, ordinal, text }) => ({
      headingPath,
      lines: [startLine, endLine],
      ordinal,
      text,
    })),
    [
      { headingPath: ['A'], lines: [3, 5], ordinal: 0, text: 'One.\n\nTwo.' },
      { headingPath: ['A', 'B'], lines: [8, 8], ordinal: 1, text: 'Three.' },
    ],
  );
});

test('a bare heading gives a passage to be found by, unless a heading below it has its name', () => {
  const found = of('# A\n## B\n## C\ntext\n# D\n');
  assert.deepEqual(
    found.map(({ headingPath, text }) => [headingPath.join('/'), text]),
    [
      ['A/B', ''],
      ['A/C', 'text'],
      ['D', ''],
    ],
  );
});

test('text before the first heading and an empty document are no trouble', () => {
  assert.deepEqual(of('\n\n'), []);
  assert.deepEqual(
    of('Hello.\n').map(({ headingPath, text }) => [headingPath, text]),
    [[[], 'Hello.']],
  );
});

test('a section is divided between blocks and a fence is not torn at its blank lines', () => {
  const fence = `\`\`\`\n${'code\n\n'.repeat(60)}\`\`\``;
  const [first, second, ...rest] = of(`# A\n${'word '.repeat(120)}\n\n${fence}\n`);
  assert.equal(rest.length, 0);
  assert.equal(first?.text, 'word '.repeat(120).trim());
  assert.equal(second?.text, fence);
});

const GIANTS: readonly (readonly [string, string])[] = [
  ['lines', 'A line of a table that is rather long.\n'.repeat(400)],
  ['sentences', 'A sentence about the supports. '.repeat(400)],
  ['words', 'word '.repeat(3_000)],
  ['one token', 'x'.repeat(20_000)],
  ['one token of pairs', '😀'.repeat(10_000)],
  ['Japanese sentences', '支持構造を決定しました。'.repeat(500)],
];

for (const [name, text] of GIANTS) {
  test(`a giant block of ${name} is divided and nothing of it is lost`, () => {
    const found = of(`# A\n${text}`);
    assert.ok(found.every((passage) => passage.text.length <= 1.5 * PASSAGE_CHARACTERS));
    const solid = (part: string) => part.replace(/\s+/g, '');
    assert.equal(found.map((passage) => solid(passage.text)).join(''), solid(text));
    assert.ok(found.every((passage) => !/\p{Surrogate}/u.test(passage.text)));
  });
}

test('every line that is not blank is in a passage, in order, without overlap', () => {
  const line = fc.oneof(
    fc.constantFrom('', '', '  ', '# A', '## B', '```', '- item', '| a | b |'),
    fc.lorem({ maxCount: 30 }),
    fc.lorem({ maxCount: 260 }).map((text) => text.replaceAll('.', '')),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
      const sections = markdownSections(lines.join('\n'));
      const found = passages(sections);
      const solid = (parts: readonly { text: string }[]) =>
        parts.map(({ text }) => text.replace(/\s+/g, '')).join('');
      assert.equal(solid(found), solid(sections));
      assert.deepEqual(
        found.map(({ ordinal }) => ordinal),
        found.map((_, index) => index),
      );
      for (const [index, passage] of found.entries()) {
        assert.ok(passage.startLine <= passage.endLine);
        assert.ok(passage.startLine >= (found[index - 1]?.endLine ?? 0));
        if (passage.text === '') continue;
        assert.ok(lines[passage.startLine - 1]?.includes(passage.text.split('\n')[0] ?? ''));
      }
      assert.deepEqual(passages(sections), found);
    }),
    { seed: 20260409, numRuns: 300 },
  );
});
