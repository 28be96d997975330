/** Contradictions: shown in one settle, settled by a person in one commit, undone, dismissed until a value changes. */
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Engine } from '../../src/engine.ts';
import type { AtoError } from '../../src/errors.ts';
import type { ProjectId, RecordId } from '../../src/plugin.ts';
import { reviewOf } from '../../src/view/queue.ts';
import { git } from '../support/native-git.ts';
import {
  filesOf,
  P05,
  recordSaying,
  reviewing,
  served,
  statusOf,
  trailersOf,
  viewOf,
} from '../support/reviewing.ts';
import { ANN, freshlySettled, groundOf, openEngine, readTree } from '../support/store-tree.ts';

const PROJECT = 'p05-interferometer' as ProjectId;
const NOTES = {
  [`${P05}/sources/notes/mirror.md`]:
    '# Mirror\n\n## Decision: mirror coating\n\nThe mirror coating is protected silver.\n',
  [`${P05}/sources/notes/review.md`]:
    '# Review\n\n## Decision: mirror coating\n\nThe mirror coating is dielectric.\n',
  [`${P05}/sources/notes/minutes.md`]:
    '# Minutes\n\nThe coating of the mirror, protected silver, is ordered in May.\n',
};

function openConflicts(engine: Engine) {
  return viewOf(engine).settlement.conflicts.filter(({ status }) => status === 'open');
}

async function disputed(engine: Engine) {
  const silver = recordSaying(engine, 'protected silver').record;
  const dielectric = recordSaying(engine, 'dielectric').record;
  const first = await engine.decide({ act: 'promote', id: silver.id, by: ANN });
  assert.deepEqual(first.conflicts, []);
  const [warned] = reviewOf(viewOf(engine)).items;
  assert.equal(warned?.served.record.id, dielectric.id, 'what would contradict comes first');
  assert.deepEqual(
    warned?.opposed.map(({ id, value }) => [id, value]),
    [[silver.id, 'protected silver']],
  );
  const second = await engine.decide({ act: 'promote', id: dielectric.id, by: ANN });
  const [conflict, ...more] = openConflicts(engine);
  assert.ok(conflict);
  assert.deepEqual(more, []);
  assert.deepEqual(second.conflicts, [conflict.id], 'the answer to the write names it');
  assert.deepEqual(served(engine, silver.id).record.conflicts, [conflict.id]);
  return { silver, dielectric, conflict };
}

test('the winner named by id supersedes the others in one commit; undo brings the conflict back', async (t) => {
  const { folder, engine } = await reviewing(t, NOTES, { values: true });
  const { silver, dielectric, conflict } = await disputed(engine);
  const before = await readTree(folder);
  const ifMatch = {
    [silver.id]: served(engine, silver.id).oid,
    [dielectric.id]: served(engine, dielectric.id).oid,
  };
  await assert.rejects(
    engine.resolveConflict({
      id: conflict.id,
      how: { promoteWinner: dielectric.id },
      by: ANN,
      ifMatch: { ...ifMatch, [silver.id]: '0'.repeat(40) },
    }),
    (error: AtoError) => error.code === 'changed' && error.extra.present !== undefined,
  );
  const how = { promoteWinner: dielectric.id };
  const resolved = await engine.resolveConflict({
    id: conflict.id,
    how,
    by: ANN,
    ifMatch,
    note: 'RFQ 7',
  });
  assert.equal(resolved.status, 'resolved');
  assert.deepEqual(
    resolved.members.map(({ id, status }) => [id, status]).sort(),
    [
      [silver.id, 'superseded'],
      [dielectric.id, 'active'],
    ].sort(),
  );
  assert.deepEqual(
    [...(await filesOf(folder, resolved.commit))].sort(),
    [conflict.path, silver.path, dielectric.path].sort(),
  );
  assert.deepEqual(await trailersOf(folder, resolved.commit), [
    'Actor: Ann <ann@example.org>',
    'Act: resolve',
    `Conflict: ${conflict.id}`,
    'Before: open',
    'After: resolved',
    `Other: ${dielectric.id}`,
    'Act: supersede',
    `Record: ${silver.id}`,
    'Before: active',
    'After: superseded',
    `Other: ${dielectric.id}`,
  ]);
  const file = await readFile(join(folder, conflict.path), 'utf8');
  assert.match(file, /^status: resolved$/m);
  assert.match(file, /^decided_by: "Ann <ann@example.org>"$/m);
  assert.match(file, new RegExp(`^winner: ${dielectric.id}$`, 'm'));
  assert.deepEqual(openConflicts(engine), []);
  assert.deepEqual(served(engine, dielectric.id).record.conflicts, []);
  assert.deepEqual(
    resolved.stillAsserted.map(({ path }) => path).sort(),
    [`${P05}/sources/notes/minutes.md`, `${P05}/sources/notes/mirror.md`],
    'the sources that still say the old value',
  );
  const tree = await readTree(folder);
  assert.deepEqual(await freshlySettled(t, groundOf(tree)), tree, 'invariant 3');
  await assert.rejects(
    engine.resolveConflict({ id: conflict.id, how: { dismiss: true }, by: ANN }),
    { code: 'wrong-state' },
  );

  await engine.undo({ commit: resolved.commit, by: ANN });
  assert.deepEqual(await readTree(folder), before, 'every file is as it was');
  assert.equal(openConflicts(engine).length, 1);
  const [undone] = await engine.past.history({ limit: 1 });
  assert.equal(undone?.undoes, resolved.commit);
  assert.equal(await git(folder, ['status', '--porcelain']), '');
});

test('a dismissal holds over a rebuild and falls when a value changes', async (t) => {
  const { folder, engine } = await reviewing(t, NOTES, { values: true });
  const { silver, conflict } = await disputed(engine);
  const { status } = await engine.resolveConflict({
    id: conflict.id,
    how: { dismiss: true },
    by: ANN,
  });
  assert.equal(status, 'dismissed');
  assert.deepEqual(openConflicts(engine), []);
  assert.match(await readFile(join(folder, conflict.path), 'utf8'), /^status: dismissed$/m);
  await engine.close();
  await rm(join(folder, '.atocore'), { recursive: true, force: true });
  const again = await openEngine(t, folder, false);
  assert.deepEqual(openConflicts(again), []);
  const { conflicts } = await again.decide({
    act: 'edit',
    id: silver.id,
    by: ANN,
    edit: { value: 'gold' },
  });
  assert.deepEqual(conflicts, [conflict.id]);
});

test('trusted state wins by its id, and never loses in silence', async (t) => {
  const { folder, engine } = await reviewing(t, NOTES, { values: true });
  const { id } = recordSaying(engine, 'protected silver').record;
  await engine.decide({ act: 'promote', id, by: ANN });
  const entry = { project: PROJECT, category: 'fact', key: 'mirror-coating', value: 'aluminium' };
  const { conflicts } = await engine.setState(entry, ANN);
  const [conflict = ''] = conflicts;
  const state = 'state/p05-interferometer/fact/mirror-coating' as RecordId;
  await assert.rejects(
    engine.resolveConflict({ id: conflict, how: { promoteWinner: id }, by: ANN }),
    { code: 'wrong-state', message: /trusted state. Change it with `atocore state set/ },
  );
  await assert.rejects(
    engine.resolveConflict({ id: conflict, how: { promoteWinner: 'dec-1' as RecordId }, by: ANN }),
    { code: 'invalid', message: /Expected members of/ },
  );
  const before = await readFile(join(folder, `${P05}/state/fact/mirror-coating.md`), 'utf8');
  await engine.resolveConflict({ id: conflict, how: { promoteWinner: state }, by: ANN });
  assert.equal(served(engine, id).record.supersededBy, state);
  assert.equal(await readFile(join(folder, `${P05}/state/fact/mirror-coating.md`), 'utf8'), before);
  await engine.decide({ act: 'reinstate', id, by: ANN });
  assert.equal(statusOf(engine, id), 'active');
});

test('what a superseded record said is listed where it is still said', async (t) => {
  const { engine } = await reviewing(t, NOTES, { values: true });
  const silver = recordSaying(engine, 'protected silver').record;
  const dielectric = recordSaying(engine, 'dielectric').record;
  const other = await engine.create({
    draft: {
      type: 'memory',
      kind: 'knowledge',
      project: PROJECT,
      subject: 'mirror cleaning',
      text: 'The mirror is cleaned dry since its coating is protected silver.',
    },
    by: ANN,
    as: 'reviewer',
  });
  await engine.decideMany(
    [
      { act: 'promote', id: silver.id },
      { act: 'promote', id: dielectric.id },
    ],
    { by: ANN },
  );
  const { stillAsserted } = await engine.decide({
    act: 'supersede',
    id: silver.id,
    winner: dielectric.id,
    by: ANN,
  });
  assert.deepEqual(stillAsserted.map(({ id, path }) => id ?? path).sort(), [
    other.record.id,
    `${P05}/sources/notes/minutes.md`,
    `${P05}/sources/notes/mirror.md`,
  ]);
});
