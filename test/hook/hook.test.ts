/** The hook as an agent calls it: a process, JSON on stdin, an exit code of 0 whatever happens. */
import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import type { Capture } from '../../src/model/captures.ts';
import { capturesOf } from '../../src/view/view.ts';
import { git } from '../support/native-git.ts';
import { until } from '../support/until.ts';
import { hookedSite } from './hooked-site.ts';

const site = await hookedSite({ after });
afterEach(() => site.listenAt(site.url));

const PROMPT = 'How far are the lateral supports of the mirror cell?';
const ANSWER = 'They are ordered and arrive in May.';

async function captures(session: string): Promise<readonly Capture[]> {
  await site.spool.deliver();
  await site.engine.settle();
  const { view } = site.engine;
  assert.ok(view !== undefined);
  return capturesOf(view).filter(({ sessionId }) => sessionId === session);
}

function prompted(session: string, more: object = {}) {
  const input = { session_id: session, prompt_id: 'p1', cwd: '/w', prompt: PROMPT, ...more };
  return site.hook({ event: 'UserPromptSubmit', input });
}

function stopped(session: string, more: object = {}) {
  const said = { last_assistant_message: ANSWER, stop_hook_active: false };
  return site.hook({
    event: 'Stop',
    input: { session_id: session, prompt_id: 'p1', ...said, ...more },
  });
}

test('a turn becomes one capture, with context at its start and silence at its end', async () => {
  const start = await site.hook({
    event: 'SessionStart',
    input: { session_id: 'a', cwd: '/w', source: 'startup' },
  });
  const said = JSON.parse(start.stdout).hookSpecificOutput;
  assert.equal(said.hookEventName, 'SessionStart');
  assert.match(said.additionalContext, /Candidates that await review: \d+\./);
  const asked = await prompted('a');
  const { additionalContext } = JSON.parse(asked.stdout).hookSpecificOutput;
  assert.ok(additionalContext.length <= 8_000);
  assert.match(additionalContext, /^<!-- atocore:context [0-9a-f]+ -->/);
  assert.deepEqual(await stopped('a'), { code: 0, stdout: '', stderr: '' });
  assert.deepEqual((await stopped('a')).stdout, '', 'and again, as after a retry');
  const [capture, ...others] = await captures('a');
  assert.equal(others.length, 0);
  assert.equal(capture?.prompt, PROMPT);
  assert.equal(capture?.response, ANSWER);
  assert.deepEqual([capture?.client, capture?.turnId], ['claude-code', 'p1']);
  assert.deepEqual([capture?.reinforce, capture?.extract], [false, false]);
  assert.equal(site.spool.state().waiting.length, 0);
});

test('without a daemon the turn waits in the spool, and is taken in once', async () => {
  await site.listenAt(undefined);
  const start = await site.hook({ event: 'SessionStart', input: { session_id: 'b' } });
  assert.deepEqual(start, { code: 0, stdout: '', stderr: '' });
  assert.equal((await prompted('b')).stdout, '');
  assert.deepEqual(await stopped('b'), { code: 0, stdout: '', stderr: '' });
  const { body: health } = await site.ask({ path: '/health' });
  assert.equal(health.spool.waiting, 1);
  await Promise.all([site.spool.deliver(), site.spool.deliver()]);
  assert.equal((await captures('b')).length, 1);
  assert.equal(site.spool.state().waiting.length, 0);
  const files = await git(site.folder, ['log', '--format=', '--name-only', '--diff-filter=A']);
  const { path } = (await captures('b'))[0] ?? {};
  assert.equal(files.split('\n').filter((each) => each === path).length, 1);
});

test('a daemon that takes the connection and then hangs costs the capture nothing', async (t) => {
  const sockets: Socket[] = [];
  const hanging = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    hanging.close();
  });
  const { port } = hanging.address() as { port: number };
  await site.listenAt(`http://127.0.0.1:${port}`);
  assert.deepEqual(await prompted('c'), { code: 0, stdout: '', stderr: '' });
  assert.deepEqual(await stopped('c'), { code: 0, stdout: '', stderr: '' });
  assert.equal(site.spool.state().waiting.length, 1);
  await site.spool.deliver();
  assert.equal((await captures('c')).length, 1);
});

test('nothing is sent to a daemon that is said to be on another machine', async () => {
  await site.listenAt('http://192.0.2.1:8100');
  await prompted('d');
  await stopped('d');
  assert.equal(site.spool.state().waiting.length, 1);
  await site.spool.deliver();
});

test('nothing is sent where the daemon that left the note is gone', async () => {
  const gone = { pid: 2 ** 22 + 7, url: site.url };
  await writeFile(join(site.folder, '.atocore/daemon.json'), JSON.stringify(gone));
  await prompted('n');
  await stopped('n');
  assert.equal(site.spool.state().waiting.length, 1);
  await site.spool.deliver();
});

test('the kill switches stop one thing each', async () => {
  const input = { session_id: 'e', prompt_id: 'p1', prompt: PROMPT };
  const event = 'UserPromptSubmit';
  const quiet = { ATOCORE_CONTEXT_DISABLED: '1' };
  assert.equal((await site.hook({ event, input, environment: quiet })).stdout, '');
  const off = { ATOCORE_CAPTURE_DISABLED: '1' };
  assert.match((await site.hook({ event, input, environment: off })).stdout, /additionalContext/);
  const stop = { session_id: 'e', prompt_id: 'p1', last_assistant_message: ANSWER };
  await site.hook({ event: 'Stop', input: stop, environment: off });
  assert.equal((await captures('e')).length, 0);
  await site.hook({ event: 'Stop', input: stop });
  assert.equal((await captures('e')).length, 1, 'the first call had kept the prompt');
});

test('what nobody typed, and its answer, are not kept', async () => {
  await prompted('f', { source: 'wake-up' });
  await stopped('f');
  await prompted('f', { prompt_id: 'p2', prompt: '/compact' });
  await stopped('f', { prompt_id: 'p2' });
  await prompted('f', { prompt_id: 'p3', prompt: 'ok, go on' });
  await stopped('f', { prompt_id: 'p3' });
  await stopped('f', { prompt_id: 'p4', agent_id: 'sub', prompt: PROMPT });
  await stopped('f', { prompt_id: 'unknown' });
  assert.equal((await captures('f')).length, 0);
});

test('our own context that comes back is taken out, and a failure is no answer', async () => {
  const pack = JSON.parse((await prompted('g')).stdout).hookSpecificOutput.additionalContext;
  await prompted('g', { prompt_id: 'p2', prompt: `${PROMPT}\n${pack}That is all.` });
  const failure = { prompt_id: 'p2', error: 'rate_limit', last_assistant_message: 'API Error' };
  await site.hook({ event: 'StopFailure', input: { session_id: 'g', ...failure } });
  const [capture] = await captures('g');
  assert.equal(capture?.prompt, `${PROMPT}\nThat is all.`);
  assert.equal(capture?.response, undefined);
  assert.equal(capture?.responseSummary, 'failed: rate_limit');
});

test('a session that ends keeps the prompt that nobody answered', async () => {
  await prompted('h');
  const ended = await site.hook({
    event: 'SessionEnd',
    input: { session_id: 'h', reason: 'exit' },
  });
  assert.deepEqual(ended, { code: 0, stdout: '', stderr: '' });
  const [capture] = await captures('h');
  assert.deepEqual([capture?.prompt, capture?.response], [PROMPT, undefined]);
});

test('the session file gives what the event leaves out', async () => {
  const transcript = join(site.folder, '../events.jsonl');
  const lines = [
    { type: 'user.message', data: { content: PROMPT } },
    { type: 'assistant.message', data: { content: 'Let me look.' } },
    { type: 'tool.execution_complete', data: { content: 'never this' } },
    { type: 'assistant.message', data: { content: 'never a sub-agent', parentToolCallId: 'x' } },
    { type: 'assistant.message', data: { content: ANSWER } },
  ];
  await writeFile(transcript, lines.map((line) => JSON.stringify(line)).join('\n'));
  const agent = 'copilot';
  await site.hook({
    agent,
    event: 'userPromptSubmitted',
    input: { sessionId: 'i', prompt: PROMPT },
  });
  await site.hook({
    agent,
    event: 'agentStop',
    input: { sessionId: 'i', transcriptPath: transcript },
  });
  const [capture] = await captures('i');
  assert.deepEqual([capture?.prompt, capture?.response], [PROMPT, ANSWER]);
});

test('of an agent that answers in pieces the last one is kept', async () => {
  const of = { conversation_id: 'j', generation_id: 'g1', workspace_roots: ['/w'] };
  const call = (event: string, more: object) =>
    site.hook({ agent: 'cursor', event, input: { ...of, hook_event_name: event, ...more } });
  const asked = JSON.parse((await call('beforeSubmitPrompt', { prompt: PROMPT })).stdout);
  assert.equal(asked.continue, true);
  assert.match(asked.additional_context, /atocore:context/);
  await call('afterAgentResponse', { text: 'Let me look at the notes.' });
  await call('afterAgentResponse', { text: ANSWER });
  assert.equal((await call('stop', { status: 'completed' })).stdout, '');
  const [capture] = await captures('j');
  assert.deepEqual([capture?.response, capture?.turnId], [ANSWER, 'g1']);
});

const HOSTILE: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['no JSON', '{"session_id": "k", "prompt": '],
  ['a list', '[1,2]'],
  ['a byte order mark and no fields', '\ufeff{}'],
  ['numbers where texts belong', '{"session_id":1,"prompt":2,"prompt_id":{}}'],
  [
    'a prompt of 10 MB',
    JSON.stringify({
      session_id: 'k',
      prompt_id: 'p1',
      prompt: 'abc <system-reminder> '.repeat(460_000),
    }),
  ],
  [
    'control characters',
    JSON.stringify({
      session_id: 'k',
      prompt_id: 'p2',
      prompt: `${PROMPT}\0\u001b[31m\u2028\ud800 end`,
    }),
  ],
  ['a session named like a path', JSON.stringify({ session_id: '../../etc', prompt: PROMPT })],
];

for (const [what, input] of HOSTILE) {
  test(`${what}: the agent goes on`, async () => {
    for (const event of ['UserPromptSubmit', 'Stop']) {
      const { code, stderr } = await site.hook({ event, input });
      assert.deepEqual([code, stderr], [0, '']);
    }
  });
}

test('what could be read of it was kept, cut or mended', async () => {
  const answer = { session_id: 'k', last_assistant_message: ANSWER };
  await site.hook({ event: 'Stop', input: { ...answer, prompt_id: 'p1' } });
  await site.hook({ event: 'Stop', input: { ...answer, prompt_id: 'p2' } });
  const kept = await captures('k');
  const [whole, mended] = [
    kept.find(({ turnId }) => turnId === 'p1'),
    kept.find(({ turnId }) => turnId === 'p2'),
  ];
  assert.match(whole?.prompt ?? '', /\[cut here: \d+ more characters\]$/);
  assert.ok((whole?.prompt.length ?? 0) < 51_000);
  assert.match(mended?.prompt ?? '', /end$/);
  const outside = await readdir(join(site.folder, '..'));
  assert.ok(!outside.includes('etc'));
});

test('an agent that nobody knows is told which there are, and still goes on', async () => {
  const { code, stdout, stderr } = await site.hook({ agent: 'nobody', input: {} });
  assert.deepEqual([code, stdout], [0, '']);
  assert.match(stderr, /expected one of claude-code, codex/);
});

test('a spool that cannot be written stops nothing', async () => {
  const place = join(site.folder, '../not-a-folder');
  await writeFile(place, '');
  const environment = { ATOCORE_SPOOL: place };
  const input = {
    session_id: 'l',
    prompt_id: 'p1',
    prompt: PROMPT,
    last_assistant_message: ANSWER,
  };
  for (const event of ['UserPromptSubmit', 'Stop', 'SessionEnd']) {
    const { code, stderr } = await site.hook({ event, input, environment });
    assert.deepEqual([code, stderr], [0, '']);
  }
});

test('a daemon that watches its spool takes in what a hook leaves, told by nobody', async () => {
  const watching = await hookedSite({ after });
  watching.spool.watch();
  const input = { session_id: 'watched', prompt_id: 'p1', cwd: '/w' };
  await watching.hook({ event: 'UserPromptSubmit', input: { ...input, prompt: PROMPT } });
  await watching.hook({ event: 'Stop', input: { ...input, last_assistant_message: ANSWER } });
  await until('the spool is empty', () => watching.spool.state().waiting.length === 0);
  await watching.engine.settle();
  const { view } = watching.engine;
  assert.ok(view !== undefined);
  const kept = capturesOf(view).filter(({ sessionId }) => sessionId === 'watched');
  assert.deepEqual(
    kept.map(({ response }) => response),
    [ANSWER],
  );
});

test('what can never be taken in is set aside and named; the rest goes on', async () => {
  await site.listenAt(undefined);
  await prompted('m');
  await stopped('m');
  const [name = ''] = site.spool.state().waiting;
  const damaged = name.replace(/^\d{13}/, '0000000000001');
  await mkdir(site.spoolFolder, { recursive: true });
  await writeFile(join(site.spoolFolder, damaged), '{"version":1,"body":{"prompt":7}}');
  await site.spool.deliver();
  assert.equal((await captures('m')).length, 1);
  const { body: health } = await site.ask({ path: '/health' });
  assert.deepEqual(health.spool.set_aside, [join(site.spoolFolder, 'bad', damaged)]);
  assert.match(site.faults.at(-1) ?? '', new RegExp(`${damaged} was set aside`));
});
