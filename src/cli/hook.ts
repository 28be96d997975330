/** `hook`: for the list of commands; `main.ts` runs it before anything of this is loaded. */
import type { Command } from 'commander';
import { HOOK_AGENTS } from '../agents/hook-agents.ts';

export function addHook(program: Command): void {
  program
    .command('hook')
    .argument('<agent>', Object.keys(HOOK_AGENTS).join(', '))
    .argument('[event]', "the agent's name of it; left out: as its JSON on stdin says")
    .description('what an agent calls at each turn: keeps what was said, prints context')
    .action(async () => {
      await import('../hook.ts');
    });
}
