/** `up`: makes the store if it is missing, then serves it. */

import { readdir } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { DEFAULT_HOST, DEFAULT_PORT } from '../http/loopback.ts';
import { storeFolder } from '../store-place.ts';
import type { DaemonOptions } from './daemon.ts';
import { LOG_LEVELS } from './log.ts';
import { wholeNumber } from './numbers.ts';
import { personAnywhere } from './person.ts';
import { shellOf } from './shell.ts';
import { findStore } from './store-folder.ts';

interface Options extends DaemonOptions {
  readonly example?: boolean;
}

export function addUp(program: Command): void {
  program
    .command('up')
    .addOption(
      new Option('--host <address>', 'address to listen at')
        .default(DEFAULT_HOST)
        .env('ATOCORE_HOST'),
    )
    .addOption(
      new Option('--port <port>', '0 takes any free one')
        .argParser(wholeNumber)
        .default(DEFAULT_PORT)
        .env('ATOCORE_PORT'),
    )
    .option('--expose', 'really listen beyond this machine; also ATOCORE_EXPOSE=1')
    .option('--allow-host <name...>', 'names beside localhost that requests may use')
    .addOption(
      new Option('--log-level <level>', 'what goes into .atocore/logs')
        .choices(LOG_LEVELS)
        .env('ATOCORE_LOG_LEVEL'),
    )
    .option('--example', 'if the store has to be made: with a worked example')
    .description('make the store if it is missing, watch it and serve it')
    .action(async (options: Options, command: Command) => {
      const shell = shellOf(command);
      const folder = storeFolder(shell.options.store);
      if (await isVacant(folder)) {
        const { newStore } = await import('../new-store.ts');
        await newStore(folder, { example: options.example === true, by: personAnywhere() });
        shell.say(`Made a new store in ${folder}.`);
      }
      const { runDaemon } = await import('./daemon.ts');
      // Only a plain yes: an empty or odd value of a variable must open no door.
      const expose = options.expose === true || process.env.ATOCORE_EXPOSE === '1';
      await runDaemon(await findStore(folder), { ...options, expose }, shell);
    });
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
