/** Many reviewers at once: one commit for each accepted decision, a clear refusal for each other one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Choice, type Decision, Engine } from '../../src/engine.ts';
import { isAtoError } from '../../src/errors.ts';
import type { RecordId } from '../../src/plugin.ts';
import { git } from '../support/native-git.ts';
import { P05, recordSaying, reviewing, viewOf } from '../support/reviewing.ts';
import { freshlySettled, groundOf, readTree } from '../support/store-tree.ts';

const NOTE = `${P05}/sources/notes/bolts.md`;
const DECISIONS = 500;
const REVIEWERS = 8;
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

function bolts(count: number): string {
  return Array.from(
    { length: count },
    (_, at) => `## Fact: bolt ${at}\n\nBolt ${at} is made of steel grade ${at % 7}.\n`,
  ).join('\n');
}

function chance(from: number): (below: number) => number {
  let state = from;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test('of concurrent promotes of one candidate one wins, the others are told its present state', async (t) => {
  const { engine } = await reviewing(t, { [NOTE]: bolts(2) });
  const { record, oid } = recordSaying(engine, 'Bolt 1');
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, (_, at) =>
      engine.decide({
        act: 'promote',
        id: record.id,
        by: { name: `Reviewer ${at}`, email: `${at}@example.org` },
        ...(at % 2 === 0 ? { ifMatch: oid } : {}),
      }),
    ),
  );
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const result of results) {
    if (result.status === 'fulfilled') continue;
    assert.ok(isAtoError(result.reason, 'wrong-state'));
    assert.equal((result.reason.extra.present as { status: string }).status, 'active');
    assert.equal(result.reason.status, 409);
  }
});

function randomDecision(ids: readonly RecordId[], next: (below: number) => number): Decision {
  const id = ids[next(ids.length)] ?? ('' as RecordId);
  const by = { name: `Reviewer ${next(REVIEWERS)}`, email: 'reviewer@example.org' };
  const choices: readonly Choice[] = [
    { act: 'promote', id },
    { act: 'promote', id, edit: { value: `value ${next(5)}` } },
    { act: 'reject', id },
    { act: 'invalidate', id },
    { act: 'reinstate', id },
    { act: 'supersede', id, winner: ids[next(ids.length)] ?? id },
    { act: 'edit', id, edit: { tags: [`tag-${next(9)}`] }, note: 'by chance' },
    { act: 'graduate', id, kind: 'component' },
  ];
  return { ...(choices[next(choices.length)] ?? { act: 'reject', id }), by };
}

test(`500 random decisions at once leave a sound store, a commit for each accepted one (SEED=${seed})`, async (t) => {
  const { folder, engine } = await reviewing(t, { [NOTE]: bolts(30) });
  const next = chance(seed);
  const ids = [...viewOf(engine).settlement.records.values()]
    .filter(({ record }) => record.text.startsWith('Bolt'))
    .map(({ record }) => record.id);
  assert.equal(ids.length, 30);
  const results = await Promise.allSettled(
    Array.from({ length: DECISIONS }, () => engine.decide(randomDecision(ids, next))),
  );
  const commits = results.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value.commit] : [],
  );
  for (const result of results) {
    if (result.status === 'fulfilled') continue;
    const isClear =
      isAtoError(result.reason, 'wrong-state') || isAtoError(result.reason, 'invalid');
    assert.ok(isClear, String(result.reason));
  }
  assert.ok(commits.length > 50, `${commits.length} accepted`);
  assert.equal(new Set(commits).size, commits.length, 'each has a commit of its own');
  const made = await git(folder, ['log', '--format=%H', '--author=Reviewer']);
  assert.deepEqual(new Set(made.trim().split('\n')), new Set(commits), 'and there are no others');

  assert.deepEqual(await engine.settle().then(({ inputs, changes }) => [inputs, changes]), [0, 0]);
  assert.deepEqual(engine.status().problems, []);
  await engine.close();
  assert.equal(await git(folder, ['status', '--porcelain']), '');
  assert.equal(await git(folder, ['fsck', '--strict', '--no-dangling']), '');
  const tree = await readTree(folder);
  assert.deepEqual(await freshlySettled(t, groundOf(tree)), tree, 'invariant 3');
  const again = await Engine.open({ folder, watch: false });
  t.after(() => again.close());
  await again.ready();
  // What supersedes and what is superseded agree, whatever the order of decisions.
  for (const { record } of viewOf(again).settlement.records.values()) {
    if (record.status !== 'superseded' || record.supersededBy === undefined) continue;
    const winner = viewOf(again).settlement.records.get(record.supersededBy)?.record;
    assert.ok(winner?.supersedes.includes(record.id), `${record.id} and ${record.supersededBy}`);
  }
});
