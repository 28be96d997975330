/** `mcp`: the Model Context Protocol on standard input and output, for agents that start a command. */
import type { Command } from 'commander';
import { BUILD } from '../http/build.ts';
import type { Answer, Asking, Json } from '../mcp/operations.ts';
import { mcpOverStdio } from '../mcp/over-stdio.ts';
import { type Client, openClient, Refused } from './client.ts';
import { type Shell, shellOf } from './shell.ts';

/** After this the store is let go, so that another command or a daemon can take it. */
const IDLE_MS = 2_000;

export function addMcp(program: Command): void {
  program
    .command('mcp')
    .description('the Model Context Protocol on standard input and output, for agents')
    .action(async (_options: unknown, command: Command) => {
      const shell = shellOf(command);
      const passing = passingClient(shell);
      try {
        const document = await passing.use((client) => client.get<Json>('/openapi.json'));
        const call = (asking: Asking) => passing.use((client) => answerOf(client, asking));
        await mcpOverStdio({ document, version: BUILD.version, call, log: shell.say });
      } finally {
        await passing.close();
      }
    });
}

async function answerOf(client: Client, { method, path, body }: Asking): Promise<Answer> {
  try {
    const sending = body === undefined ? {} : { body };
    return { status: 200, body: await client.send(method, path, sending) };
  } catch (error) {
    if (error instanceof Refused) return { status: error.problem.status, body: error.problem };
    if (!(error instanceof Error)) throw error;
    // A store that is locked or gone is told to the agent; the next call looks again.
    return { status: 503, body: { detail: error.message } };
  }
}

interface PassingClient {
  readonly use: <Result>(work: (client: Client) => Promise<Result>) => Promise<Result>;
  readonly close: () => Promise<void>;
}

/**
 * A client for each call, one at a time: a daemon that came or went meanwhile is noticed. The store
 * itself, opened where no daemon runs, is kept for a moment and then let go.
 */
function passingClient(shell: Shell): PassingClient {
  let kept: Client | undefined;
  let idle: NodeJS.Timeout | undefined;
  let line: Promise<unknown> = Promise.resolve();
  const inLine = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = line.then(work);
    line = done.catch(() => undefined);
    return done;
  };
  const letGo = async (): Promise<void> => {
    clearTimeout(idle);
    const client = kept;
    kept = undefined;
    await client?.close();
  };
  return {
    use: (work) =>
      inLine(async () => {
        clearTimeout(idle);
        const client = kept ?? (await openClient(shell));
        kept = client.via === 'engine' ? client : undefined;
        try {
          return await work(client);
        } finally {
          if (kept === undefined) await client.close();
          else idle = setTimeout(() => void inLine(letGo), IDLE_MS);
        }
      }),
    close: () => inLine(letGo),
  };
}
