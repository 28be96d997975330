/** What arrives by a merge decides no more than a person may: the table of statuses holds for it too. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRecord } from '../src/model/records.ts';
import type { Oid, StorePath } from '../src/plugin.ts';
import { createStore } from '../src/store/open.ts';
import { ADA, CONFIG, mergeInto, settlingOf } from './support/merging.ts';
import { git } from './support/native-git.ts';
import { put } from './support/store-tree.ts';
import { temporaryFolder } from './support/temp-folder.ts';

const pathOf = (name: string): StorePath =>
  `projects/p05/records/decision/${name}--dec-${name}.md` as StorePath;
const record = (name: string, status: string): string =>
  `---\nid: "dec-${name}"\ntype: entity\nkind: decision\nproject: p05\nstatus: ${status}\nsubject: ${name}\nhand_authored: true\n---\nIt is so.\n`;

/** What their commits make of each record, one step after the other. */
const STEPS: readonly (readonly [name: string, steps: readonly string[], by?: string])[] = [
  ['promoted', ['candidate', 'active']],
  ['twosteps', ['candidate', 'active', 'superseded']],
  ['jumped', ['candidate', 'superseded']],
  ['undone', ['active', 'invalid', 'active']],
  ['told', ['candidate', 'superseded'], `Unlawful: ${pathOf('told')} candidate`],
];

test('domain.md §4: an arriving change that the table lacks is kept, named, and not served', async (t) => {
  const dir = await temporaryFolder(t);
  const files = new Map([['atocore.json' as StorePath, CONFIG]]);
  for (const [name, [first = '']] of STEPS) files.set(pathOf(name), record(name, first));
  const timestamp = 1_700_000_000;
  await createStore(dir, files, { author: ADA, message: 'base', timestamp });
  await git(dir, ['checkout', '-qb', 'theirs']);
  for (const [name, steps, trailer] of STEPS) {
    for (const status of steps.slice(1)) {
      await put(dir, pathOf(name), record(name, status));
      const message = trailer === undefined ? ['-m', name] : ['-m', name, '-m', trailer];
      await git(dir, ['commit', '-qa', ...message]);
    }
  }
  const theirs = (await git(dir, ['rev-parse', 'HEAD'])).trim() as Oid;
  await git(dir, ['checkout', '-q', 'main']);
  const expected = new Map(['jumped', 'told'].map((name) => [pathOf(name), 'candidate'] as const));
  const settling = await mergeInto(dir, theirs);
  assert.deepEqual(new Map([...settling.standing].sort()), new Map([...expected].sort()));
  // Nobody had judged one of them: that is said in a commit, where every reader of history finds it.
  const { parents } = { parents: await git(dir, ['log', '-1', '--format=%P']) };
  assert.equal(parents.trim().split(' ').length, 2);
  const body = await git(dir, ['log', '-1', '--format=%B']);
  assert.match(body, /Record: dec-promoted\nBefore: candidate\nAfter: active/);
  for (const path of expected.keys()) assert.ok(body.includes(`Unlawful: ${path} candidate`), path);
  // Without what is remembered, history says the same.
  const again = await settlingOf(dir);
  await again.look();
  assert.deepEqual(new Map([...again.standing].sort()), new Map([...expected].sort()));
  const settlement = await again.read();
  const statuses = [...settlement.records.values()].map(({ record: served }) => [
    served.subject,
    served.status,
  ]);
  assert.deepEqual(Object.fromEntries(statuses), {
    promoted: 'active',
    twosteps: 'superseded',
    jumped: 'candidate',
    undone: 'active',
    told: 'candidate',
  });
  const kept = await git(dir, ['show', `HEAD:${pathOf('jumped')}`]);
  assert.ok('record' in readRecord(pathOf('jumped'), kept) && kept.includes('superseded'));
});
