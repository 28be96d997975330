/** A store that is served on a port, with a spool of its own, and the built hook as agents call it. */
import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HookAgentName } from '../../src/agents/hook-agents.ts';
import { Metrics } from '../../src/http/metrics.ts';
import { serve } from '../../src/http/serve.ts';
import type { Observer } from '../../src/observer.ts';
import { SpoolDelivery } from '../../src/spool-delivery.ts';
import { countTokens } from '../../src/view/tokens.ts';
import { ensureBuilt, type Ran } from '../cli/command-line.ts';
import { type SiteUnderTest, siteUnderTest, type Wanted } from '../http/site-under-test.ts';
import type { Endable } from '../support/temp-folder.ts';

const HOOK = fileURLToPath(new URL('../../dist/hook.cjs', import.meta.url));

export interface HookCall {
  readonly agent?: HookAgentName | string;
  readonly event?: string;
  /** A text is handed over as it is, anything else as JSON. */
  readonly input: unknown;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface HookedSite extends SiteUnderTest {
  readonly spool: SpoolDelivery;
  readonly spoolFolder: string;
  readonly metrics: Metrics;
  readonly faults: readonly string[];
  readonly hook: (call: HookCall) => Promise<Ran>;
  /** Where the daemon is said to listen; `undefined` takes the note away. */
  readonly listenAt: (url: string | undefined) => Promise<void>;
  readonly url: string;
}

export async function hookedSite(test: Endable, wanted: Wanted = {}): Promise<HookedSite> {
  ensureBuilt();
  const metrics = new Metrics();
  const faults: string[] = [];
  let spool: SpoolDelivery | undefined;
  let spoolFolder = '';
  const observers: readonly Observer[] = [metrics, ...(wanted.observers ?? [])];
  const site = await siteUnderTest(test, {
    ...wanted,
    observers,
    settingsOf(engine) {
      spoolFolder = join(engine.status().folder, '../spool');
      const onFault = (message: string) => faults.push(message);
      const [homeFolder, now] = ['/home/nobody', () => new Date()];
      spool = new SpoolDelivery({ engine, folder: spoolFolder, homeFolder, now, onFault });
      return { spool, metrics, ...wanted.settingsOf?.(engine) };
    },
  });
  if (spool === undefined) throw new TypeError('the site asked for no settings');
  const port = await serve(site.app, { port: 0, auth: 'token' });
  test.after(() => port.close());
  const watching = spool;
  test.after(() => watching.close());
  // As the daemon does: the first prompt would wait for its table.
  countTokens('');
  const config = join(site.folder, '../config');
  const tokens = join(config, 'atocore', site.engine.config.store);
  await mkdir(tokens, { recursive: true });
  await writeFile(join(tokens, 'agent.token'), `${site.tokens.agent}\n`, { mode: 0o600 });
  const note = join(site.folder, '.atocore/daemon.json');
  const listenAt = async (url: string | undefined): Promise<void> => {
    if (url === undefined) await rm(note, { force: true });
    else await writeFile(note, JSON.stringify({ pid: process.pid, url }));
  };
  await listenAt(port.url);
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: join(site.folder, '..'),
    XDG_CONFIG_HOME: config,
    ATOCORE_STORE: site.folder,
    ATOCORE_SPOOL: spoolFolder,
  };
  const hook = ({ agent = 'claude-code', event, input, environment: more }: HookCall) =>
    runNode([HOOK, agent, ...(event === undefined ? [] : [event])], {
      input: typeof input === 'string' ? input : JSON.stringify(input),
      environment: { ...environment, ...more },
    });
  return { ...site, spool, spoolFolder, metrics, faults, hook, listenAt, url: port.url };
}

/** This Node with something on stdin, listened to until it is over. */
export function runNode(
  args: readonly string[],
  { input, environment }: { input: string; environment: Readonly<Record<string, string>> },
): Promise<Ran> {
  const child = spawn(process.execPath, args, { env: environment, timeout: 60_000 });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  // It may be over before it has read everything.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
