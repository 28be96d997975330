/** Hostile and broken requests; the numbers are those of the table of faults. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Engine } from '../../src/engine.ts';
import { createApp } from '../../src/http/app.ts';
import { type Served, serve } from '../../src/http/serve.ts';
import { open, rawRequest, request } from './raw-request.ts';
import { type Asked, firstCandidate, REVIEWER, siteUnderTest } from './site-under-test.ts';

const BODY_MAX = 20_000;
const site = await siteUnderTest({ after }, { settings: { bodyBytesMax: BODY_MAX } });
const { ask, tokens } = site;
const served: Served = await serve(site.app, { port: 0, auth: 'token' });
after(() => served.close());

const AUTH = `Authorization: Bearer ${tokens.agent}`;
const HOST = `Host: 127.0.0.1:${served.port}`;
const JSON_TYPE = 'Content-Type: application/json';

interface Case extends Asked {
  readonly name: string;
  readonly status: number;
}

const post = (body: unknown, more: Partial<Asked> = {}): Asked => ({
  method: 'POST',
  path: '/interactions',
  body,
  ...more,
});
const typed = (type: string): Asked =>
  post('{"prompt":"x"}', { headers: { 'content-type': type } });
const nested = (depth: number) => `{"prompt":${'['.repeat(depth)}${']'.repeat(depth)}}`;

const CASES: readonly Case[] = [
  { name: '78 body one byte over', status: 413, ...post(`"${'a'.repeat(BODY_MAX - 1)}"`) },
  { name: '79 no JSON', status: 400, ...post('{prompt:1}') },
  { name: '79 truncated', status: 400, ...post('{"prompt":"x"') },
  { name: '79 trailing garbage', status: 400, ...post('{"prompt":"x"}}') },
  { name: '79 duplicate keys', status: 400, ...post('{"prompt":"x","prompt":"y"}') },
  {
    name: '79 duplicate keys by escape',
    status: 400,
    ...post('{"prompt":"x","\\u0070rompt":"y"}'),
  },
  { name: '79 byte order mark', status: 400, ...post('\ufeff{"prompt":"x"}') },
  { name: '79 empty', status: 400, method: 'POST', path: '/interactions' },
  { name: '79 blank', status: 400, ...post(' ') },
  { name: '80 nested 65 deep', status: 422, ...post(nested(64)) },
  { name: '80 nested 9,000 deep', status: 422, ...post(nested(9_000)) },
  { name: '81 __proto__', status: 422, ...post('{"prompt":"x","__proto__":{"a":1}}') },
  { name: '81 constructor, deep', status: 422, ...post('{"prompt":"x","a":[{"constructor":1}]}') },
  { name: '81 prototype, escaped', status: 422, ...post('{"prompt":"x","protot\\u0079pe":1}') },
  { name: '30 lone surrogate', status: 422, ...post('{"prompt":"\\ud800"}') },
  { name: '30 NUL', status: 422, ...post('{"prompt":"a\\u0000b"}') },
  { name: '82 text/plain', status: 415, ...typed('text/plain') },
  { name: '82 form', status: 415, ...typed('application/x-www-form-urlencoded') },
  { name: '82 tab', status: 415, ...typed('application/json\ta') },
  { name: '82 garbage', status: 415, ...typed('application/json garbage') },
  { name: '82 another parameter', status: 415, ...typed('application/json; boundary=x') },
  { name: '82 another charset', status: 415, ...typed('application/json; charset=utf-16') },
  { name: '82 lookalike', status: 415, ...typed('application/jsonp') },
  { name: '84 foreign Host', status: 403, path: '/health', headers: { host: 'evil.example' } },
  { name: '84 Host with user', status: 403, path: '/health', headers: { host: 'a@localhost' } },
  {
    name: '85 foreign Origin',
    status: 403,
    ...post({ prompt: 'x' }, { headers: { origin: 'https://evil.example' } }),
  },
  {
    name: '85 Origin null',
    status: 403,
    ...post({ prompt: 'x' }, { headers: { origin: 'null' } }),
  },
  {
    name: '85 Origin of another port',
    status: 403,
    ...post({ prompt: 'x' }, { headers: { origin: 'http://localhost:3000' } }),
  },
  {
    name: '85 cross-site',
    status: 403,
    ...post({ prompt: 'x' }, { headers: { 'sec-fetch-site': 'cross-site' } }),
  },
  {
    name: '85 cross-site GET',
    status: 403,
    path: '/queue',
    headers: { 'sec-fetch-site': 'cross-site' },
  },
  { name: '86 no token', status: 401, path: '/queue', scope: 'none' },
  {
    name: '86 wrong token',
    status: 401,
    path: '/queue',
    headers: { authorization: `Bearer ${'a'.repeat(43)}` },
  },
  { name: '86 short token', status: 401, path: '/queue', headers: { authorization: 'Bearer a' } },
  {
    name: '86 other scheme',
    status: 401,
    path: '/queue',
    headers: { authorization: `Basic ${tokens.agent}` },
  },
  {
    name: '86 huge token',
    status: 401,
    path: '/queue',
    headers: { authorization: `Bearer ${'a'.repeat(1_000_000)}` },
  },
  { name: '86 token in URL', status: 401, path: `/queue?access_token=${tokens.agent}` },
  { name: '88 %zz', status: 400, path: '/memory/%zz' },
  { name: '88 %00', status: 400, path: '/memory/%00' },
  { name: '88 ..%2f', status: 400, path: '/memory/..%2f..%2fetc' },
  { name: '88 %5c', status: 400, path: '/memory/..%5cetc' },
  { name: '88 bad escape in query', status: 400, path: '/queue?project=%ff' },
  { name: '88 %00 in query', status: 400, path: '/queue?project=%00' },
  { name: '89 CR LF in an id', status: 404, path: '/memory/a%0d%0aSet-Cookie:x' },
  {
    name: '89 a blank in Idempotency-Key',
    status: 400,
    path: '/memory/x/promote',
    method: 'POST',
    scope: 'reviewer',
    headers: { 'idempotency-key': 'a b' },
  },
  { name: '96 OPTIONS', status: 405, method: 'OPTIONS', path: '/queue' },
  { name: '96 PATCH', status: 405, method: 'PATCH', path: '/queue' },
  { name: '96 unknown method', status: 405, method: 'BREW', path: '/queue' },
  { name: '96 unknown path', status: 404, path: '/nothing' },
  { name: '96 trailing slash', status: 404, path: '/queue/' },
  {
    name: '97 query over 4 KB',
    status: 400,
    method: 'POST',
    path: '/query',
    body: { query: 'é'.repeat(2_049) },
  },
  {
    name: '97 URL query over 4 KB',
    status: 400,
    path: `/detect-project?text=${'a'.repeat(4_200)}`,
  },
  { name: '98 limit -1', status: 400, path: '/queue?limit=-1' },
  { name: '98 limit 1e9', status: 400, path: '/queue?limit=1e9' },
  { name: '98 limit 0', status: 400, path: '/queue?limit=0' },
  { name: '98 limit NaN', status: 400, path: '/queue?limit=NaN' },
  { name: '98 limit empty', status: 400, path: '/queue?limit=' },
  { name: '98 limit[]', status: 400, path: '/queue?limit[]=1' },
  { name: '98 limit twice', status: 400, path: '/queue?limit=1&limit=2' },
  { name: '98 foreign cursor', status: 400, path: '/queue?cursor=abc' },
  {
    name: '56 id ..',
    status: 422,
    method: 'POST',
    path: '/projects/register',
    scope: 'admin',
    body: { id: '..' },
  },
  {
    name: '56 id .git in a path',
    status: 400,
    method: 'PUT',
    path: '/projects/.git',
    scope: 'admin',
    body: {},
  },
  {
    name: '57 id con',
    status: 422,
    method: 'POST',
    path: '/projects/register',
    scope: 'admin',
    body: { id: 'con' },
  },
];

for (const { name, status, ...asked } of CASES) {
  test(`fault ${name}: ${status}`, async () => {
    const answer = await ask(asked);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    assert.equal(answer.body.status, status);
    assert.match(answer.body.detail, /^Expected .*found|^Expected/);
    assert.ok(!JSON.stringify(answer.body).includes(tokens.agent), 'no token is echoed');
    assert.equal(answer.headers.get('access-control-allow-origin'), null);
    if (status === 405) assert.match(answer.headers.get('allow') ?? '', /GET/);
  });
}

test('fault 82: JSON with charset=utf-8 is JSON', async () => {
  const sent = post(
    { prompt: 'charset' },
    { headers: { 'content-type': 'application/json; charset=utf-8' } },
  );
  assert.equal((await ask(sent)).status, 201);
});

test('fault 78: an endless chunked body is cut off with 413 and never kept', async () => {
  const head = ['POST /interactions HTTP/1.1', HOST, AUTH, JSON_TYPE, 'Transfer-Encoding: chunked'];
  const socket = open(served.port);
  const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`;
  let answer = '';
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('data', (data) => {
    answer += data;
  });
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  const pump = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', pump);
  pump();
  await closed;
  assert.match(answer, /^HTTP\/1\.1 413/);
  // Far below the gigabyte that was on its way.
  assert.ok(socket.bytesWritten < 100_000_000, `${socket.bytesWritten} bytes`);
});

const RAW: readonly { readonly name: string; readonly status: number; readonly text: string }[] = [
  {
    name: '84 two Hosts',
    status: 400,
    text: request('GET /health HTTP/1.1', [HOST, 'Host: evil.example']),
  },
  { name: '84 two equal Hosts', status: 400, text: request('GET /health HTTP/1.1', [HOST, HOST]) },
  { name: '84 no Host', status: 400, text: request('GET /health HTTP/1.1', []) },
  {
    name: '84 foreign Host',
    status: 403,
    text: request('GET /health HTTP/1.1', ['Host: evil.example']),
  },
  {
    name: '86 two Authorizations',
    status: 401,
    text: request('GET /queue HTTP/1.1', [HOST, AUTH, AUTH]),
  },
  {
    name: '87 length and chunks',
    status: 400,
    text: request(
      'POST /query HTTP/1.1',
      [HOST, 'Content-Length: 4', 'Transfer-Encoding: chunked'],
      '0\r\n\r\n',
    ),
  },
  {
    name: '87 two lengths',
    status: 400,
    text: request('POST /query HTTP/1.1', [HOST, 'Content-Length: 4', 'Content-Length: 5'], 'aaaa'),
  },
  { name: '87 LF only', status: 400, text: `GET /health HTTP/1.1\n${HOST}\n\n` },
  {
    name: '87 20 KB header',
    status: 431,
    text: request('GET /health HTTP/1.1', [HOST, `X-Big: ${'a'.repeat(20_000)}`]),
  },
  { name: '87 TLS hello', status: 400, text: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' },
  {
    name: '88 absolute form',
    status: 400,
    text: request('GET http://evil.example/health HTTP/1.1', [HOST]),
  },
  {
    name: '88 absolute form of ours',
    status: 400,
    text: request('GET http://localhost/health HTTP/1.1', [HOST]),
  },
  { name: '88 asterisk', status: 400, text: request('GET * HTTP/1.1', [HOST]) },
  { name: '88 dots', status: 400, text: request('GET /memory/../health HTTP/1.1', [HOST]) },
  {
    name: '88 escaped dots',
    status: 400,
    text: request('GET /memory/%2e%2e/health HTTP/1.1', [HOST]),
  },
  { name: '88 backslash', status: 400, text: request('GET /memory\\..\\health HTTP/1.1', [HOST]) },
  { name: '88 %zz', status: 400, text: request('GET /memory/%zz HTTP/1.1', [HOST, AUTH]) },
  { name: '96 TRACE', status: 405, text: request('TRACE /queue HTTP/1.1', [HOST, AUTH]) },
  { name: '96 unknown method', status: 400, text: request('BREW /queue HTTP/1.1', [HOST, AUTH]) },
];

for (const { name, status, text } of RAW) {
  test(`fault ${name}, over a socket: ${status}`, async () => {
    const answer = await rawRequest(served.port, text);
    assert.equal(answer.status, status, answer.text);
    assert.equal(
      (await rawRequest(served.port, request('GET /health HTTP/1.1', [HOST]))).status,
      200,
    );
  });
}

test('fault 83: connections that never finish their request are closed, honest ones answered', async (t) => {
  const limits = { headersMs: 300, requestMs: 600, checkMs: 50, connections: 40 };
  const tight = await serve(site.app, { port: 0, auth: 'token', limits });
  t.after(() => tight.close());
  const attackers = Array.from({ length: 30 }, () => open(tight.port));
  const gone = attackers.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  for (const socket of attackers)
    socket.resume().write(`GET /health HTTP/1.1\r\n${HOST}\r\nX-Slow: `);
  const honest = await rawRequest(tight.port, request('GET /health HTTP/1.1', [HOST]));
  assert.equal(honest.status, 200);
  await Promise.all(gone);
  const later = await rawRequest(tight.port, request('GET /health HTTP/1.1', [HOST]));
  assert.equal(later.status, 200);
});

test('fault 90: the same capture a hundred times, at once and after a restart, is one', async (t) => {
  const other = await siteUnderTest(t);
  const sent = post({ prompt: 'the same words', client: 'test', session_id: 's1' });
  const answers = await Promise.all(Array.from({ length: 100 }, () => other.ask(sent)));
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
  assert.equal(answers.filter(({ status }) => status === 200).length, 99);
  assert.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1);
  await other.engine.close();
  const engine = await Engine.open({ folder: other.folder, watch: false });
  t.after(() => engine.close());
  await engine.ready();
  const app = createApp(engine, { person: REVIEWER, tokens });
  const again = await app.request('/interactions', {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens.agent}`, 'content-type': 'application/json' },
    body: JSON.stringify(sent.body),
  });
  assert.equal(again.status, 200);
  assert.deepEqual(await again.json(), answers[0]?.body);
});

test('fault 91: one Idempotency-Key with another body is 409', async () => {
  const headers = { 'idempotency-key': 'turn-17' };
  const first = await ask(post({ prompt: 'first' }, { headers }));
  const again = await ask(post({ prompt: 'first' }, { headers }));
  const other = await ask(post({ prompt: 'second' }, { headers }));
  assert.deepEqual([first.status, again.status, other.status], [201, 200, 409]);
  assert.deepEqual(again.body, first.body);
});

test('fault 92: of two promotes at once one is done and one refused, in one commit', async () => {
  await ask({ method: 'POST', path: '/admin/settle', scope: 'admin' });
  const { id, type, oid } = await firstCandidate(site);
  const path = `/${type === 'memory' ? 'memory' : 'entities'}/${id}/promote`;
  const sent = {
    method: 'POST',
    path,
    scope: 'reviewer',
    headers: { 'if-match': `"${oid}"` },
  } as const;
  const [one, two] = await Promise.all([ask(sent), ask(sent)]);
  const statuses = [one.status, two.status].sort();
  assert.equal(statuses[0], 200);
  assert.ok(statuses[1] === 409 || statuses[1] === 412, String(statuses[1]));
  const log = execFileSync('git', [
    '-C',
    site.folder,
    'log',
    '--format=%s',
    `--grep=Record: ${id}`,
  ]);
  assert.equal(log.toString().trim().split('\n').length, 1);
});

test('fault 93: a promote of what was edited by hand meanwhile is 412 and overwrites nothing', async () => {
  const { id, type, oid, path } = await firstCandidate(site);
  const file = join(site.folder, path);
  const edited = `${(await readFile(file, 'utf8')).trimEnd()} As measured twice.\n`;
  await writeFile(file, edited);
  const route = `/${type === 'memory' ? 'memory' : 'entities'}/${id}/promote`;
  const headers = { 'if-match': `"${oid}"` };
  const { status, body } = await ask({ method: 'POST', path: route, scope: 'reviewer', headers });
  assert.equal(status, 412);
  assert.equal(body.present.status, 'candidate');
  assert.equal(await readFile(file, 'utf8'), edited);
});

test('fault 94: a client that leaves in the middle of its body leaves nothing behind', async () => {
  const before = (await ask({ path: '/interactions' })).body.count;
  const head = ['POST /interactions HTTP/1.1', HOST, AUTH, JSON_TYPE, 'Content-Length: 100'];
  for (const part of ['', '{"prompt":"half a bo']) {
    const socket = open(served.port);
    await new Promise((resolve) => socket.once('connect', resolve));
    await new Promise((resolve) => socket.write(`${head.join('\r\n')}\r\n\r\n${part}`, resolve));
    socket.destroy();
  }
  await ask({ method: 'POST', path: '/admin/settle', scope: 'admin' });
  assert.equal((await ask({ path: '/interactions' })).body.count, before);
  const whole = await ask(post({ prompt: 'half a body, then whole' }));
  assert.equal(whole.status, 201);
});

test('fault 95: past the queue of captures the answer is 503 with Retry-After, and no answer lies', async () => {
  const app = createApp(site.engine, { person: REVIEWER, tokens, pendingCapturesMax: 20 });
  const answers = await Promise.all(
    Array.from({ length: 300 }, async (_each, at) => {
      const response = await app.request('/interactions', {
        method: 'POST',
        headers: { authorization: `Bearer ${tokens.agent}`, 'content-type': 'application/json' },
        body: JSON.stringify({ prompt: `burst ${at}` }),
      });
      return { response, body: (await response.json()) as { path: string } };
    }),
  );
  const taken = answers.filter(({ response }) => response.status === 201);
  const held = answers.filter(({ response }) => response.status === 503);
  assert.equal(taken.length + held.length, 300);
  assert.ok(taken.length >= 20 && held.length > 0, `${taken.length} taken`);
  for (const { response } of held) assert.equal(response.headers.get('retry-after'), '1');
  for (const { body } of taken) {
    assert.match(await readFile(join(site.folder, body.path), 'utf8'), /burst/);
  }
});

test('fault 95: more keep-alive connections than the limit leave the server answering', async (t) => {
  const limits = { connections: 20 };
  const small = await serve(site.app, { port: 0, auth: 'token', limits });
  t.after(() => small.close());
  const crowd = Array.from({ length: 60 }, () => open(small.port));
  await Promise.all(
    crowd.map(
      (socket) => new Promise((resolve) => socket.once('connect', resolve).once('close', resolve)),
    ),
  );
  for (const socket of crowd) socket.destroy();
  const status = async () =>
    (await rawRequest(small.port, request('GET /health HTTP/1.1', [HOST]))).status;
  let found = await status();
  // The server hears of the ends a moment later.
  for (let more = 0; found !== 200 && more < 50; more += 1) found = await status();
  assert.equal(found, 200);
});

const QUERIES = [
  '',
  '(a+)+$'.repeat(500),
  '😀 שלום مرحبا',
  "'; DROP TABLE memory; --",
  '\u202e',
  '%00',
];
for (const query of QUERIES) {
  test(`fault 97: the query ${JSON.stringify(query.slice(0, 24))} is a query like any other`, async () => {
    const { status } = await ask({ method: 'POST', path: '/query', body: { query } });
    assert.equal(status, 200);
  });
}

test('a store with auth: none is never served beyond loopback, others only when asked', async () => {
  const none = { host: '0.0.0.0', port: 0, auth: 'none', isExposed: true } as const;
  await assert.rejects(serve(site.app, none), { code: 'not-allowed' });
  await assert.rejects(serve(site.app, { host: '0.0.0.0', port: 0, auth: 'token' }), {
    code: 'not-allowed',
  });
  const exposed = await serve(site.app, {
    host: '0.0.0.0',
    port: 0,
    auth: 'token',
    isExposed: true,
  });
  assert.equal(exposed.url, `http://127.0.0.1:${exposed.port}`);
  await exposed.close();
});

test('fault 111: a port in use is said with its number', async () => {
  await assert.rejects(serve(site.app, { port: served.port, auth: 'token' }), (error: Error) => {
    assert.match(error.message, new RegExp(`port ${served.port}`));
    return 'code' in error && error.code === 'port-in-use';
  });
});

test('nothing of all this was an inner failure', () => {
  assert.deepEqual(site.log, []);
});
