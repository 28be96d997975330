import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  type Capture,
  captureId,
  captureIdOfPath,
  formatCapture,
  readCapture,
  saidAt,
  TURN_SCHEMA,
  type Turn,
  toTurn,
  turnDigest,
} from '../../src/model/captures.ts';
import { splitFrontMatter } from '../../src/model/front-matter.ts';
import type { ProjectId, StorePath } from '../../src/plugin.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const AT = '2026-04-09T10:15:00Z';
const project = 'p05' as ProjectId;
const TURN: Turn = {
  prompt: 'How is it supported?',
  response: 'By GF-PTFE pads.',
  responseSummary: 'Pads.',
  project,
  client: 'an agent',
  sessionId: '007',
  turnId: 't-1',
  memoriesUsed: ['dec-1'],
  chunksUsed: ['projects/p05/sources/a.md#x'],
  reinforce: true,
  extract: true,
};

function reread(turn: Turn): Capture {
  const { capture, text } = formatCapture(turn, AT);
  const read = readCapture(capture.path, text);
  if ('problem' in read) assert.fail(read.problem.message);
  assert.deepEqual(read.capture, capture);
  return read.capture;
}

test('a turn becomes a file that says all of it, at a path of its time and digest', () => {
  const capture = reread(TURN);
  assert.match(capture.path, /^captures\/2026\/04\/09\/101500-[0-9a-f]{16}\.md$/);
  assert.equal(captureIdOfPath(capture.path), capture.id);
  assert.equal(capture.id, captureId(turnDigest(TURN)));
  assert.deepEqual({ ...capture, id: '', path: '', at: '' }, { ...TURN, id: '', path: '', at: '' });
});

const SAID: readonly (readonly [string, string, string | undefined])[] = [
  ['a response heading inside a prompt', 'a\n\n## Response\n\nb', 'c'],
  ['a response heading and no response', 'a\n\n## Response\n\nb', undefined],
  ['an empty response', 'a', ''],
  ['a prompt heading in a response', 'a', '## Prompt\n\nb\n\n## Response\n\nc'],
  ['fences that forge a status (40)', '---\nstatus: active\n---\nb', '---\nid: x\n---\n'],
  ['an engine in a fence (2)', '---js\nthrow 1\n---\n', undefined],
  ['white space at both ends', '\n\n  a  \n\n', '\n b \n\n'],
  ['a merge', '<<<<<<< a\nx\n=======\ny\n>>>>>>> b', undefined],
  ['a byte order mark inside', 'a\ufeffb', '\ufeffc'],
  ['line separators', 'a\u2028b\u0085c', 'd\u2029'],
];

for (const [name, prompt, response] of SAID) {
  test(`a capture gives back what was said: ${name}`, () => {
    const { response: _gone, ...turn } = TURN;
    const said = response === undefined ? { ...turn, prompt } : { ...turn, prompt, response };
    const read = reread(said);
    assert.equal(read.prompt, prompt);
    assert.equal(read.response, response);
  });
}

test('CRLF is read as LF, and the digest can be made again from the file', () => {
  const read = reread({ ...TURN, prompt: 'a\r\nb\rc', response: 'd\r\n' });
  assert.equal(read.prompt, 'a\nb\nc');
  assert.equal(read.response, 'd\n');
  assert.equal(captureId(turnDigest(read)), read.id);
});

test('a file checked out with CRLF gives the same capture', () => {
  const { capture, text } = formatCapture({ ...TURN, prompt: 'a\n\n## Response\n\nb' }, AT);
  assert.deepEqual(readCapture(capture.path, text.replaceAll('\n', '\r\n')), { capture });
});

test('same content, same id, whenever it comes; other content, another', () => {
  const id = (turn: Turn): string => formatCapture(turn, AT).capture.id;
  assert.equal(formatCapture(TURN, '2027-01-01T00:00:00Z').capture.id, id(TURN));
  assert.equal(id({ ...TURN, reinforce: false, extract: false }), id(TURN));
  const { response: _gone, ...silent } = TURN;
  const others = [
    { ...TURN, prompt: 'x' },
    { ...TURN, response: '' },
    silent,
    { ...TURN, project: 'mill' as ProjectId },
    { ...TURN, turnId: 't-2' },
  ];
  assert.equal(new Set([TURN, ...others].map(id)).size, others.length + 1);
});

test('a capture that lacks a field, or has a wrong one, is a problem', () => {
  const { capture, text } = formatCapture(TURN, AT);
  for (const [from, to] of [
    ['prompt_lines: 1', 'prompt_lines: -1'],
    ['at: ', 'at: x'],
    ['id: ', 'ID: '],
  ]) {
    const read = readCapture(capture.path, text.replace(from ?? '', to ?? ''));
    assert.equal('problem' in read ? read.problem.rule : '', 'bad-field', to);
  }
  const bare = readCapture('captures/note.md' as StorePath, 'My note.\n');
  assert.equal('problem' in bare ? bare.problem.rule : '', 'bad-field');
});

test('whatever a request may say is read back from its file', (t) => {
  t.diagnostic(`seed ${SEED}: rerun with SEED=${SEED}`);
  const said = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
    fc
      .array(fc.constantFrom('\n', '\r\n', '## Response', '## Prompt', '---', 'a', ' '))
      .map((parts) => parts.join('')),
  );
  const short = fc.string({ maxLength: 200 });
  const names = fc.array(fc.string({ maxLength: 160 }), { maxLength: 5 });
  const input = fc.record(
    {
      prompt: said,
      response: said,
      response_summary: said,
      client: short,
      session_id: short,
      memories_used: names,
      chunks_used: names,
      extract: fc.boolean(),
    },
    { requiredKeys: ['prompt'], noNullPrototype: true },
  );
  const property = fc.property(input, (value) => {
    const checked = TURN_SCHEMA.safeParse(value);
    if (checked.success) reread(toTurn(checked.data, project));
    else assert.ok(JSON.stringify(value).includes('\\u0000'), checked.error.message);
  });
  fc.assert(property, { numRuns: 500, seed: SEED });
});

test('the most that a request may say still fits into frontmatter', () => {
  const wide = '\u0007'.repeat(200);
  const checked = TURN_SCHEMA.parse({
    prompt: 'a',
    response_summary: '語'.repeat(4_000),
    client: wide,
    session_id: wide,
    turn_id: wide,
    memories_used: Array.from({ length: 100 }, () => 'x'.repeat(160)),
    chunks_used: Array.from({ length: 100 }, () => 'x'.repeat(160)),
  });
  const { text } = formatCapture(toTurn(checked), AT);
  assert.ok('parts' in splitFrontMatter(text));
});

test('a request with NUL characters, or with more than fits, is refused', () => {
  for (const wrong of [
    { prompt: 'a\0b' },
    { prompt: 'a', response: '\0' },
    { prompt: 'a', client: 'x'.repeat(201) },
    { prompt: 'a', response_summary: 'x'.repeat(4_001) },
    { prompt: 'a', memories_used: Array.from({ length: 101 }, () => 'x') },
  ]) {
    assert.equal(TURN_SCHEMA.safeParse(wrong).success, false);
  }
});

test('a capture is dated when it was said, never later than it came in, and its digest is the same', () => {
  const input = { prompt: 'What holds the mirror?', at: '2026-11-03T12:00:00.250Z' };
  assert.equal(saidAt(input, '2026-11-20T09:00:00Z'), '2026-11-03T12:00:00Z');
  assert.equal(saidAt(input, '2026-11-01T09:00:00Z'), '2026-11-01T09:00:00Z');
  assert.equal(saidAt({ prompt: 'x' }, '2026-11-01T09:00:00Z'), '2026-11-01T09:00:00Z');
  assert.equal(turnDigest(toTurn(input)), turnDigest(toTurn({ prompt: input.prompt })));
  assert.ok(!TURN_SCHEMA.safeParse({ ...input, at: 'yesterday' }).success);
});
