/** The application: `Request` in, `Response` out; everything HTTP knows of the engine. */
import { homedir } from 'node:os';
import type { HttpBindings } from '@hono/node-server';
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type BackupPlace, backupPlace } from '../backup/backup-folder.ts';
import { type Second, secondPlace } from '../backup-flow.ts';
import type { Engine, Person } from '../engine.ts';
import { type Observer, observers } from '../observer.ts';
import { type Alone, oneAtATime } from '../one-at-a-time.ts';
import type { PushedWork } from '../pushed.ts';
import type { Schedule } from '../schedule.ts';
import type { SpoolDelivery } from '../spool-delivery.ts';
import type { Vectors } from '../vectors.ts';
import { type Authorise, authoriser } from './access.ts';
import { BODY_BYTES_MAX, readBody, readRaw, type SentBody } from './body.ts';
import { BUILD } from './build.ts';
import { allowedHosts, checkArrival } from './guard.ts';
import { type OncePerKey, oncePerKey } from './idempotency.ts';
import { type McpDoor, mountMcp } from './mcp-door.ts';
import type { Metrics } from './metrics.ts';
import { HttpProblem, headersOf, PROBLEM_TYPE, problemOf, problemResponse } from './problem.ts';
import { PROBLEM } from './problem-schema.ts';
import type { NO_FIELDS, Reply, Route } from './route.ts';
import { routesOf } from './routes.ts';
import type { Site } from './site.ts';
import type { Tokens } from './tokens.ts';
import { z } from './zod.ts';

export interface AppSettings {
  /** Whom a commit names when a request doesn't say who decided. */
  readonly person: Person;
  /** Needed unless the store says `auth: none`. */
  readonly tokens?: Tokens;
  /** Names that `Host` may carry beside those of loopback. */
  readonly allowedHosts?: readonly string[];
  /** Where what nobody foresaw is written, in full. */
  readonly log?: (line: string) => void;
  readonly now?: () => Date;
  /** What the daemon counts; without it `/metrics` says that nothing does. */
  readonly metrics?: Metrics;
  /** Who is told of each answered request, beside the metrics. */
  readonly observers?: readonly Observer[];
  /** Ends the streams of events, which otherwise stay open. */
  readonly ended?: AbortSignal;
  readonly bodyBytesMax?: number;
  readonly pendingCapturesMax?: number;
  /** Where backups lie; default `ATOCORE_BACKUP_DIR`, else the user's state folder. */
  readonly backups?: BackupPlace;
  /** Where each is copied to; default `ATOCORE_BACKUP_SECOND`. */
  readonly second?: Second;
  /** Likeness of meaning beside words; none where the operator has no model. */
  readonly vectors?: Vectors | undefined;
  /** Keeps work on the backups apart; shared with who else does such work. */
  readonly alone?: Alone;
  /** What comes round by itself, for `/health`. */
  readonly schedule?: Schedule;
  /** Captures that hooks left, for `/health` and to be told of them. */
  readonly spool?: SpoolDelivery | undefined;
  /** What pushes of other repositories set off; without it webhooks are refused. */
  readonly pushed?: PushedWork;
  /** What webhooks are signed with. */
  readonly webhookSecret?: string | undefined;
  /** What answers on `/mcp`; without it that path is unknown. */
  readonly mcp?: McpDoor;
}

export interface AppEnvironment {
  readonly Bindings: HttpBindings;
  // The path of the route that was met, for whoever counts.
  readonly Variables: { route?: string };
}

export type App = OpenAPIHono<AppEnvironment>;

/** Every route also answers below it. */
const VERSION_PREFIX = '/v1';
const DOCUMENT_PATH = '/openapi.json';

/** The whole of HTTP over an engine. `app.request()` needs no port. */
export function createApp(engine: Engine, settings: AppSettings): App {
  const { auth } = engine.config;
  if (auth === 'token' && settings.tokens === undefined) {
    throw new TypeError('an app of a store with tokens needs them');
  }
  const now = settings.now ?? (() => new Date());
  const site: Site = {
    engine,
    now,
    person: settings.person,
    homeFolder: homedir(),
    pendingCapturesMax: settings.pendingCapturesMax ?? 500,
    backups: settings.backups ?? backupPlace(engine.config.store),
    second: settings.second ?? secondPlace(),
    alone: settings.alone ?? oneAtATime('the backups'),
    schedule: settings.schedule,
    spool: settings.spool,
    pushed: settings.pushed,
    webhookSecret: settings.webhookSecret,
    vectors: settings.vectors,
    auth,
    ...(settings.metrics === undefined ? {} : { metrics: settings.metrics }),
    ...(settings.ended === undefined ? {} : { ended: settings.ended }),
  };
  const log = settings.log ?? (() => undefined);
  const app: App = new OpenAPIHono({ strict: true });
  const routes = routesOf(site);
  const gate: Gate = {
    hosts: allowedHosts(settings.allowedHosts ?? []),
    authorise: authoriser(auth === 'none' ? undefined : settings.tokens, () => now().getTime()),
    once: oncePerKey(() => now().getTime()),
    bodyBytesMax: settings.bodyBytesMax ?? BODY_BYTES_MAX,
  };
  const told = observers([
    ...(settings.metrics ? [settings.metrics] : []),
    ...(settings.observers ?? []),
  ]);
  app.use('*', async (c, next) => {
    const startedMs = performance.now();
    await next();
    const { method } = c.req;
    const route = c.get('route') ?? 'none';
    const durationMs = performance.now() - startedMs;
    told.requested({ method, route, status: c.res.status, durationMs });
  });
  app.onError((error) => failed(error, log));
  app.notFound((c) => failed(unknownRoute(c, routes), log));
  app.use('*', async (c, next) => {
    checkArrival(arrivalOf(c), gate.hosts);
    await next();
    c.header('cache-control', 'no-store');
    c.header('x-content-type-options', 'nosniff');
  });
  for (const route of routes) mount(app, route, gate);
  mountDocument(app);
  if (settings.mcp !== undefined) {
    const { authorise, bodyBytesMax } = gate;
    const { ended } = settings;
    const document = () => openApiDocument(app);
    mountMcp(app, settings.mcp, { authorise, bodyBytesMax, document, log, ended });
  }
  return app;
}

interface Gate {
  readonly hosts: ReadonlySet<string>;
  readonly authorise: Authorise;
  readonly once: OncePerKey;
  readonly bodyBytesMax: number;
}

type RouteContext = Context<AppEnvironment>;

function mount(app: App, route: Route, gate: Gate): void {
  const { spec } = route;
  app.openAPIRegistry.registerPath(describe(route));
  const path = spec.path.replaceAll(/\{(\w+)\}/g, ':$1');
  app.on(spec.method.toUpperCase(), [path, VERSION_PREFIX + path], async (c) => {
    c.set('route', spec.path);
    const scope = gate.authorise(c.req.raw.headers.get('authorization'), spec.access);
    const { headers } = c.req.raw;
    const sent = await sentBody(c.req.raw, spec, gate.bodyBytesMax);
    const work = async (): Promise<Reply<unknown>> => {
      const reply = await route.respond({
        params: c.req.param(),
        query: new URL(c.req.url).searchParams,
        body: sent.value,
        bytes: sent.bytes,
        headers,
        scope,
      });
      return { ...reply, status: reply.status ?? spec.status ?? 200 };
    };
    const isKeyed =
      spec.method === 'post' && spec.isRead !== true && spec.rawBytesMax === undefined;
    const key = isKeyed ? headers.get('idempotency-key') : null;
    const { bytes } = sent;
    const place = `${scope ?? ''} ${spec.path} ${JSON.stringify(c.req.param())}`;
    const reply = await gate.once({ key, place, bytes }, work);
    return reply.stream === undefined
      ? replyResponse(reply, headers, spec.method)
      : new Response(reply.stream, { headers: { 'content-type': spec.mediaType ?? '' } });
  });
}

async function sentBody(
  request: Request,
  { method, rawBytesMax }: Route['spec'],
  bytesMax: number,
): Promise<SentBody> {
  if (method === 'get') return { bytes: new Uint8Array(0), value: undefined };
  if (rawBytesMax === undefined) return readBody(request, bytesMax);
  return { bytes: await readRaw(request, rawBytesMax), value: undefined };
}

function replyResponse(reply: Reply<unknown>, asked: Headers, method: string): Response {
  const headers = new Headers(reply.headers);
  const etag = headers.get('etag');
  const known = asked.get('if-none-match');
  if (method === 'get' && etag !== null && known !== null && isKnown(known, etag)) {
    return new Response(null, { status: 304, headers });
  }
  headers.set('content-type', 'application/json');
  return new Response(JSON.stringify(reply.body), { status: reply.status ?? 200, headers });
}

function isKnown(known: string, etag: string): boolean {
  return known.split(',').some((each) => each.trim().replace(/^W\//, '') === etag || each === '*');
}

function failed(error: unknown, log: (line: string) => void): Response {
  const response = problemResponse(problemOf(error, log), headersOf(error));
  response.headers.set('cache-control', 'no-store');
  response.headers.set('x-content-type-options', 'nosniff');
  // What is left of a refused body isn't read: the connection ends with the answer.
  if (response.status === 413) response.headers.set('connection', 'close');
  return response;
}

function arrivalOf(c: RouteContext) {
  const { headers } = c.req.raw;
  const url = new URL(c.req.url);
  // Only a request over a socket has its target and headers as they were sent.
  const incoming = c.env?.incoming as HttpBindings['incoming'] | undefined;
  const raw = incoming?.rawHeaders ?? [];
  const hosts = raw.filter((_value, at) => raw[at - 1]?.toLowerCase() === 'host' && at % 2 === 1);
  return {
    target: incoming?.url ?? url.pathname + url.search,
    hosts: incoming === undefined ? [headers.get('host') ?? url.host] : hosts,
    origin: headers.get('origin'),
    fetchSite: headers.get('sec-fetch-site'),
  };
}

function unknownRoute(c: RouteContext, routes: readonly Route[]): HttpProblem {
  const { pathname } = new URL(c.req.url);
  const allowed = routes
    .filter(({ spec }) => pathPattern(spec.path).test(pathname))
    .map(({ spec }) => spec.method.toUpperCase());
  if (pathPattern(DOCUMENT_PATH).test(pathname)) allowed.push('GET');
  if (allowed.length === 0) {
    const message = 'Expected a path of this server, found another. GET /openapi.json lists them.';
    return new HttpProblem('not-found', message);
  }
  const allow = [...allowed, ...(allowed.includes('GET') ? ['HEAD'] : [])].sort().join(', ');
  const message = `Expected one of ${allow} here, found ${c.req.method}.`;
  return new HttpProblem('method-not-allowed', message, { allow });
}

function pathPattern(path: string): RegExp {
  const inner = path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^(?:${VERSION_PREFIX})?${inner}$`);
}

function describe({ spec }: Route) {
  const { method, path, summary, tag, access, params, query, body, answer, status = 200 } = spec;
  const mediaType = spec.mediaType ?? 'application/json';
  const isOptional = body?.safeParse({}).success === true;
  const ifMatch = z.object({ 'if-match': z.string().optional() });
  return createRoute({
    method,
    path,
    summary,
    tags: [tag],
    security: access === 'open' || access === 'signature' ? [] : [{ bearer: [] }],
    'x-atocore-access': access,
    request: {
      ...(params === undefined ? {} : { params: params as typeof NO_FIELDS }),
      ...(query === undefined ? {} : { query: query as typeof NO_FIELDS }),
      ...(spec.takesIfMatch === true ? { headers: ifMatch } : {}),
      ...(body === undefined
        ? {}
        : { body: { content: { 'application/json': { schema: body } }, required: !isOptional } }),
    },
    responses: {
      [status]: { description: summary, content: { [mediaType]: { schema: answer } } },
      default: {
        description: 'What was expected, what was found, what to do',
        content: { [PROBLEM_TYPE]: { schema: PROBLEM } },
      },
    },
  });
}

function mountDocument(app: App): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'The agent, reviewer or admin token of the store',
  });
  app.openAPIRegistry.registerPath(
    createRoute({
      method: 'get',
      path: DOCUMENT_PATH,
      summary: 'This document',
      tags: ['operation'],
      security: [],
      'x-atocore-access': 'open',
      responses: {
        200: {
          description: 'OpenAPI 3.1',
          content: { 'application/json': { schema: z.record(z.string(), z.unknown()) } },
        },
      },
    }),
  );
  app.on('GET', [DOCUMENT_PATH, VERSION_PREFIX + DOCUMENT_PATH], (c) =>
    c.json(openApiDocument(app)),
  );
}

/** The OpenAPI 3.1 document of an app, made from the schemas that check its requests. */
export function openApiDocument(app: App) {
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'AtoCore',
      version: BUILD.version,
      description: 'A durable external context engine. Every path also answers below `/v1`.',
    },
    servers: [{ url: 'http://127.0.0.1:8100' }],
  });
}
