/** `init`: makes a store. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { personAnywhere } from './person.ts';
import { shellOf } from './shell.ts';
import { findStore } from './store-folder.ts';

export function addInit(program: Command): void {
  program
    .command('init')
    .argument('[dir]', 'an empty folder, or one to be made; left out: the current one')
    .option('--example', 'with a small worked example project')
    .description('make a store')
    .action(
      async (dir: string | undefined, { example }: { example?: boolean }, command: Command) => {
        const shell = shellOf(command);
        const folder = resolve(dir ?? shell.options.store ?? '.');
        const { newStore } = await import('../new-store.ts');
        await newStore(folder, { example: example === true, by: personAnywhere() });
        const { config } = await findStore(folder);
        shell.show({ folder, store: config.store }, () => [
          `A store is in ${folder}.`,
          'Put Markdown below projects/<id>/sources/, then: atocore up',
        ]);
      },
    );
}
