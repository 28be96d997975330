/** `conflicts`, `resolve`: what active records disagree on, and a person's word on it. */
import type { Command } from 'commander';
import { AtoError } from '../errors.ts';
import type { ConflictJson } from '../http/conflict-json.ts';
import type { ConflictInFullJson, ConflictListJson, ResolvedJson } from '../http/conflicts.ts';
import { assertedLines } from './asserted.ts';
import { counted, plain, styled, wrapped } from './lines.ts';
import { actorOf, personHere } from './person.ts';
import { withClient } from './shell.ts';

interface ListOptions {
  readonly project?: string;
  readonly all?: boolean;
}

interface ResolveOptions {
  readonly winner?: string;
  readonly dismiss?: boolean;
  readonly note?: string;
}

export function addConflicts(program: Command): void {
  program
    .command('conflicts')
    .argument('[id]', 'this one, with its members in full')
    .option('--project <name>', 'only this project')
    .option('--all', 'those resolved and dismissed as well')
    .description('slots that active records claim differently')
    .action((id: string | undefined, { project, all }: ListOptions, command: Command) =>
      withClient(command, async (client, shell) => {
        if (id !== undefined) {
          const path = `/conflicts/${encodeURIComponent(id)}`;
          return shell.show(await client.get<ConflictInFullJson>(path), fullLines);
        }
        const query = { project, status: all === true ? undefined : 'open', limit: '500' };
        shell.show(await client.get<ConflictListJson>('/conflicts', query), listLines);
      }),
    );
  program
    .command('resolve')
    .argument('<id>', 'id of the conflict')
    .option('--winner <record>', 'the member that holds; the others are superseded by it')
    .option('--dismiss', 'this is no conflict; holds until a value changes')
    .option('--note <text>', 'why, kept in the commit')
    .description('settle a conflict, as one commit')
    .action((id: string, { winner, dismiss, note }: ResolveOptions, command: Command) => {
      if ((winner === undefined) === (dismiss === undefined)) {
        throw new AtoError('usage', 'Expected --winner <record> or --dismiss, one of them.');
      }
      return withClient(command, async (client, shell) => {
        const body = { winner, dismiss, note, ...actorOf(await personHere(client.folder)) };
        const path = `/conflicts/${encodeURIComponent(id)}/resolve`;
        const sending = { body, scope: 'reviewer' } as const;
        shell.show(await client.send<ResolvedJson>('POST', path, sending), resolvedLines);
      });
    });
}

function listLines({ items, count }: ConflictListJson): readonly string[] {
  if (items.length === 0) return ['Nothing is in conflict.'];
  return [
    ...items.flatMap(conflictLines),
    `${counted(count, 'conflict')}. Settle with \`atocore resolve <id> --winner <record>\` or --dismiss.`,
  ];
}

function conflictLines({ id, status, project, slot, reason, members }: ConflictJson) {
  return [
    `${styled('bold', id)}  ${status}  ${project}  ${plain(slot)}`,
    ...(reason === '' ? [] : wrapped(reason, '  ')),
    ...members.map((member) => `  ${member.id}  ${plain(member.value)}`),
    '',
  ];
}

function fullLines(conflict: ConflictInFullJson): readonly string[] {
  return [
    ...conflictLines(conflict),
    ...conflict.records.flatMap((record) => [
      `${record.id}  ${record.type} ${record.kind}, ${record.status}, ${record.date}`,
      ...wrapped(record.text, '  '),
      ...record.origins.map((origin) => `  ${styled('dim', `from ${plain(origin)}`)}`),
    ]),
  ];
}

function resolvedLines(resolved: ResolvedJson): readonly string[] {
  const { id, status, commit, members, still_asserted: asserted } = resolved;
  return [
    `${id} is ${status}.`,
    ...members.map((member) => `  ${member.id} is ${member.status}: ${plain(member.text)}`),
    ...assertedLines(asserted),
    `Commit ${commit}. \`atocore undo ${commit.slice(0, 10)}\` takes it back.`,
  ];
}
