/** Undo: a new commit that takes one back, field by field, and says why when it can't. */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AtoError } from '../../src/errors.ts';
import type { ProjectId } from '../../src/plugin.ts';
import { blobOid } from '../../src/store/objects.ts';
import { git } from '../support/native-git.ts';
import {
  P05,
  recordSaying,
  reviewing,
  served,
  statusOf,
  trailersOf,
  viewOf,
} from '../support/reviewing.ts';
import { ANN, freshlySettled, groundOf, openEngine, put, readTree } from '../support/store-tree.ts';

const BOB = { name: 'Bob', email: 'bob@example.org' };
const NOTE = `${P05}/sources/notes/parts.md`;
const PARTS = ['frame', 'table', 'clamp', 'screw', 'spring', 'washer'];
const TEXT = PARTS.map((part) => `## Decision: ${part}\n\nThe ${part} is steel.\n`).join('\n');
const PROJECT = 'p05-interferometer' as ProjectId;

function part(name: string): string {
  return `The ${name} is steel`;
}

test('a commit of many decisions, one of two winners and an edit are taken back whole', async (t) => {
  const { folder, engine } = await reviewing(t, { [NOTE]: TEXT });
  const [frame, table, clamp, screw] = PARTS.map((name) => recordSaying(engine, part(name)).record);
  assert.ok(frame && table && clamp && screw);
  const before = await readTree(folder);
  const { commit, decided } = await engine.decideMany(
    [
      { act: 'promote', id: frame.id, edit: { value: 'aluminium' }, note: 'as ordered' },
      { act: 'promote', id: table.id },
      { act: 'supersede', id: table.id, winner: frame.id },
      { act: 'reject', id: clamp.id },
      { act: 'move', id: screw.id, project: '_global' as ProjectId },
    ],
    { by: ANN, note: 'Monday review' },
  );
  assert.deepEqual(
    decided.map(({ record }) => record.status),
    ['active', 'superseded', 'superseded', 'invalid', 'candidate'],
  );
  const [past] = await engine.past.history({ limit: 1 });
  assert.equal(past?.subject, 'decide: promote 2, supersede 1, reject 1, move 1');
  assert.equal(past?.note, 'Monday review');
  assert.deepEqual(
    past?.decisions.map(({ act, note }) => [act, note]),
    [
      ['edit', undefined],
      ['promote', 'as ordered'],
      ['promote', undefined],
      ['supersede', undefined],
      ['reject', undefined],
      ['move', undefined],
    ],
  );
  const undone = await engine.undo({ commit: commit.slice(0, 10), by: BOB, note: 'too early' });
  assert.equal(undone.undoes, commit);
  assert.deepEqual(await readTree(folder), before);
  const trailers = await trailersOf(folder, undone.commit);
  assert.deepEqual(trailers.slice(0, 3), [
    'Actor: Bob <bob@example.org>',
    `Undoes: ${commit}`,
    'Act: undo',
  ]);
  await assert.rejects(engine.undo({ commit, by: BOB }), {
    code: 'wrong-state',
    message: /taken back already/,
  });
  await engine.undo({ commit: undone.commit, by: BOB });
  assert.equal(statusOf(engine, frame.id), 'active', 'an undo is undone like any other act');
  assert.equal(served(engine, screw.id).record.project, '_global');
  assert.equal(await git(folder, ['fsck', '--strict', '--no-dangling']), '');
});

test('what was changed since in other fields stays; in the same field undo is refused by name', async (t) => {
  const { folder, engine } = await reviewing(t, { [NOTE]: TEXT });
  const { id, path } = recordSaying(engine, part('frame')).record;
  const other = recordSaying(engine, part('table')).record.id;
  await engine.decideMany(
    [
      { act: 'promote', id },
      { act: 'promote', id: other },
    ],
    { by: ANN },
  );
  const { commit: valued } = await engine.decide({
    act: 'edit',
    id,
    by: ANN,
    edit: { value: 'brass' },
  });
  const { commit: tagged } = await engine.decide({
    act: 'edit',
    id,
    by: ANN,
    edit: { tags: ['a', 'b'] },
  });
  await engine.decide({ act: 'edit', id, by: ANN, edit: { tags: ['b', 'c'] } });
  await engine.undo({ commit: valued, by: BOB });
  assert.equal(served(engine, id).record.value, 'steel');
  await engine.undo({ commit: tagged, by: BOB });
  assert.deepEqual(served(engine, id).record.tags, ['c'], 'only what that commit put in goes');

  const { commit: lost } = await engine.decide({ act: 'supersede', id, winner: other, by: ANN });
  await engine.decide({ act: 'reinstate', id, by: ANN });
  await engine.decide({ act: 'invalidate', id, by: ANN });
  const head = await git(folder, ['rev-parse', 'HEAD']);
  await assert.rejects(engine.undo({ commit: lost, by: BOB }), (error: AtoError) => {
    assert.equal(error.code, 'wrong-state');
    assert.match(error.message, /found changed since: .*frame.*\(status/);
    assert.deepEqual((error.extra.changed as { path: string }[])[0]?.path, path);
    return true;
  });
  assert.equal(await git(folder, ['rev-parse', 'HEAD']), head);
});

test('state, hand edits and creations are taken back; what the engine computed is not', async (t) => {
  const { folder, engine } = await reviewing(t, { [NOTE]: TEXT });
  const entry = { project: PROJECT, category: 'fact', key: 'bench', value: 'granite' };
  const { commit: set } = await engine.setState(entry, ANN);
  const { commit: again } = await engine.setState({ ...entry, value: 'steel' }, ANN);
  await assert.rejects(engine.undo({ commit: set, by: ANN }), { code: 'wrong-state' });
  await engine.undo({ commit: again, by: ANN });
  await engine.undo({ commit: set, by: ANN });
  const gone = [...viewOf(engine).settlement.records.keys()].filter((id) => id.endsWith('/bench'));
  assert.deepEqual(gone, []);

  const { commit: created, record } = await engine.create({
    draft: {
      type: 'entity',
      kind: 'vendor',
      project: PROJECT,
      subject: 'Acme',
      text: 'Acme sells bolts.',
    },
    by: ANN,
    as: 'reviewer',
  });
  await engine.decide({ act: 'edit', id: record.id, by: ANN, edit: { value: 'bolts' } });
  await assert.rejects(engine.undo({ commit: created, by: ANN }), {
    code: 'wrong-state',
    message: /value/,
  });

  await put(folder, NOTE, `${TEXT}\nBy hand.\n`);
  await engine.settle();
  const [edit] = await engine.past.history({ limit: 1, path: NOTE as never });
  assert.equal(edit?.decisions[0]?.act, 'edit');
  await engine.undo({ commit: edit?.commit ?? '', by: ANN });
  assert.equal(await readFile(join(folder, NOTE), 'utf8'), TEXT);

  const settled = await git(folder, ['log', '-1', '--format=%H', '--author=AtoCore']);
  await assert.rejects(engine.undo({ commit: settled.trim(), by: ANN }), {
    code: 'invalid',
    message: /engine's own \(settle\)/,
  });
  const root = await git(folder, ['rev-list', '--max-parents=0', 'HEAD']);
  await assert.rejects(engine.undo({ commit: root.trim(), by: ANN }), { code: 'invalid' });
  await assert.rejects(engine.undo({ commit: 'HEAD~1', by: ANN }), { code: 'invalid' });
  await assert.rejects(engine.undo({ commit: 'f'.repeat(40), by: ANN }), { code: 'not-found' });
});

test('a promotion taken back after its source is gone leaves no candidate behind', async (t) => {
  const { folder, engine } = await reviewing(t, { [NOTE]: TEXT });
  const { id } = recordSaying(engine, part('spring')).record;
  const { commit } = await engine.decide({ act: 'promote', id, by: ANN });
  await rm(join(folder, NOTE));
  await engine.settle();
  assert.equal(served(engine, id).isUnsupported, true);
  await engine.undo({ commit, by: ANN });
  assert.equal(viewOf(engine).settlement.records.get(id), undefined, 'it is settled again');
  const tree = await readTree(folder);
  assert.deepEqual(await freshlySettled(t, groundOf(tree)), tree, 'invariant 3');
});

test('an act of several files that a stop cut in two is taken back at the next start', async (t) => {
  const { folder, engine } = await reviewing(t, { [NOTE]: TEXT });
  const { path } = recordSaying(engine, part('washer')).record;
  const { path: second } = recordSaying(engine, part('clamp')).record;
  await engine.close();
  const before = await readFile(join(folder, path), 'utf8');
  const written = before.replace('status: candidate', 'status: active');
  const other = (await readFile(join(folder, second), 'utf8')).replace('candidate', 'invalid');
  await writeFile(
    join(folder, '.atocore', 'intent.json'),
    JSON.stringify({
      author: ANN,
      message: 'decide: promote 1, reject 1',
      trailers: [],
      changes: [
        { path, oid: blobOid(written) },
        { path: second, oid: blobOid(other) },
      ],
      isWhole: true,
    }),
  );
  await writeFile(join(folder, path), written);
  const again = await openEngine(t, folder, false);
  assert.equal(await readFile(join(folder, path), 'utf8'), before);
  assert.equal(recordSaying(again, part('washer')).record.status, 'candidate');
  assert.equal(await git(folder, ['status', '--porcelain']), '');
});
