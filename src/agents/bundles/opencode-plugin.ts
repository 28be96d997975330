/** The plugin that OpenCode loads: it has no commands for its events, so this one starts ours. */

const TEMPLATE = String.raw`// Written by "atocore install opencode", removed by "atocore uninstall opencode".
// Hands prompts and answers to AtoCore and takes context back. Whatever fails is silence.
// The default export serves OpenCode 1 (from 1.18.29, server) and OpenCode 2 (setup).
import { spawn } from 'node:child_process';

const [PROGRAM, ...WORDS] = __WORDS__;
const MORE = __MORE__;
const TIMEOUT_MS = 3000;

/** Runs the hook for an event, and gives the context that it prints. */
function hook(event, fields) {
  return new Promise((done) => {
    try {
      let said = '';
      const child = spawn(PROGRAM, [...WORDS, event, ...MORE], {
        stdio: ['pipe', 'pipe', 'ignore'],
        timeout: TIMEOUT_MS,
      });
      child.on('error', () => done(''));
      child.on('close', () => done(contextIn(said)));
      child.stdin.on('error', () => undefined);
      child.stdout.on('data', (piece) => {
        said += piece;
      });
      child.stdin.end(JSON.stringify({ event, ...fields }));
    } catch {
      done('');
    }
  });
}

function contextIn(said) {
  try {
    const { additionalContext } = JSON.parse(said);
    return typeof additionalContext === 'string' ? additionalContext : '';
  } catch {
    return '';
  }
}

/** What is kept of each session: whether it has begun, whose child it is, what was answered last. */
function sessionsOf(directory) {
  const sessions = new Map();
  const of = (id) => {
    if (!sessions.has(id)) sessions.set(id, { hasBegun: false, parentID: undefined, answer: '' });
    return sessions.get(id);
  };
  const fieldsOf = (id) => ({ sessionID: id, directory, parentID: of(id).parentID });
  return {
    of,
    async prompt(id, messageID, prompt) {
      const session = of(id);
      const found = [];
      if (!session.hasBegun) found.push(await hook('session.created', fieldsOf(id)));
      session.hasBegun = true;
      found.push(await hook('chat.message', { ...fieldsOf(id), messageID, prompt }));
      return found.filter((text) => text !== '').join('\n\n');
    },
    stop: (id, response) => hook('session.idle', { ...fieldsOf(id), response }),
    fail: (id, error) => hook('session.error', { ...fieldsOf(id), error: { message: String(error) } }),
    async end(id) {
      await hook('session.deleted', fieldsOf(id));
      sessions.delete(id);
    },
  };
}

const textOf = (parts) =>
  (parts ?? [])
    .filter((part) => part.type === 'text' && !part.synthetic && !part.ignored)
    .map((part) => part.text)
    .join('\n\n');

async function server({ client, directory }) {
  const sessions = sessionsOf(directory);
  const answerOf = async (id) => {
    try {
      const { data } = await client.session.messages({ path: { id } });
      const last = (data ?? []).filter(({ info }) => info.role === 'assistant').at(-1);
      return textOf(last?.parts);
    } catch {
      return '';
    }
  };
  return {
    'chat.message': async ({ sessionID }, { message, parts }) => {
      const context = await sessions.prompt(sessionID, message.id, textOf(parts));
      if (context === '') return;
      parts.push({
        id: 'prt_atocore_' + message.id,
        sessionID,
        messageID: message.id,
        type: 'text',
        text: context,
        synthetic: true,
      });
    },
    event: async ({ event: { type, properties = {} } }) => {
      const id = properties.sessionID ?? properties.info?.id;
      if (type === 'session.created') sessions.of(id).parentID = properties.info?.parentID;
      if (type === 'session.idle') await sessions.stop(id, await answerOf(id));
      if (type === 'session.error') await sessions.fail(id, properties.error?.data?.message ?? '');
      if (type === 'session.deleted') await sessions.end(id);
    },
  };
}

async function setup(ctx) {
  const sessions = sessionsOf(ctx.location?.directory);
  const contexts = new Map();
  await ctx.session.hook('prompt', async ({ sessionID, messageID, prompt }) => {
    contexts.set(sessionID, await sessions.prompt(sessionID, messageID, prompt.text));
  });
  await ctx.session.hook('context', ({ sessionID, system }) => {
    const text = contexts.get(sessionID) ?? '';
    if (text !== '') system.push({ type: 'text', text });
  });
  const ended = new AbortController();
  const listen = async () => {
    for await (const { type, data = {} } of ctx.event.subscribe({ signal: ended.signal })) {
      const id = data.sessionID;
      if (type === 'session.created') sessions.of(id).parentID = data.parentID;
      if (type === 'session.text.ended') sessions.of(id).answer = data.text ?? '';
      if (type === 'session.execution.succeeded') await sessions.stop(id, sessions.of(id).answer);
      if (type === 'session.execution.failed') await sessions.fail(id, data.error?.message ?? '');
      if (type === 'session.deleted') {
        contexts.delete(id);
        await sessions.end(id);
      }
    }
  };
  listen().catch(() => undefined);
  return () => ended.abort();
}

const plugin = { id: 'atocore', server, setup };
export { plugin as default };
`;

/**
 * @param words the hook's command up to the event
 * @param more what comes behind the event
 */
export function openCodePlugin(words: readonly string[], more: readonly string[]): string {
  // Not as a replacement string: there, dollar signs in a path would mean something.
  return TEMPLATE.replace('__WORDS__', () => JSON.stringify(words)).replace('__MORE__', () =>
    JSON.stringify(more),
  );
}

/** What only a file of ours opens with. */
export const OPENCODE_MARK = '// Written by "atocore install opencode"';
