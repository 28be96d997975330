/** `ask`: the questions that entities answer, each as the table of questions has it. */
import type { Command } from 'commander';
import { AtoError } from '../errors.ts';
import type { AnsweredJson, QuestionListJson } from '../http/engineering.ts';
import { columns, plain, styled, wrapped } from './lines.ts';
import { withClient } from './shell.ts';

interface Options {
  readonly project?: string;
  readonly record?: string;
  readonly since?: string;
  readonly candidates?: boolean;
}

type QuestionJson = QuestionListJson['items'][number];

export function addAsk(program: Command): void {
  program
    .command('ask')
    .argument('[question]', 'which question; left out: they are listed')
    .argument('[subject]', 'what it is asked of: a record, a project, or since when')
    .option('--project <name>', 'id, title or alias')
    .option('--record <record>', 'id, number or subject')
    .option('--since <when>', 'a day, a UTC time or a commit')
    .option('--candidates', 'count candidates too; they are marked')
    .description('what the entities of a project answer')
    .action(
      (id: string | undefined, subject: string | undefined, options: Options, command: Command) =>
        withClient(command, async (client, shell) => {
          const list = await client.get<QuestionListJson>('/engineering');
          if (id === undefined) return shell.show(list, listLines);
          const question = list.items.find((each) => each.id === id);
          if (question === undefined) {
            const ids = list.items.map((each) => each.id).join(', ');
            throw new AtoError('usage', `Expected a question, one of ${ids}; found ${id}.`);
          }
          const { candidates, ...given } = options;
          const query = {
            ...given,
            ...(subject === undefined ? {} : { [subjectOf(question)]: subject }),
            ...(candidates === true ? { candidates: 'true' } : {}),
          };
          shell.show(await client.get<AnsweredJson>(question.path, query), answerLines);
        }),
    );
}

/** The parameter that the subject stands for: the one that the question can't do without. */
function subjectOf({ parameters }: QuestionJson): string {
  return parameters.find(({ required }) => required)?.name ?? 'record';
}

function listLines({ items }: QuestionListJson): readonly string[] {
  const rows = items.map((question) => [
    `${question.id} <${subjectOf(question)}>`,
    plain(question.title),
  ]);
  return [...columns(rows), 'Ask with `atocore ask <question> <subject>`.'];
}

function answerLines({ title, answer }: AnsweredJson): readonly string[] {
  const lines = linesOf(answer, '  ');
  return [styled('bold', title), ...(lines.length === 0 ? ['  Nothing.'] : lines)];
}

/** Any plain value as an outline; a record is one line and what it says. */
function linesOf(value: unknown, indent: string): readonly string[] {
  if (value === null || value === undefined || value === '') return [];
  if (typeof value !== 'object') return wrapped(String(value), indent);
  if (Array.isArray(value)) return value.flatMap((each) => entryLines(each, indent));
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const isRecord = typeof fields.id === 'string' && typeof fields.subject === 'string';
  const { id, kind, type, project, status, subject, text, path, marks, ...rest } = fields;
  const head = isRecord ? recordLines({ id, kind, subject, text, marks }, indent) : [];
  const others = Object.entries(isRecord ? rest : fields);
  return [...head, ...others.flatMap(([name, field]) => fieldLines(name, field, indent))];
}

function entryLines(entry: unknown, indent: string): readonly string[] {
  const [first, ...more] = linesOf(entry, `${indent}  `);
  if (first === undefined) return [];
  return [`${indent}- ${first.trimStart()}`, ...more];
}

function fieldLines(name: string, field: unknown, indent: string): readonly string[] {
  const label = name.replace(/([A-Z])/g, ' $1').toLowerCase();
  if (field === null || typeof field !== 'object') {
    const text = field === null || field === undefined || field === '' ? '' : String(field);
    return text === '' ? [] : wrapped(`${label}: ${text}`, indent);
  }
  const inner = linesOf(field, `${indent}  `);
  return inner.length === 0 ? [] : [`${indent}${label}:`, ...inner];
}

function recordLines(
  record: Readonly<Record<'id' | 'kind' | 'subject' | 'text' | 'marks', unknown>>,
  indent: string,
): readonly string[] {
  const marks = Array.isArray(record.marks) && record.marks.length > 0 ? record.marks : [];
  const noted = marks.length === 0 ? '' : `  (${marks.join(', ')})`;
  return [
    `${indent}${plain(String(record.subject))}  ${styled('dim', `${record.kind} ${record.id}`)}${noted}`,
    ...(typeof record.text === 'string' ? wrapped(record.text, `${indent}  `) : []),
  ];
}
