/** The plugin for OpenCode, loaded as its host loads it, with the real hook behind it. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openCodePlugin } from '../../src/agents/bundles/opencode-plugin.ts';
import { ensureBuilt } from '../cli/command-line.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const HOOK = fileURLToPath(new URL('../../dist/hook.cjs', import.meta.url));
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

/** The hook gives up rather than hold an agent up; on a busy machine another turn is needed. */
async function untilSpooled(folder: string, turn: (id: string) => Promise<void>): Promise<void> {
  let text = '';
  for (let tries = 1; tries <= 20; tries += 1) {
    await turn(`ses-${tries}`);
    text = await spooled(folder).catch(() => '');
    if (text.includes(PROMPT) && text.includes(ANSWER)) return;
  }
  assert.fail(`expected a turn in the spool, found: ${text}`);
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
  await untilSpooled(folder, async (id) => {
    const session = { type: 'session.created', properties: { info: { id } } };
    await hooks.event({ event: session });
    await hooks['chat.message']({ sessionID: id }, { message: { id: `msg-${id}` }, parts });
    assert.equal(parts.length, 1, 'no daemon, no context');
    await hooks.event({ event: { type: 'session.idle', properties: { sessionID: id } } });
  });
  assert.doesNotMatch(await spooled(folder), /NEVER/);
});

test('as a plugin of OpenCode 2 it does the same, and leaves child sessions out', async (t) => {
  const folder = await temporaryFolder(t);
  const { setup } = await loaded(folder);
  const hooks = new Map<string, (event: object) => Promise<void>>();
  const events: object[] = [];
  let hear: () => void = () => undefined;
  const ended = new AbortController();
  const context = {
    location: { directory: folder },
    session: { hook: async (name: string, work: never) => void hooks.set(name, work) },
    event: {
      async *subscribe() {
        while (!ended.signal.aborted) {
          await new Promise<void>((heard) => {
            hear = heard;
          });
          yield* events.splice(0);
        }
      },
    },
  };
  const end = await setup(context);
  const prompted = (sessionID: string, text: string) =>
    hooks.get('prompt')?.({ sessionID, messageID: `msg-${sessionID}`, prompt: { text } });
  const happen = (...each: readonly object[]) => {
    events.push(...each);
    hear();
  };
  await untilSpooled(folder, async (id) => {
    await prompted(id, PROMPT);
    const system: object[] = [];
    await hooks.get('context')?.({ sessionID: id, system });
    assert.deepEqual(system, []);
    happen(
      { type: 'session.text.ended', data: { sessionID: id, text: 'at first' } },
      { type: 'session.text.ended', data: { sessionID: id, text: ANSWER } },
      { type: 'session.execution.succeeded', data: { sessionID: id } },
      { type: 'session.created', data: { sessionID: `${id}-child`, parentID: id } },
    );
    await new Promise((later) => setTimeout(later, 1_000));
    await prompted(`${id}-child`, 'NEVER, since an agent asked this of another');
  });
  assert.doesNotMatch(await spooled(folder), /NEVER|at first/);
  end();
  ended.abort();
  hear();
});
