/** Where MCP comes in: the same guard and token as a route, and calls that go to the routes. */
import type { Authorise } from './access.ts';
import type { App } from './app.ts';
import { BUILD } from './build.ts';

interface Asking {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/** What the protocol's side is given: the routes as a document, and a way to ask them. */
export interface McpInside {
  readonly document: () => Readonly<Record<string, unknown>>;
  readonly callFor: (
    request: Request,
  ) => (asking: Asking) => Promise<{ readonly status: number; readonly body: unknown }>;
  readonly version: string;
  readonly bodyBytesMax: number;
  readonly log: (line: string) => void;
  readonly ended?: AbortSignal;
}

/** Passed in as a value: `http/` and `mcp/` don't know each other. */
export type McpDoor = (inside: McpInside) => (request: Request) => Promise<Response>;

interface Frame {
  readonly authorise: Authorise;
  readonly bodyBytesMax: number;
  readonly document: () => object;
  readonly log: (line: string) => void;
  readonly ended?: AbortSignal | undefined;
}

const PATHS = ['/mcp', '/v1/mcp'];

/** Any method; the agent's token alone, so that no tool can do more than an agent may. */
export function mountMcp(app: App, door: McpDoor, frame: Frame): void {
  const { authorise, bodyBytesMax, log, ended } = frame;
  const answer = door({
    document: () => frame.document() as Readonly<Record<string, unknown>>,
    callFor: (request) => async (asking) => {
      const authorization = request.headers.get('authorization');
      const response = await app.request(asking.path, {
        method: asking.method,
        headers: {
          ...(authorization === null ? {} : { authorization }),
          ...(asking.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(asking.body === undefined ? {} : { body: JSON.stringify(asking.body) }),
      });
      return { status: response.status, body: await response.json() };
    },
    version: BUILD.version,
    bodyBytesMax,
    log,
    ...(ended === undefined ? {} : { ended }),
  });
  for (const path of PATHS) {
    app.all(path, async (c) => {
      c.set('route', '/mcp');
      authorise(c.req.raw.headers.get('authorization'), 'agent');
      const response = await answer(c.req.raw);
      if (response.status !== 413) return response;
      // What is left of a refused body isn't read: the connection ends with the answer.
      const headers = new Headers(response.headers);
      headers.set('connection', 'close');
      return new Response(response.body, { status: 413, headers });
    });
  }
}
