/** The OpenAPI document: a committed copy, and the map by which every route is walked. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import type { z } from '@hono/zod-openapi';
import { createApp, openApiDocument } from '../../src/http/app.ts';
import { routesOf } from '../../src/http/routes.ts';
import { SCOPES } from '../../src/http/tokens.ts';
import { oneAtATime } from '../../src/one-at-a-time.ts';
import { REVIEWER, siteUnderTest } from './site-under-test.ts';

const COPY = new URL('../../docs/openapi.json', import.meta.url);
const OPEN = ['/health', '/readyz', '/openapi.json'];
/** Signed by its sender; without a secret it is refused whatever comes. */
const SIGNED = 'POST /hooks/push';

const site = await siteUnderTest({ after });
const { body: served } = await site.ask({ path: '/openapi.json', scope: 'none' });

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly access: string;
}

const OPERATIONS: readonly Operation[] = Object.entries<Record<string, Record<string, string>>>(
  served.paths,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path,
    access: operation['x-atocore-access'] ?? '',
  })),
);

function filled(path: string): string {
  return path.replaceAll(/\{\w+\}/g, 'p05-interferometer');
}

test('docs/openapi.json is what the schemas give; UPDATE=1 rewrites it', async () => {
  const now = `${JSON.stringify(openApiDocument(site.app), null, 2)}\n`;
  if (process.env.UPDATE === '1') await writeFile(COPY, now);
  assert.equal(await readFile(COPY, 'utf8'), now);
});

test('every route of the application stands in the served document', () => {
  assert.equal(served.openapi, '3.1.0');
  const described = OPERATIONS.map(({ method, path }) => `${method} ${path}`);
  const mounted = site.app.routes
    .filter(({ method, path }) => method !== 'ALL' && !path.startsWith('/v1'))
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
  assert.deepEqual(described.sort(), [...new Set(mounted)].sort());
});

test('without a token every route but the open ones answers 401, below /v1 too', async () => {
  for (const { method, path } of OPERATIONS) {
    for (const prefix of ['', '/v1']) {
      // An app of its own for each: past its bound a guess is told to wait instead.
      const app = createApp(site.engine, { person: REVIEWER, tokens: site.tokens });
      const { status, headers } = await app.request(prefix + filled(path), { method });
      const expected = `${method} ${path}` === SIGNED ? 403 : OPEN.includes(path) ? 200 : 401;
      assert.equal(status, expected, `${method} ${path}`);
      if (status === 401) assert.match(headers.get('www-authenticate') ?? '', /^Bearer/);
    }
  }
});

test('invariant 12: a token gets 403 on every write of another scope', async () => {
  let refused = 0;
  for (const { method, path, access } of OPERATIONS) {
    for (const scope of SCOPES) {
      if (access === 'any' || access === 'open' || access.split('|').includes(scope)) continue;
      const { status, body } = await site.ask({ method, path: filled(path), scope });
      assert.equal(status, 403, `${scope}: ${method} ${path}`);
      assert.equal(body.type, 'urn:atocore:error:not-allowed');
      refused += 1;
    }
  }
  assert.ok(refused >= 32, `${refused}`);
});

test('no write is open to any token, and only captures and proposals are to the agent token', () => {
  const captures = ['', '/{id}/extract', '/{id}/reinforce'].map(
    (end) => `POST /interactions${end}`,
  );
  const proposals = ['POST /memory', 'POST /entities'];
  const reads = ['/query', '/context/build', '/context/hook', '/projects/proposal'];
  for (const { method, path, access } of OPERATIONS) {
    if (method === 'GET' || reads.includes(path)) continue;
    const operation = `${method} ${path}`;
    if (operation === SIGNED) continue;
    if (proposals.includes(operation)) {
      assert.equal(access, 'agent|reviewer', operation);
      continue;
    }
    assert.ok(['agent', 'reviewer', 'admin'].includes(access), `${operation}: ${access}`);
    if (access === 'agent') assert.ok(captures.includes(operation), operation);
  }
});

/** What a route can't be asked without. */
function queryOf(
  schema: z.ZodType | undefined,
  known: Readonly<Record<string, string>>,
): Record<string, string> {
  const missing = schema?.safeParse({}).error?.issues.map(({ path }) => String(path[0])) ?? [];
  return Object.fromEntries(missing.map((name) => [name, known[name] ?? '']));
}

/** Two active parameters of one name that disagree: the id of their conflict. */
async function disputed(): Promise<string> {
  const base = { kind: 'parameter', project: 'p05', subject: 'pad count', status: 'active' };
  for (const value of ['12', '18']) {
    const body = { ...base, text: `The pad count is ${value}.`, value };
    await site.ask({ method: 'POST', path: '/entities', scope: 'reviewer', body });
  }
  const { items } = (await site.ask({ path: '/conflicts' })).body;
  assert.equal(items.length, 1);
  return items[0].id;
}

test('what the routes answer has exactly the shape that the document promises', async () => {
  const routes = routesOf({
    engine: site.engine,
    now: () => new Date('2026-11-22T10:00:00Z'),
    person: REVIEWER,
    homeFolder: '/home/ada',
    pendingCapturesMax: 10,
    backups: { folder: `${site.folder}-backups`, isDefault: true },
    alone: oneAtATime('the backups'),
    auth: 'token',
  });
  const bodies: Readonly<Record<string, unknown>> = {
    '/context/build': { prompt: 'What are the lateral supports of p05 made of?' },
    '/query': { query: 'lateral supports' },
    '/projects/proposal': { id: 'p06', roots: ['notes = /tmp/p06'] },
  };
  const backingUp = { method: 'POST', path: '/admin/backup', scope: 'admin' } as const;
  const { body: backup } = await site.ask(backingUp);
  const conflict = await disputed();
  const memory = (await site.ask({ path: '/memory' })).body.items[0].id;
  const entity = (await site.ask({ path: '/entities' })).body.items[0].id;
  const ids: Readonly<Record<string, string>> = {
    memory,
    entities: entity,
    records: entity,
    interactions: (await site.ask({ path: '/interactions' })).body.items[0].id,
    project: 'p05',
    projects: 'p05',
    conflicts: conflict,
    admin: backup.stamp,
  };
  const asked = { record: entity, project: 'p05', since: '2026-01-01' };
  for (const { spec, respond } of routes) {
    const { method, path, answer } = spec;
    // A stream has no one shape; test/http/events.test.ts reads it.
    if (spec.mediaType !== undefined) continue;
    if (method !== 'get' && bodies[path] === undefined) continue;
    const name = /\{(\w+)\}/.exec(path)?.[1];
    const reply = await respond({
      params: name === undefined ? {} : { [name]: ids[path.split('/')[1] ?? ''] ?? '' },
      query: new URLSearchParams(queryOf(spec.query, asked)),
      body: bodies[path],
      headers: new Headers(),
      bytes: new Uint8Array(0),
    });
    const sent: unknown = JSON.parse(JSON.stringify(reply.body));
    const read = answer.safeParse(sent);
    assert.ok(read.success, `${method} ${path}: ${read.error?.message}`);
    assert.deepEqual(read.data, sent, `${method} ${path}`);
  }
});
