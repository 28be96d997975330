/**
 * The official MCP conformance suite against a served store and against `atocore mcp`: a script, not a
 * test, since it takes Node 24 and the suite from the registry. `npx tsx test/mcp/conformance.ts`
 *
 * Ends with 1 where a scenario that applies fails, or one that doesn't passes or isn't known here.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bridged, mcpCommand, openStore, runPackage, served } from './official-tools.ts';

const SUITE = '@modelcontextprotocol/conformance@0.1.16';

/** Scenarios of the suite that apply to any server with tools and resources. */
const APPLIES = [
  'server-initialize',
  'ping',
  'tools-list',
  'resources-list',
  'dns-rebinding-protection',
  'server-sse-polling',
  'server-sse-multiple-streams',
];

/** Of these the answers would be the bridge's own. */
const OF_HTTP_ONLY = [
  'dns-rebinding-protection',
  'server-sse-polling',
  'server-sse-multiple-streams',
];

const FIXTURE = 'calls a tool or reads a resource that only the example server of the suite has';
const NOT_OFFERED = 'asks for a capability that AtoCore does not offer';

/** Those that don't, and why. */
const APPLIES_NOT: Readonly<Record<string, string>> = {
  'logging-set-level': `${NOT_OFFERED} (logging)`,
  'completion-complete': `${NOT_OFFERED} (completions)`,
  'resources-subscribe': `${NOT_OFFERED} (subscriptions of the generation with initialize)`,
  'resources-unsubscribe': `${NOT_OFFERED} (subscriptions of the generation with initialize)`,
  'prompts-list': `${NOT_OFFERED} (prompts)`,
  'prompts-get-simple': `${NOT_OFFERED} (prompts)`,
  'prompts-get-with-args': `${NOT_OFFERED} (prompts)`,
  'prompts-get-embedded-resource': `${NOT_OFFERED} (prompts)`,
  'prompts-get-with-image': `${NOT_OFFERED} (prompts)`,
  'tools-call-simple-text': FIXTURE,
  'tools-call-image': FIXTURE,
  'tools-call-audio': FIXTURE,
  'tools-call-embedded-resource': FIXTURE,
  'tools-call-mixed-content': FIXTURE,
  'tools-call-with-logging': FIXTURE,
  'tools-call-error': FIXTURE,
  'tools-call-with-progress': FIXTURE,
  'tools-call-sampling': FIXTURE,
  'tools-call-elicitation': FIXTURE,
  'json-schema-2020-12': FIXTURE,
  'elicitation-sep1034-defaults': FIXTURE,
  'elicitation-sep1330-enums': FIXTURE,
  'resources-read-text': FIXTURE,
  'resources-read-binary': FIXTURE,
  'resources-templates-read': FIXTURE,
};

interface Check {
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
}

const ends: (() => unknown)[] = [];
try {
  const line = await openStore(ends);
  const stdio = await bridged(mcpCommand(line), ends);
  let faults = await against('atocore mcp (stdio, behind a bridge)', stdio, OF_HTTP_ONLY);
  const url = await served(line, ends);
  faults += await against('/mcp of a daemon', `${url}/mcp`);
  process.exitCode = faults === 0 ? 0 : 1;
} finally {
  for (const end of ends.reverse()) await end();
}

async function against(
  name: string,
  url: string,
  leftOut: readonly string[] = [],
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'atocore-conformance-'));
  const args = ['conformance', 'server', '--url', url, '--suite', 'all', '--output-dir', folder];
  const { stdout, stderr } = await runPackage(SUITE, args);
  const found = await results(folder);
  await rm(folder, { recursive: true });
  if (found.size === 0) throw new Error(`the suite ran nothing: ${stdout}${stderr}`);
  console.log(`\n${name}`);
  let faults = 0;
  for (const [scenario, checks] of [...found].sort()) {
    if (leftOut.includes(scenario)) continue;
    const failed = checks.filter(({ status }) => status === 'FAILURE');
    const warned = checks.filter(({ status }) => status === 'WARNING').map(({ id }) => id);
    const why = APPLIES_NOT[scenario];
    const isFault =
      why === undefined ? failed.length > 0 || !APPLIES.includes(scenario) : failed.length === 0;
    if (isFault) faults += 1;
    const said = why ?? failed.map(({ errorMessage }) => errorMessage ?? 'failed').join('; ');
    const verdict = isFault ? 'FAULT' : why === undefined ? 'passes' : 'does not apply';
    const warnings =
      why === undefined && warned.length > 0 ? ` (warned: ${warned.join(', ')})` : '';
    console.log(`  ${verdict.padEnd(14)}  ${scenario.padEnd(30)}  ${said}${warnings}`);
  }
  for (const scenario of APPLIES.filter((each) => !found.has(each))) {
    faults += 1;
    console.log(`  FAULT           ${scenario}  did not run`);
  }
  return faults;
}

async function results(folder: string): Promise<ReadonlyMap<string, readonly Check[]>> {
  const found = new Map<string, readonly Check[]>();
  for (const name of await readdir(folder)) {
    const scenario = name.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT.*$/, '');
    const text = await readFile(join(folder, name, 'checks.json'), 'utf8');
    found.set(scenario, JSON.parse(text) as readonly Check[]);
  }
  return found;
}
