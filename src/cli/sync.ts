/** `sync`: brings the store and its upstream to the same commits. */
import type { Command } from 'commander';
import type { SyncedJson } from '../http/sync-json.ts';
import { counted, plain } from './lines.ts';
import { actorOf, personHere } from './person.ts';
import { shellOf, withClient } from './shell.ts';
import { findStore } from './store-folder.ts';

export function addSync(program: Command): void {
  program
    .command('sync')
    .option('--upstream <url>', 'name the upstream first: a URL, host:path or a folder')
    .description("fetch from the store's upstream, merge, settle and push")
    .action(async ({ upstream }: { readonly upstream?: string }, command: Command) => {
      if (upstream !== undefined) await nameUpstream(upstream, command);
      await withClient(command, async (client, shell) => {
        const actor = actorOf(await personHere(client.folder));
        const sending = { body: actor, scope: 'admin' } as const;
        shell.show(await client.send<SyncedJson>('POST', '/admin/sync', sending), linesOf);
      });
    });
}

async function nameUpstream(url: string, command: Command): Promise<void> {
  const shell = shellOf(command);
  const { folder } = await findStore(shell.options.store);
  const [{ openStore }, { setUpstream, shownUrl }] = await Promise.all([
    import('../store/open.ts'),
    import('../store/upstream.ts'),
  ]);
  const set = await setUpstream(await openStore(folder), url);
  shell.say(`The upstream is ${shownUrl(set.url)}, branch ${set.branch}.`);
}

function linesOf({ upstream, to, came, went, disputes, copies }: SyncedJson): readonly string[] {
  return [
    `In step with ${plain(upstream)} at ${to}: ${counted(came, 'commit')} came, ${counted(went, 'commit')} went.`,
    ...disputes.map((path) => `  ! Both changed it differently; decide: ${plain(path)}`),
    ...copies.map((path) => `  ! Both changed it; put it together, then delete: ${plain(path)}`),
  ];
}
