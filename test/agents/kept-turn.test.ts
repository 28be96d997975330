import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptTurn, SAID_CHARS_MAX } from '../../src/agents/kept-turn.ts';

const PACK = '<!-- atocore:context 12ab -->\nNEVER this\n<!-- /atocore:context 12ab -->';

const LEFT: readonly (readonly [string, string])[] = [
  ['ok go on', 'short prompt'],
  ['/compact keep the decisions', 'slash command'],
  ['/review', 'slash command'],
  ['Read HEARTBEAT.md if it exists and follow it', 'heartbeat'],
  [PACK, 'own context'],
  ['<task-notification>it is finished now</task-notification>', 'harness text'],
];

for (const [prompt, left] of LEFT) {
  test(`a prompt such as ${JSON.stringify(prompt.slice(0, 30))} is left out as ${left}`, () => {
    assert.deepEqual(keptTurn({ prompt }), { left });
  });
}

const KEPT: readonly (readonly [string, string])[] = [
  ['/home/ada/p05/notes.md is wrong, look', '/home/ada/p05/notes.md is wrong, look'],
  [`What is it made of?\n${PACK}\nAnd since when?`, 'What is it made of?\nAnd since when?'],
  [`What is it made of?\n> ${PACK.split('\n')[0]}\nNEVER`, 'What is it made of?'],
  ['Use <div> and <system> as they are', 'Use <div> and <system> as they are'],
  ['A question<system-reminder>NEVER</system-reminder> of mine', 'A question of mine'],
  ['half \ud800 a character, and NUL \0', 'half \ufffd a character, and NUL \ufffd'],
];

for (const [prompt, expected] of KEPT) {
  test(`of ${JSON.stringify(prompt.slice(0, 40))} the person's own words are kept`, () => {
    assert.deepEqual(keptTurn({ prompt, response: prompt }), {
      kept: { prompt: expected, response: expected },
    });
  });
}

test('what is too long is cut with a mark that says how much is gone', () => {
  const found = keptTurn({ prompt: 'x'.repeat(20), response: 'y'.repeat(SAID_CHARS_MAX + 7) });
  assert.ok('kept' in found);
  assert.match(found.kept.response ?? '', /y\n\[cut here: 7 more characters\]$/);
});
