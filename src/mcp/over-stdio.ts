/** MCP over standard input and output: one connection, until the host closes it. */
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Call, Json } from './operations.ts';
import { mcpServer, servedFrom } from './server.ts';

export interface StdioSettings {
  readonly document: Json;
  readonly version: string;
  readonly call: Call;
  readonly log: (line: string) => void;
}

/** Serves until standard input ends. Nothing but protocol goes to standard output. */
export async function mcpOverStdio({ document, version, call, log }: StdioSettings): Promise<void> {
  const served = servedFrom(document, version);
  const ended = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
  });
  const handle = serveStdio(() => mcpServer(served, call), {
    transport: new StdioServerTransport(),
    onerror: (error) => log(`mcp: ${error.message}`),
  });
  await ended;
  await handle.close();
}
