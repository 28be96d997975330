/** `sync` without a daemon and beside one, and a webhook that makes the daemon sync by itself. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { git } from '../support/native-git.ts';
import { put } from '../support/store-tree.ts';
import { until } from '../support/until.ts';
import { lineWithExample } from './command-line.ts';

const SECRET = 'a secret of the webhooks';
const NOTES = 'projects/p05-interferometer/sources/notes';

test('a store syncs by command, and a daemon when it is told of a push', async (t) => {
  const line = await lineWithExample(t);
  const none = await line.run(['sync']);
  assert.equal(none.code, 3);
  assert.match(none.stderr, /atocore sync --upstream <url>/);
  const bad = await line.run(['sync', '--upstream', 'ext::sh -c id']);
  assert.equal(bad.code, 2);
  const upstream = join(line.folder, 'upstream.git');
  await git('/', ['init', '-q', '--bare', '-b', 'main', upstream]);
  const filled = await line.run(['sync', '--upstream', upstream]);
  assert.equal(filled.code, 0, filled.stderr);
  assert.match(filled.stdout, /In step with .*upstream\.git at [0-9a-f]{40}: 0 commits came, \d/);

  const daemon = await line.up([], { ATOCORE_WEBHOOK_SECRET: SECRET });
  const clone = join(line.folder, 'clone');
  await git('/', ['clone', '-q', upstream, clone]);
  await put(clone, `${NOTES}/afar.md`, '# Afar\n');
  await git(clone, ['add', '-A']);
  await git(clone, ['commit', '-qm', 'from afar']);
  await git(clone, ['push', '-q', 'origin', 'main']);
  const after = (await git(clone, ['rev-parse', 'HEAD'])).trim();
  const payload = {
    ref: 'refs/heads/main',
    before: '0'.repeat(40),
    after,
    repository: { clone_url: upstream },
  };
  const body = JSON.stringify(payload);
  const sent = await fetch(`${daemon.url}/hooks/push`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-gitea-event': 'push',
      'x-gitea-delivery': 'one',
      'x-gitea-signature': createHmac('sha256', SECRET).update(body).digest('hex'),
    },
    body,
  });
  assert.equal(sent.status, 202);
  await until('the daemon has synced', async () => {
    const { stdout } = await line.git(['merge-base', 'HEAD', after]);
    return stdout.trim() === after;
  });
  const report = await line.json(['sync']);
  assert.deepEqual([report.came, report.went, report.upstream], [0, 0, upstream]);
  const { stdout } = await line.run(['status']);
  assert.match(stdout, /upstream +ok: .*upstream\.git, .*: 0 commits came, 0 went/);
  await daemon.stop('SIGTERM');
});
