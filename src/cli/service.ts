/** `service install|uninstall|status`: the daemon started by the system, as this account. */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { AtoError } from '../errors.ts';
import { DEFAULT_PORT } from '../http/loopback.ts';
import { confirmed } from './confirm.ts';
import { wholeNumber } from './numbers.ts';
import { labelOf, MARK, type ServiceKind, serviceText } from './service-files.ts';
import { type Shell, shellOf } from './shell.ts';
import { findStore } from './store-folder.ts';

interface Options {
  readonly kind: ServiceKind;
  readonly name: string;
  readonly port: number;
}

interface Service {
  readonly kind: ServiceKind;
  readonly file: string;
  /** The file as it is now; none when there is none. */
  readonly present?: string;
  /** What makes the system take it up, and what makes it let go. */
  readonly start: readonly (readonly string[])[];
  readonly stop: readonly (readonly string[])[];
  readonly state: readonly string[];
}

const VARIABLES = [
  'ATOCORE_BACKUP_DIR',
  'ATOCORE_BACKUP_SECOND',
  'ATOCORE_PLUGINS',
  'XDG_CONFIG_HOME',
  'XDG_STATE_HOME',
];
const NAME = /^[a-z0-9][a-z0-9-]{0,40}$/;

export function addService(program: Command): void {
  const service = program
    .command('service')
    .description('the daemon started by systemd or launchd, as this account');
  const add = (
    name: string,
    description: string,
    work: (options: Options, shell: Shell) => Promise<void>,
  ) => {
    const command = service
      .command(name)
      .addOption(
        new Option('--kind <kind>', 'default: what this system has')
          .choices(['systemd', 'launchd'])
          .default(kindHere()),
      )
      .option('--name <name>', 'of the service: one for each store', 'atocore');
    if (name === 'install') {
      command.option('--port <port>', 'where it listens', wholeNumber, DEFAULT_PORT);
    }
    command
      .description(description)
      .action((options: Options, self: Command) => work(options, shellOf(self)));
  };
  add('install', 'show the file, ask, write it, start the service', install);
  add('uninstall', 'stop the service and remove its file', uninstall);
  add('status', 'whether it is installed, and whether it runs', status);
}

function kindHere(): ServiceKind {
  return process.platform === 'darwin' ? 'launchd' : 'systemd';
}

async function install(options: Options, shell: Shell): Promise<void> {
  const service = await serviceOf(options);
  const { folder } = await findStore(shell.options.store);
  const [node, script = ''] = [process.execPath, process.argv[1]];
  const config =
    shell.options.config === undefined ? [] : ['--config', resolve(shell.options.config)];
  const up = ['up', '--port', String(options.port)];
  const text = serviceText(service.kind, {
    name: options.name,
    command: [node, resolve(script), '--store', folder, ...config, ...up],
    folder,
    environment: environmentHere(),
  });
  const { file, present } = service;
  assertOurs(service);
  const isSame = present === text;
  if (!isSame) {
    shell.say(
      `${present === undefined ? 'This is written to' : 'This replaces'} ${file}:\n\n${text}`,
    );
    if (!(await confirmed(shell, 'Write it, and start the service?'))) {
      throw new AtoError('interrupted', 'Expected a yes, found none. Nothing was changed.');
    }
    await mkdir(dirname(file), { recursive: true });
    await writeWhole(file, text);
  }
  const hasRun = await runAll(service.start).catch(async (error: unknown) => {
    // What can't be started is not left lying about.
    if (present === undefined) await rm(file, { force: true });
    else await writeWhole(file, present);
    throw error;
  });
  const done = {
    kind: service.kind,
    file,
    text,
    is_changed: !isSame,
    is_started: hasRun,
    commands: service.start,
  };
  shell.show(done, () => [
    isSame ? `${file} is as it should be.` : `Wrote ${file}.`,
    ...(hasRun ? ['The service runs.'] : toType(service.kind, service.start)),
    ...(service.kind === 'systemd'
      ? ['To keep it up while you are logged out: loginctl enable-linger']
      : []),
  ]);
}

async function uninstall(options: Options, shell: Shell): Promise<void> {
  const service = await serviceOf(options);
  const { file, present } = service;
  if (present === undefined) {
    throw new AtoError(
      'not-found',
      `Expected a service at ${file}, found none. Nothing was changed.`,
    );
  }
  assertOurs(service);
  if (!(await confirmed(shell, `Stop the service and remove ${file}?`))) {
    throw new AtoError('interrupted', 'Expected a yes, found none. Nothing was changed.');
  }
  const [stop = [], ...after] = service.stop;
  const hasRun = await runAll([stop]);
  await rm(file);
  if (hasRun) await runAll(after);
  shell.show({ kind: service.kind, file, is_stopped: hasRun }, () => [
    `Removed ${file}.`,
    ...(hasRun ? [] : toType(service.kind, service.stop)),
  ]);
}

async function status(options: Options, shell: Shell): Promise<void> {
  const { kind, file, present, state } = await serviceOf(options);
  const said = present === undefined ? undefined : await ran(state);
  const found = said === undefined ? 'unknown' : said.text.split('\n')[0] || `code ${said.code}`;
  shell.show({ kind, file, is_installed: present !== undefined, state: found }, () =>
    present === undefined
      ? [`Not installed: no ${file}.`]
      : [
          `Installed: ${file}`,
          `State: ${found}${said === undefined ? ` (ask with ${state.join(' ')})` : ''}`,
        ],
  );
  if (present === undefined) shell.leave(3);
}

async function serviceOf({ kind, name }: Options): Promise<Service> {
  if (!NAME.test(name)) {
    throw new AtoError(
      'usage',
      `Expected a name of small letters, digits and hyphens, found ${JSON.stringify(name)}.`,
    );
  }
  const file =
    kind === 'systemd'
      ? unitFile(name)
      : join(homedir(), 'Library', 'LaunchAgents', `${labelOf(name)}.plist`);
  const present = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const known = present === undefined ? {} : { present };
  if (kind === 'launchd') {
    const domain = `gui/${process.getuid?.() ?? 501}`;
    const target = `${domain}/${labelOf(name)}`;
    return {
      kind,
      file,
      ...known,
      start: [['launchctl', 'bootstrap', domain, file]],
      stop: [['launchctl', 'bootout', target]],
      state: ['launchctl', 'print', target],
    };
  }
  const unit = `${name}.service`;
  const control = ['systemctl', '--user'];
  return {
    kind,
    file,
    ...known,
    start: [
      [...control, 'daemon-reload'],
      [...control, 'enable', '--now', unit],
    ],
    stop: [
      [...control, 'disable', '--now', unit],
      [...control, 'daemon-reload'],
    ],
    state: [...control, 'is-active', unit],
  };
}

function unitFile(name: string): string {
  const base = process.env.XDG_CONFIG_HOME;
  const config = base !== undefined && isAbsolute(base) ? base : join(homedir(), '.config');
  return join(config, 'systemd', 'user', `${name}.service`);
}

function environmentHere(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    VARIABLES.flatMap((name) => {
      const value = process.env[name] ?? '';
      return value === '' ? [] : [[name, value] as const];
    }),
  );
}

function assertOurs({ file, present }: Service): void {
  if (present === undefined || present.includes(MARK)) return;
  throw new AtoError(
    'wrong-state',
    `Expected a file that atocore wrote at ${file}, found another. Give the service another --name, or remove that file; nothing was changed.`,
  );
}

function toType(kind: ServiceKind, commands: readonly (readonly string[])[]): readonly string[] {
  const lines = commands.map((words) => `  ${words.join(' ')}`);
  return [`${kind} can't be reached from here. Type this where it can:`, ...lines];
}

/** False where the system's own program is missing or has no session here. AtoError `failed`. */
async function runAll(commands: readonly (readonly string[])[]): Promise<boolean> {
  const [control = ''] = commands[0] ?? [];
  const probe =
    control === 'systemctl'
      ? ['systemctl', '--user', 'show-environment']
      : ['launchctl', 'version'];
  if ((await ran(probe))?.code !== 0) return false;
  for (const words of commands) {
    const found = await ran(words);
    if (found?.code === 0) continue;
    const said = found === undefined ? 'it is not there' : found.text.slice(0, 500);
    throw new AtoError(
      'failed',
      `Expected ${words.join(' ')} to work, found: ${said}. The file is as it was before.`,
    );
  }
  return true;
}

/** What a program says, without a shell; none where there is no such program. */
function ran([program = '', ...args]: readonly string[]): Promise<
  { code: number | null; text: string } | undefined
> {
  return new Promise((done) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000 });
    let text = '';
    const take = (piece: Buffer): void => {
      text += piece.toString('utf8');
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', () => done(undefined));
    child.on('close', (code) => done({ code, text: text.trim() }));
  });
}

async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o644 });
  await rename(`${file}.new`, file);
}
