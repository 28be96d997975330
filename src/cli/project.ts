/** `project list|template|propose|register|update|refresh`: the registry. */
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type {
  CommittedProjectJson,
  ProjectJson,
  ProjectListJson,
  ProposalCheckedJson,
  RefreshedJson,
} from '../http/projects.ts';
import type { Client } from './client.ts';
import { columns, counted, plain, styled } from './lines.ts';
import { actorOf, personHere } from './person.ts';
import { type Shell, withClient } from './shell.ts';

interface ProposalOptions {
  readonly title?: string;
  readonly alias?: readonly string[];
  readonly root?: readonly string[];
  readonly description?: string;
}

export function addProject(program: Command): void {
  const project = program.command('project').description('the registry of projects');
  addReading(project);
  addChanging(project);
  project
    .command('refresh')
    .argument('<project>', 'id, title or alias')
    .requiredOption('--wave <name>', 'what this widening of its knowledge is called')
    .option('--confirm-removals', 'let many files that vanished from a root go at once')
    .description("stage the Markdown of a project's roots into its sources")
    .action((name: string, options: RefreshOptions, command: Command) =>
      withClient(command, (client, shell) => refresh(client, shell, { ...options, name })),
    );
}

function addReading(project: Command): void {
  project
    .command('list')
    .description('every project')
    .action((_options: unknown, command: Command) =>
      withClient(command, async (client, shell) => {
        shell.show(await client.get<ProjectListJson>('/projects', { limit: '500' }), listLines);
      }),
    );
  project
    .command('template')
    .description('a filled-in proposal to start from')
    .action((_options: unknown, command: Command) =>
      withClient(command, async (client, shell) => {
        const template = await client.get<ProjectJson>('/projects/template');
        shell.show(template, (body) => [JSON.stringify(body, null, 2)]);
      }),
    );
}

function addChanging(project: Command): void {
  withProposal(project.command('propose'))
    .description('check a proposal; nothing is written')
    .action((id: string, options: ProposalOptions, command: Command) =>
      withClient(command, async (client, shell) => {
        const sending = { body: bodyOf({ ...options, id }) };
        const checked = await client.send<ProposalCheckedJson>(
          'POST',
          '/projects/proposal',
          sending,
        );
        if (!checked.valid) shell.leave(2);
        shell.show(checked, ({ valid, faults, file }) =>
          valid ? ['It can be registered, as:', '', file ?? ''] : faults,
        );
      }),
    );
  withProposal(project.command('register'))
    .description('register a project, as one commit; nothing is read from its roots yet')
    .action((id: string, options: ProposalOptions, command: Command) =>
      withClient(command, (client, shell) =>
        change(client, shell, {
          method: 'POST',
          path: '/projects/register',
          body: bodyOf({ ...options, id }),
        }),
      ),
    );
  withProposal(project.command('update'))
    .description('change what is given, keep the rest, as one commit')
    .action((id: string, options: ProposalOptions, command: Command) =>
      withClient(command, (client, shell) =>
        change(client, shell, {
          method: 'PUT',
          path: `/projects/${encodeURIComponent(id)}`,
          body: bodyOf(options),
        }),
      ),
    );
}

function withProposal(command: Command): Command {
  return command
    .argument('<id>', 'lower-case words joined by "-"; it never changes')
    .option('--title <text>', 'what people call it')
    .option('--alias <name...>', 'other names of it')
    .option('--root <root...>', 'outside folder: "label = /path" or "label = /path :: sub/folder"')
    .option('--description <text>', 'what it is for');
}

function bodyOf(options: ProposalOptions & { readonly id?: string }) {
  const { id, title, alias, root, description } = options;
  return { id, title, aliases: alias, roots: root, description };
}

interface Change {
  readonly method: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

async function change(client: Client, shell: Shell, { method, path, body }: Change) {
  const signed = { ...body, ...actorOf(await personHere(client.folder)) };
  const sending = { body: signed, scope: 'admin' } as const;
  const done = await client.send<CommittedProjectJson>(method, path, sending);
  shell.show(done, ({ project, commit }) => [
    ...projectLines(project),
    `Commit ${commit}.`,
    ...(project.roots.length > 0
      ? [`Read its roots with \`atocore project refresh ${project.id} --wave <name>\`.`]
      : []),
  ]);
}

interface RefreshOptions {
  readonly wave: string;
  readonly confirmRemovals?: boolean;
}

async function refresh(
  client: Client,
  shell: Shell,
  asked: RefreshOptions & { readonly name: string },
): Promise<void> {
  const report = await refreshOnce(client, asked);
  const held = report.roots.filter(({ state }) => state === 'held');
  const isConfirmed = held.length > 0 && (await confirms(shell, held));
  const last = isConfirmed
    ? await refreshOnce(client, { ...asked, confirmRemovals: true })
    : report;
  shell.show(last, reportLines);
}

async function refreshOnce(
  client: Client,
  { name, wave, confirmRemovals = false }: RefreshOptions & { readonly name: string },
): Promise<RefreshedJson> {
  const actor = actorOf(await personHere(client.folder));
  const body = { wave, confirm_removals: confirmRemovals, ...actor };
  const path = `/projects/${encodeURIComponent(name)}/refresh`;
  return client.send<RefreshedJson>('POST', path, { body, scope: 'admin' });
}

/** Asked only where a person can answer; `--yes` answers for one. */
async function confirms(shell: Shell, held: RefreshedJson['roots']): Promise<boolean> {
  if (shell.options.yes) return true;
  for (const { label, reason } of held) shell.say(`${label}: ${reason ?? 'many files vanished'}`);
  if (process.stdin.isTTY !== true) return false;
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await asking.question('Let these files go? [y/N] ')).trim());
  } finally {
    asking.close();
  }
}

function reportLines(report: RefreshedJson): readonly string[] {
  const { project, wave, status, roots, commit, extraction } = report;
  const rows = roots.map((root) => [
    root.label,
    root.state,
    `+${root.added} ~${root.changed} -${root.removed}`,
    plain(root.reason ?? root.path),
  ]);
  return [
    `${styled('bold', project)}  wave ${wave}: ${status.replaceAll('_', ' ')}`,
    ...columns(rows, '  '),
    ...(commit === undefined ? [] : [`Commit ${commit}.`]),
    ...extractionLines(extraction, wave),
  ];
}

function extractionLines(rules: RefreshedJson['extraction'], wave: string): readonly string[] {
  if (rules.length === 0) return [];
  const rows = rules.map(({ rule, found, admitted, held, merged, refused }) => [
    rule,
    `${found} found`,
    `${admitted} to the queue`,
    `${held} held`,
    `${merged} said before`,
    `${refused} rejected before`,
  ]);
  return [...columns(rows, '  '), `Each claim: reports/extraction/${wave}.md`];
}

function listLines({ items, count }: ProjectListJson): readonly string[] {
  if (count === 0) return ['No project yet. Start with `atocore project register <id>`.'];
  return [...items.flatMap(projectLines), counted(count, 'project')];
}

function projectLines(project: ProjectJson): readonly string[] {
  const names = project.aliases.length === 0 ? '' : `  (${plain(project.aliases.join(', '))})`;
  const bare = project.registered ? '' : '  not registered';
  return [
    `${styled('bold', project.id)}  ${plain(project.title)}${names}${bare}`,
    ...project.roots.map(
      ({ label, path, sub_path: sub }) =>
        `  ${label} = ${path}${sub === undefined ? '' : ` :: ${sub}`}`,
    ),
  ];
}
