/** The daemon of a store: engine, application and port, from start to stop. */
import { homedir } from 'node:os';
import { basename, relative } from 'node:path';
import { backupPlace } from '../backup/backup-folder.ts';
import { secondPlace } from '../backup-flow.ts';
import { Engine, type Person } from '../engine.ts';
import { createApp } from '../http/app.ts';
import { BUILD } from '../http/build.ts';
import { Metrics } from '../http/metrics.ts';
import { type Served, serve } from '../http/serve.ts';
import { defaultConfigFolder, loadTokens, tokenPath } from '../http/tokens.ts';
import { loadWebhookSecret } from '../http/webhook-secret.ts';
import { mcpOverHttp } from '../mcp/over-http.ts';
import { type Alone, oneAtATime } from '../one-at-a-time.ts';
import { PushedWork } from '../pushed.ts';
import { Schedule } from '../schedule.ts';
import { jobsOf, keepMemory, readMemory } from '../scheduled.ts';
import { SpoolDelivery } from '../spool-delivery.ts';
import { spoolFolder } from '../user-folders.ts';
import { openVectors } from '../vectors.ts';
import { countTokens } from '../view/tokens.ts';
import { removeNote, writeNote } from './daemon-file.ts';
import { columns, styled } from './lines.ts';
import { Log, type LogLevel } from './log.ts';
import { personHere } from './person.ts';
import type { Shell } from './shell.ts';
import type { FoundStore } from './store-folder.ts';

/** How long a stop waits for what is under way. */
const STOP_MS = 4_500;
/** A job begins within this time of being due. */
const TICK_MS = 20_000;

export interface DaemonOptions {
  readonly host: string;
  readonly port: number;
  readonly expose?: boolean;
  readonly allowHost?: readonly string[];
  readonly logLevel?: LogLevel;
}

/** Watches a store and answers on a port until it is told to stop. AtoError `locked`, `port-in-use`. */
export async function runDaemon(
  found: FoundStore,
  options: DaemonOptions,
  shell: Shell,
): Promise<void> {
  const { folder, config } = found;
  const stopped = stopSignal();
  const ended = new AbortController();
  const metrics = new Metrics({ ofProcess: true });
  const log = await openLog(folder, options, shell);
  const observing = { folder, watch: true, observers: [metrics, log] };
  const engine = await Engine.open(observing).catch(async (error: unknown) => {
    await log.close();
    throw error;
  });
  try {
    engine.onPublish(({ settlement }) => log.problems(settlement.problems));
    const configFolder = shell.options.config ?? defaultConfigFolder();
    const tokens =
      config.auth === 'none' ? {} : { tokens: await loadTokens(configFolder, config.store) };
    const person = await personHere(folder);
    const alone = oneAtATime('the backups');
    const schedule = await scheduleOf(engine, { person, alone, log });
    const vectors = await openVectors(engine, process.env);
    const spool = new SpoolDelivery({
      engine,
      folder: spoolFolder(process.env),
      homeFolder: homedir(),
      now: () => new Date(),
      onFault: (message) => log.write('warn', 'spool', { message }),
    });
    const webhookSecret = await loadWebhookSecret(configFolder, config.store);
    const pushed = new PushedWork({
      engine,
      person,
      log: (line) => log.write('info', 'pushed', { found: line }),
    });
    const app = createApp(engine, {
      ...tokens,
      vectors,
      person,
      alone,
      schedule,
      spool,
      pushed,
      webhookSecret,
      allowedHosts: options.allowHost ?? [],
      metrics,
      observers: [log],
      ended: ended.signal,
      mcp: mcpOverHttp,
      log: log.unforeseen,
    });
    const { host, port, expose: isExposed = false } = options;
    const served = await serve(app, { host, port, isExposed, auth: config.auth });
    await writeNote(folder, { pid: process.pid, url: served.url });
    const { version, sha: build } = BUILD;
    const { pid } = process;
    log.write('info', 'started', { version, build, store: config.store, url: served.url, pid });
    try {
      await Promise.race([engine.ready(), stopped]);
      shell.show({ folder, store: config.store, url: served.url, pid: process.pid }, () =>
        welcome(found, served, configFolder),
      );
      spool.watch();
      void spool.deliver();
      // The first prompt would wait for it, and hooks have no time for that.
      setImmediate(() => countTokens(''));
      const ticks = setInterval(() => {
        void schedule.tick();
        void spool.deliver();
      }, TICK_MS);
      await stopped;
      clearInterval(ticks);
      shell.say('Stopping…');
      log.write('info', 'stopping');
      leaveInTime(log);
    } finally {
      ended.abort();
      await removeNote(folder, process.pid);
      await served.close();
      await schedule.end();
      await spool.close();
      await pushed.end();
      await vectors?.close();
    }
  } finally {
    await engine.close();
    log.write('info', 'stopped');
    await log.close();
  }
}

function openLog(folder: string, { logLevel = 'info' }: DaemonOptions, shell: Shell): Promise<Log> {
  // A person at a terminal follows it; elsewhere only what needs somebody is said.
  const showLevel = process.stderr.isTTY === true ? logLevel : 'warn';
  return Log.open({ folder, level: logLevel, show: shell.say, showLevel });
}

/** What comes round while the daemon is up. AtoError `invalid` for a pattern of `atocore.json`. */
async function scheduleOf(
  engine: Engine,
  { person, alone, log }: { readonly person: Person; readonly alone: Alone; readonly log: Log },
): Promise<Schedule> {
  const { folder } = engine.status();
  const now = () => new Date();
  const jobs = jobsOf(engine, {
    place: backupPlace(engine.config.store),
    second: secondPlace(),
    alone,
    person,
    build: BUILD.sha,
    now,
  });
  const memory = await readMemory(folder);
  return new Schedule({
    jobs,
    now,
    memory,
    keep: (each) => keepMemory(folder, each),
    onRun: (job, { isDone, found, durationMs }) =>
      log.write(isDone ? 'info' : 'error', 'job', { job, isDone, found, ms: durationMs }),
  });
}

/**
 * What is not done by then is left as a kill would leave it: an act, a backup or a drill cut short is
 * made good or swept away at the next start.
 */
function leaveInTime(log: Log): void {
  setTimeout(() => {
    log.write('warn', 'stopped', { isCutShort: true });
    void log.close().finally(() => process.exit(0));
  }, STOP_MS).unref();
}

// Listened for from the very start, so that a stop while the store is opened is a stop too.
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

function welcome({ folder, config }: FoundStore, { url }: Served, configFolder: string) {
  const rows = [
    ['store', folder],
    ['serving', url],
    ...(config.auth === 'none'
      ? [['tokens', 'none needed (auth: none in atocore.json)']]
      : [['tokens', tokenPath(configFolder, config.store, 'agent').replace(/agent\.token$/, '')]]),
  ];
  const at = `${calledAs()} --store ${JSON.stringify(folder)}`;
  return [
    `${styled('bold', 'AtoCore')} is up. Ctrl-C stops it.`,
    ...columns(rows, '  '),
    '',
    'Edit Markdown in the store with any editor, then try in another terminal:',
    `  ${at} status`,
    `  ${at} queue`,
    `  ${at} search "<words>"`,
    `  ${at} context "<prompt>"`,
  ];
}

/** How this program is called here: by its name where it is installed, else by its file. */
function calledAs(): string {
  const [, script = ''] = process.argv;
  return basename(script) === 'atocore' ? 'atocore' : `node ${relative(process.cwd(), script)}`;
}
