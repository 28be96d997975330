/** `promote`, `reject`: a person's word on a candidate, as one commit. */
import type { Command } from 'commander';
import type { DecidedJson } from '../http/records.ts';
import { type Client, Refused } from './client.ts';
import { plain } from './lines.ts';
import { actorOf, personHere } from './person.ts';
import { withClient } from './shell.ts';

interface Options {
  readonly note?: string;
  readonly ifMatch?: string;
}

const ACTS = [
  { act: 'promote', description: 'make a candidate active' },
  { act: 'reject', description: 'call a candidate invalid, wherever it turns up again' },
] as const;

export function addDecide(program: Command): void {
  for (const { act, description } of ACTS) {
    program
      .command(act)
      .argument('<id>', 'id of the record, as `atocore queue` shows it')
      .description(description)
      .option('--note <text>', 'why, kept in the commit')
      .option('--if-match <etag>', 'only if the record is still this version')
      .action((id: string, options: Options, command: Command) =>
        withClient(command, async (client, shell) => {
          const decided = await decide(client, { act, id, ...options });
          shell.show(decided, ({ record, commit, conflicts }) => [
            `${record.id} is ${record.status}: ${plain(record.text)}`,
            ...conflicts.map((conflict) => `It is disputed: ${conflict}`),
            `Commit ${commit}. \`git revert ${commit.slice(0, 10)}\` takes it back.`,
          ]);
        }),
      );
  }
}

interface Decision extends Options {
  readonly act: string;
  readonly id: string;
}

// The id doesn't tell memories from entities; the one that has it answers.
async function decide(client: Client, decision: Decision): Promise<DecidedJson> {
  const { act, id, note, ifMatch } = decision;
  const sending = {
    body: { note, ...actorOf(await personHere(client.folder)) },
    scope: 'reviewer',
    headers: ifMatch === undefined ? {} : { 'if-match': ifMatch },
  } as const;
  const path = `/${encodeURIComponent(id)}/${act}`;
  try {
    return await client.send<DecidedJson>('POST', `/memory${path}`, sending);
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.code !== 'not-found') throw error;
    return client.send<DecidedJson>('POST', `/entities${path}`, sending);
  }
}
