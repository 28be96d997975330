/** The port: opened with limits on time and connections, closed without losing an answer. */
import { createServer, type Server } from 'node:http';
import { isIPv6 } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { AtoError } from '../errors.ts';
import type { App } from './app.ts';
import { DEFAULT_HOST, DEFAULT_PORT, isLoopback } from './loopback.ts';
import { HttpProblem, problemOf, problemResponse } from './problem.ts';

export interface ServeSettings {
  readonly host?: string;
  /** 0 takes any free one. */
  readonly port?: number;
  /** Must be true for anything but a loopback address. */
  readonly isExposed?: boolean;
  readonly auth: 'token' | 'none';
  readonly limits?: Partial<ServerLimits>;
}

export interface ServerLimits {
  readonly headersMs: number;
  readonly requestMs: number;
  readonly checkMs: number;
  readonly connections: number;
  /** How long `close` waits for answers under way. */
  readonly closeMs: number;
}

export const SERVER_LIMITS: ServerLimits = {
  headersMs: 5_000,
  requestMs: 10_000,
  checkMs: 1_000,
  connections: 200,
  closeMs: 3_000,
};

export interface Served {
  /** Where a client on this machine reaches it. */
  readonly url: string;
  readonly port: number;
  /** Takes no new request, waits for answers under way, then frees the port. */
  readonly close: () => Promise<void>;
}

/** Opens the port. AtoError `not-allowed` for an open door nobody asked for, `port-in-use`. */
export async function serve(app: App, settings: ServeSettings): Promise<Served> {
  const { host = DEFAULT_HOST, port = DEFAULT_PORT } = settings;
  checkDoor(host, settings);
  const limits = { ...SERVER_LIMITS, ...settings.limits };
  const listener = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    errorHandler: (error) => refuse(error),
  });
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: limits.checkMs,
      keepAliveTimeout: limits.headersMs,
    },
    (incoming, outgoing) => {
      // A client that asks and asks on one connection would keep a closing server open.
      if (!server.listening) outgoing.shouldKeepAlive = false;
      void listener(incoming, outgoing);
    },
  );
  server.maxConnections = limits.connections;
  const bound = await listen(server, host, port);
  return { url: urlOf(host, bound), port: bound, close: () => close(server, limits.closeMs) };
}

function checkDoor(host: string, { isExposed = false, auth }: ServeSettings): void {
  if (isLoopback(host)) return;
  if (auth === 'none') {
    throw new AtoError(
      'not-allowed',
      `Expected a loopback address for a store with \`auth: none\`, found ${host}. Set \`"auth": "token"\` in atocore.json.`,
    );
  }
  if (isExposed) return;
  throw new AtoError(
    'not-allowed',
    `Expected a loopback address, found ${host}, which others can reach. Say --expose if that is meant, and put TLS before it.`,
  );
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? portInUse(port, error) : error);
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function portInUse(port: number, cause: unknown): AtoError {
  const message = `Expected port ${port} to be free, found it in use. Stop what uses it, or choose another with --port.`;
  return new AtoError('port-in-use', message, { cause });
}

function urlOf(host: string, port: number): string {
  const isEverywhere = host === '0.0.0.0' || host === '::';
  const name = isEverywhere ? DEFAULT_HOST : isIPv6(host) ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

async function close(server: Server, waitMs: number): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), waitMs);
  try {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
    });
  } finally {
    clearTimeout(timer);
  }
}

// What can't even be made a request of (a bad target or Host) never reaches the app.
function refuse(error: unknown): Response {
  const found = error instanceof Error ? error.message : 'something else';
  const problem = new HttpProblem('usage', `Expected a request that can be read: ${found}.`);
  return problemResponse(problemOf(problem, () => undefined));
}
