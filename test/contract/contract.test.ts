/** The contract that clients rely on, checked by one in another language: Python's standard library. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readToken, type Scope } from '../../src/http/tokens.ts';
import { lineWithExample } from '../cli/command-line.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const hasPython = spawnSync('python3', ['--version']).status === 0;
const skip = hasPython ? false : 'python3 is not on this machine';

interface Check {
  readonly check: string;
  readonly ok: boolean;
  readonly found: string;
}

test('a client in Python finds every route, field and refusal that it relies on', {
  skip,
}, async (t) => {
  const line = await lineWithExample(t);
  const { url } = await line.up();
  const { store } = await line.json(['status']);
  const tokenOf = (scope: Scope) => readToken(line.config, store.id, scope);
  const tokens = [await tokenOf('agent'), await tokenOf('reviewer')];
  const checks = await run([url, ...tokens, await deadUrl()]);
  for (const { check, ok, found } of checks) {
    await t.test(check, () => assert.ok(ok, found));
  }
  assert.ok(checks.length >= 12, String(checks.length));
});

/** An address on which nobody listens. */
async function deadUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  await new Promise((closed) => server.close(closed));
  return `http://127.0.0.1:${address.port}`;
}

async function run(args: readonly string[]): Promise<readonly Check[]> {
  const environment = { PATH: process.env.PATH ?? '', PYTHONDONTWRITEBYTECODE: '1', no_proxy: '*' };
  const child = spawn('python3', ['contract.py', ...args], { cwd: HERE, env: environment });
  let [out, error] = ['', ''];
  child.stdout.on('data', (piece: Buffer) => {
    out += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    error += piece.toString();
  });
  const code = await new Promise((ended) => child.once('close', ended));
  assert.equal(code, 0, error);
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Check);
}
