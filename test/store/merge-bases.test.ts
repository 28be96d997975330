/** Where histories meet, beside native git, on histories made at random. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Oid } from '../../src/plugin.ts';
import { divergence, isAncestor } from '../../src/store/merge-bases.ts';
import { git, tryGit } from '../support/native-git.ts';
import { newStore } from './new-store.ts';

const COMMITS = 24;
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

/** A sequence of numbers below a bound, the same for the same seed. */
function chance(from: number): (below: number) => number {
  let state = from >>> 0 || 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test(`bases, and what each side lacks, are those that git finds (SEED=${seed})`, async (t) => {
  const store = await newStore(t);
  const { dir } = store;
  const next = chance(seed);
  const tree = (await git(dir, ['rev-parse', 'HEAD^{tree}'])).trim();
  const commits: Oid[] = [];
  for (let n = 0; n < COMMITS; n += 1) {
    // Now and then a past of its own, and clocks that go backwards.
    const parents =
      n === 0 || next(12) === 0 ? [] : Array.from({ length: 1 + next(3) }, () => commits[next(n)]);
    const args = [...new Set(parents)].flatMap((oid) => ['-p', oid ?? '']);
    const date = `${1_700_000_000 + n * 60 - next(600)} +0000`;
    const env = { GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date };
    const made = await git(dir, ['commit-tree', tree, ...args, '-m', `${n}`], { env });
    commits.push(made.trim() as Oid);
  }
  for (let n = 0; n < 40; n += 1) {
    const [ours, theirs] = [commits[next(COMMITS)], commits[next(COMMITS)]] as [Oid, Oid];
    const { bases, onlyOurs, onlyTheirs } = await divergence(store, ours, theirs);
    const { stdout } = await tryGit(dir, ['merge-base', '--all', ours, theirs]);
    const expected = stdout.split('\n').filter((line) => line !== '');
    assert.deepEqual([...bases].sort(), expected.sort());
    assert.equal(await isAncestor(store, ours, theirs), expected.includes(ours));
    // With clocks that go backwards a side may name more, never less.
    for (const [side, without, of] of [
      [onlyOurs, theirs, ours],
      [onlyTheirs, ours, theirs],
    ] as const) {
      const lacking = (await git(dir, ['rev-list', of, `^${without}`])).split('\n');
      for (const oid of lacking.filter((line) => line !== '')) assert.ok(side.has(oid as Oid), oid);
    }
  }
});
