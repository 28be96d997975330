/** Every act of domain.md §4 on memories and entities: one commit each, refused where it is not lawful. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Decision } from '../../src/engine.ts';
import type { AtoError } from '../../src/errors.ts';
import type { ProjectId, RecordId } from '../../src/plugin.ts';
import { queueOf } from '../../src/view/queue.ts';
import { git } from '../support/native-git.ts';
import {
  filesOf,
  P05,
  queueTexts,
  recordSaying,
  reviewing,
  served,
  statusOf,
  trailersOf,
  viewOf,
} from '../support/reviewing.ts';
import { ANN, freshlySettled, groundOf, put, readTree } from '../support/store-tree.ts';

const BOB = { name: 'Bob', email: 'bob@example.org' };
const AGENT = { name: 'claude-code', email: 'agent@example.org' };
const NOTE = `${P05}/sources/notes/mirror.md`;
const TEXT = `# Mirror

## Decision: mirror coating

The mirror coating is protected silver.

## Decision: mirror blank

The mirror blank is Zerodur.

## Fact: bench

The bench stands on four air springs.
`;

test('a candidate is edited and promoted, superseded and reinstated, each in one commit that says so', async (t) => {
  const { folder, engine } = await reviewing(t, { [NOTE]: TEXT });
  const coating = recordSaying(engine, 'protected silver');
  const blank = recordSaying(engine, 'Zerodur');
  const { id } = coating.record;

  const promoted = await engine.decide({
    act: 'promote',
    id,
    by: ANN,
    note: 'as agreed\n\non Monday',
    ifMatch: coating.oid,
    edit: {
      text: 'The mirror coating is enhanced silver.',
      value: 'enhanced silver',
      tags: ['optics'],
    },
  });
  assert.equal(promoted.record.status, 'active');
  assert.equal(promoted.record.text, 'The mirror coating is enhanced silver.');
  assert.equal(promoted.oid, served(engine, id).oid);
  assert.deepEqual(await trailersOf(folder, promoted.commit), [
    'Actor: Ann <ann@example.org>',
    'Act: edit',
    `Record: ${id}`,
    'Changed: value',
    'Before: protected silver',
    'After: enhanced silver',
    'Changed: text',
    'Before: The mirror coating is protected silver.',
    'After: The mirror coating is enhanced silver.',
    'Changed: tags',
    'After: optics',
    'Act: promote',
    `Record: ${id}`,
    'Before: candidate',
    'After: active',
  ]);
  assert.deepEqual(await filesOf(folder, promoted.commit), [coating.record.path]);

  await engine.decide({ act: 'promote', id: blank.record.id, by: ANN });
  const superseded = await engine.decide({
    act: 'supersede',
    id,
    winner: blank.record.id,
    by: BOB,
  });
  assert.equal(superseded.record.supersededBy, blank.record.id);
  assert.deepEqual(served(engine, blank.record.id).record.supersedes, [id]);
  assert.equal((await filesOf(folder, superseded.commit)).length, 2);

  const reinstated = await engine.decide({ act: 'reinstate', id, by: BOB });
  assert.equal(reinstated.record.status, 'active');
  assert.equal(reinstated.record.supersededBy, undefined);
  assert.deepEqual(served(engine, blank.record.id).record.supersedes, []);

  await engine.decide({ act: 'invalidate', id, by: BOB });
  await engine.decide({ act: 'reinstate', id, by: BOB });
  const trail = await engine.past.audit(id);
  assert.deepEqual(
    trail.map(({ act, before, after, by }) => [act, before, after, by.name]),
    [
      ['reinstate', 'invalid', 'active', 'Bob'],
      ['invalidate', 'active', 'invalid', 'Bob'],
      ['reinstate', 'superseded', 'active', 'Bob'],
      ['supersede', 'active', 'superseded', 'Bob'],
      ['edit', undefined, undefined, 'Ann'],
      ['promote', 'candidate', 'active', 'Ann'],
      ['born', undefined, 'candidate', 'AtoCore'],
    ],
  );
  assert.equal(trail[5]?.note, 'as agreed\n\non Monday');
  assert.deepEqual(trail[4]?.changed[0], {
    field: 'value',
    before: 'protected silver',
    after: 'enhanced silver',
  });

  const [first] = await engine.past.history({ limit: 1 });
  assert.equal(first?.decisions[0]?.act, 'reinstate');
  const rest = await engine.past.history({ limit: 10, ...(first && { after: first.commit }) });
  assert.equal(rest[0]?.decisions[0]?.act, 'invalidate');
  assert.equal(
    (await engine.past.history({ limit: 10, record: blank.record.id })).length,
    3,
    'promoted, won, and lost what it had won',
  );

  const answer = await engine.past.why(id, '2026-11-22');
  assert.equal(answer.history.length, 7);
  assert.equal(answer.evidence[0]?.path, NOTE);
  assert.equal(answer.evidence[0]?.startLine, 3);
  assert.equal(answer.evidence[0]?.endLine, 5);
  assert.match(answer.evidence[0]?.quote ?? '', /protected silver/);
});

const REFUSED: readonly {
  readonly name: string;
  readonly choice: (ids: {
    open: RecordId;
    live: RecordId;
    gone: RecordId;
  }) => Omit<Decision, 'by'>;
  readonly code: string;
  readonly says: RegExp;
}[] = [
  {
    name: 'a promote of what is active',
    choice: ({ live }) => ({ act: 'promote', id: live }),
    code: 'wrong-state',
    says: /candidate to promote, found one that is active/,
  },
  {
    name: 'an invalidate of a candidate',
    choice: ({ open }) => ({ act: 'invalidate', id: open }),
    code: 'wrong-state',
    says: /active to invalidate, found one that is candidate/,
  },
  {
    name: 'an edit of what was rejected',
    choice: ({ gone }) => ({ act: 'edit', id: gone, edit: { value: 'x' } }),
    code: 'wrong-state',
    says: /found one that is invalid. Reinstate it/,
  },
  {
    name: 'an edit that changes nothing',
    choice: ({ live }) => ({ act: 'edit', id: live, edit: {} }),
    code: 'invalid',
    says: /changes something/,
  },
  {
    name: 'an edit to an empty text',
    choice: ({ live }) => ({ act: 'edit', id: live, edit: { text: '  ' } }),
    code: 'invalid',
    says: /1 to 4000 characters, found 0/,
  },
  {
    name: 'an edit to a day that is none',
    choice: ({ live }) => ({ act: 'edit', id: live, edit: { validUntil: '2026-02-30' } }),
    code: 'invalid',
    says: /a date such as 2026-12-31/,
  },
  {
    name: 'a record superseded by itself',
    choice: ({ live }) => ({ act: 'supersede', id: live, winner: live }),
    code: 'invalid',
    says: /the record itself/,
  },
  {
    name: 'a record superseded by a candidate',
    choice: ({ live, open }) => ({ act: 'supersede', id: live, winner: open }),
    code: 'wrong-state',
    says: /which is candidate. Promote/,
  },
  {
    name: 'a record superseded by what is not there',
    choice: ({ live }) => ({ act: 'supersede', id: live, winner: 'dec-000000000000' as RecordId }),
    code: 'not-found',
    says: /names none/,
  },
  {
    name: 'the graduation of an entity',
    choice: ({ live }) => ({ act: 'graduate', id: live, kind: 'component' }),
    code: 'invalid',
    says: /an entity already/,
  },
  {
    name: 'a move to a project that is none',
    choice: ({ live }) => ({ act: 'move', id: live, project: 'p99' as ProjectId }),
    code: 'not-found',
    says: /registered project, found "p99"/,
  },
  {
    name: 'a decision on what changed since it was read',
    choice: ({ open }) => ({ act: 'promote', id: open, ifMatch: '0'.repeat(40) }),
    code: 'changed',
    says: /as it was read/,
  },
  {
    name: 'a decision on trusted state',
    choice: () => ({
      act: 'invalidate',
      id: 'state/p05-interferometer/status/phase' as RecordId,
    }),
    code: 'not-found',
    says: /state set/,
  },
];

test('what the table does not allow is refused with the reason, and nothing is written', async (t) => {
  const { folder, engine } = await reviewing(t, { [NOTE]: TEXT });
  const open = recordSaying(engine, 'protected silver').record.id;
  const live = recordSaying(engine, 'Zerodur').record.id;
  const gone = recordSaying(engine, 'air springs').record.id;
  await engine.decideMany(
    [
      { act: 'promote', id: live },
      { act: 'reject', id: gone },
    ],
    { by: ANN },
  );
  const head = await git(folder, ['rev-parse', 'HEAD']);
  for (const { name, choice, code, says } of REFUSED) {
    const decision = { ...choice({ open, live, gone }), by: BOB } as Decision;
    await assert.rejects(engine.decide(decision), (error: AtoError) => {
      assert.equal(error.code, code, name);
      assert.match(error.message, says, name);
      const isPresent = code === 'wrong-state' || code === 'changed';
      if (isPresent) assert.ok(error.extra.present, `${name}: the present state is shown`);
      return true;
    });
  }
  // All or none: the second of the two is at fault, so neither is done.
  await assert.rejects(
    engine.decideMany(
      [
        { act: 'promote', id: open },
        { act: 'promote', id: gone },
      ],
      { by: BOB },
    ),
    (error: AtoError) => {
      assert.equal(error.code, 'wrong-state');
      assert.match(error.message, /^Decision 2 \(promote/);
      assert.equal(error.extra.index, 1);
      return true;
    },
  );
  assert.equal(statusOf(engine, open), 'candidate');
  assert.equal(await git(folder, ['rev-parse', 'HEAD']), head);
  assert.equal(await git(folder, ['status', '--porcelain']), '');
});

test('a memory graduates when its entity is promoted, both in one commit, and stays frozen', async (t) => {
  const { folder, engine } = await reviewing(t, { [NOTE]: TEXT });
  const memory = recordSaying(engine, 'air springs').record;
  await engine.decide({ act: 'promote', id: memory.id, by: ANN });
  const proposed = await engine.decide({
    act: 'graduate',
    id: memory.id,
    kind: 'component',
    edit: { subject: 'optical bench' },
    by: ANN,
  });
  const entity = proposed.record;
  assert.equal(entity.type, 'entity');
  assert.equal(entity.status, 'candidate');
  assert.deepEqual(entity.origins, [`memory:${memory.id}`]);
  assert.equal(statusOf(engine, memory.id), 'active');
  await engine.settle();
  const entry = queueOf(viewOf(engine)).entries.find(
    ({ served }) => served.record.id === entity.id,
  );
  assert.ok(entry, 'settling keeps what a person proposed');
  assert.equal(entry.served.isUnsupported, false);
  await assert.rejects(engine.decide({ act: 'graduate', id: memory.id, kind: 'system', by: ANN }), {
    code: 'wrong-state',
    message: /is proposed from it/,
  });

  const { commit } = await engine.decide({ act: 'promote', id: entity.id, by: ANN });
  assert.equal((await filesOf(folder, commit)).length, 2);
  assert.equal(statusOf(engine, memory.id), 'graduated');
  assert.equal(served(engine, memory.id).record.supersededBy, entity.id);
  await assert.rejects(
    engine.decide({ act: 'edit', id: memory.id, edit: { value: 'five' }, by: ANN }),
    { code: 'wrong-state' },
  );
  const [latest] = await engine.past.audit(memory.id);
  assert.deepEqual([latest?.act, latest?.other], ['graduate', entity.id]);

  await engine.undo({ commit, by: BOB });
  assert.equal(statusOf(engine, memory.id), 'active');
  assert.equal(statusOf(engine, entity.id), 'candidate');
  assert.equal(served(engine, memory.id).record.supersededBy, undefined);
  const tree = await readTree(folder);
  assert.deepEqual(await freshlySettled(t, groundOf(tree)), tree, 'invariant 3');
});

test("a reviewer's record is active, an agent's a candidate that no settling withdraws", async (t) => {
  const { engine } = await reviewing(t, { [NOTE]: TEXT });
  const project = 'p05-interferometer' as ProjectId;
  const base = { type: 'memory', kind: 'knowledge', project } as const;
  const own = await engine.create({
    draft: {
      ...base,
      subject: 'laser',
      text: 'The laser is a HeNe of 632.8 nm.',
      value: '632.8 nm',
    },
    by: ANN,
    as: 'reviewer',
  });
  assert.equal(own.record.status, 'active');
  assert.ok(own.record.handAuthored);

  const draft = { ...base, subject: 'camera', text: 'The camera has 5 megapixels.' };
  const proposed = await engine.create({ draft, by: AGENT, as: 'agent', note: 'seen in a log' });
  assert.equal(proposed.record.status, 'candidate');
  assert.deepEqual(proposed.record.origins, ['proposed by claude-code']);
  assert.equal(proposed.record.handAuthored, false);
  await engine.settle();
  assert.ok(queueTexts(engine).includes('The camera has 5 megapixels.'));

  await engine.decide({ act: 'reject', id: proposed.record.id, by: ANN });
  for (const text of ['The camera has 5 megapixels.', ' the  CAMERA has 5 megapixels ']) {
    await assert.rejects(engine.create({ draft: { ...draft, text }, by: AGENT, as: 'agent' }), {
      code: 'wrong-state',
      message: /It was rejected/,
    });
  }
  await assert.rejects(
    engine.create({ draft: { ...draft, kind: 'decision' as never }, by: AGENT, as: 'agent' }),
    { code: 'invalid', message: /Expected a memory kind, one of identity/ },
  );
  await assert.rejects(
    engine.create({ draft, by: AGENT, as: 'agent', origins: [`memory:${own.record.id}`] }),
    { code: 'invalid' },
  );
});

test('a record of the wrong project moves with its id and its past, and its source does not bring it back', async (t) => {
  const { folder, engine } = await reviewing(t, { [NOTE]: TEXT });
  const to = '_global' as ProjectId;
  const { record } = recordSaying(engine, 'protected silver');
  const moved = await engine.decide({ act: 'move', id: record.id, project: to, by: ANN });
  assert.equal(moved.record.id, record.id);
  assert.equal(moved.record.project, to);
  assert.match(moved.record.path, /^projects\/_global\/records\/decision\//);
  assert.deepEqual((await filesOf(folder, moved.commit)).length, 2);
  await engine.settle();
  await put(folder, NOTE, `${TEXT}\nMore text.\n`);
  await engine.settle();
  const saying = [...viewOf(engine).settlement.records.values()].filter((each) =>
    each.record.text.includes('protected silver'),
  );
  assert.deepEqual(
    saying.map((each) => each.record.path),
    [moved.record.path],
  );
  await engine.decide({ act: 'promote', id: record.id, by: ANN });
  assert.deepEqual(
    (await engine.past.audit(record.id)).map(({ act }) => act),
    ['promote', 'move', 'born'],
  );
  const tree = await readTree(folder);
  assert.deepEqual(await freshlySettled(t, groundOf(tree)), tree, 'invariant 3');
  await engine.close();
});

test('an act on a record with an unlawful hand edit stands by what is served', async (t) => {
  const { folder, engine } = await reviewing(t, { [NOTE]: TEXT });
  const { record } = recordSaying(engine, 'protected silver');
  const text = await readFile(join(folder, record.path), 'utf8');
  await put(folder, record.path, text.replace('status: candidate', 'status: graduated'));
  await engine.settle();
  assert.equal(statusOf(engine, record.id), 'candidate');
  await engine.decide({ act: 'promote', id: record.id, by: ANN });
  await engine.decide({ act: 'invalidate', id: record.id, by: ANN });
  assert.equal(statusOf(engine, record.id), 'invalid');
  assert.deepEqual(engine.status().problems, []);
  const trail = await engine.past.audit(record.id);
  assert.deepEqual(
    trail.map(({ act, isLawful }) => [act, isLawful]),
    [
      ['invalidate', true],
      ['promote', true],
      ['edit', false],
      ['born', true],
    ],
  );
});
