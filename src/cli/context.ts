/** `context`, `auto-context`: the pack for a prompt, printed as it is. */
import type { Command } from 'commander';
import type { PackJson } from '../http/context.ts';
import { wholeNumber } from './numbers.ts';
import { withClient } from './shell.ts';

interface Options {
  readonly project?: string;
  readonly budget?: number;
}

export function addContext(program: Command): void {
  program
    .command('context')
    .argument('<prompt>', 'what the agent is asked')
    .description('what an agent should know for a prompt')
    .option('--project <name>', 'id, title or alias; else the one that the prompt speaks of')
    .option('--budget <characters>', 'most that the pack may take', wholeNumber)
    .action((prompt: string, { project, budget }: Options, command: Command) =>
      build(command, { prompt, project, budget }),
    );
  program
    .command('auto-context')
    .argument('<prompt>', 'what the agent is asked')
    .description('as context, with the project found by the prompt or the current folder')
    .option('--budget <characters>', 'most that the pack may take', wholeNumber)
    .action((prompt: string, { budget }: Options, command: Command) =>
      build(command, { prompt, budget, cwd: process.cwd() }),
    );
}

function build(command: Command, body: Readonly<Record<string, unknown>>): Promise<void> {
  return withClient(command, async (client, shell) => {
    const pack = await client.send<PackJson>('POST', '/context/build', { body });
    // As it is: the pack shows by name whatever could steer a terminal.
    shell.show(pack, ({ formatted_context: text }) => [text]);
  });
}
