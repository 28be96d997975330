/** `search`: where something is said, best first. */
import type { Command } from 'commander';
import type { HitJson, HitsJson } from '../http/query.ts';
import { FAIL_OPEN_FLAG, FAIL_OPEN_TEXT } from './fail-open.ts';
import { columns, counted, plain, styled, wrapped } from './lines.ts';
import { wholeNumber } from './numbers.ts';
import { withClient } from './shell.ts';

const NOTHING_FOUND = 3;

interface Options {
  readonly project?: string;
  readonly kind?: readonly string[];
  readonly layer?: readonly string[];
  readonly tag?: readonly string[];
  readonly status?: string;
  readonly limit: number;
  readonly cursor?: string;
  readonly explain?: boolean;
}

export function addSearch(program: Command): void {
  program
    .command('search')
    .alias('query')
    .argument('<query>', 'words to find')
    .description('search sources, captures and records')
    .option('--project <name>', 'only this project and what belongs to none')
    .option('--kind <kind...>', 'only these kinds')
    .option('--layer <layer...>', 'only passage, capture, memory, entity, state')
    .option('--tag <tag...>', 'only what has all these tags')
    .option('--status <status>', 'records of this status instead of active ones')
    .option('--limit <count>', 'most hits', wholeNumber, 10)
    .option('--cursor <cursor>', 'go on behind an earlier page')
    .option(FAIL_OPEN_FLAG, FAIL_OPEN_TEXT)
    .option('--explain', 'what each score is made of')
    .action((query: string, options: Options, command: Command) =>
      withClient(command, async (client, shell) => {
        const body = {
          query,
          project: options.project,
          kinds: options.kind,
          layers: options.layer,
          tags: options.tag,
          status: options.status,
          top_k: options.limit,
          cursor: options.cursor,
          explain: options.explain,
        };
        const hits = await client.send<HitsJson>('POST', '/query', { body });
        if (hits.items.length === 0) {
          shell.leave(NOTHING_FOUND);
          if (!shell.options.json) return shell.say('Nothing found.');
        }
        shell.show(hits, linesOf);
      }),
    );
}

function linesOf({ items, count, next_cursor: next }: HitsJson): readonly string[] {
  const more = next === undefined ? [] : [`Go on with --cursor ${next}`];
  return [...items.flatMap(hitLines), `${items.length} of ${counted(count, 'match')}`, ...more];
}

function hitLines(hit: HitJson): readonly string[] {
  const place = styled('bold', `${hit.path}:${hit.lines[0]}`);
  const heading = hit.heading === '' ? hit.title : hit.heading;
  const about = [hit.layer === hit.kind ? hit.kind : `${hit.layer} ${hit.kind}`, hit.status]
    .filter((part) => part !== '')
    .join(', ');
  return [
    `${place}  ${styled('dim', hit.score.toFixed(2))}`,
    `  ${plain(heading)}  ${styled('dim', `(${about}, ${hit.project})`)}`,
    ...wrapped(hit.snippet, '    '),
    ...explanationLines(hit),
    '',
  ];
}

function explanationLines({ explanation }: HitJson): readonly string[] {
  if (explanation === undefined) return [];
  const { summands, factors, text_score: textScore, score } = explanation;
  return [
    ...columns(
      [
        ...summands.map(({ name, score: each }) => [`+ ${plain(name)}`, each.toFixed(3)]),
        ['= text', textScore.toFixed(3)],
        ...factors.map(({ name, by }) => [`× ${name}`, by.toFixed(2)]),
        ['= score', score.toFixed(3)],
      ],
      '      ',
    ),
  ];
}
