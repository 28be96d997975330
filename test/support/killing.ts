/** A daemon that is killed again and again under traffic, and what has to be there afterwards. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { newStore } from '../../src/new-store.ts';
import { git } from './native-git.ts';
import { ANN, put } from './store-tree.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const NOTES = 'projects/p05-interferometer/sources/notes';
const READY_MS = 60_000;
/** The longest that a daemon lives; what it is in the middle of then is chance. */
const LIFE_MS = 2_500;

export interface Killing {
  readonly folder: string;
  readonly kills: number;
  readonly seed: number;
  /** A control that has to be found out: what is sent counts as acknowledged. */
  readonly believesTooEarly?: boolean;
  readonly onKill?: (count: number, doing: string) => void;
}

export interface Outcome {
  /** Captures, decisions and backups that were answered with success. */
  readonly acknowledged: number;
  /** What was under way when the daemon died, and how often. */
  readonly during: Readonly<Record<string, number>>;
  /** Empty when nothing acknowledged is lost and everything is sound. */
  readonly faults: readonly string[];
}

/** Kills the daemon of a new store as often as asked, each time at a moment that the seed chooses. */
export async function killAgainAndAgain(asked: Killing): Promise<Outcome> {
  const { folder, kills, seed, onKill } = asked;
  const next = chance(seed);
  const store = join(folder, 'store');
  await newStore(store, { example: true, by: ANN });
  const config = JSON.parse(await git(store, ['show', 'HEAD:atocore.json'])) as object;
  await put(store, 'atocore.json', JSON.stringify({ ...config, auth: 'none' }));
  await mkdir(join(folder, 'backups'));
  const books: Books = { captures: new Map(), decisions: new Map(), sent: 0, answered: 0 };
  const during: Record<string, number> = {};
  const faults: string[] = [];
  for (let count = 1; count <= kills; count += 1) {
    const daemon = await startDaemon(folder);
    const traffic = new Traffic({ ...asked, folder, url: daemon.url, next, books, run: count });
    traffic.begin();
    await new Promise((resolve) => setTimeout(resolve, next(LIFE_MS)));
    const doing = traffic.doing();
    await daemon.kill();
    await traffic.end();
    during[doing] = (during[doing] ?? 0) + 1;
    onKill?.(count, doing);
  }
  const last = await startDaemon(folder);
  faults.push(...(await missing(store, last.url, books)));
  const check = await (await fetch(`${last.url}/admin/check`, post({}))).json();
  const { is_sound: isSound, checks } = check as Checked;
  const wrong = checks.filter(({ state }) => state === 'error');
  if (!isSound) faults.push(`check: ${JSON.stringify(wrong).slice(0, 1_000)}`);
  await last.kill();
  const fsck = await git(store, ['fsck', '--full', '--strict', '--no-dangling']);
  if (fsck !== '') faults.push(fsck);
  return { acknowledged: books.answered, during, faults };
}

interface Checked {
  readonly is_sound: boolean;
  readonly checks: readonly { readonly state: string }[];
}

interface Books {
  /** Ids of acknowledged captures, by the prompt. */
  readonly captures: Map<string, string>;
  /** Commits of acknowledged decisions, by the record. */
  readonly decisions: Map<string, string>;
  sent: number;
  answered: number;
}

interface Daemon {
  readonly url: string;
  readonly kill: () => Promise<void>;
}

async function startDaemon(folder: string): Promise<Daemon> {
  const child: ChildProcess = spawn(
    process.execPath,
    [MAIN, '--store', join(folder, 'store'), '--json', 'up', '--port', '0'],
    {
      env: {
        PATH: process.env.PATH ?? '',
        HOME: folder,
        XDG_CONFIG_HOME: join(folder, 'config'),
        ATOCORE_BACKUP_DIR: join(folder, 'backups'),
        ATOCORE_ACTOR: 'Rhea <rhea@example.org>',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    said += piece;
  });
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  const limit = setTimeout(() => void kill(), READY_MS);
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    clearTimeout(limit);
    return { url: (JSON.parse(line) as { url: string }).url, kill };
  }
  const how = child.signalCode ?? child.exitCode ?? 'running';
  throw new Error(`the daemon was not ready within ${READY_MS} ms (${how}): ${said}`);
}

interface TrafficOptions extends Killing {
  readonly url: string;
  readonly next: (below: number) => number;
  readonly books: Books;
  readonly run: number;
}

/** Captures in a row, and beside them one thing after the other that changes the store. */
class Traffic {
  readonly #options: TrafficOptions;
  #isEnded = false;
  #doing = 'nothing';
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: TrafficOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#work = Promise.all([this.#captures(), this.#changes()]);
  }

  doing(): string {
    return this.#doing;
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#work;
  }

  async #captures(): Promise<void> {
    const { run, books, believesTooEarly } = this.#options;
    for (let n = 0; !this.#isEnded; n += 1) {
      const prompt = `Run ${run}, question ${n}: how far are the supports?`;
      const turn = { prompt, project: 'p05' };
      books.sent += 1;
      if (believesTooEarly === true) books.captures.set(prompt, 'cap-not-yet-known');
      const first = await this.#ask('/interactions', turn);
      // A client that isn't sure sends it again: it is the same capture.
      const again = n % 5 === 0 ? await this.#ask('/interactions', turn) : first;
      if (first === undefined) continue;
      books.captures.set(prompt, String(first.id));
      books.answered += 1;
      if (again !== undefined && again.id !== first.id) throw new Error('one turn, two captures');
    }
  }

  async #changes(): Promise<void> {
    const { next, run, folder } = this.#options;
    const acts = [
      ['edit', () => put(join(folder, 'store'), `${NOTES}/run-${run}.md`, this.#note())],
      ['settle', () => this.#ask('/admin/settle', {})],
      ['decision', () => this.#decide()],
      ['backup', () => this.#ask('/admin/backup', {})],
      ['restore', () => this.#restore()],
    ] as const;
    while (!this.#isEnded) {
      const [name, act] = acts[next(acts.length)] ?? acts[0];
      this.#doing = name;
      await act();
    }
  }

  #note(): string {
    const n = this.#options.next(1_000);
    return `# Run\n\n## Fact: bolt ${n}\n\nBolt ${n} is made of steel grade ${n % 7}.\n`;
  }

  async #decide(): Promise<void> {
    const { next, books } = this.#options;
    const queue = await this.#ask('/queue?limit=50');
    const items = (queue?.items ?? []) as readonly { id: string; type: string }[];
    const chosen = items[next(Math.max(1, items.length))];
    if (chosen === undefined) return;
    const collection = chosen.type === 'memory' ? 'memory' : 'entities';
    const act = next(2) === 0 ? 'promote' : 'reject';
    const decided = await this.#ask(`/${collection}/${chosen.id}/${act}`, {});
    if (decided === undefined) return;
    books.decisions.set(chosen.id, String(decided.commit));
    books.answered += 1;
  }

  async #restore(): Promise<void> {
    const listed = await this.#ask('/admin/backup?limit=5');
    const items = (listed?.items ?? []) as readonly { stamp: string }[];
    const chosen = items[this.#options.next(Math.max(1, items.length))];
    if (chosen !== undefined) await this.#ask('/admin/restore', { stamp: chosen.stamp });
  }

  /** What the daemon answered with success; none when it refused, or died. */
  async #ask(path: string, body?: object): Promise<Record<string, unknown> | undefined> {
    try {
      const init = body === undefined ? {} : post(body);
      const response = await fetch(this.#options.url + path, init);
      const answer = (await response.json()) as Record<string, unknown>;
      if (response.ok) return answer;
      if (response.status === 500) throw new Error(`500 at ${path}: ${JSON.stringify(answer)}`);
      return undefined;
    } catch (error) {
      // The connection went with the daemon.
      if (error instanceof TypeError || error instanceof SyntaxError) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        return undefined;
      }
      if (error instanceof Error && error.name === 'AbortError') return undefined;
      throw error;
    }
  }
}

function post(body: object): RequestInit {
  const headers = { 'content-type': 'application/json' };
  return { method: 'POST', headers, body: JSON.stringify(body) };
}

/**
 * Acknowledged and gone. A restore takes captures and decisions out of the folder by right, in a
 * commit of its own: they have to be in the history.
 */
async function missing(
  store: string,
  url: string,
  { captures, decisions }: Books,
): Promise<readonly string[]> {
  await fetch(`${url}/admin/settle`, post({}));
  const added = ['log', '--all', '--format=', '--name-only', '--diff-filter=A'];
  const history = await git(store, added);
  const commits = new Set((await git(store, ['log', '--all', '--format=%H'])).split('\n'));
  const lost = [...captures].filter(([, id]) => !history.includes(id.slice('cap-'.length)));
  const undone = [...decisions].filter(([, commit]) => !commits.has(commit));
  return [
    ...lost.map(([prompt, id]) => `lost ${id}: ${prompt}`),
    ...undone.map(([id, commit]) => `lost the decision on ${id}, ${commit}`),
  ];
}

/** A pseudo-random number below a bound, the same for the same seed. */
function chance(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
