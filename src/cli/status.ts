/** `status`: how the store and its daemon are doing. */
import { type Command, InvalidArgumentError } from 'commander';
import { AtoError } from '../errors.ts';
import type { StandingJson } from '../http/backup-json.ts';
import type { Health } from '../http/health.ts';
import type { Client } from './client.ts';
import { FAIL_OPEN_FLAG, FAIL_OPEN_TEXT } from './fail-open.ts';
import { columns, counted, plain, styled } from './lines.ts';
import { withClient } from './shell.ts';

const PROBLEMS_SHOWN = 20;

export function addStatus(program: Command): void {
  program
    .command('status')
    .alias('health')
    .option(FAIL_OPEN_FLAG, FAIL_OPEN_TEXT)
    .option('--expect-build <sha>', 'end with 6 unless the daemon is of this build', buildSha)
    .description('how the store and its daemon are doing')
    .action((options: Options, command: Command) =>
      withClient(command, async (client, shell) => {
        const health = await client.get<Health>('/health');
        if (options.expectBuild !== undefined) assertBuild(client, health, options.expectBuild);
        shell.show(health, () => linesOf(client, health));
      }),
    );
}

type Spool = NonNullable<Health['spool']>;

interface Options {
  readonly expectBuild?: string;
}

function buildSha(text: string): string {
  if (/^[0-9a-f]{7,40}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected 7 to 40 hexadecimal digits of a commit.');
}

/** AtoError `no-daemon`, `build-differs`. */
function assertBuild({ via }: Client, health: Health, expected: string): void {
  if (via !== 'daemon') {
    throw new AtoError('no-daemon', 'Expected a daemon of a known build, found none running.');
  }
  const { build_sha: sha, build_time: time, build_branch: branch } = health;
  if (sha !== '' && sha.startsWith(expected)) return;
  const found = sha === '' ? 'one that does not say' : `${sha} (${branch}, ${time})`;
  throw new AtoError(
    'build-differs',
    `Expected a daemon of build ${expected}, found ${found}. Restart it from the new build.`,
  );
}

function linesOf({ folder, via }: Client, health: Health): readonly string[] {
  const { queue, problems } = health;
  const build = health.build_sha === '' ? '' : ` (${health.build_sha.slice(0, 12)})`;
  const oldest = queue.oldest === undefined ? '' : `, oldest since ${queue.oldest.slice(0, 10)}`;
  const held = queue.held === 0 ? '' : `, ${queue.held} held back`;
  const watcher = `${health.watcher.state}${because(health.watcher.reason)}`;
  const rows = [
    ['store', folder],
    ['revision', health.store.revision ?? 'none yet'],
    ['daemon', via === 'daemon' ? `running since ${health.started_at}` : 'not running'],
    ['writing', health.writable ? 'yes' : `no${because(health.reason)}`],
    ['watching', via === 'daemon' ? watcher : 'no'],
    ['projects', String(health.projects)],
    ['documents', `${health.documents}, of them ${counted(health.captures, 'capture')}`],
    ['records', countsText(health.records.by_status)],
    ['queue', `${counted(queue.depth, 'candidate')}${oldest}${held}`],
    ['conflicts', `${health.open_conflicts_count} open`],
    ['problems', String(problems.count)],
    ...(health.spool === undefined ? [] : [['spool', spoolText(health.spool)]]),
    ['backup', standingText(health.last_backup)],
    ['validation', standingText(health.last_validation)],
    ['drill', standingText(health.last_drill)],
    ...(health.sync.state === 'off' ? [] : [['upstream', syncText(health.sync)]]),
    ...health.schedule.map((job) => [`next ${job.name}`, nextText(job)]),
  ];
  return [
    `${styled('bold', 'AtoCore')} ${health.version}${build}  ${health.status}`,
    ...columns(rows, '  '),
    ...problems.items
      .slice(0, PROBLEMS_SHOWN)
      .map(
        ({ path, line, message }) =>
          `  ! ${path}${line === undefined ? '' : `:${line}`}  ${plain(message)}`,
      ),
    ...(health.spool === undefined ? [] : spoolFaults(health.spool)),
    ...health.faults.map((fault) => `  ! ${plain(fault)}`),
    ...[health.last_backup, health.last_validation, health.last_drill].flatMap(({ message }) =>
      message === undefined ? [] : [`  ! ${plain(message)}`],
    ),
    ...(health.sync.message === undefined ? [] : [`  ! ${plain(health.sync.message)}`]),
    ...health.schedule.flatMap(({ name, last }) =>
      last === undefined || last.done ? [] : [`  ! ${name} at ${last.at}: ${plain(last.found)}`],
    ),
    ...(health.auth === 'none' ? ['  ! Requests need no token (auth: none in atocore.json).'] : []),
  ];
}

function spoolText({ waiting, oldest, set_aside: aside, refused }: Spool): string {
  const since = oldest === undefined ? '' : `, oldest since ${oldest}`;
  const bad = aside.length === 0 ? '' : `, ${aside.length} SET ASIDE`;
  return `${waiting} waiting${since}${bad}${refused === 0 ? '' : `, ${refused} NOT KEPT`}`;
}

/** What needs somebody, where something does. */
function spoolFaults({ folder, set_aside: aside, refused, last_refused: last }: Spool) {
  return [
    ...aside.map((path) => `  ! ${plain(path)}  could not be taken in; look at it, then delete it`),
    ...(refused === 0
      ? []
      : [
          `  ! ${refused} captures were not kept, the last at ${plain(last ?? '')}: ${plain(folder)}/refused.log lists them; delete it once read`,
        ]),
  ];
}

function standingText({ state, stamp, at, level }: StandingJson): string {
  const depth = level === undefined ? '' : ` to level ${level}`;
  return at === undefined ? state : `${state}: ${stamp ?? ''}${depth}, ${at}`;
}

function syncText({ state, upstream, at, came = 0, went = 0 }: Health['sync']): string {
  const last = at === undefined ? '' : `, ${at}: ${counted(came, 'commit')} came, ${went} went`;
  return `${state}: ${plain(upstream ?? '')}${state === 'failed' ? `, ${at}` : last}`;
}

function nextText({ state, next, last }: Health['schedule'][number]): string {
  if (state === 'off' || state === 'running') return state;
  return `${next ?? 'never'}${last === undefined ? '' : `, last ${last.done ? 'done' : 'FAILED'} ${last.at}`}`;
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${plain(reason)}`;
}

function countsText(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([status, count]) => `${count} ${status}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}
