import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import markdown from '../../plugins/markdown/index.ts';
import type { Document, StorePath } from '../../src/plugin.ts';
import { markdownText } from './markdown-text.ts';
import { readMarkdown } from './read-markdown.ts';

const seed = Number(process.env.SEED ?? 20260409);
const options = { seed, numRuns: 300 };

test(`any text gives a document (seed ${seed})`, () => {
  const texts = fc.oneof(markdownText, fc.string({ unit: 'binary', maxLength: 300 }));
  fc.assert(
    fc.property(texts, (text) => {
      const document = readMarkdown(text);
      assert.equal(document.text, text.replace(/^\uFEFF/, ''));
      assert.deepEqual(readMarkdown(text), document);
    }),
    options,
  );
});

test(`sections cover the text once, as written (seed ${seed})`, () => {
  fc.assert(
    fc.property(markdownText, (text) => checkSections(readMarkdown(text))),
    options,
  );
});

test(`slugs of headings are unique and not empty (seed ${seed})`, () => {
  fc.assert(
    fc.property(markdownText, (text) => {
      const slugs = readMarkdown(text).headings.map((heading) => heading.slug);
      assert.equal(new Set(slugs).size, slugs.length);
      assert.ok(!slugs.includes(''));
    }),
    options,
  );
});

const LINE_ENDINGS = [
  { name: 'LF', ending: '\n' },
  { name: 'CRLF', ending: '\r\n' },
  { name: 'CR', ending: '\r' },
];

for (const { name, ending } of LINE_ENDINGS) {
  test(`lines ended by ${name} are counted and kept`, () => {
    const lines = [
      '---',
      'title: T',
      '---',
      '',
      '# One',
      'text',
      'more',
      '',
      'Two',
      '---',
      '[[a]]',
    ];
    const document = readMarkdown(lines.join(ending));
    checkSections(document);
    assert.deepEqual(
      document.headings.map(({ text, line }) => [text, line]),
      [
        ['One', 5],
        ['Two', 9],
      ],
    );
    assert.equal(document.sections[0]?.text, `text${ending}more`);
    assert.deepEqual(document.links, [{ type: 'wikilink', target: 'a', line: 11 }]);
  });
}

test('a file that is not Markdown, or not text, is left to others', () => {
  const { parse } = markdown.create(undefined);
  const bytes = new Uint8Array([0xff, 0xfe, 0x00]);
  const read = (path: string, text?: string) =>
    parse?.({
      path: path as StorePath,
      bytes,
      frontMatter: {},
      ...(text === undefined ? {} : { text }),
    });
  assert.equal(read('projects/p/sources/a.txt', 'x'), undefined);
  assert.equal(read('projects/p/sources/a.md'), undefined);
  assert.equal(read('projects/p/sources/a.MARKDOWN', 'x')?.title, 'a');
});

test('a title that is not text is no title', () => {
  const { parse } = markdown.create(undefined);
  const path = 'projects/p/sources/a.md' as StorePath;
  const read = (title: unknown) =>
    parse?.({ path, bytes: new Uint8Array(), text: '', frontMatter: { title } })?.title;
  assert.deepEqual([read('  '), read(['x']), read(12), read(' x ')], ['a', 'a', '12', 'x']);
});

test('a plugin without options refuses some', () => {
  assert.throws(() => markdown.checkOptions?.({ flavour: 'x' }), /takes? no options|no options/);
  assert.equal(markdown.checkOptions?.({}), undefined);
});

/** Every line that is not blank is frontmatter, a heading, or in exactly one section. */
function checkSections(document: Document): void {
  const lines = document.text.split(/\r\n|\n|\r/);
  const owners = new Array<number>(lines.length).fill(0);
  const own = (from: number, to: number) => {
    for (let line = from; line <= to; line += 1) owners[line - 1] = (owners[line - 1] ?? 0) + 1;
  };
  for (const node of document.tree.children) {
    if (node.type === 'heading' || (node.type === 'yaml' && node === document.tree.children[0])) {
      own(node.position?.start.line ?? 0, node.position?.end.line ?? 0);
    }
  }
  for (const { startLine, endLine, text } of document.sections) {
    own(startLine, endLine);
    const written = lines.slice(startLine - 1, endLine);
    assert.deepEqual(text === '' && endLine < startLine ? [] : text.split(/\r\n|\n|\r/), written);
  }
  for (const [index, line] of lines.entries()) {
    const owned = owners[index] ?? 0;
    assert.ok(owned <= 1, `line ${index + 1} belongs to ${owned} parts`);
    assert.ok(owned === 1 || line.trim() === '', `line ${index + 1} belongs to no part`);
  }
}
