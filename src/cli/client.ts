/** One way to ask, whether a daemon answers or this process does: both are the same application. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AtoError, isAtoError } from '../errors.ts';
import type { ProblemBody } from '../http/problem.ts';
import { defaultConfigFolder, readToken, type Scope } from '../http/tokens.ts';
import { BUSY_ANSWER_MS, findDaemon } from './daemon-file.ts';
import type { Shell } from './shell.ts';
import { type FoundStore, findStore } from './store-folder.ts';

export interface Sending {
  readonly body?: unknown;
  readonly scope?: Scope;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Client {
  readonly folder: string;
  readonly via: 'daemon' | 'engine';
  /** What the path answers. Throws `Refused` with the problem otherwise. */
  readonly get: <Body>(path: string, query?: Query) => Promise<Body>;
  readonly send: <Body>(method: string, path: string, sending: Sending) => Promise<Body>;
  readonly close: () => Promise<void>;
}

/** Values left undefined are left out. */
export type Query = Readonly<Record<string, string | undefined>>;

/** An answer that is a problem. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly problem: ProblemBody;

  constructor(problem: ProblemBody) {
    super(problem.detail);
    this.problem = problem;
  }
}

export type Fetch = (path: string, init: RequestInit) => Response | Promise<Response>;
export type TokenOf = (scope: Scope) => Promise<string | undefined>;

// Another command may hold the store for a moment; a daemon may be about to listen.
const WAIT_MS = 5_000;
const RETRY_MS = 100;
const READY_MS = 60_000;

/** A client of the store that the options name. AtoError `not-a-store`, `locked`. */
export async function openClient(shell: Shell): Promise<Client> {
  const found = await findStore(shell.options.store);
  const until = Date.now() + WAIT_MS;
  for (let answerMs: number | undefined; ; answerMs = BUSY_ANSWER_MS) {
    const daemon = await askDaemon(found, shell, answerMs);
    if (daemon !== undefined) return daemon;
    try {
      // Only here, so that asking a daemon loads nothing of the engine.
      const { engineTransport } = await import('./engine-transport.ts');
      return clientOf(found.folder, 'engine', await engineTransport(found, shell));
    } catch (error) {
      if (!isAtoError(error, 'locked') || Date.now() > until) throw error;
      await sleep(RETRY_MS);
    }
  }
}

/** A client of the daemon of a store; none when none answers. */
export async function askDaemon(
  found: FoundStore,
  shell: Shell,
  answerMs?: number,
): Promise<Client | undefined> {
  const url = await findDaemon(found, answerMs);
  return url === undefined ? undefined : daemonClient(found, url, shell);
}

async function daemonClient(found: FoundStore, url: string, shell: Shell): Promise<Client> {
  const configFolder = shell.options.config ?? defaultConfigFolder();
  const fetchFrom: Fetch = async (path, init) => {
    try {
      return await fetch(url + path, { ...init, redirect: 'error' });
    } catch (error) {
      const message = `Expected the daemon at ${url} to answer, found the connection broken. Look at it, or stop it and try again.`;
      throw new AtoError('no-daemon', message, { cause: error });
    }
  };
  const tokenOf: TokenOf = async (scope) =>
    found.config.auth === 'none' ? undefined : readToken(configFolder, found.config.store, scope);
  await untilReady(fetchFrom, shell);
  return clientOf(found.folder, 'daemon', { fetchFrom, tokenOf, close: async () => undefined });
}

async function untilReady(fetchFrom: Fetch, shell: Shell): Promise<void> {
  const until = Date.now() + READY_MS;
  let hasSaid = false;
  while ((await fetchFrom('/readyz', {})).status === 503 && Date.now() < until) {
    if (!hasSaid) shell.say('The daemon is still reading the store…');
    hasSaid = true;
    await sleep(RETRY_MS);
  }
}

export interface Transport {
  readonly fetchFrom: Fetch;
  readonly tokenOf: TokenOf;
  readonly close: () => Promise<void>;
}

function clientOf(folder: string, via: Client['via'], transport: Transport): Client {
  const { fetchFrom, tokenOf, close } = transport;
  const send = async <Body>(method: string, path: string, sending: Sending): Promise<Body> => {
    const token = await tokenOf(sending.scope ?? 'agent');
    const response = await fetchFrom(path, {
      method,
      headers: {
        ...sending.headers,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(sending.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(sending.body === undefined ? {} : { body: JSON.stringify(sending.body) }),
    });
    const body: unknown = await response.json();
    if (!response.ok) throw new Refused(body as ProblemBody);
    return body as Body;
  };
  return {
    folder,
    via,
    get: (path, query = {}) => send('GET', path + queryText(query), {}),
    send,
    close,
  };
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, value);
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
