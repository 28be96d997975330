/** `queue`: what awaits a decision, with what it rests on. */
import type { Command } from 'commander';
import type { QueueEntryJson, QueueJson } from '../http/queue.ts';
import { conflictLines, noCandidateLines } from './awaiting.ts';
import { counted, plain, styled, wrapped } from './lines.ts';
import { wholeNumber } from './numbers.ts';
import { ownWordOf } from './own-word.ts';
import { withClient } from './shell.ts';

interface Options {
  readonly project?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export function addQueue(program: Command): void {
  program
    .command('queue')
    .description('candidates that await a decision, the best to decide next first')
    .option('--project <name>', 'only this project')
    .option('--limit <count>', 'most entries', wholeNumber, 20)
    .option('--cursor <cursor>', 'go on behind an earlier page')
    .action(({ project, limit, cursor }: Options, command: Command) =>
      withClient(command, async (client, shell) => {
        const query = { project, limit: String(limit), cursor };
        shell.show(await client.get<QueueJson>('/queue', query), linesOf);
      }),
    );
}

function linesOf(queue: QueueJson): readonly string[] {
  const { items, count, held, oldest, next_cursor: next } = queue;
  const openConflicts = queue.open_conflicts_count;
  if (count === 0) return noCandidateLines(openConflicts);
  const waiting = held === 0 ? '' : `, ${held} more held back until some are decided`;
  const since = oldest === undefined ? '' : `, the oldest since ${oldest.slice(0, 10)}`;
  return [
    ...items.flatMap(entryLines),
    `${items.length} of ${counted(count, 'candidate')}${since}${waiting}.`,
    ...(next === undefined ? [] : [`Go on with --cursor ${next}`]),
    'Decide with `atocore promote <id>` or `atocore reject <id>`, both with --note.',
    ...conflictLines(openConflicts),
  ];
}

function ownLines(entry: QueueEntryJson): readonly string[] {
  const own = ownWordOf(entry);
  return own === undefined ? [] : wrapped(`its own source calls it ${own}`, '  ! ');
}

function entryLines(entry: QueueEntryJson): readonly string[] {
  const about = `${entry.project}  ${entry.type} ${entry.kind}  ${entry.confidence.toFixed(2)}`;
  const value = entry.value === undefined ? '' : ` = ${plain(entry.value)}`;
  return [
    `${styled('bold', entry.id)}  ${about}`,
    ...wrapped(entry.text, '  '),
    ...wrapped(`${entry.subject}${value}`, '  slot: '),
    ...ownLines(entry),
    ...entry.warnings.flatMap((slot) =>
      wrapped(`would contradict what is active: ${slot}`, '  ! '),
    ),
    ...entry.origins.map((origin) => `  ${styled('dim', `from ${plain(origin)}`)}`),
    ...(entry.nearest === undefined
      ? []
      : wrapped(`${entry.nearest.record.id}: ${entry.nearest.record.text}`, '  nearest active: ')),
    ...(entry.evidence_text === '' ? [] : wrapped(entry.evidence_text, '  > ')),
    '',
  ];
}
