/** Events as a reader gets them: what is told, where it goes on, how it ends. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createApp } from '../../src/http/app.ts';
import { EVENTS_KEPT, EventLog } from '../../src/http/event-log.ts';
import { STREAMS_MAX } from '../../src/http/events.ts';
import { REVIEWER, type SiteUnderTest, siteUnderTest } from './site-under-test.ts';

interface Stream {
  /** Reads on until the text holds a word. */
  readonly until: (word: string) => Promise<string>;
  readonly end: () => Promise<void>;
}

async function stream(t: TestContext, site: SiteUnderTest, lastId?: string): Promise<Stream> {
  const response = await site.app.request('/events', {
    headers: {
      authorization: `Bearer ${site.tokens.agent}`,
      ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
    },
  });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  assert.ok(response.body);
  const reader = response.body.getReader();
  t.after(() => reader.cancel());
  let text = '';
  const until = async (word: string): Promise<string> => {
    while (!text.includes(word)) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`it ended without ${word}: ${text}`);
      text += Buffer.from(value).toString('utf8');
    }
    return text;
  };
  return { until, end: () => reader.cancel() };
}

async function parameter(site: SiteUnderTest, value: string): Promise<void> {
  const text = `The pad count is ${value}.`;
  const body = { kind: 'parameter', project: 'p05', subject: 'pad count', text, value };
  const made = await site.ask({ method: 'POST', path: '/entities', scope: 'reviewer', body });
  assert.equal(made.status, 201);
}

test('a reader is told of views, the queue and conflicts, and goes on where it was', async (t) => {
  const site = await siteUnderTest(t);
  const first = await stream(t, site);
  await first.until('retry:');
  await parameter(site, '12');
  const text = await first.until('event: view');
  const [id] = /(?<=^id: ).+$/m.exec(text) ?? [];
  await first.end();

  await parameter(site, '18');
  const { id: candidate, type } = (await site.ask({ path: '/queue' })).body.items[0];
  const path = `/${type === 'memory' ? type : 'entities'}/${candidate}/reject`;
  await site.ask({ method: 'POST', path, scope: 'reviewer' });
  const second = await stream(t, site, id);
  const later = await second.until('event: queue');
  assert.match(later, /event: conflict\nid: \S+\ndata: .*"slot"/);
  assert.doesNotMatch(later, /event: missed/);
  const stranger = await stream(t, site, 'elsewhere-7');
  await stranger.until('event: missed');
  await stranger.until('event: conflict');
});

test('the log keeps a bounded number of events and says when a reader has missed some', () => {
  const log = new EventLog();
  for (let count = 0; count < EVENTS_KEPT + 5; count += 1) {
    log.add([{ type: 'view', said: { revision: String(count) } }]);
  }
  assert.equal(log.after(0).events.length, EVENTS_KEPT);
  assert.equal(log.after(4).isWhole, false);
  assert.equal(log.after(5).isWhole, true);
  assert.equal(log.after(log.last).events.length, 0);
  assert.equal(log.after(log.last + 1).isWhole, false);
});

test('readers are bounded, a place is free when one leaves, and all end with the application', async (t) => {
  const site = await siteUnderTest(t);
  const ended = new AbortController();
  const app = createApp(site.engine, {
    person: REVIEWER,
    tokens: site.tokens,
    ended: ended.signal,
  });
  const bounded = { ...site, app };
  const streams: Stream[] = [];
  for (let count = 0; count < STREAMS_MAX; count += 1) {
    const one = await stream(t, bounded);
    await one.until('retry:');
    streams.push(one);
  }
  const headers = { authorization: `Bearer ${site.tokens.agent}` };
  assert.equal((await app.request('/events', { headers })).status, 429);
  await streams[0]?.end();
  const last = await stream(t, bounded);
  await last.until('retry:');
  const end = assert.rejects(last.until('event: view'), /it ended/);
  ended.abort();
  await end;
});
