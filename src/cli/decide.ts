/** `promote`, `reject`, `edit` and the others: a person's word on a record, as one commit. */
import type { Command } from 'commander';
import type { DecidedJson } from '../http/decisions.ts';
import { assertedLines } from './asserted.ts';
import { type Client, Refused } from './client.ts';
import { plain } from './lines.ts';
import { fraction } from './numbers.ts';
import { actorOf, personHere } from './person.ts';
import { withClient } from './shell.ts';

interface Options {
  readonly note?: string;
  readonly ifMatch?: string;
}

interface EditOptions extends Options {
  readonly text?: string;
  readonly subject?: string;
  readonly value?: string | false;
  readonly tags?: string;
  readonly validUntil?: string | false;
  readonly confidence?: number;
  readonly project?: string;
}

const PLAIN = [
  { act: 'reject', description: 'call a candidate invalid, wherever it turns up again' },
  { act: 'invalidate', description: 'call an active record invalid' },
  { act: 'reinstate', description: 'make what was put away active again' },
] as const;

export function addDecide(program: Command): void {
  wordingOptions(decision(program, 'promote', 'make a candidate active')).action(
    (id: string, options: EditOptions, command: Command) =>
      decide(command, { id, act: 'promote', options, body: editBody(options) }),
  );
  for (const { act, description } of PLAIN) {
    decision(program, act, description).action((id: string, options: Options, command: Command) =>
      decide(command, { id, act, options, body: {} }),
    );
  }
  decision(program, 'supersede', 'put an active record away in favour of another')
    .argument('<winner>', 'id of the record that takes its place')
    .action((id: string, winner: string, options: Options, command: Command) =>
      decide(command, { id, act: 'supersede', options, body: { winner } }),
    );
  wordingOptions(decision(program, 'graduate', 'propose that an active memory become an entity'))
    .argument('<kind>', 'kind of the entity, such as decision or component')
    .action((id: string, kind: string, options: EditOptions, command: Command) =>
      decide(command, { id, act: 'graduate', options, body: { kind, ...editBody(options) } }),
    );
  wordingOptions(decision(program, 'edit', 'reword a record; its id stays'))
    .option('--no-value', 'take its value away')
    .option('--no-valid-until', 'make it permanent')
    .option('--project <name>', 'move it to the project that it speaks of')
    .action((id: string, options: EditOptions, command: Command) =>
      decide(command, {
        id,
        act: 'edit',
        options,
        body: { ...editOf(options), project: options.project },
      }),
    );
}

/** `relate`: one more line of a record's relations. */
export function addRelate(program: Command): void {
  program
    .command('relate')
    .argument('<source>', 'id of the record that bears the relation')
    .argument('<relation>', 'such as satisfies or part_of')
    .argument('<target>', 'id of the record that it names')
    .option('--note <text>', 'why, kept in the commit')
    .option('--if-match <etag>', 'only if the record is still this version')
    .description('relate a record to another')
    .action((source: string, relation: string, ...rest: [string, Options, Command]) => {
      const [target, { note, ifMatch }, command] = rest;
      return withClient(command, async (client, shell) => {
        const actor = actorOf(await personHere(client.folder));
        const decided = await client.send<DecidedJson>('POST', '/relationships', {
          body: { source, relation, target, note, ...actor },
          scope: 'reviewer',
          headers: ifMatch === undefined ? {} : { 'if-match': ifMatch },
        });
        shell.show(decided, decidedLines);
      });
    });
}

function decision(program: Command, act: string, description: string): Command {
  return program
    .command(act)
    .argument('<id>', 'id of the record, as `atocore queue` or `search` shows it')
    .description(description)
    .option('--note <text>', 'why, kept in the commit')
    .option('--if-match <etag>', 'only if the record is still this version');
}

function wordingOptions(command: Command): Command {
  return command
    .option('--text <text>', 'what it says instead')
    .option('--subject <subject>', 'what it is about instead')
    .option('--value <value>', 'what it claims for its slot instead')
    .option('--tags <tags>', 'its tags, separated by commas')
    .option('--valid-until <date>', 'last day on which it holds, as 2026-12-31')
    .option('--confidence <share>', 'from 0 to 1', fraction);
}

function editOf(options: EditOptions): Readonly<Record<string, unknown>> {
  const { text, subject, value, tags, validUntil, confidence } = options;
  return {
    text,
    subject,
    value: value === false ? null : value,
    tags: tags?.split(',').flatMap((each) => each.trim() || []),
    valid_until: validUntil === false ? null : validUntil,
    confidence,
  };
}

function editBody(options: EditOptions): { readonly edit?: unknown } {
  const edit = editOf(options);
  return Object.values(edit).some((field) => field !== undefined) ? { edit } : {};
}

interface Deciding {
  readonly id: string;
  readonly act: string;
  readonly options: Options;
  readonly body: Readonly<Record<string, unknown>>;
}

function decide(command: Command, { id, act, options, body }: Deciding): Promise<void> {
  return withClient(command, async (client, shell) => {
    const collection = await collectionOf(client, id);
    const isEdit = act === 'edit';
    const method = !isEdit ? 'POST' : collection === 'memory' ? 'PUT' : 'PATCH';
    const place = `/${collection}/${encodeURIComponent(id)}`;
    const { note, ifMatch } = options;
    const decided = await client.send<DecidedJson>(method, isEdit ? place : `${place}/${act}`, {
      body: { ...body, note, ...actorOf(await personHere(client.folder)) },
      scope: 'reviewer',
      headers: ifMatch === undefined ? {} : { 'if-match': ifMatch },
    });
    shell.show(decided, decidedLines);
  });
}

/** Where the record of an id is: the id alone doesn't tell memories from entities. */
export async function collectionOf(client: Client, id: string): Promise<'memory' | 'entities'> {
  try {
    await client.get(`/memory/${encodeURIComponent(id)}`);
    return 'memory';
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.code !== 'not-found') throw error;
    return 'entities';
  }
}

function decidedLines(decided: DecidedJson): readonly string[] {
  const { record, commit, conflicts, still_asserted: asserted } = decided;
  return [
    `${record.id} is ${record.status}: ${plain(record.text)}`,
    ...conflicts.map((conflict) => `It is disputed: ${conflict} (\`atocore conflicts\`)`),
    ...assertedLines(asserted),
    `Commit ${commit}. \`atocore undo ${commit.slice(0, 10)}\` takes it back.`,
  ];
}
