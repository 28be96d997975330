/** `up`: makes the store if need be, watches it, answers on a port until it is told to stop. */
import { readdir } from 'node:fs/promises';
import type { Command } from 'commander';
import { Engine } from '../engine.ts';
import { createApp } from '../http/app.ts';
import { DEFAULT_HOST, DEFAULT_PORT, type Served, serve } from '../http/serve.ts';
import { defaultConfigFolder, loadTokens, tokenPath } from '../http/tokens.ts';
import { newStore } from '../new-store.ts';
import { removeNote, writeNote } from './daemon-file.ts';
import { columns, styled } from './lines.ts';
import { wholeNumber } from './numbers.ts';
import { personAnywhere, personHere } from './person.ts';
import { type Shell, shellOf } from './shell.ts';
import { type FoundStore, findStore, storeFolder } from './store-folder.ts';

interface Options {
  readonly host: string;
  readonly port: number;
  readonly expose?: boolean;
  readonly allowHost?: readonly string[];
  readonly example?: boolean;
}

export function addUp(program: Command): void {
  program
    .command('up')
    .option('--host <address>', 'address to listen at', DEFAULT_HOST)
    .option('--port <port>', '0 takes any free one', wholeNumber, DEFAULT_PORT)
    .option('--expose', 'really listen beyond this machine')
    .option('--allow-host <name...>', 'names beside localhost that requests may use')
    .option('--example', 'if the store has to be made: with a worked example')
    .description('make the store if it is missing, watch it and serve it')
    .action(async (options: Options, command: Command) => {
      const shell = shellOf(command);
      const folder = storeFolder(shell.options.store);
      if (await isVacant(folder)) {
        await newStore(folder, { example: options.example === true, by: personAnywhere() });
        shell.say(`Made a new store in ${folder}.`);
      }
      await run(await findStore(folder), options, shell);
    });
}

async function run(found: FoundStore, options: Options, shell: Shell): Promise<void> {
  const { folder, config } = found;
  const stopped = stopSignal();
  const engine = await Engine.open({ folder, watch: true });
  try {
    const configFolder = shell.options.config ?? defaultConfigFolder();
    const tokens =
      config.auth === 'none' ? {} : { tokens: await loadTokens(configFolder, config.store) };
    const app = createApp(engine, {
      ...tokens,
      person: await personHere(folder),
      allowedHosts: options.allowHost ?? [],
      log: (line) => process.stderr.write(`${line}\n`),
    });
    const { host, port, expose: isExposed = false } = options;
    const served = await serve(app, { host, port, isExposed, auth: config.auth });
    await writeNote(folder, { pid: process.pid, url: served.url });
    try {
      await Promise.race([engine.ready(), stopped]);
      shell.show({ folder, store: config.store, url: served.url, pid: process.pid }, () =>
        welcome(found, served, configFolder),
      );
      await stopped;
      shell.say('Stopping…');
    } finally {
      await removeNote(folder, process.pid);
      await served.close();
    }
  } finally {
    await engine.close();
  }
}

/** A folder that isn't there, or holds nothing, may become a store. */
async function isVacant(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true;
    throw error;
  }
}

// Listened for from the very start, so that a stop while the store is opened is a stop too.
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

function welcome({ folder, config }: FoundStore, { url }: Served, configFolder: string) {
  const rows = [
    ['store', folder],
    ['serving', url],
    ...(config.auth === 'none'
      ? [['tokens', 'none needed (auth: none in atocore.json)']]
      : [['tokens', tokenPath(configFolder, config.store, 'agent').replace(/agent\.token$/, '')]]),
  ];
  const at = `--store ${JSON.stringify(folder)}`;
  return [
    `${styled('bold', 'AtoCore')} is up. Ctrl-C stops it.`,
    ...columns(rows, '  '),
    '',
    'Edit Markdown in the store with any editor, then try in another terminal:',
    `  atocore ${at} status`,
    `  atocore ${at} queue`,
    `  atocore ${at} search "<words>"`,
    `  atocore ${at} context "<prompt>"`,
  ];
}
