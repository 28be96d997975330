/**
 * The command line of the official MCP inspector lists and calls every tool, on a served store and on
 * `atocore mcp`: a script, not a test, since it comes from the registry. `npx tsx test/mcp/inspector.ts`
 *
 * Ends with 1 where a tool can't be listed or called, or a schema isn't one that hosts can take.
 */
import { givenFor } from './every-tool.ts';
import { mcpCommand, openStore, type Ran, runPackage, served } from './official-tools.ts';

const INSPECTOR = '@modelcontextprotocol/inspector@2.12.0';

interface Tool {
  readonly name: string;
  readonly inputSchema: Record<string, unknown>;
}

const ends: (() => unknown)[] = [];
try {
  const line = await openStore(ends);
  const { items } = await line.json(['queue']);
  const recordId: string = items[0].id;
  let faults = await inspected('atocore mcp', mcpCommand(line), recordId);
  const url = await served(line, ends);
  faults += await inspected('/mcp of a daemon', [`${url}/mcp`], recordId);
  process.exitCode = faults === 0 ? 0 : 1;
} finally {
  for (const end of ends.reverse()) await end();
}

async function inspected(
  name: string,
  target: readonly string[],
  recordId: string,
): Promise<number> {
  const listed = await inspect(target, ['--method', 'tools/list', '--strict']);
  const { tools } = JSON.parse(listed.stdout) as { readonly tools: readonly Tool[] };
  const warned = [...listed.stderr.matchAll(/^(Warning|Error): tool/gm)].map(([, kind]) => kind);
  const errors = warned.filter((kind) => kind === 'Error').length;
  console.log(
    `\n${name}: ${tools.length} tools listed, schemas with ${errors} errors and ${warned.length - errors} warnings (exit ${listed.code})`,
  );
  let faults = listed.code === 0 ? 0 : 1;
  for (const tool of tools) {
    const given = Object.entries(givenFor(tool, recordId)).flatMap(([key, value]) => [
      '--tool-arg',
      `${key}=${String(value)}`,
    ]);
    const called = await inspect(target, [
      '--method',
      'tools/call',
      '--tool-name',
      tool.name,
      ...given,
    ]);
    const isFault = called.code !== 0 || !/"structuredContent"/.test(called.stdout);
    if (isFault) faults += 1;
    const said = isFault ? saidBy(called).slice(0, 500) : '';
    console.log(`  ${isFault ? 'FAULT ' : 'called'}  ${tool.name}  ${said}`);
  }
  return faults;
}

/** What a run said, without npm's remarks on versions. */
function saidBy({ code, stdout, stderr }: Ran): string {
  const lines = `${stdout}\n${stderr}`.split('\n');
  return `(${code}) ${lines.filter((line) => line !== '' && !line.startsWith('npm warn')).join(' / ')}`;
}

function inspect(target: readonly string[], args: readonly string[]): Promise<Ran> {
  return runPackage(INSPECTOR, ['mcp-inspector', '--cli', ...target, ...args]);
}
