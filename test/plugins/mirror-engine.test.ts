/** The mirror in a real store: a hand edit is kept in history and overwritten on the page. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { queueOf } from '../../src/view/queue.ts';
import { git } from '../support/native-git.ts';
import {
  ANN,
  exampleStore,
  freshlySettled,
  groundOf,
  openEngine,
  put,
  readTree,
} from '../support/store-tree.ts';

const PAGE = 'projects/p05-interferometer/mirror/overview.md';
const LOG = 'projects/p05-interferometer/mirror/decisions.md';

test('a hand edit of a page is committed as the person’s own, then overwritten', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  await engine.settle();
  const before = await readFile(join(folder, PAGE), 'utf8');
  assert.match(before, /Vendor selection for the lateral support pads/);
  const edited = `${before}\nAnn was here.\n`;
  await put(folder, PAGE, edited);
  await engine.settle();
  assert.equal(await readFile(join(folder, PAGE), 'utf8'), before);
  const subjects = await git(folder, ['log', '-2', '--format=%an|%s', '--', PAGE]);
  const [overwritten = '', own = ''] = subjects.trim().split('\n');
  assert.match(overwritten, /^AtoCore\|settle: /);
  assert.match(own, /\|edit: projects\/p05-interferometer\/mirror\/overview\.md$/);
  assert.doesNotMatch(own, /^AtoCore/);
  assert.equal(await git(folder, ['show', `HEAD~1:${PAGE}`]), edited);
  await engine.settle();
  assert.equal(
    await git(folder, ['log', '-1', '--format=%s']).then((line) => line.trim()),
    'settle: 1 page',
  );
});

test('a page that a person removed comes back, and one of their own is left where it is', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  await engine.settle();
  const before = await readFile(join(folder, PAGE), 'utf8');
  await git(folder, ['rm', '-q', PAGE]);
  await put(folder, 'projects/p05-interferometer/mirror/mine.md', '# Mine\n');
  await engine.settle();
  assert.equal(await readFile(join(folder, PAGE), 'utf8'), before);
  const [problem] = engine.status().problems;
  assert.equal(problem?.rule, 'not-generated');
});

test('invariant 3: promoted records give the same pages as a fresh settle of the ground', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  const { view } = engine;
  assert.ok(view);
  for (const { served } of queueOf(view).entries) {
    await engine.decide({ act: 'promote', id: served.record.id, by: ANN });
  }
  await engine.close();
  const tree = await readTree(folder);
  assert.match(tree.get(LOG as never) ?? '', /GF-PTFE/);
  assert.deepEqual(await freshlySettled(t, groundOf(tree)), tree);
});
