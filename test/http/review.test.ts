/** Reviewing over HTTP: the queue in full, many decisions at once, history, undo, conflicts. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { type Answered, type SiteUnderTest, siteUnderTest } from './site-under-test.ts';

interface Item {
  readonly id: string;
  readonly oid: string;
  readonly type: 'memory' | 'entity';
}

function post(site: SiteUnderTest, path: string, body: unknown): Promise<Answered> {
  return site.ask({ method: 'POST', path, scope: 'reviewer', body });
}

async function queue(site: SiteUnderTest): Promise<readonly Item[]> {
  return (await site.ask({ path: '/queue' })).body.items;
}

async function parameter(site: SiteUnderTest, value: string): Promise<Item> {
  const text = `The pad count is ${value}.`;
  const body = { kind: 'parameter', project: 'p05', subject: 'pad count', text, value };
  const { status, body: made } = await post(site, '/entities', body);
  assert.equal(status, 201, JSON.stringify(made));
  return made.record;
}

function commits(site: SiteUnderTest): number {
  const said = execFileSync('git', ['-C', site.folder, 'rev-list', '--count', 'HEAD']);
  return Number(said.toString());
}

test('each item of the queue says where its evidence stands; groups hold every id', async (t) => {
  const site = await siteUnderTest(t);
  const { body } = await site.ask({ path: '/queue?limit=2' });
  assert.equal(body.items.length, 2);
  for (const item of body.items) {
    const [place] = item.evidence_places;
    assert.ok(place.current && place.lines[0] >= 1 && place.path.endsWith('.md'), item.id);
    assert.equal(place.quote, item.evidence_text);
  }
  for (const groups of [body.groups.by_source, body.groups.by_subject]) {
    const ids = new Set(groups.flatMap((group: { ids: string[] }) => group.ids));
    assert.equal(ids.size, body.count);
  }
});

test('a candidate shows the active record it is nearest to, what differs, and whom it opposes', async (t) => {
  const site = await siteUnderTest(t);
  const active = await parameter(site, '12');
  const text = 'The pad count is 18.';
  const draft = { kind: 'parameter', project: 'p05', subject: 'pad count', text, value: '18' };
  await site.ask({ method: 'POST', path: '/entities', body: draft });
  const [first] = (await site.ask({ path: '/queue' })).body.items;
  assert.equal(first.text, text, 'warnings come first');
  assert.equal(first.nearest.record.id, active.id);
  assert.ok(first.nearest.difference.some(({ kind }: { kind: string }) => kind === 'added'));
  assert.deepEqual(
    first.opposed.map(({ id }: Item) => id),
    [active.id],
  );
});

test('many decisions are one commit, and none when one of them is at fault', async (t) => {
  const site = await siteUnderTest(t);
  const [first, second, third] = await queue(site);
  assert.ok(first && second && third);
  const before = commits(site);
  const bad = await post(site, '/queue/decisions', {
    decisions: [
      { act: 'promote', id: first.id },
      { act: 'reject', id: second.id, if_match: '0'.repeat(40) },
    ],
  });
  assert.deepEqual([bad.status, bad.body.index, bad.body.record], [412, 1, second.id]);
  assert.equal(commits(site), before);
  const { status, body } = await post(site, '/queue/decisions', {
    decisions: [
      { act: 'promote', id: first.id, edit: { text: 'As reworded.' }, if_match: first.oid },
      { act: 'reject', id: second.id, note: 'old news' },
    ],
    note: 'a round of review',
    actor: 'Rhea <rhea@example.org>',
  });
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(
    body.decided.map((each: Answered['body']) => [each.act, each.id, each.record.status]),
    [
      ['promote', first.id, 'active'],
      ['reject', second.id, 'invalid'],
    ],
  );
  assert.equal(body.decided[0].record.text, 'As reworded.');

  const { items } = (await site.ask({ path: '/history?limit=1' })).body;
  assert.equal(items[0].commit, body.commit);
  assert.deepEqual([items[0].by.name, items[0].note], ['Rhea', 'a round of review']);
  const undone = await post(site, '/undo', { commit: body.commit });
  assert.equal(undone.status, 200, JSON.stringify(undone.body));
  assert.equal(undone.body.undoes, body.commit);
  const ids = (await queue(site)).map(({ id }) => id);
  assert.ok(ids.includes(first.id) && ids.includes(second.id));
  const kind = first.type === 'memory' ? 'memory' : 'entities';
  const audit = (await site.ask({ path: `/${kind}/${first.id}/audit` })).body;
  assert.equal(audit.items[0].act, 'undo');
  assert.equal(audit.items.at(-1).act, 'born');
});

test('a decision that lacks what it needs, or has what it cannot use, names the field', async (t) => {
  const site = await siteUnderTest(t);
  const decisions = [
    { act: 'supersede', id: 'dec-1' },
    { act: 'reject', id: 'dec-1', winner: 'dec-2' },
  ];
  const { status, body } = await post(site, '/queue/decisions', { decisions });
  assert.equal(status, 422);
  assert.deepEqual(
    body.errors.map(({ pointer }: { pointer: string }) => pointer),
    ['/decisions/0/winner', '/decisions/1/winner'],
  );
});

test('history goes on behind a cursor and can be of one record', async (t) => {
  const site = await siteUnderTest(t);
  const [one, two] = [await parameter(site, '12'), await parameter(site, '13')];
  const first = (await site.ask({ path: '/history?limit=1' })).body;
  const next = (await site.ask({ path: `/history?limit=1&cursor=${first.next_cursor}` })).body;
  assert.deepEqual(
    [first, next].map(({ items }) => items[0].decisions[0].record),
    [two.id, one.id],
  );
  const own = (await site.ask({ path: `/history?record=${one.id}` })).body;
  assert.deepEqual([own.count, own.next_cursor], [1, undefined]);
  const inProject = (await site.ask({ path: '/history?project=p05&limit=1' })).body;
  assert.equal(inProject.items[0].commit, first.items[0].commit);
  assert.equal((await site.ask({ path: '/history?project=nobody' })).status, 404);
  assert.equal((await site.ask({ path: '/history?record=dec-nothing' })).status, 404);
});

test('a conflict shows everywhere, is resolved by the id of its winner, and undo opens it again', async (t) => {
  const site = await siteUnderTest(t);
  const old = await parameter(site, '12');
  const body = { kind: 'parameter', project: 'p05', subject: 'pad count', value: '18' };
  const made = await post(site, '/entities', { ...body, text: 'The pad count is 18.' });
  const [conflict] = made.body.conflicts;
  const winner = made.body.record.id;
  assert.equal((await site.ask({ path: '/health' })).body.open_conflicts_count, 1);
  const path = `/conflicts/${conflict}`;
  const shown = (await site.ask({ path })).body;
  assert.deepEqual(shown.records.map(({ id }: Item) => id).sort(), [old.id, winner].sort());

  for (const wrong of [{}, { winner, dismiss: true }, { winner: 'dec-1' }]) {
    assert.equal((await post(site, `${path}/resolve`, wrong)).status, 422, JSON.stringify(wrong));
  }
  const stale = await post(site, `${path}/resolve`, {
    winner,
    if_match: { [old.id]: '0'.repeat(40) },
  });
  assert.equal(stale.status, 412);
  const resolved = await post(site, `${path}/resolve`, { winner, note: 'counted' });
  assert.equal(resolved.status, 200, JSON.stringify(resolved.body));
  assert.deepEqual([resolved.body.status, resolved.body.open_conflicts_count], ['resolved', 0]);
  assert.equal((await site.ask({ path: `/entities/${old.id}` })).body.superseded_by, winner);
  assert.equal((await post(site, `${path}/resolve`, { winner })).status, 409);

  const undone = await post(site, '/undo', { commit: resolved.body.commit });
  assert.equal(undone.body.open_conflicts_count, 1);
  const dismissed = await post(site, `${path}/resolve`, { dismiss: true });
  assert.deepEqual([dismissed.body.status, dismissed.body.open_conflicts_count], ['dismissed', 0]);
  assert.equal((await post(site, '/conflicts/nothing/resolve', { dismiss: true })).status, 404);
});

test('why tells evidence, freshness, history and the packs a record was served in', async (t) => {
  const site = await siteUnderTest(t);
  const { id } = await parameter(site, '12');
  const prompt = 'What is the pad count of p05?';
  const pack = (await site.ask({ method: 'POST', path: '/context/build', body: { prompt } })).body;
  const { body } = await site.ask({ path: `/records/${id}/why` });
  assert.equal(body.record.id, id);
  assert.equal(body.history[0].act, 'create');
  assert.equal(body.freshness.references, 0);
  assert.deepEqual(
    body.served_in.map((each: Item) => each.id),
    [pack.id],
  );
  const [entry] = (await site.ask({ path: '/project/state/p05' })).body.items;
  const ofState = await site.ask({ path: `/records/${encodeURIComponent(entry.id)}/why` });
  assert.equal(ofState.body.record.id, entry.id);
});
