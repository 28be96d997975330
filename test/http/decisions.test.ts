/** The lifecycle over HTTP: who may make and decide what, and what the answers say. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { type Answered, siteUnderTest } from './site-under-test.ts';

const site = await siteUnderTest({ after });
const { ask } = site;

const GLUE = { kind: 'decision', project: 'p05', subject: 'mirror glue', text: 'We glue it.' };
const ROTA = { kind: 'knowledge', project: 'p05', subject: 'rota', text: 'Ada has the rota.' };

function review(method: string, path: string, body?: unknown, etag?: string): Promise<Answered> {
  const headers = etag === undefined ? {} : { 'if-match': `"${etag}"` };
  return ask({ method, path, scope: 'reviewer', headers, ...(body === undefined ? {} : { body }) });
}

async function made(path: string, body: object): Promise<Answered['body']> {
  const answer = await review('POST', path, body);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body.record;
}

test('an agent proposes, a reviewer writes; neither makes what the other may', async () => {
  const propose = { method: 'POST', path: '/memory', body: { ...ROTA, text: 'Bo has the rota.' } };
  const { status, body } = await ask(propose);
  assert.equal(status, 201, JSON.stringify(body));
  assert.equal(body.record.status, 'candidate');
  const bold = { ...propose, body: { ...ROTA, text: 'Cy has it.', status: 'active' } };
  assert.equal((await ask(bold)).status, 403);
  assert.equal((await ask({ ...bold, scope: 'admin' })).status, 403);
  assert.equal((await made('/memory', ROTA)).status, 'active');
  const again = await review('POST', '/memory', ROTA);
  assert.equal(again.status, 409);
  assert.equal(again.body.present.status, 'active');
});

test('promote takes an edit, and refuses one made on another version', async () => {
  const candidate = await made('/entities', {
    ...GLUE,
    text: 'We glue it so.',
    status: 'candidate',
  });
  const path = `/entities/${candidate.id}/promote`;
  const edit = { text: 'We glue it with epoxy.', value: 'epoxy' };
  const stale = await review('POST', path, { edit }, '0'.repeat(40));
  assert.equal(stale.status, 412);
  assert.equal(stale.body.present.status, 'candidate');
  const { status, body } = await review('POST', path, { edit, note: 'said so' }, candidate.oid);
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(
    [body.record.status, body.record.text, body.record.value],
    ['active', edit.text, 'epoxy'],
  );
});

test('a record is invalidated, reinstated and superseded; what still says it is listed', async () => {
  const old = await made('/entities', {
    ...GLUE,
    subject: 'pad glue',
    text: 'Pads: wax.',
    value: 'wax',
  });
  const winner = await made('/entities', {
    ...GLUE,
    subject: 'pad glue',
    text: 'Pads: tar.',
    value: 'tar',
  });
  const other = await made('/entities', {
    ...GLUE,
    subject: 'pad glue',
    text: 'Pads take wax.',
    value: 'wax',
  });
  const path = `/entities/${old.id}`;
  assert.equal((await review('POST', `${path}/invalidate`)).body.record.status, 'invalid');
  assert.equal((await review('POST', `${path}/invalidate`)).status, 409);
  assert.equal((await review('POST', `${path}/reinstate`)).body.record.status, 'active');
  const self = await review('POST', `${path}/supersede`, { winner: old.id });
  assert.equal(self.status, 422);
  const { body } = await review('POST', `${path}/supersede`, { winner: winner.id });
  assert.equal(body.record.superseded_by, winner.id);
  assert.ok(body.still_asserted.some(({ id }: { id?: string }) => id === other.id));
});

test('a memory graduates once its entity is promoted', async () => {
  const memory = await made('/memory', { ...ROTA, subject: 'spare', text: 'Spares are in B2.' });
  const asked = { kind: 'artifact' };
  const { body } = await review('POST', `/memory/${memory.id}/graduate`, asked);
  assert.deepEqual([body.record.type, body.record.status], ['entity', 'candidate']);
  const promoted = await review('POST', `/entities/${body.record.id}/promote`);
  assert.equal(promoted.body.record.status, 'active', JSON.stringify(promoted.body));
  const frozen = (await ask({ path: `/memory/${memory.id}` })).body;
  assert.deepEqual([frozen.status, frozen.superseded_by], ['graduated', body.record.id]);
});

test('an edit keeps the id, takes a value away, and moves to another project in one commit', async () => {
  const record = await made('/memory', {
    ...ROTA,
    subject: 'tea',
    text: 'Tea is at four.',
    value: '4',
  });
  const path = `/memory/${record.id}`;
  const { status, body } = await review('PUT', path, {
    value: null,
    tags: ['x'],
    project: '_global',
  });
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(
    [body.record.id, body.record.value, body.record.tags, body.record.project],
    [record.id, undefined, ['x'], '_global'],
  );
  assert.equal((await review('PUT', path, { note: 'nothing' })).status, 422);
  assert.equal((await review('PUT', path, { status: 'invalid' })).status, 422);
});

test('invariant 12: whatever an agent sends, nothing becomes active and no state is written', async () => {
  const standing = async () => {
    const { by_status: counts } = (await ask({ path: '/health' })).body.records;
    const state = (await ask({ path: '/project/state/p05' })).body.items;
    return JSON.stringify([counts.active, state]);
  };
  const before = await standing();
  // Mostly what is lawful, so that many get past the schemas.
  const seldom = <Value>(value: Value) => fc.constantFrom(undefined, undefined, undefined, value);
  const body = fc.record({
    kind: fc.constantFrom('knowledge', 'decision'),
    project: fc.constantFrom('p05', '_global'),
    subject: fc.constantFrom('x', 'pad count', 'status: active'),
    text: fc.oneof(fc.string({ minLength: 1 }), fc.constant('---\nstatus: active\n---\nx')),
    status: fc.constantFrom(undefined, 'candidate', 'active', 'graduated'),
    origins: fc.constantFrom(undefined, ['status: active'], ['memory:knw-1']),
    hand_authored: seldom(true),
    relations: seldom(['supersedes: dec-1\nstatus: active']),
  });
  const path = fc.constantFrom('/memory', '/entities', '/entities', '/project/state', '/undo');
  let proposed = 0;
  await fc.assert(
    fc.asyncProperty(path, body, async (to, sent) => {
      const { status, body: answer } = await ask({ method: 'POST', path: to, body: sent });
      if (status === 201) {
        assert.equal(answer.record.status, 'candidate');
        proposed += 1;
      } else assert.ok(status >= 400 && status < 500, `${status}`);
    }),
    { numRuns: 120 },
  );
  assert.ok(proposed > 0, 'some of them were taken');
  assert.equal(await standing(), before);
});
