/** Session files replayed as an agent's events: every real prompt with its answer is kept, and nothing else. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hookEvent } from '../../src/agents/hook-event.ts';
import { keptTurn } from '../../src/agents/kept-turn.ts';
import { TranscriptReader, type TranscriptTurn } from '../../src/agents/transcript.ts';
import { SessionPrompts } from '../../src/hook-prompts.ts';
import { turnOver } from '../../src/hook-turn.ts';
import { Redaction } from '../../src/redaction.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const OWN = fileURLToPath(new URL('../fixtures/transcripts', import.meta.url));
const GIVEN = join(process.env.ATOCORE_EVAL ?? resolve('../shared/eval'), 'transcripts');

for (const folder of [OWN, GIVEN]) {
  const isThere = existsSync(folder);
  const skip = isThere ? false : `no session files at ${folder}; set ATOCORE_EVAL`;
  test(`of the session files in ${folder === OWN ? 'test/fixtures' : 'ATOCORE_EVAL'} what people said is kept`, {
    skip,
  }, async (t) => {
    const spool = await temporaryFolder(t);
    let count = 0;
    for (const name of readdirSync(folder).filter((each) => each.endsWith('.jsonl'))) {
      const format = name.startsWith('codex') ? 'codex' : 'claude-code';
      const lines = readFileSync(join(folder, name), 'utf8').split('\n');
      const turns = turnsOf(lines, format);
      const session = new SessionPrompts(spool, { store: '', agent: format, session: name });
      const kept = await replayed(turns, format, session);
      const expected = turns.filter((turn) => 'kept' in keptTurn(turn));
      assert.deepEqual(
        kept.map(({ prompt, response }) => [prompt, response]),
        expected.map(({ prompt, response }) => [prompt.trim(), response?.trim()]),
        name,
      );
      const said = JSON.stringify(kept);
      for (const text of notSaidIn(lines)) assert.ok(!said.includes(text), `${name}: ${text}`);
      count += kept.length;
    }
    assert.ok(count > 0, 'there was something to keep');
  });
}

function turnsOf(lines: readonly string[], format: 'claude-code' | 'codex') {
  const reader = new TranscriptReader(format);
  const turns: TranscriptTurn[] = [];
  for (const line of lines) {
    const turn = reader.read(line);
    if (turn !== undefined) turns.push(turn);
  }
  const last = reader.end();
  return last === undefined ? turns : [...turns, last];
}

/** As the agent would tell it: the prompt when it came, the answer when it was over. */
async function replayed(
  turns: readonly TranscriptTurn[],
  agent: 'claude-code' | 'codex',
  session: SessionPrompts,
) {
  const redaction = new Redaction();
  const kept: { readonly prompt?: unknown; readonly response?: unknown }[] = [];
  for (const [at, turn] of turns.entries()) {
    const of = { session_id: 's', prompt_id: `${at}`, turn_id: `${at}` };
    const asked = hookEvent(agent, 'UserPromptSubmit', { ...of, prompt: turn.prompt });
    const found = keptTurn({ prompt: asked?.prompt ?? '' });
    const said = 'kept' in found ? { prompt: found.kept.prompt } : { left: found.left };
    session.add({ at: '2026-11-27T10:00:00Z', turn: `${at}`, ...said });
    const failed = turn.response === undefined && turn.failure !== undefined;
    const stop = hookEvent(agent, failed ? 'StopFailure' : 'Stop', {
      ...of,
      ...(failed ? { error: turn.failure } : { last_assistant_message: turn.response }),
    });
    assert.ok(stop !== undefined);
    const over = await turnOver(stop, session, { redaction, now: '2026-11-27T10:00:01Z' });
    if (over !== undefined) kept.push(over.body);
  }
  return kept;
}

/** Some of what stands in lines that nobody typed: meta lines, sub-agents, tool results. */
function notSaidIn(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => {
    if (line.trim() === '') return [];
    let value: { isMeta?: unknown; isSidechain?: unknown; message?: { content?: unknown } };
    try {
      value = JSON.parse(line);
    } catch {
      return [];
    }
    const { content } = value.message ?? {};
    if (value.isMeta !== true && value.isSidechain !== true) return [];
    const text = typeof content === 'string' ? content : '';
    return text.length > 30 ? [JSON.stringify(text.slice(0, 60)).slice(1, -1)] : [];
  });
}
