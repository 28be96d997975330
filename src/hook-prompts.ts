/** Prompts that wait for their answer: a small file for each session, beside the spool. */
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { shortHash } from './short-hash.ts';
import { namesIn, writeWhole } from './spool.ts';

/** A session's last prompts; an agent may take another one before it has answered. */
const PROMPTS_MAX = 8;
const SESSIONS_MAX = 2_000;
const FOLDER = 'prompts';

/** A prompt as it came, without secrets; only why, where it is none to be kept. */
export interface WaitingPrompt {
  readonly turn?: string;
  readonly at: string;
  readonly cwd?: string;
  readonly prompt?: string;
  readonly removed?: Readonly<Record<string, number>>;
  /** Why it isn't kept: its answer isn't either. */
  readonly left?: string;
  /** What was answered up to now, where the agent says that before the turn is over. */
  readonly response?: string;
  readonly isAnswered?: boolean;
}

interface Session {
  /** The store that its captures go to, as `storeKey` names it; empty where the file is damaged. */
  readonly store: string;
  readonly agent: string;
  readonly session: string;
  readonly prompts: readonly WaitingPrompt[];
}

/** A session whose prompts wait. */
export interface WaitingSession extends Session {
  /** Its file. */
  readonly path: string;
}

export class SessionPrompts {
  readonly #folder: string;
  readonly #name: string;
  readonly #of: Omit<Session, 'prompts'>;

  constructor(spool: string, of: Omit<Session, 'prompts'>) {
    const { agent, session } = of;
    this.#folder = join(spool, FOLDER);
    this.#name = `${shortHash(`${agent} ${session}`)}.json`;
    this.#of = of;
  }

  /** Oldest first; none where the file is not there or damaged. */
  read(): readonly WaitingPrompt[] {
    return sessionIn(join(this.#folder, this.#name))?.prompts ?? [];
  }

  add(prompt: WaitingPrompt): void {
    this.#write([...this.read(), prompt]);
  }

  /** The prompt of a turn, or the last one where the agent names no turns. */
  find(turn: string | undefined): WaitingPrompt | undefined {
    const prompts = this.read();
    const last = prompts.at(-1);
    if (turn === undefined || last?.turn === undefined) return last;
    return prompts.findLast((each) => each.turn === turn);
  }

  change(found: WaitingPrompt, changes: Partial<WaitingPrompt>): void {
    const isFound = (each: WaitingPrompt) => each.turn === found.turn && each.at === found.at;
    this.#write(this.read().map((each) => (isFound(each) ? { ...each, ...changes } : each)));
  }

  end(): void {
    rmSync(join(this.#folder, this.#name), { force: true });
  }

  #write(prompts: readonly WaitingPrompt[]): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const session: Session = { ...this.#of, prompts: prompts.slice(-PROMPTS_MAX) };
    writeWhole(this.#folder, this.#name, Buffer.from(JSON.stringify(session)), false);
  }
}

/** Sessions that nobody went on with since then, and the oldest beyond the bound. */
export function restingSessions(spool: string, untilMs: number): readonly WaitingSession[] {
  const folder = join(spool, FOLDER);
  return namesIn(folder)
    .map((name) => join(folder, name))
    .map((path) => ({ path, at: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.at - a.at)
    .filter(({ at }, place) => place >= SESSIONS_MAX || at < untilMs)
    .map(({ path }) => ({
      ...(sessionIn(path) ?? { store: '', agent: '', session: '', prompts: [] }),
      path,
    }));
}

/** The prompts of a session that were to be kept and never answered. */
export function unanswered(prompts: readonly WaitingPrompt[]): readonly WaitingPrompt[] {
  return prompts.filter(({ prompt, isAnswered }) => prompt !== undefined && isAnswered !== true);
}

function sessionIn(path: string): Session | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<Session> | null;
    const isSession =
      typeof value?.store === 'string' &&
      typeof value.agent === 'string' &&
      typeof value.session === 'string' &&
      Array.isArray(value.prompts);
    return isSession ? (value as Session) : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
