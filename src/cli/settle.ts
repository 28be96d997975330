/** `settle`: reads everything again, writes what follows from it. */
import type { Command } from 'commander';
import type { SettledJson } from '../http/admin.ts';
import { counted } from './lines.ts';
import { withClient } from './shell.ts';

export function addSettle(program: Command): void {
  program
    .command('settle')
    .description('read the whole store again and write what follows from it')
    .action((_options: unknown, command: Command) =>
      withClient(command, async (client, shell) => {
        const sending = { body: {}, scope: 'admin' } as const;
        const settled = await client.send<SettledJson>('POST', '/admin/settle', sending);
        shell.show(settled, ({ revision, inputs, changes }) => [
          `Settled at ${revision}: ${counted(inputs, 'changed file')} read, ${counted(changes, 'file')} written.`,
        ]);
      }),
    );
}
