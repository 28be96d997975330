/** What makes candidates: a wave with its report, a capture that is asked later, with a look before. */
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { git } from '../support/native-git.ts';
import { freshlySettled, groundOf, readTree } from '../support/store-tree.ts';
import { siteUnderTest } from './site-under-test.ts';

const site = await siteUnderTest({ after });
const { ask } = site;

const post = (path: string, body: object = {}, scope: 'agent' | 'reviewer' | 'admin' = 'agent') =>
  ask({ method: 'POST', path, scope, body });

const isQueued = async (id: string): Promise<boolean> => {
  const { items } = (await ask({ path: '/queue?limit=500' })).body;
  return items.some((item: { id: string }) => item.id === id);
};

const SAID = {
  prompt: 'What did the review settle?',
  response:
    '## Decision: dust cover\n\nThe dust cover is made of polycarbonate.\n\n## Decision: lateral support material\n\nWe weld it.\n',
  project: 'p05',
};

test('a capture is looked at before it is asked for its claims, which changes nothing', async () => {
  const { id } = (await post('/interactions', SAID)).body;
  await site.engine.settle();
  const before = await git(site.folder, ['rev-parse', 'HEAD']);
  const { status, body } = await post(`/interactions/${id}/extract`);
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.extract, false);
  const [cover] = body.claims;
  assert.deepEqual(
    [cover.rule, cover.kind, cover.subject, cover.becomes],
    ['decision_heading', 'decision', 'dust cover', 'admitted'],
  );
  assert.equal(await isQueued(cover.id), false);
  await site.engine.settle();
  assert.equal(await git(site.folder, ['rev-parse', 'HEAD']), before);

  const asked = (
    await post(`/interactions/${id}/extract`, { persist: true, actor: 'Ann <ann@example.org>' })
  ).body;
  assert.deepEqual([asked.extract, asked.claims[0].becomes], [true, 'admitted']);
  assert.equal(asked.claims[0].id, cover.id);
  assert.equal(await isQueued(cover.id), true);
  const log = await git(site.folder, ['log', '-1', '--format=%an%n%B', asked.commit]);
  assert.match(log, /^Ann\nextract: cap-[0-9a-f]{16}\n[\s\S]*^Act: extract$/m);
  const again = (await post(`/interactions/${id}/extract`, { persist: true })).body;
  assert.deepEqual([again.commit, again.claims[0].becomes], [undefined, 'admitted']);
  assert.equal((await post('/interactions', SAID)).status, 200, 'it is still the same capture');

  await post(`/entities/${cover.id}/reject`, {}, 'reviewer');
  assert.equal((await post(`/interactions/${id}/extract`)).body.claims[0].becomes, 'refused');
});

test('a capture is asked to reinforce the records that it says again', async () => {
  const text = 'The calibration lamp needs twenty minutes to settle.';
  const draft = { kind: 'knowledge', project: 'p05', subject: 'calibration lamp', text };
  const { record } = (await post('/memory', draft, 'reviewer')).body;
  const said = { prompt: `Remember: ${text}`, project: 'p05' };
  const { id } = (await post('/interactions', said)).body;
  await site.engine.settle();
  const references = async () => (await ask({ path: `/memory/${record.id}` })).body.references;
  assert.deepEqual((await post(`/interactions/${id}/reinforce`)).body.records, [record.id]);
  assert.equal(await references(), 0);
  const { body } = await post(`/interactions/${id}/reinforce`, { persist: true });
  assert.deepEqual([body.reinforce, body.records], [true, [record.id]]);
  assert.equal(await references(), 1);
});

test('a capture that is not there is 404, and another word for persist is refused', async () => {
  for (const act of ['extract', 'reinforce']) {
    assert.equal((await post(`/interactions/cap-0000000000000000/${act}`)).status, 404);
    assert.equal((await post(`/interactions/x/${act}`, { persist: 'yes' })).status, 422);
    assert.equal((await post(`/interactions/x/${act}`, {}, 'admin')).status, 403);
  }
});

test('a wave has a report of what became of each claim, told by the ground alone', async () => {
  const root = join(site.folder, '../wave-notes');
  await mkdir(root);
  const note = (name: string, text: string) => writeFile(join(root, name), text);
  await note('a.md', '# A\n\n## Decision: bolt grade\n\nThe bolt grade is A4-80.\n');
  await note('b.md', '# B\n\n## Decision: bolt grade\n\nThe bolt grade is A4-80.\n');
  const project = { id: 'p07', title: 'P07', roots: [{ label: 'notes', path: root }] };
  assert.equal((await post('/projects/register', project, 'admin')).status, 201);
  const refresh = (wave: string) => post('/projects/p07/refresh', { wave }, 'admin');
  const first = (await refresh('trusted-operational')).body;
  const row = { rule: 'decision_heading', found: 2, admitted: 1, held: 0, merged: 1, refused: 0 };
  assert.deepEqual(first.extraction, [row]);
  const report = (wave: string) =>
    readFile(join(site.folder, `reports/extraction/${wave}.md`), 'utf8');
  const text = await report('trusted-operational');
  assert.match(
    text,
    /## p07: notes\n\n\| rule .*\n.*\n\| decision_heading \| 2 \| 1 \| 0 \| 1 \| 0 \|/,
  );
  assert.match(
    text,
    /^- admitted `dec-[0-9a-f]+` `projects\/p07\/sources\/notes\/a\.md`: `The bolt/m,
  );
  assert.match(text, /^- merged `dec-[0-9a-f]+` `projects\/p07\/sources\/notes\/b\.md`/m);

  const [{ id }] = (await ask({ path: '/queue?project=p07' })).body.items;
  await post(`/entities/${id}/reject`, {}, 'reviewer');
  assert.match(
    await report('trusted-operational'),
    /\| decision_heading \| 2 \| 0 \| 0 \| 1 \| 1 \|/,
  );

  assert.deepEqual((await refresh('again')).body.extraction, [], 'nothing changed, no new wave');
  await note('c.md', '# C\n\n## Fact: torque\n\nThe torque is 12 Nm.\n');
  assert.equal((await refresh('second')).body.extraction.length, 2);
  assert.match(await report('second'), /fact_heading/);
  await assert.rejects(report('trusted-operational'), { code: 'ENOENT' });

  await site.engine.settle();
  const tree = await readTree(site.folder);
  assert.deepEqual(await freshlySettled({ after } as never, groundOf(tree)), tree);
  await rm(root, { recursive: true });
});

test('records are related by a person, to records that are there', async () => {
  const entity = async (kind: string, subject: string, text: string) =>
    (await post('/entities', { kind, project: 'p05', subject, text }, 'reviewer')).body.record;
  const part = await entity('component', 'dust shutter', 'The dust shutter closes the bore.');
  const need = await entity('requirement', 'REQ-900', 'The bore stays free of dust.');
  const relate = (body: object, scope: 'agent' | 'reviewer' = 'reviewer') =>
    post('/relationships', body, scope);
  const related = { source: part.id, relation: 'satisfies', target: need.id };
  assert.equal((await relate(related, 'agent')).status, 403);
  const { status, body } = await relate({ ...related, note: 'by design' });
  assert.equal(status, 200, JSON.stringify(body));
  const { answer } = (await ask({ path: `/engineering/satisfies?record=${part.id}` })).body;
  assert.match(JSON.stringify(answer), new RegExp(need.id));
  assert.equal((await relate(related)).status, 422, 'said already');
  assert.equal((await relate({ ...related, target: 'req-000000000000' })).status, 404);
  assert.equal((await relate({ ...related, relation: 'likes' })).status, 422);
});
