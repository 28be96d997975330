/** MCP as streamable HTTP, stateless: every request is served by itself, whatever its generation. */
import { createMcpHandler } from '@modelcontextprotocol/server';
import type { Call, Json } from './operations.ts';
import { mcpServer, type Served, servedFrom } from './server.ts';

/** What the application gives the door. */
export interface Inside {
  readonly document: () => Json;
  /** Asks a route with the authorization of the request that is served. */
  readonly callFor: (request: Request) => Call;
  readonly version: string;
  readonly bodyBytesMax: number;
  readonly log: (line: string) => void;
  /** Ends the streams that clients hold open. */
  readonly ended?: AbortSignal;
}

const STREAMS_MAX = 100;

export function mcpOverHttp(inside: Inside): (request: Request) => Promise<Response> {
  let served: Served | undefined;
  const { fetch, close } = createMcpHandler(
    ({ requestInfo }) => {
      if (requestInfo === undefined) throw new Error('a server over HTTP needs its request');
      served ??= servedFrom(inside.document(), inside.version);
      return mcpServer(served, inside.callFor(requestInfo));
    },
    {
      maxRequestBodySize: inside.bodyBytesMax,
      maxSubscriptions: STREAMS_MAX,
      onerror: (error) => inside.log(`mcp: ${error.message}`),
    },
  );
  inside.ended?.addEventListener('abort', () => void close());
  return (request) => fetch(request);
}
