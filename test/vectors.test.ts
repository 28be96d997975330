/** Likeness of meaning beside words: off by default, below words, never waited for, kept by digest. */
import assert from 'node:assert/strict';
import { appendFile, readdir, readFile, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { endpointModel, operatorModel } from '../src/embedding-model.ts';
import { createApp } from '../src/http/app.ts';
import type { HitsJson } from '../src/http/query.ts';
import { VectorCache } from '../src/vector-cache.ts';
import { openVectors, Vectors } from '../src/vectors.ts';
import { REVIEWER, type SiteUnderTest, siteUnderTest } from './http/site-under-test.ts';
import { embeddingServer } from './support/embedding-server.ts';
import { put } from './support/store-tree.ts';
import { temporaryFolder } from './support/temp-folder.ts';

const server = await embeddingServer({ after });
const site = await siteUnderTest({ after });
await put(
  site.folder,
  'projects/p05-interferometer/sources/notes/travel.md',
  '# Travel\n\nThe automobile waits in the yard.\n',
);
await put(
  site.folder,
  'projects/p05-interferometer/sources/notes/fleet.md',
  '# Fleet\n\nA car must be booked two days before.\n',
);
await site.engine.settle();
const environment = { ATOCORE_EMBEDDINGS_URL: server.url, ATOCORE_EMBEDDINGS_MODEL: 'table/one' };

/** The site with vectors, all of them filled. */
async function withVectors(of: SiteUnderTest = site) {
  const vectors = await openVectors(of.engine, environment);
  assert.ok(vectors !== undefined);
  await vectors.idle();
  const app = createApp(of.engine, { person: REVIEWER, tokens: of.tokens, vectors });
  const ask = async (path: string, body?: object) => {
    const init = {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${of.tokens.agent}`,
        host: '127.0.0.1:8100',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const response = await app.request(path, init);
    const answer = await response.json();
    assert.equal(response.status, 200, JSON.stringify(answer));
    // biome-ignore lint/suspicious/noExplicitAny: its shape is what a test is about to look at
    return answer as any;
  };
  const search = (query: string, more: object = {}): Promise<HitsJson> =>
    ask('/query', { query, project: 'p05', ...more });
  return { vectors, ask, search };
}

const paths = ({ items }: HitsJson) => items.map(({ path }) => path.split('/').at(-1));

test('without a URL in the environment there are no vectors, and nothing is asked', async () => {
  assert.equal(await openVectors(site.engine, {}), undefined);
  const { body } = await site.ask({ method: 'POST', path: '/query', body: { query: 'vehicle' } });
  assert.deepEqual([body.items.length, body.vectors], [0, undefined]);
  assert.equal((await site.ask({ path: '/health' })).body.vectors, undefined);
  assert.deepEqual(server.asked, []);
});

test('what means the same is found without a common word, and a common word comes first', async (t) => {
  const { vectors, search } = await withVectors();
  t.after(() => vectors.close());
  assert.equal(vectors.state().state, 'ready');
  assert.deepEqual(new Set(paths(await search('vehicle'))), new Set(['travel.md', 'fleet.md']));
  const words = await search('car');
  assert.deepEqual(paths(words).slice(0, 2), ['fleet.md', 'travel.md']);
  assert.equal(words.vectors, true);
  // The scope holds for likeness too.
  assert.equal((await search('vehicle', { layers: ['entity'] })).items.length, 0);
});

test('every score is the sum of its terms times its factors, with likeness and without', async (t) => {
  const { vectors, search } = await withVectors();
  t.after(() => vectors.close());
  const plain = (query: string) =>
    site.ask({ method: 'POST', path: '/query', body: { query, explain: true, project: 'p05' } });
  let meanings = 0;
  for (const query of ['car yard', 'which grease for the supports', 'pads', 'vehicle']) {
    for (const answer of [await search(query, { explain: true }), (await plain(query)).body]) {
      for (const { score, explanation } of (answer as HitsJson).items) {
        assert.ok(explanation !== undefined);
        const sum = explanation.summands.reduce((all, each) => all + each.score, 0);
        const product = explanation.factors.reduce(
          (all, { by }) => all * by,
          explanation.text_score,
        );
        assert.ok(Math.abs(sum - explanation.text_score) < 1e-6 * Math.max(1, sum), query);
        assert.ok(Math.abs(product - score) < 1e-6 * Math.max(1, score), query);
        meanings += explanation.summands.filter(({ name }) => name === 'meaning').length;
      }
    }
  }
  assert.ok(meanings > 4, `${meanings}`);
  const { items } = await search('car');
  assert.equal(items[0]?.explanation, undefined, 'only where it is asked for');
});

test('a pack says which model was asked, and is the same bytes from another process’s vectors', async (t) => {
  const first = await withVectors();
  const ask = { prompt: 'Which vehicle waits?', project: 'p05' };
  const pack = await first.ask('/context/build', ask);
  assert.match(pack.formatted_context, /automobile waits/);
  assert.equal(pack.receipt.vectors.model, 'table/one');
  assert.equal(pack.receipt.vectors.missing, 0);
  assert.equal(pack.receipt.vectors.used, true);
  assert.doesNotMatch(pack.formatted_context, /Vectors of the configured/);
  const { body: plain } = await site.ask({ method: 'POST', path: '/context/build', body: ask });
  assert.notEqual(plain.receipt.configuration, pack.receipt.configuration);
  await first.vectors.close();
  const before = server.asked.length;
  const second = await withVectors();
  t.after(() => second.vectors.close());
  assert.equal(server.asked.length, before, 'what was asked once is read from the cache');
  const again = await second.ask('/context/build', ask);
  assert.equal(again.formatted_context, pack.formatted_context);
  assert.equal(again.id, pack.id);
});

test('an edit is asked for alone, in the background', async (t) => {
  const { vectors, search } = await withVectors();
  t.after(() => vectors.close());
  const before = server.asked.length;
  const path = 'projects/p05-interferometer/sources/notes/money.md';
  await put(site.folder, path, '# Limits\n\nThe budget ends in May.\n');
  await site.engine.settle();
  await vectors.idle();
  assert.deepEqual(server.asked.slice(before), ['Limits\nLimits\nThe budget ends in May.']);
  assert.ok(paths(await search('cost')).includes('money.md'));
});

type Answering = (response: ServerResponse) => void;
const json = (value: unknown) => (response: ServerResponse) =>
  void response.end(JSON.stringify(value));
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(code, headers).end('{}');

const BAD: readonly (readonly [string, Answering, RegExp])[] = [
  ['a server error', status(500), /status 500/],
  ['no patience', status(429, { 'retry-after': '3600' }), /status 429/],
  [
    'another place',
    status(307, { location: 'http://127.0.0.1:9/v1/embeddings' }),
    /Expected vectors/,
  ],
  ['no JSON', (response) => void response.end('<html>'), /no JSON/],
  ['another shape', json({ vectors: [] }), /a fault at data/],
  ['fewer vectors', json({ data: [] }), /0 of/],
  ['a vector of nothing', json({ data: [{ index: 0, embedding: [0, 0] }] }), /direction/],
  ['words for numbers', json({ data: [{ index: 0, embedding: ['a'] }] }), /a fault at data/],
  ['a broken connection', (response) => void response.destroy(), /Expected vectors/],
];

for (const [name, answer, message] of BAD) {
  test(`an endpoint that gives ${name} is told of, and words answer as before`, async (t) => {
    const { vectors, ask, search } = await withVectors();
    t.after(() => vectors.close());
    t.after(() => {
      server.answer = undefined;
    });
    server.answer = (_request, response) => answer(response);
    const body = { query: 'lubricant of the supports', project: 'p05' };
    const { items } = (await site.ask({ method: 'POST', path: '/query', body })).body;
    const found = await search(body.query);
    assert.deepEqual([found.vectors, found.items], [false, items]);
    const { vectors: told } = await ask('/health');
    assert.equal(told.state, 'failing');
    assert.match(told.reason, message);
    const pack = await ask('/context/build', { prompt: body.query, project: 'p05' });
    assert.deepEqual([pack.receipt.vectors.model, pack.receipt.vectors.used], ['table/one', false]);
    assert.match(pack.formatted_context, /Vectors of the configured model were missing/);
  });
}

test('an endpoint that accepts and never answers holds up nothing', async (t) => {
  const { vectors, ask } = await withVectors();
  t.after(() => vectors.close());
  t.after(() => {
    server.answer = undefined;
  });
  let isAsked = false;
  server.answer = () => {
    isAsked = true;
  };
  const pack = await ask('/context/build', { prompt: 'hanging grease', deadline_ms: 200 });
  assert.ok(isAsked);
  assert.equal(pack.receipt.vectors.used, false);
  assert.equal(vectors.state().state, 'failing');
});

test('a torn end of the cache is not read, and vectors of another length begin it anew', async (t) => {
  const folder = await temporaryFolder(t);
  const cache = await VectorCache.open(folder, 'm');
  const key = (letter: string) => letter.repeat(64);
  await cache.add([[key('a'), new Float32Array([1, 0])]]);
  const [name = ''] = await readdir(join(folder, '.atocore/vectors'));
  const file = join(folder, '.atocore/vectors', name);
  await appendFile(file, Buffer.alloc(17, 1));
  const torn = await VectorCache.open(folder, 'm');
  assert.deepEqual(torn.get(key('a')), new Float32Array([1, 0]));
  await torn.add([[key('b'), new Float32Array([0, 1])]]);
  const whole = await VectorCache.open(folder, 'm');
  assert.deepEqual(whole.get(key('b')), new Float32Array([0, 1]));
  assert.equal((await readFile(file)).length, 4 + 2 * (32 + 8));
  await whole.add([[key('c'), new Float32Array([1, 0, 0])]]);
  const longer = await VectorCache.open(folder, 'm');
  assert.deepEqual([longer.get(key('a')), longer.get(key('c'))?.length], [undefined, 3]);
  await rm(join(folder, '.atocore'), { recursive: true });
  await longer.add([[key('d'), new Float32Array([0, 0, 1])]]);
  assert.ok((await VectorCache.open(folder, 'm')).get(key('d')));
});

test('a key is sent as a bearer token and stands in no message', async () => {
  const model = endpointModel({ url: server.url, model: 'm', key: 'not-to-be-told' });
  await model.embed(['x']);
  assert.equal(server.headers.at(-1)?.authorization, 'Bearer not-to-be-told');
  server.answer = (_request, response) => status(500)(response);
  try {
    await assert.rejects(
      model.embed(['x']),
      (error: Error) => !error.message.includes('not-to-be'),
    );
  } finally {
    server.answer = undefined;
  }
});

test('a URL that is none, and a URL without a model, are refused with what to do', () => {
  for (const [url, model, expected] of [
    ['localhost:11434', 'm', /URL/],
    ['file:///etc/passwd', 'm', /http or https/],
    ['http://127.0.0.1:1/v1', '', /ATOCORE_EMBEDDINGS_MODEL/],
  ] as const) {
    const given = { ATOCORE_EMBEDDINGS_URL: url, ATOCORE_EMBEDDINGS_MODEL: model };
    assert.throws(() => operatorModel(given), { code: 'usage', message: expected });
  }
});

test('an ask after the end of its vectors is answered by words', async () => {
  const vectors = new Vectors(
    endpointModel({ url: server.url, model: 'm' }),
    VectorCache.inMemory('m'),
  );
  await vectors.close();
  assert.equal(await vectors.ask('car', 1_000), undefined);
});
