import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOOK_AGENTS, type HookAgentName } from '../../src/agents/hook-agents.ts';
import { type HookEvent, hookEvent } from '../../src/agents/hook-event.ts';

const PROMPT = 'How far are the supports?';
const ANSWER = 'They are ordered.';

/** A prompt and an answer as each agent says them (documentation of November 2026). */
const SAID: Readonly<Record<HookAgentName, readonly [object, object]>> = {
  'claude-code': [
    {
      session_id: 's',
      prompt_id: 't',
      cwd: '/w',
      hook_event_name: 'UserPromptSubmit',
      prompt: PROMPT,
    },
    {
      session_id: 's',
      prompt_id: 't',
      cwd: '/w',
      hook_event_name: 'Stop',
      stop_hook_active: false,
      last_assistant_message: ANSWER,
    },
  ],
  codex: [
    {
      session_id: 's',
      turn_id: 't',
      cwd: '/w',
      hook_event_name: 'UserPromptSubmit',
      model: 'm',
      prompt: PROMPT,
    },
    {
      session_id: 's',
      turn_id: 't',
      cwd: '/w',
      hook_event_name: 'Stop',
      transcript_path: null,
      last_assistant_message: ANSWER,
    },
  ],
  gemini: [
    { session_id: 's', cwd: '/w', hook_event_name: 'BeforeAgent', timestamp: 'x', prompt: PROMPT },
    {
      session_id: 's',
      cwd: '/w',
      hook_event_name: 'AfterAgent',
      prompt: PROMPT,
      prompt_response: ANSWER,
    },
  ],
  cursor: [
    {
      conversation_id: 's',
      generation_id: 't',
      workspace_roots: ['/w'],
      hook_event_name: 'beforeSubmitPrompt',
      prompt: PROMPT,
    },
    {
      conversation_id: 's',
      generation_id: 't',
      workspace_roots: ['/w'],
      hook_event_name: 'afterAgentResponse',
      text: ANSWER,
    },
  ],
  copilot: [
    { sessionId: 's', timestamp: 1, cwd: '/w', prompt: PROMPT },
    { sessionId: 's', timestamp: 2, cwd: '/w', transcriptPath: '/t', stopReason: 'end_turn' },
  ],
  opencode: [
    { event: 'chat.message', sessionID: 's', messageID: 't', directory: '/w', prompt: PROMPT },
    { event: 'session.idle', sessionID: 's', messageID: 't', directory: '/w', response: ANSWER },
  ],
  generic: [
    { event: 'prompt', session_id: 's', turn_id: 't', cwd: '/w', prompt: PROMPT },
    { event: 'stop', session_id: 's', turn_id: 't', cwd: '/w', response: ANSWER },
  ],
};

for (const [name, [prompt, answer]] of Object.entries(SAID)) {
  test(`a prompt and its answer are read as ${name} says them`, () => {
    const agent = name as HookAgentName;
    const { events } = HOOK_AGENTS[agent];
    // Copilot's JSON doesn't say which event it is: the command line does.
    const named = agent === 'copilot';
    const asked = hookEvent(agent, named ? events.prompt[0] : undefined, prompt);
    const said = hookEvent(agent, named ? events.stop[0] : undefined, answer);
    assert.deepEqual([asked?.session, asked?.cwd, asked?.prompt], ['s', '/w', PROMPT]);
    assert.equal(asked?.moment, 'prompt');
    assert.deepEqual([said?.session, said?.cwd], ['s', '/w']);
    assert.equal(said?.response, named ? undefined : ANSWER);
    assert.equal(said?.turn, asked?.turn);
  });
}

test('who typed it is told from where it came', () => {
  const [prompt] = SAID['claude-code'];
  const notSaid = (more: object): HookEvent['notSaid'] =>
    hookEvent('claude-code', 'UserPromptSubmit', { ...prompt, ...more })?.notSaid;
  assert.equal(notSaid({}), undefined);
  assert.equal(notSaid({ source: 'user' }), undefined);
  for (const source of ['system', 'wake-up', 'wakeup', 'poll', 'cron', 'scheduled']) {
    assert.equal(notSaid({ source }), 'not by a person', source);
  }
  assert.equal(notSaid({ origin: { kind: 'task-notification' } }), 'not by a person');
  assert.equal(notSaid({ agent_id: 'a1' }), 'sub-agent');
});

test('events and values that nobody knows are passed over', () => {
  const read = (json: unknown, event?: string) => hookEvent('claude-code', event, json);
  for (const json of [undefined, null, 1, 'x', [], {}, { hook_event_name: 'PreToolUse' }]) {
    assert.equal(read(json), undefined);
  }
  assert.deepEqual(read({ session_id: 7, prompt: ['x'], cwd: null, new_key: {} }, 'Stop'), {
    agent: 'claude-code',
    moment: 'stop',
    event: 'Stop',
  });
});

test('every agent can be installed: it has a prompt and a stop, and context where it says so', () => {
  for (const [name, agent] of Object.entries(HOOK_AGENTS)) {
    const { events, context } = agent;
    assert.ok(events.prompt.length > 0 && events.stop.length > 0, name);
    for (const moment of Object.keys(context)) assert.ok(moment in events, `${name} ${moment}`);
  }
});
