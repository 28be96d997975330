/** Stopping a daemon in the middle of its work: all of it, or none, and nothing that was acknowledged is lost. */
import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { git } from '../support/native-git.ts';
import { type CommandLine, lineWithExample } from './command-line.ts';

/** Milliseconds of traffic before the signal. */
const MOMENTS = [60, 250];

interface Traffic {
  readonly captured: Set<string>;
  readonly promoted: Set<string>;
  readonly ended: Promise<void>;
}

/** Captures and decisions, one after the other, until the daemon answers no more. */
function traffic(url: string, tokens: Readonly<Record<string, string>>): Traffic {
  const [captured, promoted] = [new Set<string>(), new Set<string>()];
  const send = async (path: string, scope: string, body: unknown) => {
    const headers = {
      authorization: `Bearer ${tokens[scope]}`,
      'content-type': 'application/json',
    };
    const response = await fetch(url + path, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return { ok: response.ok, body: (await response.json()) as { id?: string } };
  };
  const captures = async (): Promise<void> => {
    for (let n = 0; ; n += 1) {
      const prompt = `What was said of pad ${n} at ${process.hrtime.bigint()}?`;
      const { ok, body } = await send('/interactions', 'agent', { prompt });
      if (ok) captured.add(String(body.id));
    }
  };
  const decisions = async (): Promise<void> => {
    const headers = { authorization: `Bearer ${tokens.agent}` };
    const queue = (await (await fetch(`${url}/queue`, { headers })).json()) as {
      items: { id: string }[];
    };
    for (const { id } of queue.items) {
      if ((await send(`/memory/${id}/promote`, 'reviewer', {})).ok) promoted.add(id);
      else if ((await send(`/entities/${id}/promote`, 'reviewer', {})).ok) promoted.add(id);
    }
  };
  const ended = Promise.allSettled([captures(), decisions()]).then(() => undefined);
  return { captured, promoted, ended };
}

async function tokensOf(line: CommandLine): Promise<Readonly<Record<string, string>>> {
  const { store } = await line.json(['status']);
  const read = async (scope: string): Promise<[string, string]> => {
    const text = await readFile(join(line.config, store.id, `${scope}.token`), 'utf8');
    return [scope, text.trim()];
  };
  return Object.fromEntries(await Promise.all(['agent', 'reviewer', 'admin'].map(read)));
}

test('108: told to stop while it commits, a daemon ends with 0 and loses nothing acknowledged', async (t) => {
  const line = await lineWithExample(t);
  const all = { captured: new Set<string>(), promoted: new Set<string>() };
  for (const moment of MOMENTS) {
    const daemon = await line.up();
    const { captured, promoted, ended } = traffic(daemon.url, await tokensOf(line));
    await sleep(moment);
    const { code, stderr } = await daemon.stop('SIGTERM');
    assert.equal(code, 0, stderr);
    await ended;
    assert.equal(await git(line.store, ['fsck', '--full', '--strict', '--no-dangling']), '');
    for (const left of ['.git/index.lock', '.atocore/lock', '.atocore/daemon.json']) {
      await assert.rejects(access(join(line.store, left)), { code: 'ENOENT' }, left);
    }
    for (const id of captured) all.captured.add(id);
    for (const id of promoted) all.promoted.add(id);
  }
  await line.run(['settle']);
  assert.equal(await git(line.store, ['status', '--porcelain']), '');
  const files = await git(line.store, ['ls-files', 'captures']);
  for (const id of all.captured) assert.ok(files.includes(id.replace(/^cap-/, '')), id);
  const history = await git(line.store, ['log', '--format=%B']);
  for (const id of all.promoted) assert.ok(history.includes(`Record: ${id}`), id);
  assert.ok(all.captured.size > 0);
});

test('108: a check or a drill under way does not hold up a stop', async (t) => {
  const line = await lineWithExample(t);
  const daemon = await line.up();
  const { admin } = await tokensOf(line);
  const headers = { authorization: `Bearer ${admin}`, 'content-type': 'application/json' };
  const asking = ['/admin/check', '/admin/drill'].map((path) =>
    fetch(daemon.url + path, { method: 'POST', headers, body: '{}' }).catch(() => undefined),
  );
  await sleep(200);
  const { code, stderr } = await daemon.stop('SIGTERM');
  assert.equal(code, 0, stderr);
  await Promise.all(asking);
  assert.equal(await git(line.store, ['fsck', '--full', '--strict', '--no-dangling']), '');
});
