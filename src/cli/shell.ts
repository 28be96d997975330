/** What every command shares: the options that all take, and where its words go. */
import type { Command } from 'commander';
import { AtoError } from '../errors.ts';
import { type Client, openClient } from './client.ts';
import { failingOpen } from './fail-open.ts';

export interface GlobalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly yes: boolean;
  readonly store?: string;
  readonly config?: string;
}

/** A command under way. Results go to stdout, everything said to a person to stderr. */
export interface Shell {
  readonly options: GlobalOptions;
  /** The result: with `--json` the object as it is, else the lines made of it. */
  readonly show: <Result>(result: Result, toLines: (result: Result) => readonly string[]) => void;
  /** A remark beside the result; `--quiet` leaves it out. */
  readonly say: (text: string) => void;
  /** The exit code, where it isn't 0 although nothing failed. */
  readonly leave: (exitCode: number) => void;
}

export function shellOf(command: Command): Shell {
  const given = command.optsWithGlobals<Partial<GlobalOptions>>();
  const options: GlobalOptions = {
    json: given.json === true,
    quiet: given.quiet === true,
    yes: given.yes === true,
    ...(given.store === undefined ? {} : { store: given.store }),
    ...(given.config === undefined ? {} : { config: given.config }),
  };
  return {
    options,
    show(result, toLines) {
      const text = options.json ? JSON.stringify(result) : toLines(result).join('\n');
      process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    },
    say(text) {
      if (!options.quiet) process.stderr.write(`${text}\n`);
    },
    leave(exitCode) {
      process.exitCode = exitCode;
    },
  };
}

/**
 * Does the work with a client of the chosen store, and closes it whatever happens. Where a command
 * takes `--fail-open` and was given it, only a daemon is asked.
 */
export async function withClient(
  command: Command,
  work: (client: Client, shell: Shell) => Promise<void>,
): Promise<void> {
  const shell = shellOf(command);
  if (command.opts<{ failOpen?: boolean }>().failOpen === true) return failingOpen(shell, work);
  const client = await openClient(shell);
  const interrupted = new Promise<never>((_resolve, reject) => {
    process.once('SIGINT', () => {
      reject(new AtoError('interrupted', 'Expected to finish, found an interruption.'));
    });
  });
  try {
    await Promise.race([work(client, shell), interrupted]);
  } finally {
    await client.close();
  }
}
