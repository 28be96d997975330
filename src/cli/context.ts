/** `context`, `auto-context`, `debug-context`: the pack for a prompt, printed as it is. */
import type { Command } from 'commander';
import type { PackJson } from '../http/context.ts';
import { FAIL_OPEN_FLAG, FAIL_OPEN_TEXT } from './fail-open.ts';
import { wholeNumber } from './numbers.ts';
import { type Shell, withClient } from './shell.ts';

interface Options {
  readonly project?: string;
  readonly budget?: number;
  readonly budgetTokens?: number;
  readonly at?: string;
  readonly explain?: boolean;
}

export function addContext(program: Command): void {
  program
    .command('context')
    .argument('<prompt>', 'what the agent is asked')
    .description('what an agent should know for a prompt')
    .option('--project <name>', 'id, title or alias; else the one that the prompt speaks of')
    .option('--budget <characters>', 'most that the pack may take', wholeNumber)
    .option('--budget-tokens <tokens>', 'the same in tokens', wholeNumber)
    .option('--at <commit-or-date>', 'what would have been served then')
    .option('--explain', 'why each part is in it, and what stayed out')
    .action((prompt: string, options: Options, command: Command) => {
      const { project, budget, budgetTokens, at, explain } = options;
      const body = { prompt, project, budget, budget_tokens: budgetTokens, at };
      return build(command, body, explain === true);
    });
  program
    .command('auto-context')
    .argument('<prompt>', 'what the agent is asked')
    .description('as context, with the project found by the prompt or the current folder')
    .option('--budget <characters>', 'most that the pack may take', wholeNumber)
    .option(FAIL_OPEN_FLAG, FAIL_OPEN_TEXT)
    .action((prompt: string, { budget }: Options, command: Command) =>
      build(command, { prompt, budget, cwd: process.cwd() }),
    );
  program
    .command('debug-context')
    .description('the last pack that the daemon built, and why each part is in it')
    .option('--id <pack>', 'an earlier one')
    .option(FAIL_OPEN_FLAG, FAIL_OPEN_TEXT)
    .action(({ id }: { readonly id?: string }, command: Command) =>
      withClient(command, async (client, shell) => {
        showPack(shell, await client.get<PackJson>('/debug/context', { id }), true);
      }),
    );
}

function build(
  command: Command,
  body: Readonly<Record<string, unknown>>,
  isExplained = false,
): Promise<void> {
  return withClient(command, async (client, shell) => {
    const pack = await client.send<PackJson>('POST', '/context/build', { body });
    showPack(shell, pack, isExplained);
  });
}

function showPack(shell: Shell, pack: PackJson, isExplained: boolean): void {
  // As it is: the pack shows by name whatever could steer a terminal.
  shell.show(pack, ({ formatted_context: text }) => [
    text,
    ...(isExplained ? explained(pack) : []),
  ]);
}

function explained({ receipt, tokens, total_chars: chars, budget }: PackJson): readonly string[] {
  const included = receipt.included.map(({ section, id, score, terms, why }) => {
    const parts = Object.entries(terms).map(([name, value]) => `${name} ${value}`);
    return `  ${section.padEnd(12)} ${id}  ${score}  ${why}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`;
  });
  const counts = Object.entries(receipt.left_out_counts).map(([why, count]) => `${count} ${why}`);
  const left = receipt.left_out.map(({ id, reason }) => `  ${reason.padEnd(12)} ${id}`);
  return [
    `${chars} of ${budget} characters, ${tokens} tokens (${receipt.tokenizer}); revision ${receipt.revision}`,
    `project: ${receipt.project ?? 'none'}, ${receipt.project_by}; considered ${receipt.considered.records} records, ${receipt.considered.passages} passages`,
    'in:',
    ...included,
    `out: ${counts.join(', ') || 'nothing'}`,
    ...left,
  ];
}
