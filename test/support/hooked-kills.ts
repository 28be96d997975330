/** Hooks that are called while the daemon is killed and started again at random, and what is in git afterwards. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { newStore } from '../../src/new-store.ts';
import { spoolState, storeKey } from '../../src/spool.ts';
import { git } from './native-git.ts';
import { ANN } from './store-tree.ts';
import { until } from './until.ts';

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));
const SETTLED_MS = 30_000;

export interface HookedKills {
  readonly folder: string;
  readonly captures: number;
  /** The daemon lives for up to this long, and is away for up to half of it. */
  readonly lifeMs: number;
  readonly seed: number;
  /** Hooks that run at once. */
  readonly width?: number;
}

export interface KilledOutcome {
  readonly kills: number;
  /** Prompts that are not in git exactly once, with how often they are. */
  readonly faults: readonly string[];
  readonly exitCodes: ReadonlySet<number | null>;
}

export async function hookWhileKilled(asked: HookedKills): Promise<KilledOutcome> {
  const { folder, captures, seed, width = 4 } = asked;
  const store = join(folder, 'store');
  await newStore(store, { example: false, by: ANN });
  const config = join(store, 'atocore.json');
  const present = JSON.parse(await readFile(config, 'utf8')) as object;
  await writeFile(config, JSON.stringify({ ...present, auth: 'none' }));
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, 'config'),
    ATOCORE_ACTOR: 'Rhea <rhea@example.org>',
    ATOCORE_STORE: store,
    ATOCORE_SPOOL: join(folder, 'spool'),
  };
  const next = chance(seed);
  let isOver = false;
  const killing = killAgainAndAgain({ ...asked, environment, next, isOver: () => isOver });
  const exitCodes = new Set<number | null>();
  let count = 0;
  const work = async (): Promise<void> => {
    while (count < captures) {
      const prompt = promptOf(count++);
      const input = { session_id: 'kills', cwd: '/w', prompt, prompt_response: 'An answer.' };
      exitCodes.add(await callHook(['gemini', 'AfterAgent'], input, environment));
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  isOver = true;
  const kills = await killing;
  const last = await startDaemon(environment);
  try {
    const faults = await whenAtRest(store, asked, environment.ATOCORE_SPOOL);
    return { kills, faults, exitCodes };
  } finally {
    last.kill('SIGTERM');
    await once(last, 'close');
  }
}

/** What is wrong once nothing waits any more, or once that is waited for in vain. */
async function whenAtRest(
  store: string,
  { captures }: HookedKills,
  spool: string,
): Promise<readonly string[]> {
  const key = storeKey(store);
  await until('the spool is empty', () => spoolState(spool, key).waiting.length === 0, SETTLED_MS);
  return until(
    'everything is in git',
    async () => {
      const found = await faultsIn(store, captures);
      return found.every((each) => !each.startsWith('0 ')) ? found : undefined;
    },
    SETTLED_MS,
  );
}

function promptOf(at: number): string {
  return `Turn ${at} of many: how far are the supports?`;
}

/** Every prompt has to be in one file of HEAD, which came with one commit. */
async function faultsIn(store: string, captures: number): Promise<readonly string[]> {
  const added = await git(store, [
    'log',
    '--format=',
    '--name-only',
    '--diff-filter=A',
    '--',
    'captures',
  ]);
  const times = new Map<string, number>();
  for (const path of added.split('\n')) times.set(path, (times.get(path) ?? 0) + 1);
  const lines = await git(store, [
    'grep',
    '-h',
    '^Turn [0-9]* of many',
    'HEAD',
    '--',
    'captures',
  ]).catch(() => '');
  const found = new Map<string, number>();
  for (const line of lines.split('\n')) found.set(line, (found.get(line) ?? 0) + 1);
  const wrong = Array.from({ length: captures }, (_each, at) => promptOf(at))
    .map((prompt) => [found.get(prompt) ?? 0, prompt] as const)
    .filter(([count]) => count !== 1)
    .map(([count, prompt]) => `${count} times: ${prompt}`);
  const twice = [...times].filter(([path, count]) => path !== '' && count > 1);
  return [...wrong, ...twice.map(([path, count]) => `${count} commits bring ${path}`)];
}

async function killAgainAndAgain({
  lifeMs,
  environment,
  next,
  isOver,
}: HookedKills & {
  readonly environment: Readonly<Record<string, string>>;
  readonly next: (below: number) => number;
  readonly isOver: () => boolean;
}): Promise<number> {
  let kills = 0;
  while (!isOver()) {
    const daemon = await startDaemon(environment);
    await sleep(next(lifeMs));
    daemon.kill('SIGKILL');
    await once(daemon, 'close');
    kills += 1;
    if (!isOver()) await sleep(next(lifeMs / 2));
  }
  return kills;
}

async function startDaemon(environment: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [join(DIST, 'cli/main.js'), '--json', 'up', '--port', '0'],
    {
      env: environment,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const first = once(createInterface({ input: child.stdout }), 'line');
  const [line] = await Promise.race([first, once(child, 'close')]);
  if (String(line).includes('url')) return child;
  throw new Error(`the daemon said: ${line}`);
}

/** Calls the built hook; gives its exit code. */
export async function callHook(
  args: readonly string[],
  input: unknown,
  environment: Readonly<Record<string, string>>,
): Promise<number | null> {
  const child = spawn(process.execPath, [join(DIST, 'hook.cjs'), ...args], {
    env: environment,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(input));
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}

// A linear congruence is chance enough, and the same again for the same seed.
function chance(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
