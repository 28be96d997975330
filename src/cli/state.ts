/** `state list|set|unset`: trusted state, which only people write. */
import type { Command } from 'commander';
import type { StateChangedJson, StateListJson } from '../http/project-state.ts';
import { FAIL_OPEN_FLAG, FAIL_OPEN_TEXT } from './fail-open.ts';
import { columns, plain, styled } from './lines.ts';
import { actorOf, personHere } from './person.ts';
import { withClient } from './shell.ts';

interface SetOptions {
  readonly source?: string;
  readonly validUntil?: string;
  readonly note?: string;
}

export function addState(program: Command): void {
  const state = program.command('state').description('trusted state of a project');
  addList(state.command('list'));
  // As the skill of an agent knows it.
  addList(program.command('project-state'));
  addSet(state);
  addUnset(state);
}

function addList(list: Command): void {
  list
    .argument('<project>', 'id, title or alias')
    .option('--category <category>', 'only this category')
    .option(FAIL_OPEN_FLAG, FAIL_OPEN_TEXT)
    .description('what people have said is true of a project')
    .action((project: string, options: { category?: string }, command: Command) =>
      withClient(command, async (client, shell) => {
        const path = `/project/state/${encodeURIComponent(project)}`;
        const query = { category: options.category, limit: '500' };
        shell.show(await client.get<StateListJson>(path, query), listLines);
      }),
    );
}

function addSet(state: Command): void {
  state
    .command('set')
    .argument('<project>', 'id, title or alias')
    .argument('<category>', 'status, decision, requirement, contact, milestone, fact or config')
    .argument('<key>', 'lower-case words joined by "-" or "_"')
    .argument('<value>', 'what is true')
    .option('--source <text>', 'where you have it from')
    .option('--valid-until <date>', 'last day on which it holds, as 2026-12-31')
    .option('--note <text>', 'why, kept in the commit')
    .description('set one entry, as one commit')
    .action(
      // Commander gives each argument its own place.
      (
        project: string,
        category: string,
        key: string,
        value: string,
        { validUntil, ...options }: SetOptions,
        command: Command,
      ) =>
        withClient(command, async (client, shell) => {
          const actor = actorOf(await personHere(client.folder));
          const entry = { project, category, key, value, valid_until: validUntil };
          const body = { ...entry, ...options, ...actor };
          const sending = { body, scope: 'reviewer' } as const;
          const set = await client.send<StateChangedJson>('POST', '/project/state', sending);
          shell.show(set, (done) => [
            `${done.project} ${done.category}/${done.key} is now: ${plain(value)}`,
            ...(done.conflicts ?? []).map((conflict) => `It is disputed: ${conflict}`),
            `Commit ${done.commit}.`,
          ]);
        }),
    );
}

function addUnset(state: Command): void {
  state
    .command('unset')
    .argument('<project>', 'id, title or alias')
    .argument('<category>', 'category of the entry')
    .argument('<key>', 'key of the entry')
    .option('--note <text>', 'why, kept in the commit')
    .description('take one entry away, as one commit; git keeps what it said')
    .action(
      (
        project: string,
        category: string,
        key: string,
        { note }: { note?: string },
        command: Command,
      ) =>
        withClient(command, async (client, shell) => {
          const actor = actorOf(await personHere(client.folder));
          const body = { project, category, key, note, ...actor };
          const sending = { body, scope: 'reviewer' } as const;
          const unset = await client.send<StateChangedJson>('DELETE', '/project/state', sending);
          shell.show(unset, (done) => [
            `${done.project} ${done.category}/${done.key} is gone. Commit ${done.commit}.`,
          ]);
        }),
    );
}

function listLines({ project, items }: StateListJson): readonly string[] {
  if (items.length === 0) return [`Nobody has set any state of ${project} yet.`];
  const rows = items.map((entry) => [
    `${entry.category}/${entry.key}`,
    `${plain(entry.value)}${marksOf(entry)}`,
  ]);
  return [styled('bold', project), ...columns(rows, '  ')];
}

function marksOf(entry: StateListJson['items'][number]): string {
  const marks = [
    ...(entry.expired ? [`expired ${entry.valid_until ?? ''}`] : []),
    ...(entry.conflicts.length > 0 ? ['disputed'] : []),
  ];
  return marks.length === 0 ? '' : ` (${marks.join(', ')})`;
}
