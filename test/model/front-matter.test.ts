import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import {
  decodeText,
  type Fields,
  FRONT_MATTER_BYTES_MAX,
  formatFile,
  type Parts,
  splitFrontMatter,
  withFields,
} from '../../src/model/front-matter.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const MARKER = path.join(tmpdir(), `atocore-executed-${process.pid}`);
const CODE = `{ x: require('node:fs').writeFileSync(${JSON.stringify(MARKER)}, 'x') }`;

/** Row of faults.md §1, what it is, the text, the rule of its fault. */
const FAULTS: readonly (readonly [string, string, string])[] = [
  ['1 js engine', `---js\n${CODE}\n---\n`, 'bad-fence'],
  ['1 javascript engine', `---javascript\n${CODE}\n---\n`, 'bad-fence'],
  ['1 js engine with blanks', `--- js \n${CODE}\n---\n`, 'bad-fence'],
  ['1 JS engine in capitals', `---JS\n${CODE}\n---\n`, 'bad-fence'],
  ['3 coffee', '---coffee\na: 1\n---\n', 'bad-fence'],
  ['3 toml', '---toml\na = 1\n---\n', 'bad-fence'],
  ['3 json', '---json\n{"a": 1}\n---\n', 'bad-fence'],
  ['3 cson', '---cson\na: 1\n---\n', 'bad-fence'],
  ['4 constructor', '---constructor\na: 1\n---\n', 'bad-fence'],
  ['4 toString', '---toString\na: 1\n---\n', 'bad-fence'],
  ['4 valueOf', '---valueOf\na: 1\n---\n', 'bad-fence'],
  ['4 __proto__', '---__proto__\na: 1\n---\n', 'bad-fence'],
  ['5 100 KB of line feeds', fenced('\n'.repeat(100_000)), 'front-matter-open'],
  ['5 60 KB of carriage returns', fenced('\r'.repeat(60_000)), 'front-matter-blank'],
  ['5 60 KB of line separators', fenced('\u2028'.repeat(20_000)), 'front-matter-blank'],
  ['5 blank lines of blanks', fenced(`${' '.repeat(30)}\n`.repeat(1_900)), 'front-matter-blank'],
  ['8 not closed', '---\na: 1\nbody\n', 'front-matter-open'],
  ['8 nothing but an opening', '---', 'front-matter-open'],
  ['9 closing with a word', '---\na: 1\n---xyz\n', 'bad-fence'],
  ['9 closing of four', '---\na: 1\n----\n', 'bad-fence'],
  ['11 scalar', fenced('just words'), 'not-a-mapping'],
  ['11 list', fenced('- a\n- b'), 'not-a-mapping'],
  ['11 null', fenced('null'), 'not-a-mapping'],
  ['11 tilde', fenced('~'), 'not-a-mapping'],
  ['12 duplicate keys', fenced('status: active\nstatus: candidate'), 'duplicate-key'],
  ['12 duplicate keys inside', fenced('a: {b: 1, b: 2}'), 'duplicate-key'],
  ['13 alias bomb', fenced('a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]'), 'alias'],
  ['13 ten thousand values', fenced(`a: [${'1,'.repeat(10_001)}]`), 'too-deep'],
  ['14 self-reference', fenced('a: &a [*a]'), 'alias'],
  ['15 merge-key bomb', fenced('a: &a {b: 1}\nc: {<<: [*a, *a, *a]}'), 'alias'],
  ['16 nesting by brackets', fenced(`a: ${'['.repeat(60_000)}`), 'too-deep'],
  ['16 nesting by dashes', fenced('- '.repeat(30_000)), 'too-deep'],
  ['17 deep indentation', fenced(levels(40)), 'too-deep'],
  ['18 __proto__', fenced('__proto__: {x: 1}'), 'bad-key'],
  ['18 constructor', fenced('constructor: 1'), 'bad-key'],
  ['18 prototype inside', fenced('a: [{b: {prototype: 1}}]'), 'bad-key'],
  ['19 js function', fenced('a: !!js/function "function () {}"'), 'bad-yaml'],
  ['19 js regexp', fenced('a: !!js/regexp /x/'), 'bad-yaml'],
  ['22 tab', fenced('a:\n\tb: 1'), 'bad-yaml'],
  ['23 merge markers', fenced('<<<<<<< a\nx: 1\n=======\nx: 2\n>>>>>>> b'), 'bad-yaml'],
  ['34 key of 60 KB', fenced(`${'k'.repeat(60_000)}: 1`), 'bad-yaml'],
  ['34 70 KB', fenced(`a: ${'x'.repeat(70_000)}`), 'front-matter-open'],
  ['34 60 KB of wide letters', fenced(`a: ${'語'.repeat(30_000)}`), 'front-matter-large'],
  ['35 list of 5 MB', fenced('- x\n'.repeat(1_250_000)), 'front-matter-open'],
  ['a document end that hides lines', fenced('a: 1\n...\nb: 2'), 'bad-yaml'],
  ['60,000 closing brackets', fenced(']'.repeat(60_000)), 'bad-yaml'],
  ['a list as a key', fenced('? [a]\n: 1'), 'bad-key'],
  ['a directive', fenced('%YAML 1.1\na: yes'), 'bad-yaml'],
];

for (const [name, text, rule] of FAULTS) {
  test(`frontmatter is refused: ${name}`, () => {
    // Twice: the bare library forgets an error the second time (row 6).
    for (const _time of [1, 2]) {
      const read = splitFrontMatter(text);
      assert.equal('fault' in read ? read.fault.rule : 'no fault', rule);
      if (!('fault' in read)) return;
      assert.match(read.fault.message, /^(Expected|Only) .+\.$/);
      assert.ok(read.fault.message.length < 400, 'a message stays short');
    }
    assert.ok(!existsSync(MARKER), 'nothing was executed');
    assert.equal(({} as Record<string, unknown>).x, undefined);
  });
}

const MEANT: readonly (readonly [string, string, unknown, string])[] = [
  ['6 faultless twice', 'a: 1', { a: 1 }, 'body\n'],
  ['20 leading zero', 'id: 0123', { id: '0123' }, 'body\n'],
  ['20 exponent', 'id: 1e5', { id: '1e5' }, 'body\n'],
  ['20 sexagesimal', 'id: 12:30:45', { id: '12:30:45' }, 'body\n'],
  ['20 underscore', 'id: 1_000', { id: '1_000' }, 'body\n'],
  ['20 hexadecimal', 'id: 0x1F', { id: '0x1F' }, 'body\n'],
  ['20 trailing zero', 'value: 1.50', { value: '1.50' }, 'body\n'],
  [
    '20 more digits than a number holds',
    'id: 12345678901234567890',
    { id: '12345678901234567890' },
    'body\n',
  ],
  ['21 date', 'date: 2024-01-01', { date: '2024-01-01' }, 'body\n'],
  ['a yes of YAML 1.1', 'a: yes', { a: 'yes' }, 'body\n'],
  ['comments only', '# nothing yet', {}, 'body\n'],
  [
    'a key that gray-matter knows',
    'excerpt_separator: {toString: 1, valueOf: 2}',
    { excerpt_separator: { toString: 1, valueOf: 2 } },
    'body\n',
  ],
];

for (const [name, yaml, frontMatter, body] of MEANT) {
  test(`frontmatter is read as it was meant: ${name}`, () => {
    for (const _time of [1, 2]) {
      const read = partsOf(fenced(yaml));
      assert.deepEqual(read.frontMatter, frontMatter);
      assert.equal(read.body, body);
    }
  });
}

test('10 blank lines or blanks before the fence mean that there is no frontmatter', () => {
  for (const text of ['\n---\na: 1\n---\n', ' ---\na: 1\n---\n', '----\na: 1\n', 'body', '']) {
    assert.deepEqual(partsOf(text), {
      frontMatter: {},
      hasFrontMatter: false,
      body: text,
      bodyLine: 1,
    });
  }
});

test('7 what is read belongs to the reader', () => {
  const text = fenced('tags: [a]');
  (partsOf(text).frontMatter as { tags: string[] }).tags.push('b');
  assert.deepEqual(partsOf(text).frontMatter, { tags: ['a'] });
});

test('24, 25, 33 line ends, byte order mark and an empty body are kept apart from the values', () => {
  const read = partsOf('\ufeff---\r\na: 1\r\n---\r\nbody\r\n');
  assert.deepEqual(read, {
    frontMatter: { a: 1 },
    hasFrontMatter: true,
    body: 'body\r\n',
    bodyLine: 4,
  });
  assert.deepEqual(partsOf('---\na: 1\n---').body, '');
  assert.deepEqual(partsOf('---\n---\n').frontMatter, {});
});

const BYTES: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['27 UTF-16 little end first', utf16('---\na: 1', 0xff, 0xfe), /UTF-16/],
  ['27 UTF-16 without its mark', Uint8Array.from([45, 0, 45, 0]), /NUL/],
  ['28 bytes that are not UTF-8', Uint8Array.from([0x61, 0xc3, 0x28]), /not/],
  ['28 half a surrogate pair', Uint8Array.from([0xed, 0xa0, 0x80]), /not/],
  ['29 a NUL', Uint8Array.from([0x61, 0, 0x62]), /NUL/],
  ['32 a picture', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0, 1]), /NUL/],
];

for (const [name, bytes, expected] of BYTES) {
  test(`bytes are refused: ${name}`, () => {
    const read = decodeText(bytes);
    assert.ok('fault' in read);
    assert.equal(read.fault.rule, 'not-text');
    assert.match(read.fault.message, expected);
  });
}

test('30 control characters and line separators are text', () => {
  const text = 'a\u0007b\u2028c\u0085d';
  assert.deepEqual(decodeText(new TextEncoder().encode(text)), { text });
});

test('a fault says on which line of the file it is', () => {
  const cases: readonly (readonly [string, number])[] = [
    [fenced('a: 1\nb: }'), 3],
    [fenced('a: 1\nb: 2\na: 3'), 4],
    ['---\r\na: 1\r\n\r\nb: }\r\n---\r\n', 4],
    [fenced('a: 1\n---x'), 3],
  ];
  for (const [text, line] of cases) {
    const read = splitFrontMatter(text);
    assert.equal('fault' in read ? read.fault.line : undefined, line, text);
  }
});

/** Before, changes, after: all in the frontmatter. */
const EDITS: readonly (readonly [string, string, Fields, string])[] = [
  ['a value', 'status: candidate\nid: "x"\n', { status: 'active' }, 'status: active\nid: "x"\n'],
  ['the last key', 'a: 1\nstatus: candidate\n', { status: 'active' }, 'a: 1\nstatus: active\n'],
  ['an absent key', 'a: 1\n', { status: 'active' }, 'a: 1\nstatus: active\n'],
  ['the only key, absent', '', { status: 'active' }, 'status: active\n'],
  [
    'comments about others',
    '# top\na: 1 # one\n# mid\nb: 2\n# end\n',
    { b: 3 },
    '# top\na: 1 # one\n# mid\nb: 3\n# end\n',
  ],
  [
    'a comment behind the value',
    'status: candidate  # ask Bob\nb: 2\n',
    { status: 'active' },
    'status: active  # ask Bob\nb: 2\n',
  ],
  ['a comment behind a quoted value', 'a: "x # y" # z\n', { a: 'w' }, 'a: w # z\n'],
  [
    'a comment behind the key of a list',
    'tags: # of it\n  - a\nb: 2\n',
    { tags: ['a b', 'c'] },
    'tags: # of it\n  - "a b"\n  - "c"\nb: 2\n',
  ],
  [
    'unknown keys and their order',
    'z: 1\nmine: {a: [1,  2]}\na: 2\n',
    { a: 3 },
    'z: 1\nmine: {a: [1,  2]}\na: 3\n',
  ],
  ['a block list', 'o:\n  - a\n  - b\nb: 2\n', { o: ['c'] }, 'o: [ c ]\nb: 2\n'],
  ['a block list without indentation', 'o:\n- a\n- b\nb: 2\n', { o: ['c'] }, 'o: [ c ]\nb: 2\n'],
  [
    'a block list before a comment',
    'o:\n  - a\n# about b\nb: 2\n',
    { o: [] },
    'o: []\n# about b\nb: 2\n',
  ],
  ['a block list before blank lines', 'o:\n  - a\n\nb: 2\n', { o: [] }, 'o: []\n\nb: 2\n'],
  ['a flow list of two lines', 'o: [a,\n  b]\nb: 2\n', { o: ['c'] }, 'o: [ c ]\nb: 2\n'],
  ['a literal scalar', 'a: |\n  one\n  # no comment\n  two\nb: 2\n', { a: 'x' }, 'a: x\nb: 2\n'],
  ['a folded scalar', 'a: >-\n  one\n\n  two\nb: 2\n', { a: 'x' }, 'a: x\nb: 2\n'],
  [
    'beside a folded scalar',
    'a: >-\n  one\n\n  two\nb: 2\n',
    { b: 3 },
    'a: >-\n  one\n\n  two\nb: 3\n',
  ],
  ['a quoted scalar of two lines', 'a: "one\n  two"\nb: 2\n', { a: 'x' }, 'a: x\nb: 2\n'],
  ['an empty value', 'a:\nb: 2\n', { a: 'x' }, 'a: x\nb: 2\n'],
  ['an empty value with a comment', 'a: # none yet\nb: 2\n', { a: 'x' }, 'a: x # none yet\nb: 2\n'],
  ['an empty value before blank lines', 'a:\n\nb: 2\n', { a: 'x' }, 'a: x\n\nb: 2\n'],
  ['an empty value at the end', 'b: 2\na:\n', { a: 'x' }, 'b: 2\na: x\n'],
  ['a nested mapping', 'a:\n  b: 1\n  c: 2\n# end\nd: 3\n', { a: 'x' }, 'a: x\n# end\nd: 3\n'],
  ['a quoted key', '"a": 1\nb: 2\n', { a: 2 }, 'a: 2\nb: 2\n'],
  ['a key that is also a value', 'b: a\na: 1\n', { a: 2 }, 'b: a\na: 2\n'],
  ['a key that is also nested', 'b:\n  a: 1\na: 1\n', { a: 2 }, 'b:\n  a: 1\na: 2\n'],
  ['a removed key', 'a: 1 # c\nb: 2\n', { a: undefined }, 'b: 2\n'],
  ['a removed list', 'a:\n  - x\nb: 2\n', { a: undefined }, 'b: 2\n'],
  ['a removed key that is absent', 'b: 2\n', { a: undefined }, 'b: 2\n'],
  ['several keys', 'a: 1\nb: 2\n', { b: 3, a: 4, c: true }, 'a: 4\nb: 3\nc: true\n'],
];

const BODY = 'body \ufeff\n---\nstatus: forged\n---\n\n\n';

for (const [name, before, changes, after] of EDITS) {
  test(`a field is set and every other byte stays: ${name}`, () => {
    for (const [mark, lineEnd] of [
      ['', '\n'],
      ['\ufeff', '\n'],
      ['', '\r\n'],
      ['\ufeff', '\r\n'],
    ]) {
      const file = (head: string): string =>
        mark + `---\n${head}---\n`.replaceAll('\n', lineEnd ?? '') + BODY;
      assert.equal(withFields(file(before), changes), file(after));
    }
  });
}

test('maps in braces, indented maps and keys with "?" take a field and keep the others', () => {
  for (const head of [
    '{a: 1, b: 2}\n',
    '  a: 1\n  b: 2\n',
    '? a\n: 1\n? b\n: 2\n',
    '&x a: 1\nb: 2\n',
  ]) {
    const text = withFields(`---\n${head}---\nbody`, { b: 3, o: ['c d'], gone: undefined });
    assert.deepEqual(partsOf(text).frontMatter, { a: 1, b: 3, o: ['c d'] }, head);
    assert.equal(partsOf(text).body, 'body');
  }
});

test('2, 40 fences in a body stay body, and nothing in it runs', () => {
  for (const body of [`---js\n${CODE}\n---\n`, '---\nstatus: active\n---\n']) {
    const text = formatFile({ status: 'candidate' }, body);
    const again = withFields(text, { note: 'x' });
    assert.equal(partsOf(again).frontMatter.status, 'candidate');
    assert.equal(partsOf(again).body, body);
  }
  assert.ok(!existsSync(MARKER));
});

test('38 a field without a value is left out', () => {
  assert.equal(formatFile({ a: undefined, b: 'x' }, 'text'), '---\nb: x\n---\ntext\n');
});

test('39 fields that nobody knows stay as they are', () => {
  const text = fenced('schema: 9\nfuture: {deep: [1, "two"]} # kept');
  assert.equal(
    withFields(text, { a: 1 }),
    fenced('schema: 9\nfuture: {deep: [1, "two"]} # kept\na: 1'),
  );
});

const key = fc
  .stringMatching(/^[a-z][a-z_]{0,12}$/)
  .filter((name) => name !== 'constructor' && name !== 'prototype');
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('yes', '1e3', '~', '- a', 'a: b', 'x\n---\ny', '#', '2026-12-31', ' '),
);
const fields = fc.dictionary(
  key,
  fc.oneof(text, fc.boolean(), fc.integer(), fc.array(text, { maxLength: 9 })),
  { maxKeys: 6, noNullPrototype: true },
);

holds(
  'reading what was written gives the fields and the body',
  fc.tuple(fields, text),
  ([values, body]) => {
    const read = partsOf(formatFile(values, body));
    assert.deepEqual(read.frontMatter, meant(values));
    assert.equal(read.body.replace(/\n$/, ''), body.toWellFormed().replace(/\n$/, ''));
  },
);

holds('writing is a fixed point', fc.tuple(fields, text), ([values, body]) => {
  const once = formatFile(values, body);
  assert.equal(withFields(once, values), once);
});

holds(
  '26 a body is the same after any number of rewrites',
  fc.tuple(fields, fc.array(fields, { maxLength: 4 }), text),
  ([values, rewrites, body]) => {
    const start = formatFile(values, `\ufeff${body}`);
    const end = rewrites.reduce((now, more) => withFields(now, more), start);
    assert.equal(partsOf(end).body, partsOf(start).body);
    assert.deepEqual(partsOf(end).frontMatter, meant(Object.assign({}, values, ...rewrites)));
  },
);

holds(
  'any bytes give parts or a fault',
  fc.tuple(
    fc.constantFrom('', '---\n', '\ufeff---\r\n'),
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom('', '\n---\n'),
  ),
  ([head, bytes, tail]) => {
    const decoded = decodeText(Buffer.concat([Buffer.from(head), bytes, Buffer.from(tail)]));
    if ('text' in decoded) splitFrontMatter(decoded.text);
  },
);

const YAML_BITS = [
  'a',
  'b: ',
  ': ',
  '- ',
  '? ',
  '\n',
  '\n  ',
  '\n    ',
  '[',
  ']',
  '{',
  '}',
  ',',
  '"',
  "'",
  '|',
  '>',
  '#',
  ' ',
  '&x ',
  '*x',
  '!!str ',
  '!',
  '%',
  '@',
  '<<',
  '~',
  '1',
  '0x1',
  '\t',
  '\r',
  '...',
  '--',
  '\\',
  '\u2028',
];
holds(
  'any YAML gives parts or a fault, and what is read can be edited',
  fc.array(fc.constantFrom(...YAML_BITS), { maxLength: 30 }),
  (bits) => {
    const file = fenced(bits.join(''));
    const read = splitFrontMatter(file);
    if ('fault' in read || !read.parts.hasFrontMatter) return;
    const next = withFields(file, { set: 'x y' });
    assert.deepEqual(partsOf(next).frontMatter, { ...read.parts.frontMatter, set: 'x y' });
    assert.equal(partsOf(next).body, read.parts.body);
  },
);

test('a field is set where the frontmatter is white space, bare carriage returns among it', () => {
  for (const blank of ['\r\r\n    ', '\r', ' \n\n ', '\t']) {
    const file = fenced(blank);
    const read = splitFrontMatter(file);
    if ('fault' in read) continue;
    const next = withFields(file, { set: 'x y' });
    assert.deepEqual(partsOf(next).frontMatter, { set: 'x y' }, JSON.stringify(blank));
    assert.equal(partsOf(next).body, read.parts.body);
  }
});

test('the limit of frontmatter is met with a fault, not one byte before', () => {
  const filler = (bytes: number): string =>
    `---\na: ${'x'.repeat(bytes - '---\na: \n---'.length)}\n---\n`;
  assert.ok('parts' in splitFrontMatter(filler(FRONT_MATTER_BYTES_MAX)));
  assert.ok('fault' in splitFrontMatter(filler(FRONT_MATTER_BYTES_MAX + 1)));
});

function holds<Value>(
  name: string,
  arbitrary: fc.Arbitrary<Value>,
  check: (value: Value) => void,
): void {
  test(name, (t) => {
    t.diagnostic(`seed ${SEED}: rerun with SEED=${SEED}`);
    fc.assert(fc.property(arbitrary, check), { numRuns: 1_000, seed: SEED });
  });
}

function meant(values: Fields): unknown {
  const plain = (value: unknown): unknown =>
    typeof value === 'string'
      ? value.toWellFormed()
      : Array.isArray(value)
        ? value.map(plain)
        : value;
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, plain(value)]));
}

function fenced(yaml: string): string {
  return `---\n${yaml}\n---\nbody\n`;
}

function levels(depth: number): string {
  return Array.from({ length: depth }, (_, at) => `${'  '.repeat(at)}a:`).join('\n');
}

function utf16(words: string, ...mark: readonly number[]): Uint8Array {
  return Uint8Array.from([...mark, ...Buffer.from(words, 'utf16le')]);
}

function partsOf(file: string): Parts {
  const read = splitFrontMatter(file);
  if ('fault' in read) assert.fail(`${read.fault.rule}: ${read.fault.message}`);
  return read.parts;
}
