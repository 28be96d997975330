/** `capture`: one turn from a file or from what is piped in. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { AtoError } from '../errors.ts';
import type { CapturedJson } from '../http/interactions.ts';
import { parseJson } from '../http/json-text.ts';
import { withClient } from './shell.ts';

const INPUT_BYTES_MAX = 2_000_000;

interface Options {
  readonly format?: string;
  readonly response?: string;
  readonly summary?: string;
  readonly project?: string;
  readonly client?: string;
  readonly session?: string;
  readonly turn?: string;
  readonly reinforce?: boolean;
  readonly extract?: boolean;
}

export function addCapture(program: Command): void {
  program
    .command('capture')
    .argument('[file]', 'what was said; left out or "-": from stdin')
    .option('--format <format>', 'text (the prompt) or json (a whole turn); else by the file name')
    .option('--response <text>', 'what was answered')
    .option('--summary <text>', 'the answer in a sentence')
    .option('--project <name>', 'id, title or alias; left out: _inbox')
    .option('--client <name>', 'which agent it was')
    .option('--session <id>', 'its session')
    .option('--turn <id>', 'its turn')
    .option('--reinforce', 'let it reinforce what it repeats')
    .option('--extract', 'let it give candidates')
    .description('keep one turn; the same content again is the same capture')
    .action((file: string | undefined, options: Options, command: Command) =>
      withClient(command, async (client, shell) => {
        const body = turnOf(await input(file), formatOf(file, options.format), options);
        const taken = await client.send<CapturedJson>('POST', '/interactions', { body });
        shell.show(taken, ({ id, path, project }) => [`${id}  ${project}  ${path}`]);
      }),
    );
}

function formatOf(file: string | undefined, said: string | undefined): 'text' | 'json' {
  if (said === undefined) return file?.endsWith('.json') === true ? 'json' : 'text';
  if (said === 'text' || said === 'json') return said;
  throw new AtoError('usage', `Expected --format text or json, found ${JSON.stringify(said)}.`);
}

async function input(file: string | undefined): Promise<Uint8Array> {
  const isPiped = file === undefined || file === '-';
  if (isPiped && process.stdin.isTTY === true) process.stderr.write('Type it, then Ctrl-D.\n');
  const bytes = isPiped ? await fromStdin() : await fromFile(file);
  if (bytes.byteLength <= INPUT_BYTES_MAX) return bytes;
  const message = `Expected at most ${INPUT_BYTES_MAX} bytes in one capture, found more. Keep it as a source instead.`;
  throw new AtoError('too-large', message);
}

async function fromFile(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new AtoError('usage', `Expected a file that can be read, found ${file}.`, {
      cause: error,
    });
  }
}

async function fromStdin(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).byteLength;
    if (length > INPUT_BYTES_MAX) break;
  }
  return Buffer.concat(chunks);
}

function turnOf(bytes: Uint8Array, format: 'text' | 'json', options: Options): unknown {
  const said = {
    ...(options.response === undefined ? {} : { response: options.response }),
    ...(options.summary === undefined ? {} : { response_summary: options.summary }),
    ...(options.project === undefined ? {} : { project: options.project }),
    ...(options.client === undefined ? {} : { client: options.client }),
    ...(options.session === undefined ? {} : { session_id: options.session }),
    ...(options.turn === undefined ? {} : { turn_id: options.turn }),
    ...(options.reinforce === true ? { reinforce: true } : {}),
    ...(options.extract === true ? { extract: true } : {}),
  };
  if (format === 'text') return { prompt: textOf(bytes), ...said };
  const turn = parseJson(bytes);
  if (typeof turn === 'object' && turn !== null && !Array.isArray(turn))
    return { ...turn, ...said };
  throw new AtoError('usage', 'Expected one JSON object with a `prompt`, found something else.');
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new AtoError('usage', 'Expected UTF-8 text, found other bytes.', { cause: error });
  }
}
