/** What each resource does, asked of a real engine over a real store. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { temporaryFolder } from '../support/temp-folder.ts';
import { firstCandidate, siteUnderTest } from './site-under-test.ts';

const site = await siteUnderTest({ after });
const { ask } = site;
const PROMPT = 'What are the lateral supports of p05 made of?';

function gitLog(...args: readonly string[]): string {
  return execFileSync('git', ['-C', site.folder, 'log', ...args], { encoding: 'utf8' });
}

test('health tells what the store holds and that its index is ready', async () => {
  const { body } = await ask({ path: '/health', scope: 'none' });
  assert.equal(body.status, 'ok');
  assert.equal(body.auth, 'token');
  assert.equal(body.ready, true);
  assert.equal(body.store.id, site.engine.config.store);
  assert.match(body.store.revision, /^[0-9a-f]{40}$/);
  assert.equal(body.queue.depth, body.records.by_status.candidate);
  assert.equal(body.projects, 1);
});

test('the queue quotes the evidence of each candidate and pages without gaps', async () => {
  const whole = (await ask({ path: '/queue' })).body;
  assert.ok(whole.count >= 3);
  assert.equal(whole.items.length, whole.count);
  for (const entry of whole.items) {
    assert.equal(entry.status, 'candidate');
    assert.notEqual(entry.evidence_text, '');
    assert.match(entry.origins[0], /\.md/);
  }
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const more = cursor === undefined ? '' : `&cursor=${cursor}`;
    const { body } = await ask({ path: `/queue?limit=2${more}` });
    assert.equal(body.count, whole.count);
    ids.push(...body.items.map((entry: { id: string }) => entry.id));
    cursor = body.next_cursor;
  } while (cursor !== undefined);
  assert.deepEqual(
    ids,
    whole.items.map((entry: { id: string }) => entry.id),
  );
});

test('invariant 13: a candidate is in no pack until it is promoted, then it is', async () => {
  const entry = (await ask({ path: '/queue?project=p05' })).body.items.find(
    (each: { text: string }) => each.text.includes('GF-PTFE'),
  );
  const build = () => ask({ method: 'POST', path: '/context/build', body: { prompt: PROMPT } });
  const before = (await build()).body;
  assert.equal(before.project, 'p05-interferometer');
  assert.ok(!before.formatted_context.includes(entry.id));

  const path = `/entities/${entry.id}`;
  const one = await ask({ path });
  assert.equal(one.headers.get('etag'), `"${entry.oid}"`);
  const promoted = await ask({
    method: 'POST',
    path: `${path}/promote`,
    scope: 'reviewer',
    body: { note: 'seen on the bench', actor: 'Rhea <rhea@example.org>' },
    headers: { 'if-match': one.headers.get('etag') ?? '' },
  });
  assert.equal(promoted.status, 200);
  assert.equal(promoted.body.record.status, 'active');
  assert.equal(promoted.headers.get('etag'), `"${promoted.body.oid}"`);
  const message = gitLog('-1', '--format=%an <%ae>%n%B', promoted.body.commit);
  assert.match(message, /^Rhea <rhea@example.org>\n/);
  assert.match(message, /seen on the bench/);
  assert.match(message, new RegExp(`Record: ${entry.id}`));

  const after = (await build()).body;
  assert.ok(after.formatted_context.includes(entry.id));
  const again = await ask({ method: 'POST', path: `${path}/promote`, scope: 'reviewer' });
  assert.equal(again.status, 409);
  assert.equal(again.body.present.status, 'active');
});

test('a rejected candidate is invalid, in a commit of the operator when nobody is named', async () => {
  const entry = await firstCandidate(site);
  const collection = entry.type === 'memory' ? 'memory' : 'entities';
  const path = `/${collection}/${entry.id}/reject`;
  const { status, body } = await ask({ method: 'POST', path, scope: 'reviewer' });
  assert.equal(status, 200);
  assert.equal(body.record.status, 'invalid');
  assert.match(gitLog('-1', '--format=%an', body.commit), /^Operator/);
});

test('a record of the other type is not found, and the answer says where it is', async () => {
  const entity = (await ask({ path: '/entities?limit=1' })).body.items[0];
  const { status, body } = await ask({ path: `/memory/${entity.id}` });
  assert.equal(status, 404);
  assert.match(body.detail, new RegExp(`/entities/${entity.id}`));
});

test('lists of records take kind, status, project, tags and confidence', async () => {
  const all = (await ask({ path: '/entities' })).body;
  const cases: readonly [string, (record: Record<string, unknown>) => boolean][] = [
    ['kind=decision', (record) => record.kind === 'decision'],
    ['status=candidate', (record) => record.status === 'candidate'],
    ['project=P05', (record) => record.project === 'p05-interferometer'],
    ['min_confidence=0.68', (record) => Number(record.confidence) >= 0.68],
    ['tags=no-such-tag', () => false],
  ];
  for (const [query, holds] of cases) {
    const { body } = await ask({ path: `/entities?${query}` });
    assert.deepEqual(body.items, all.items.filter(holds), query);
  }
});

test('a record that was read answers 304 until it changes', async () => {
  const { id } = (await ask({ path: '/memory?limit=1' })).body.items[0];
  const { headers } = await ask({ path: `/memory/${id}` });
  const known = { 'if-none-match': headers.get('etag') ?? '' };
  const { status, body } = await ask({ path: `/memory/${id}`, headers: known });
  assert.equal(status, 304);
  assert.equal(body, '');
});

test('search gives place, score and why, and goes on behind a cursor', async () => {
  const search = (more: object) =>
    ask({ method: 'POST', path: '/query', body: { query: 'lateral supports', ...more } });
  const whole = (await search({ top_k: 50 })).body;
  assert.ok(whole.items.length > 2);
  const [hit] = whole.items;
  assert.match(hit.path, /\.md$/);
  assert.ok(hit.lines[0] >= 1 && hit.lines[1] >= hit.lines[0]);
  assert.ok(hit.why.text_score > 0);
  assert.ok(whole.items.every((each: { status: string }) => each.status !== 'candidate'));
  const first = (await search({ top_k: 1 })).body;
  const second = (await search({ top_k: 1, cursor: first.next_cursor })).body;
  assert.deepEqual([...first.items, ...second.items], whole.items.slice(0, 2));
  const candidates = (await search({ status: 'candidate', layers: ['entity', 'memory'] })).body;
  assert.ok(candidates.items.every((each: { status: string }) => each.status === 'candidate'));
});

test('the same prompt, revision and budget give the same pack, which is kept for a look', async () => {
  const body = { prompt: PROMPT, budget: 1_500 };
  const first = (await ask({ method: 'POST', path: '/context/build', body })).body;
  const second = await ask({ method: 'POST', path: '/context/build', body });
  assert.equal(second.body.formatted_context, first.formatted_context);
  assert.equal(second.body.id, first.id);
  assert.equal(second.headers.get('etag'), `"${first.id}"`);
  assert.ok(first.total_chars <= 1_500);
  assert.equal(first.formatted_context.length, first.total_chars);
  await ask({ method: 'POST', path: '/context/build', body: { prompt: 'Another thing' } });
  assert.notEqual((await ask({ path: '/debug/context' })).body.id, first.id);
  assert.equal((await ask({ path: `/debug/context?id=${first.id}` })).body.id, first.id);
  assert.equal((await ask({ path: '/debug/context?id=ctx-none' })).status, 404);
});

test('a capture is answered 201, the same content again 200 with the same body', async () => {
  const body = { prompt: 'Which pads did we order?', response: 'None yet.', project: 'p05' };
  const first = await ask({ method: 'POST', path: '/interactions', body });
  const second = await ask({ method: 'POST', path: '/interactions', body });
  assert.deepEqual([first.status, second.status], [201, 200]);
  assert.deepEqual(second.body, first.body);
  assert.equal(first.body.project, 'p05-interferometer');
  assert.match(await readFile(join(site.folder, first.body.path), 'utf8'), /Which pads/);
  await ask({ method: 'POST', path: '/admin/settle', scope: 'admin' });
  const one = await ask({ path: `/interactions/${first.body.id}` });
  assert.equal(one.body.response, 'None yet.');
  const listed = (await ask({ path: '/interactions?project=p05&limit=1' })).body;
  assert.equal(listed.items[0].id, first.body.id);
  assert.equal(listed.items[0].response, undefined);
  assert.equal((await ask({ path: '/interactions?since=2999-01-01' })).body.count, 0);
});

test('trusted state is set, listed and unset, each as one commit of its author', async () => {
  const place = { project: 'p05', category: 'fact', key: 'pad-count' };
  const set = await ask({
    method: 'POST',
    path: '/project/state',
    scope: 'reviewer',
    body: { ...place, value: '12', source: 'drawing 7', actor: 'Rhea <rhea@example.org>' },
  });
  assert.equal(set.status, 200);
  assert.match(gitLog('-1', '--format=%an', set.body.commit), /^Rhea/);
  const listed = (await ask({ path: '/project/state/P05?category=fact' })).body;
  assert.equal(listed.project, 'p05-interferometer');
  assert.deepEqual(
    listed.items.map((entry: { key: string; value: string }) => [entry.key, entry.value]),
    [['pad-count', '12']],
  );
  const unset = {
    method: 'DELETE',
    path: '/project/state',
    scope: 'reviewer',
    body: place,
  } as const;
  assert.equal((await ask(unset)).status, 200);
  assert.equal((await ask({ path: '/project/state/p05?category=fact' })).body.count, 0);
  assert.equal((await ask(unset)).status, 404);
});

test('a project is proposed, registered, updated and refreshed; a taken name is refused', async (t) => {
  const root = join(await temporaryFolder(t), 'notes');
  await mkdir(root);
  await writeFile(join(root, 'plan.md'), '# Plan\n\n## Decision: glue\n\nWe use epoxy glue.\n');
  const proposal = { id: 'p06', title: 'P06', roots: [{ label: 'notes', path: root }] };
  const propose = (body: object) => ask({ method: 'POST', path: '/projects/proposal', body });
  assert.equal((await propose(proposal)).body.valid, true);
  const taken = (await propose({ id: 'p07', aliases: ['p05'] })).body;
  assert.equal(taken.valid, false);
  assert.match(taken.faults[0], /p05-interferometer/);
  assert.equal((await ask({ path: '/projects' })).body.count, 1);

  const admin = { scope: 'admin' } as const;
  const register = { method: 'POST', path: '/projects/register', ...admin };
  assert.equal((await ask({ ...register, body: proposal })).status, 201);
  const doubled = await ask({ ...register, body: proposal });
  assert.equal(doubled.status, 422);
  assert.match(doubled.body.faults[0], /registered already/);
  const update = { method: 'PUT', path: '/projects/p06', ...admin, body: { aliases: ['glue'] } };
  assert.deepEqual((await ask(update)).body.project.aliases, ['glue']);
  const missing = { ...update, path: '/projects/p99' };
  assert.equal((await ask(missing)).status, 404);

  const refresh = { method: 'POST', path: '/projects/glue/refresh', ...admin };
  const report = (await ask({ ...refresh, body: { wave: 'first' } })).body;
  assert.equal(report.status, 'ingested');
  assert.equal(report.roots[0].added, 1);
  const detected = await ask({
    path: `/detect-project?text=hello&cwd=${encodeURIComponent(root)}`,
  });
  assert.equal(detected.body.project, 'p06');
});

test('a text that speaks of no project detects none', async () => {
  const { body } = await ask({ path: '/detect-project?text=something%20else' });
  assert.deepEqual(body, { project: null, matched: [] });
});

test('HEAD answers as GET without a body', async () => {
  const { status, headers, body } = await ask({ method: 'HEAD', path: '/queue' });
  assert.equal(status, 200);
  assert.equal(headers.get('content-type'), 'application/json');
  assert.equal(body, '');
});

test('a body at fault is answered with a pointer to each fault', async () => {
  const body = { prompt: 7, budget: 'much', projekt: 'p05' };
  const answer = await ask({ method: 'POST', path: '/context/build', body });
  assert.equal(answer.status, 422);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  assert.equal(answer.body.type, 'urn:atocore:error:invalid');
  const faults = answer.body.errors.map((each: { pointer: string; detail: string }) => [
    each.pointer,
    each.detail,
  ]);
  assert.deepEqual(faults, [
    ['/prompt', 'Expected text, found 7.'],
    ['/budget', 'Expected a number, found "much".'],
    ['/projekt', 'Expected only known fields, found one that nothing here reads. Leave it out.'],
  ]);
});

test('an unknown project is named with those that are known', async () => {
  const inPath = await ask({ path: '/project/state/nobody' });
  assert.equal(inPath.status, 404);
  assert.match(inPath.body.detail, /p05-interferometer/);
  const inBody = await ask({
    method: 'POST',
    path: '/query',
    body: { query: 'x', project: 'nobody' },
  });
  assert.equal(inBody.status, 422);
});

test('auth: none asks for no token and health says so', async (t) => {
  const open = await siteUnderTest(t, { config: { auth: 'none' } });
  assert.equal((await open.ask({ path: '/queue', scope: 'none' })).status, 200);
  const { body } = await open.ask({ path: '/health', scope: 'none' });
  assert.equal(body.auth, 'none');
});
