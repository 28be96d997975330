import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  type NotSaid,
  type TranscriptFormat,
  TranscriptReader,
  type TranscriptTurn,
} from '../../src/agents/transcript.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FIXTURES = join(ROOT, 'test/fixtures/transcripts');
const EVAL = join(process.env.ATOCORE_EVAL ?? join(ROOT, '..', 'shared', 'eval'), 'transcripts');

function read(text: string, format: TranscriptFormat) {
  const reader = new TranscriptReader(format);
  const turns: TranscriptTurn[] = [];
  const take = (turn: TranscriptTurn | undefined): void => {
    if (turn !== undefined) turns.push(turn);
  };
  for (const line of text.split('\n')) take(reader.read(line));
  take(reader.end());
  return { turns, skipped: Object.fromEntries(reader.skipped) as Partial<Record<NotSaid, number>> };
}

/** Labelled by hand: where each prompt of a person stands, and where its final answer does. */
const LABELS: Readonly<Record<string, readonly (readonly [number, number | undefined])[]>> = {
  'edge_cases.jsonl': [
    [1, 2],
    [3, 9],
    [12, undefined],
  ],
  'representative_messages.jsonl': [
    [1, 2],
    [3, 6],
    [7, 10],
    [11, undefined],
  ],
  'session_b.jsonl': [
    [1, 2],
    [3, undefined],
  ],
  'todowrite_examples.jsonl': [
    [1, 5],
    [8, 9],
  ],
};

for (const [name, labels] of Object.entries(LABELS)) {
  const file = join(EVAL, name);
  const skip = existsSync(file) ? false : `no ${name}: set ATOCORE_EVAL to the folder of eval data`;
  test(`of ${name} every real prompt and final answer is a turn, and nothing else`, {
    skip,
  }, async () => {
    const text = await readFile(file, 'utf8');
    const lines = text.split('\n');
    const { turns } = read(text, 'claude-code');
    const expected = labels.map(([prompt, answer]) => ({
      prompt: saidIn(lines[prompt - 1]),
      response: answer === undefined ? undefined : saidIn(lines[answer - 1]),
      line: prompt,
    }));
    const found = turns.map(({ prompt, response, line }) => ({ prompt, response, line }));
    assert.deepEqual(found, expected);
  });
}

/** The text of a line, as anyone would read it. */
function saidIn(line: string | undefined): string {
  const { message } = JSON.parse(line ?? '');
  if (typeof message.content === 'string') return message.content;
  const blocks = message.content as readonly { type: string; text: string }[];
  return blocks.find(({ type }) => type === 'text')?.text ?? '';
}

/** In our own fixtures a word says what a text is: ASKED and ANSWERED numbers, or NEVER. */
for (const format of ['claude-code', 'codex'] as const) {
  test(`of the present ${format} format what is marked as asked and answered comes through`, async () => {
    const text = await readFile(join(FIXTURES, `${format}.jsonl`), 'utf8');
    const { turns, skipped } = read(text, format);
    const all = JSON.stringify(turns.map(({ line: _line, ...turn }) => turn));
    assert.doesNotMatch(all, /NEVER/);
    for (const [at, turn] of turns.entries()) {
      assert.match(turn.prompt, new RegExp(`ASKED-${at + 1}\\b`), `line ${turn.line}`);
      const answer = turn.failure ?? turn.response ?? '';
      assert.match(answer, new RegExp(`ANSWERED-${at + 1}\\b`), `line ${turn.line}`);
      assert.ok(turn.sessionId !== undefined && turn.cwd !== undefined && turn.at !== undefined);
    }
    assert.equal(turns.length, new Set(text.match(/ASKED-\d+/g)).size, 'every prompt is there');
    assert.ok(Object.keys(skipped).length >= 3, JSON.stringify(skipped));
  });
}

test('a failure of the service is kept as a failure and gives way to an answer', () => {
  const lines = [
    { type: 'user', uuid: 'a', message: { content: 'What holds the mirror in place?' } },
    {
      type: 'assistant',
      isApiErrorMessage: true,
      message: { model: '<synthetic>', content: [{ type: 'text', text: 'API Error: 529' }] },
    },
  ].map((line) => JSON.stringify(line));
  const [failed] = read(lines.join('\n'), 'claude-code').turns;
  assert.equal(failed?.failure, 'API Error: 529');
  assert.equal(failed?.response, undefined);
  const answer = { type: 'assistant', message: { content: [{ type: 'text', text: 'A ring.' }] } };
  const [answered] = read([...lines, JSON.stringify(answer)].join('\n'), 'claude-code').turns;
  assert.equal(answered?.failure, undefined);
  assert.equal(answered?.response, 'A ring.');
});

test('a file of an agent of an agent gives no turn', () => {
  const lines = [
    { type: 'session_meta', payload: { id: 's', source: { subagent: 'review' } } },
    { type: 'event_msg', payload: { type: 'user_message', message: 'Review this change please' } },
    { type: 'event_msg', payload: { type: 'agent_message', message: 'Looks right.' } },
  ];
  const { turns, skipped } = read(lines.map((line) => JSON.stringify(line)).join('\n'), 'codex');
  assert.deepEqual(turns, []);
  assert.equal(skipped['sub-agent'], 2);
});

test('lines that are no JSON, cut off or of another shape give nothing and stop nothing', () => {
  const bad = [
    '{',
    'null',
    '[]',
    '""',
    '{"type":"user"}',
    '{"type":"user","message":{"content":7}}',
  ];
  for (const format of ['claude-code', 'codex'] as const) {
    assert.deepEqual(read(bad.join('\n'), format).turns, []);
  }
});
