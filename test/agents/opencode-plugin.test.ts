/** The plugin for OpenCode, loaded as its host loads it, with the real hook behind it. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openCodePlugin } from '../../src/agents/bundles/opencode-plugin.ts';
import { ensureBuilt } from '../cli/command-line.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const HOOK = fileURLToPath(new URL('../../dist/hook.js', import.meta.url));
const PROMPT = 'Which pads does the interferometer have?';
const ANSWER = 'It has dry pads of GF-PTFE.';

// biome-ignore lint/suspicious/noExplicitAny: what a host finds in it is its own form
type Loaded = any;

async function loaded(folder: string): Promise<Loaded> {
  ensureBuilt();
  const text = openCodePlugin(
    [process.execPath, HOOK, 'opencode'],
    ['--store', join(folder, "a $'store")],
  );
  const file = join(folder, 'atocore.mjs');
  await mkdir(folder, { recursive: true });
  await writeFile(file, text);
  process.env.ATOCORE_SPOOL = join(folder, 'spool');
  const { default: plugin } = (await import(pathToFileURL(file).href)) as Loaded;
  assert.equal(plugin.id, 'atocore');
  return plugin;
}

/** All that waits in the spool, as text. */
async function spooled(folder: string): Promise<string> {
  const entries = await readdir(join(folder, 'spool'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = files.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8'));
  return (await Promise.all(texts)).join('\n');
}

test('as a plugin of OpenCode 1 it hands over a prompt and its answer', async (t) => {
  const folder = await temporaryFolder(t);
  const { server } = await loaded(folder);
  const parts = [{ id: 'prt_1', type: 'text', text: PROMPT }];
  const said = [
    { info: { role: 'user' }, parts },
    {
      info: { role: 'assistant' },
      parts: [
        { type: 'reasoning', text: 'NEVER' },
        { type: 'text', text: ANSWER },
      ],
    },
  ];
  const client = { session: { messages: async () => ({ data: said }) } };
  const hooks = await server({ client, directory: folder });
  await hooks.event({ event: { type: 'session.created', properties: { info: { id: 'ses_1' } } } });
  await hooks['chat.message']({ sessionID: 'ses_1' }, { message: { id: 'msg_1' }, parts });
  assert.equal(parts.length, 1, 'no daemon, no context');
  await hooks.event({ event: { type: 'session.idle', properties: { sessionID: 'ses_1' } } });
  const text = await spooled(folder);
  assert.ok(text.includes(PROMPT) && text.includes(ANSWER), text);
  assert.doesNotMatch(text, /NEVER/);
});

test('as a plugin of OpenCode 2 it does the same, and leaves child sessions out', async (t) => {
  const folder = await temporaryFolder(t);
  const { setup } = await loaded(folder);
  const hooks = new Map<string, (event: object) => Promise<void>>();
  const events: object[] = [];
  let heard: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const context = {
    location: { directory: folder },
    session: { hook: async (name: string, work: never) => void hooks.set(name, work) },
    event: {
      async *subscribe() {
        await all;
        yield* events;
      },
    },
  };
  const end = await setup(context);
  const prompted = (sessionID: string, text: string) =>
    hooks.get('prompt')?.({ sessionID, messageID: `msg-${sessionID}`, prompt: { text } });
  await prompted('ses_2', PROMPT);
  const system: object[] = [];
  await hooks.get('context')?.({ sessionID: 'ses_2', system });
  assert.deepEqual(system, []);
  events.push(
    { type: 'session.text.ended', data: { sessionID: 'ses_2', text: 'at first' } },
    { type: 'session.text.ended', data: { sessionID: 'ses_2', text: ANSWER } },
    { type: 'session.execution.succeeded', data: { sessionID: 'ses_2' } },
    { type: 'session.created', data: { sessionID: 'ses_3', parentID: 'ses_2' } },
  );
  heard();
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await spooled(folder).catch(() => '')).includes(ANSWER)) break;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  await prompted('ses_3', 'NEVER, since an agent asked this of another');
  const text = await spooled(folder);
  assert.ok(text.includes(PROMPT) && text.includes(ANSWER), text);
  assert.doesNotMatch(text, /NEVER|at first/);
  end();
});
