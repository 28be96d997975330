/** `extract` and `reinforce`: asked of a capture that is there; a look, or with `--persist` for good. */
import type { Command } from 'commander';
import type { ExtractedJson, ReinforcedJson } from '../http/capture-asks.ts';
import type { Client } from './client.ts';
import { columns, counted, plain } from './lines.ts';
import { actorOf, personHere } from './person.ts';
import { withClient } from './shell.ts';

interface Options {
  readonly persist?: boolean;
}

const ENDS = {
  admitted: 'to the queue',
  held: 'held',
  merged: 'said before',
  refused: 'rejected before',
} as const;

export function addCaptureAsks(program: Command): void {
  ask(program, 'extract', 'what a capture claims, and what becomes of it').action(
    (id: string, options: Options, command: Command) =>
      withClient(command, async (client, shell) => {
        shell.show(await send<ExtractedJson>(client, `${id}/extract`, options), extractedLines);
      }),
  );
  ask(program, 'reinforce', 'which active records a capture says again').action(
    (id: string, options: Options, command: Command) =>
      withClient(command, async (client, shell) => {
        shell.show(await send<ReinforcedJson>(client, `${id}/reinforce`, options), reinforcedLines);
      }),
  );
}

function ask(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .argument('<capture>', 'id of the capture, as `atocore capture` gave it')
    .option('--persist', 'not only a look: write it into the capture, in a commit')
    .description(description);
}

async function send<Answer>(client: Client, place: string, options: Options): Promise<Answer> {
  const persist = options.persist === true;
  const actor = persist ? actorOf(await personHere(client.folder)) : {};
  return client.send<Answer>('POST', `/interactions/${place}`, { body: { persist, ...actor } });
}

function extractedLines({ id, claims, extract, commit }: ExtractedJson): readonly string[] {
  const rows = claims.map((claim) => [ENDS[claim.becomes], claim.id, plain(claim.text)]);
  return [
    ...columns(rows),
    `${id}: ${counted(claims.length, 'claim')}. ${doneText(extract, commit)}`,
  ];
}

function reinforcedLines({ id, records, reinforce, commit }: ReinforcedJson): readonly string[] {
  return [
    ...records,
    `${id}: ${counted(records.length, 'active record')}. ${doneText(reinforce, commit)}`,
  ];
}

function doneText(isDone: boolean, commit: string | undefined): string {
  if (commit !== undefined) return `Commit ${commit}.`;
  return isDone ? 'It was asked for before.' : 'Nothing was written; --persist does.';
}
