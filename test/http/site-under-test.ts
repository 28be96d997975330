/** A real store with its worked example, a real engine on it, and the application over both. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Engine } from '../../src/engine.ts';
import { type App, type AppSettings, createApp } from '../../src/http/app.ts';
import { passingTokens, type Scope, type Tokens } from '../../src/http/tokens.ts';
import { newStore } from '../../src/new-store.ts';
import type { Observer } from '../../src/observer.ts';
import { type Endable, temporaryFolder } from '../support/temp-folder.ts';

export const REVIEWER = { name: 'Rhea', email: 'rhea@example.org' };

export interface Asked {
  readonly method?: string;
  readonly path: string;
  /** A text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly scope?: Scope | 'none';
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: its shape is what a test is about to look at
  readonly body: any;
}

export interface SiteUnderTest {
  readonly folder: string;
  readonly engine: Engine;
  readonly app: App;
  readonly tokens: Tokens;
  /** Lines that the app has logged. */
  readonly log: readonly string[];
  readonly ask: (asked: Asked) => Promise<Answered>;
}

export interface Wanted {
  readonly settings?: Partial<AppSettings>;
  /** What needs the engine itself. */
  readonly settingsOf?: (engine: Engine) => Partial<AppSettings>;
  readonly observers?: readonly Observer[];
  /** Fields of `atocore.json` to set before the store is opened. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Closed and removed when the test, or the file with `{ after }` of node:test, ends. */
export async function siteUnderTest(
  test: Endable,
  { settings = {}, settingsOf, config, observers = [] }: Wanted = {},
): Promise<SiteUnderTest> {
  const folder = join(await temporaryFolder(test), 'store');
  await newStore(folder, { example: true, by: REVIEWER });
  if (config !== undefined) {
    const path = join(folder, 'atocore.json');
    const present = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...present, ...config }));
  }
  const engine = await Engine.open({ folder, watch: false, observers });
  test.after(() => engine.close());
  await engine.ready();
  const tokens = passingTokens();
  const log: string[] = [];
  const person = { name: 'Operator', email: 'operator@example.org' };
  const app = createApp(engine, {
    person,
    tokens,
    log: (line) => log.push(line),
    backups: { folder: `${folder}-backups`, isDefault: true },
    ...settings,
    ...settingsOf?.(engine),
  });
  return { folder, engine, app, tokens, log, ask: asker(app, tokens) };
}

function asker(app: App, tokens: Tokens): SiteUnderTest['ask'] {
  return async ({ method = 'GET', path, body, scope = 'agent', headers = {} }) => {
    const response = await app.request(path, {
      method,
      headers: {
        ...(scope === 'none' ? {} : { authorization: `Bearer ${tokens[scope]}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = text !== '' && /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : text,
    };
  };
}

/** The first candidate of the queue. */
export async function firstCandidate(site: SiteUnderTest): Promise<Answered['body']> {
  const { body } = await site.ask({ path: '/queue' });
  return body.items[0];
}
