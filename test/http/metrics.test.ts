/** `/metrics`: what was counted and what the store holds, as Prometheus reads it. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { createApp } from '../../src/http/app.ts';
import { Metrics, SAMPLED } from '../../src/http/metrics.ts';
import { firstCandidate, REVIEWER, siteUnderTest } from './site-under-test.ts';

const metrics = new Metrics({ ofProcess: true });
const site = await siteUnderTest({ after }, { observers: [metrics], settings: { metrics } });

/** Each sample with its labels in order, and its value. */
function samplesOf(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name, labels = '', value] =
      /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? assert.fail(line);
    samples.set(`${name} ${labels.split(',').sort().join(',')}`.trimEnd(), Number(value));
  }
  return samples;
}

async function scrape(): Promise<ReadonlyMap<string, number>> {
  const { status, headers, body } = await site.ask({ path: '/metrics', scope: 'admin' });
  assert.equal(status, 200);
  assert.equal(headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  return samplesOf(body);
}

test('captures, acts, requests and rounds are counted as they happen', async () => {
  const before = await scrape();
  const rise = (now: ReadonlyMap<string, number>, name: string): number =>
    (now.get(name) ?? 0) - (before.get(name) ?? 0);
  const capture = { prompt: 'Which pads does the lateral support use?', project: 'p05' };
  for (const status of [201, 200, 200]) {
    const sent = { method: 'POST', path: '/interactions', body: capture };
    assert.equal((await site.ask(sent)).status, status);
  }
  const { id } = await firstCandidate(site);
  const promotion = { method: 'POST', path: `/entities/${id}/promote`, body: {} };
  await site.ask({ ...promotion, scope: 'reviewer' });
  await site.ask({ path: '/nowhere/secret' });
  metrics.redacted('aws-key', 2);
  const now = await scrape();
  assert.equal(rise(now, 'atocore_captures_total outcome="new"'), 1);
  assert.equal(rise(now, 'atocore_captures_total outcome="known"'), 2);
  assert.equal(rise(now, 'atocore_acts_total act="promote"'), 1);
  assert.equal(rise(now, 'atocore_redactions_total kind="aws-key"'), 2);
  assert.ok(rise(now, 'atocore_settle_seconds_count') >= 1);
  const requests = 'atocore_http_request_seconds_count method=';
  assert.equal(rise(now, `${requests}"POST",route="/interactions",status="201"`), 1);
  assert.equal(rise(now, `${requests}"POST",route="/interactions",status="200"`), 2);
  // What was asked for is never a label: nobody can fill the memory with names.
  assert.equal(rise(now, `${requests}"GET",route="none",status="404"`), 1);
  assert.ok(rise(now, `${requests}"POST",route="/entities/{id}/promote",status="200"`) === 1);
});

test('the gauges say what the store holds, as /health does', async () => {
  const { body: health } = await site.ask({ path: '/health', scope: 'none' });
  const now = await scrape();
  const records = [...now].filter(([name]) => name.startsWith('atocore_records '));
  const active = records.filter(([name]) => name.includes('status="active"'));
  const sum = (entries: readonly (readonly [string, number])[]): number =>
    entries.reduce((total, [, value]) => total + value, 0);
  assert.equal(sum(active), health.records.by_status.active);
  assert.equal(now.get('atocore_queue_depth'), health.queue.depth);
  assert.equal(now.get('atocore_documents'), health.documents);
  assert.equal(now.get('atocore_open_conflicts'), health.open_conflicts_count);
  assert.equal(now.get('atocore_problems'), health.problems.count);
  assert.ok((now.get('atocore_index_documents') ?? 0) > 0);
  // No backup yet: no age is better than a wrong one.
  assert.equal(now.has('atocore_last_backup_age_seconds'), false);
  await site.ask({ method: 'POST', path: '/admin/backup', scope: 'admin' });
  const later = await scrape();
  assert.ok((later.get('atocore_last_backup_age_seconds') ?? -1) >= 0);
  assert.equal(later.get('atocore_standing_ok of="backup"'), 1);
  for (const name of ['process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds']) {
    assert.ok(later.has(name), name);
  }
});

test('the page on running names every figure that is our own', async () => {
  const page = await readFile(new URL('../../docs/running.md', import.meta.url), 'utf8');
  const { body } = await site.ask({ path: '/metrics', scope: 'admin' });
  const served = [...String(body).matchAll(/^# TYPE (atocore_\w+)/gm)].map(([, name = '']) => name);
  const wanted = [...new Set([...served, ...Object.keys(SAMPLED)])].sort();
  const named = [...new Set(page.match(/`atocore_\w+`/g))].map((name) => name.slice(1, -1));
  assert.deepEqual(named.sort(), wanted);
});

test('an application that no daemon runs says that nothing is counted', async () => {
  const app = createApp(site.engine, { person: REVIEWER, tokens: site.tokens });
  const headers = { authorization: `Bearer ${site.tokens.admin}` };
  const response = await app.request('/metrics', { headers });
  assert.equal(response.status, 503);
});
