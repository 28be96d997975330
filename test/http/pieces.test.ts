/** The pieces that need no engine: errors, tokens, pages, keys, JSON. */
import assert from 'node:assert/strict';
import { chmod, readFile, stat } from 'node:fs/promises';
import { test } from 'node:test';
import { AtoError, ERROR_CODES, type ErrorCode } from '../../src/errors.ts';
import { authoriser, FAILURES_MAX, FAILURES_WINDOW_MS } from '../../src/http/access.ts';
import { KEY_LIFE_MS, oncePerKey } from '../../src/http/idempotency.ts';
import { parseJson } from '../../src/http/json-text.ts';
import { isLoopback } from '../../src/http/loopback.ts';
import { pageOf } from '../../src/http/page.ts';
import { headersOf, problemOf, problemResponse } from '../../src/http/problem.ts';
import { loadTokens, passingTokens, SCOPES, tokenPath } from '../../src/http/tokens.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
  return 'nothing thrown';
}

test('every code of the table of errors becomes its status and a stable type', async () => {
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    const error = new AtoError(code, 'Expected a, found b.', {
      extra: { present: 1, status: 200 },
    });
    const response = problemResponse(problemOf(error, assert.fail));
    const body = (await response.json()) as Record<string, unknown>;
    assert.equal(response.status, ERROR_CODES[code].status);
    assert.equal(body.type, `urn:atocore:error:${code}`);
    assert.equal(body.status, ERROR_CODES[code].status, 'extra fields replace nothing');
    assert.equal(body.present, 1);
    assert.equal(response.headers.get('retry-after'), response.status === 503 ? '1' : null);
  }
});

test('an error nobody foresaw is a 500 that keeps its details to the log', () => {
  const log: string[] = [];
  const problem = problemOf(new Error('secret /root/key'), (line) => log.push(line));
  assert.equal(problem.status, 500);
  assert.ok(!JSON.stringify(problem).includes('secret'));
  assert.match(log[0] ?? '', /secret/);
});

test('tokens are made once, 256 bits each, for their owner only', async (t) => {
  const folder = await temporaryFolder(t);
  const [first, second] = await Promise.all([loadTokens(folder, 's1'), loadTokens(folder, 's1')]);
  assert.deepEqual(first, second, 'two first starts at once agree');
  assert.equal(new Set(Object.values(first)).size, 3);
  for (const scope of SCOPES) {
    const path = tokenPath(folder, 's1', scope);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal(Buffer.from(first[scope], 'base64url').byteLength, 32);
    assert.equal((await readFile(path, 'utf8')).trim(), first[scope]);
  }
  assert.notDeepEqual(await loadTokens(folder, 's2'), first);
  await chmod(tokenPath(folder, 's1', 'admin'), 0o644);
  await assert.rejects(loadTokens(folder, 's1'), { code: 'not-allowed' });
});

test('guesses are held back past a bound, the right token never', () => {
  const tokens = passingTokens();
  let now = 0;
  const authorise = authoriser(tokens, () => now);
  const guess = () => codeOf(() => authorise('Bearer wrong', 'any'));
  for (let at = 0; at < FAILURES_MAX; at += 1) assert.equal(guess(), 'unauthenticated');
  assert.equal(guess(), 'too-many-requests');
  authorise(`Bearer ${tokens.agent}`, 'any');
  now = FAILURES_WINDOW_MS - 1_500;
  try {
    authorise('Bearer wrong', 'any');
  } catch (error) {
    assert.equal(headersOf(error)['retry-after'], '2');
  }
  now = FAILURES_WINDOW_MS;
  assert.equal(guess(), 'unauthenticated');
});

test('a list that changes between pages is gone on behind the last one served', () => {
  const idOf = (id: string) => id;
  const first = pageOf(['a', 'b', 'c', 'd'], { limit: 2 }, idOf);
  assert.deepEqual(first.items, ['a', 'b']);
  const cursor = first.next_cursor;
  assert.deepEqual(pageOf(['b', 'c', 'd'], { limit: 2, cursor }, idOf).items, ['c', 'd']);
  assert.deepEqual(pageOf(['0', 'a', 'b', 'c'], { limit: 2, cursor }, idOf).items, ['c']);
  assert.equal(pageOf(['a', 'b'], { limit: 2 }, idOf).next_cursor, undefined);
  assert.equal(
    codeOf(() => pageOf(['a'], { limit: 1, cursor: '%%%' }, idOf)),
    'usage',
  );
});

test('a key is remembered for a day, with its body, and not when its write failed', async () => {
  let now = 0;
  let done = 0;
  const once = oncePerKey(() => now);
  const bytes = Buffer.from('{}');
  const work = async () => {
    done += 1;
    return { status: 201, body: done };
  };
  const request = { key: 'k1', place: 'POST /x', bytes };
  assert.deepEqual(await once(request, work), { status: 201, body: 1 });
  assert.deepEqual(await once(request, work), { status: 200, body: 1 });
  assert.deepEqual(await once({ ...request, place: 'POST /y' }, work), { status: 201, body: 2 });
  await assert.rejects(once({ ...request, bytes: Buffer.from('[]') }, work), {
    code: 'wrong-state',
  });
  await assert.rejects(once({ ...request, key: 'a b' }, work), { code: 'usage' });
  now = KEY_LIFE_MS;
  assert.deepEqual(await once(request, work), { status: 201, body: 3 });
  const failing = { ...request, key: 'k2' };
  await assert.rejects(
    once(failing, async () => {
      throw new AtoError('busy', 'no');
    }),
  );
  assert.deepEqual(await once(failing, work), { status: 201, body: 4 });
});

test('JSON is read as it is written, whatever stands inside its strings', () => {
  const value = { 'a"b': ['{"a":1,"a":2}', '\\', '\u{1f600}', { a: 1 }, { a: 2 }], b: [[], {}] };
  assert.deepEqual(parseJson(Buffer.from(JSON.stringify(value, null, 1))), value);
  assert.equal(
    codeOf(() => parseJson(Buffer.from('{"a":1,"\\u0061":2}'))),
    'usage',
  );
});

test('only loopback is loopback', () => {
  for (const host of ['127.0.0.1', '127.9.8.7', 'localhost', '::1']) assert.ok(isLoopback(host));
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.evil.example', 'example.org']) {
    assert.ok(!isLoopback(host), host);
  }
});
