/** The built command line, run from outside as people run it, with folders of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../support/temp-folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(ROOT, 'dist/cli/main.js');
const ENOUGH_MS = 120_000;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Daemon {
  readonly url: string;
  readonly pid: number;
  /** Sends the signal and gives how it ended. */
  readonly stop: (signal: NodeJS.Signals) => Promise<Ran>;
}

export interface Given {
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface CommandLine {
  readonly folder: string;
  /** Where the store is; nothing is there at first. */
  readonly store: string;
  readonly config: string;
  readonly run: (args: readonly string[], given?: Given) => Promise<Ran>;
  /** As `run` with `--json`: the one object on stdout. */
  // biome-ignore lint/suspicious/noExplicitAny: its shape is what a test is about to look at
  readonly json: (args: readonly string[], given?: Given) => Promise<any>;
  readonly up: (
    args?: readonly string[],
    environment?: Readonly<Record<string, string>>,
  ) => Promise<Daemon>;
  /** Git in the store, as anyone would run it. */
  readonly git: (args: readonly string[]) => Promise<Ran>;
  /** This Node with other arguments, in the same environment. */
  readonly node: (
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ) => Promise<Ran>;
}

export async function commandLine(test: Pick<TestContext, 'after'>): Promise<CommandLine> {
  ensureBuilt();
  const folder = await temporaryFolder(test);
  const store = join(folder, 'store');
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_DATA_HOME: join(folder, 'data'),
    ATOCORE_ACTOR: 'Rhea <rhea@example.org>',
    ATOCORE_STORE: store,
  };
  const start = (args: readonly string[], given: Given = {}): ChildProcess =>
    spawn(process.execPath, [MAIN, ...args], {
      cwd: given.cwd ?? folder,
      env: { ...environment, ...given.environment },
      timeout: ENOUGH_MS,
    });
  const run = (args: readonly string[], given: Given = {}): Promise<Ran> => {
    const child = start(args, given);
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(given.input ?? '');
    return ended(child);
  };
  return {
    folder,
    store,
    config: join(folder, 'config', 'atocore'),
    run,
    async json(args, given) {
      const { stdout, stderr, code } = await run([...args, '--json'], given);
      const lines = stdout.trim().split('\n');
      if (lines.length !== 1 || stdout === '') throw new Error(`${code}: ${stdout}${stderr}`);
      return JSON.parse(stdout);
    },
    git: (args) => ended(spawn('git', ['-C', store, ...args], { env: environment })),
    node: (args, extra) =>
      ended(
        spawn(process.execPath, args, {
          env: { ...environment, ...extra },
          timeout: ENOUGH_MS,
        }),
      ),
    async up(args = [], extra = {}) {
      const child = start(['up', '--port', '0', '--json', ...args], { environment: extra });
      test.after(() => {
        child.kill('SIGKILL');
      });
      const end = ended(child);
      const { url, pid } = JSON.parse(await firstLine(child, end)) as { url: string; pid: number };
      const stop = async (signal: NodeJS.Signals) => {
        child.kill(signal);
        return end;
      };
      return { url, pid, stop };
    },
  };
}

/** With the worked example settled in its store. */
export async function lineWithExample(test: Pick<TestContext, 'after'>): Promise<CommandLine> {
  const line = await commandLine(test);
  for (const args of [['init', line.store, '--example'], ['settle']]) {
    const { code, stderr } = await line.run(args);
    if (code !== 0) throw new Error(stderr);
  }
  return line;
}

// `npm test` builds first; a single file run by hand may find nothing built yet.
export function ensureBuilt(): void {
  if (existsSync(MAIN)) return;
  const built = spawnSync('npx', ['tsup', '--silent', '--no-dts'], { cwd: ROOT, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
}

function ended(child: ChildProcess): Promise<Ran> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

async function firstLine(child: ChildProcess, end: Promise<Ran>): Promise<string> {
  const line = new Promise<string>((resolve) => {
    let text = '';
    child.stdout?.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(text);
    });
  });
  const early = end.then(({ code, stderr }): string => {
    throw new Error(`ended with ${code}: ${stderr}`);
  });
  return Promise.race([line, early]);
}
