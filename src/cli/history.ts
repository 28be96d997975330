/** `history`, `undo`, `why`: what was decided, taking it back, and why a record is there. */
import type { Command } from 'commander';
import type { ActJson, HistoryJson, UndoneJson, WhyJson } from '../http/history.ts';
import { counted, plain, styled, wrapped } from './lines.ts';
import { wholeNumber } from './numbers.ts';
import { actorOf, personHere } from './person.ts';
import { withClient } from './shell.ts';

interface HistoryOptions {
  readonly project?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export function addHistory(program: Command): void {
  program
    .command('history')
    .argument('[record]', 'only what was decided on this record')
    .option('--project <name>', 'only this project')
    .option('--limit <count>', 'most acts', wholeNumber, 20)
    .option('--cursor <cursor>', 'go on behind an earlier page')
    .description('what people decided, newest first')
    .action((record: string | undefined, options: HistoryOptions, command: Command) =>
      withClient(command, async (client, shell) => {
        const query = { ...options, record, limit: String(options.limit) };
        shell.show(await client.get<HistoryJson>('/history', query), historyLines);
      }),
    );
  program
    .command('undo')
    .argument('<commit>', 'as `atocore history` shows it; its first 7 digits will do')
    .option('--note <text>', 'why, kept in the commit')
    .description('take one commit back, in a new commit')
    .action((commit: string, { note }: { note?: string }, command: Command) =>
      withClient(command, async (client, shell) => {
        const body = { commit, note, ...actorOf(await personHere(client.folder)) };
        const sending = { body, scope: 'reviewer' } as const;
        const undone = await client.send<UndoneJson>('POST', '/undo', sending);
        shell.show(undone, ({ undoes, paths, commit: by, open_conflicts_count: open }) => [
          `Took ${undoes.slice(0, 10)} back: ${counted(paths.length, 'file')}.`,
          ...(open === 0 ? [] : [`${counted(open, 'conflict')} open now.`]),
          `Commit ${by}. \`atocore undo ${by.slice(0, 10)}\` does it again.`,
        ]);
      }),
    );
  program
    .command('why')
    .argument('<id>', 'id of a record or entry of state')
    .description('what a record rests on, what was decided on it, what it was served in')
    .action((id: string, _options: unknown, command: Command) =>
      withClient(command, async (client, shell) => {
        const path = `/records/${encodeURIComponent(id)}/why`;
        shell.show(await client.get<WhyJson>(path), whyLines);
      }),
    );
}

function historyLines({ items, next_cursor: next }: HistoryJson): readonly string[] {
  if (items.length === 0) return ['Nobody has decided anything yet.'];
  const more = next === undefined ? [] : [`Go on with --cursor ${next}`];
  return [...items.flatMap(actLines), ...more];
}

function actLines(act: ActJson): readonly string[] {
  const who = styled('dim', `${act.at.slice(0, 16).replace('T', ' ')}  ${plain(act.by.name)}`);
  return [
    `${styled('bold', act.commit.slice(0, 10))}  ${plain(act.subject)}  ${who}`,
    ...(act.note === undefined ? [] : wrapped(act.note, '  | ')),
    ...act.decisions.map((decision) => `  ${decisionLine(decision)}`),
    ...(act.more === 0 ? [] : [`  and ${act.more} more`]),
  ];
}

function decisionLine(decision: ActJson['decisions'][number]): string {
  const { act, record, conflict, path, before, after, other, note, lawful } = decision;
  const what = record ?? conflict ?? path ?? '';
  const change =
    before === undefined && after === undefined ? '' : `${before ?? ''} → ${after ?? ''}`;
  const fields = decision.changed.map(({ field }) => field).join(', ');
  const parts = [
    act,
    what,
    plain(change),
    fields,
    other === undefined ? '' : `(${other})`,
    note === undefined ? '' : `“${plain(note)}”`,
    lawful ? '' : 'breaks the lifecycle: not served',
  ];
  return parts.filter((part) => part !== '').join('  ');
}

function whyLines(why: WhyJson): readonly string[] {
  const { record, evidence, freshness, conflicts, history, served_in: packs } = why;
  const value = record.value === undefined ? '' : ` = ${plain(record.value)}`;
  const said = freshness.references === 0 ? '' : `, said again ${freshness.references} times`;
  return [
    `${styled('bold', record.id)}  ${record.type} ${record.kind}, ${record.status}, ${record.project}`,
    ...wrapped(record.text, '  '),
    ...wrapped(`${record.subject}${value}`, '  slot: '),
    `  confidence ${freshness.effective_confidence.toFixed(2)}${said}${freshness.expired ? ', expired' : ''}`,
    'rests on:',
    ...(evidence.length === 0 ? ['  a person who wrote it'] : evidence.flatMap(evidenceLines)),
    ...conflicts.map(({ id, status, slot }) => `${status} conflict: ${id}  ${plain(slot)}`),
    'history:',
    ...history.map(
      (entry) =>
        `  ${entry.commit.slice(0, 10)}  ${entry.at.slice(0, 10)}  ${plain(entry.by.name)}  ${decisionLine(entry)}`,
    ),
    ...(packs.length === 0 ? [] : ['served in:']),
    ...packs.map(({ id, section }) => `  ${id}  ${section}`),
  ];
}

function evidenceLines(evidence: WhyJson['evidence'][number]): readonly string[] {
  const { origin, path, lines, quote, current } = evidence;
  const place = path === undefined ? origin : `${path}${lines === undefined ? '' : `:${lines[0]}`}`;
  return [
    `  ${plain(place)}${current ? '' : '  (no longer says it)'}`,
    ...(quote === '' ? [] : wrapped(quote, '    > ')),
  ];
}
