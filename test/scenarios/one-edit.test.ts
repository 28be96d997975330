/** The main job from an edit to trusted context, in a store that is being watched. */
import assert from 'node:assert/strict';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Engine } from '../../src/engine.ts';
import { buildContext } from '../../src/view/context.ts';
import { query } from '../../src/view/query.ts';
import { queueOf } from '../../src/view/queue.ts';
import type { View } from '../../src/view/view.ts';
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
import { until } from '../support/until.ts';

const TODAY = '2026-11-22';
const NOTE = 'projects/p05-interferometer/sources/notes/coating.md';
const TEXT =
  '# Coating\n\n## Decision: mirror coating\n\nThe mirror coating is protected silver.\n';

function viewOf(engine: Engine): View {
  const { view } = engine;
  assert.ok(view);
  return view;
}

function found(engine: Engine, text: string): boolean {
  return query(viewOf(engine), { text, limit: 5, today: TODAY }).hits.length > 0;
}

function candidate(engine: Engine, text: string) {
  return queueOf(viewOf(engine)).entries.find(({ served }) => served.record.text.includes(text))
    ?.served.record;
}

function recordsIn(engine: Engine, prompt: string): readonly string[] {
  const pack = buildContext(viewOf(engine), { prompt, budget: 4_000, today: TODAY });
  return pack.receipt.included.filter(({ section }) => section !== 'passages').map(({ id }) => id);
}

test('an edit becomes searchable and a candidate; promoted it is served; reverted it is not', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, true);
  await until('the watcher is up', () => engine.status().watcher.state === 'watching');

  await put(folder, NOTE, TEXT);
  await until('the edit is searchable', () => found(engine, 'protected silver'));
  const born = await until('the heading is a candidate', () =>
    candidate(engine, 'protected silver'),
  );
  assert.equal(born.kind, 'decision');
  const prompt = 'Which coating does the mirror of the interferometer have?';
  assert.ok(
    !recordsIn(engine, prompt).includes(born.id),
    'invariant 13: a candidate is in no pack',
  );

  const { commit } = await engine.decide({ act: 'promote', id: born.id, by: ANN, note: 'agreed' });
  assert.ok(recordsIn(engine, prompt).includes(born.id));

  const log = await git(folder, ['log', '-p', '--format=%an%n%B', '--', born.path]);
  assert.match(log, /^Ann\npromote: mirror coating/m);
  assert.match(log, /^Act: promote$/m);
  assert.match(log, /^-status: candidate\n\+status: active$/m);
  assert.match(log, /^AtoCore\nsettle: 1 record written/m);

  await git(folder, ['revert', '--no-edit', commit]);
  await until('the revert is settled', () => candidate(engine, 'protected silver'));
  assert.ok(!recordsIn(engine, prompt).includes(born.id));
  assert.deepEqual(engine.status().problems, []);

  await engine.close();
  assert.equal(await git(folder, ['status', '--porcelain']), '');
  assert.equal(await git(folder, ['fsck', '--strict', '--no-dangling']), '');
});

test('invariant 7: what a person wrote is committed alone, before what is computed from it', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  await put(folder, NOTE, TEXT);
  await engine.settle();
  const [settle = '', edit = ''] = (
    await git(folder, ['log', '-2', '--format=%an|%s|%(trailers:key=Input,valueonly)|%H'])
  ).split(/\n+(?=[^|\n]+\|)/);
  assert.match(settle, /^AtoCore\|settle: 1 record written/);
  const editOid = edit.trim().split('|').at(-1) ?? '';
  assert.ok(settle.includes(editOid), 'the computed commit names the one it was computed from');
  const files = await git(folder, ['show', '--format=', '--name-only', editOid]);
  assert.deepEqual(files.trim().split('\n'), [NOTE]);
});

const WAYS: readonly {
  readonly name: string;
  readonly go: (folder: string) => Promise<void>;
}[] = [
  { name: 'an edit', go: (folder) => put(folder, NOTE, TEXT) },
  {
    name: 'a rename',
    go: (folder) =>
      rename(
        join(folder, 'projects/p05-interferometer/sources/notes/supports.md'),
        join(folder, 'projects/p05-interferometer/sources/decisions/supports.md'),
      ),
  },
  {
    name: 'a deletion',
    go: (folder) => rm(join(folder, 'projects/p05-interferometer/sources/notes/supports.md')),
  },
  {
    name: 'a deleted folder',
    go: (folder) => rm(join(folder, 'projects/p05-interferometer/sources'), { recursive: true }),
  },
  {
    name: 'a pull',
    go: async (folder) => {
      const clone = `${folder}-clone`;
      await git(folder, ['clone', '-q', folder, clone]);
      await put(clone, NOTE, TEXT);
      await git(clone, ['add', '-A']);
      await git(clone, ['commit', '-qm', 'from another machine']);
      await git(folder, ['pull', '-q', '--no-rebase', clone, 'main']);
    },
  },
  {
    name: 'a branch switch and back',
    go: async (folder) => {
      await git(folder, ['switch', '-q', '-c', 'other']);
      await put(folder, NOTE, TEXT);
      await git(folder, ['add', '-A']);
      await git(folder, ['commit', '-qm', 'on another branch']);
      await git(folder, ['switch', '-q', 'main']);
      await git(folder, ['merge', '-q', '--no-edit', 'other']);
    },
  },
  {
    name: '5,000 files at once',
    go: async (folder) => {
      const writes = Array.from({ length: 5_000 }, (_, at) =>
        put(
          folder,
          `projects/p05-interferometer/sources/many/${at % 50}/note-${at}.md`,
          `# Note ${at}\n\n${at % 100 === 0 ? `## Fact: bolt ${at}\n\nBolt ${at} is made of steel grade ${at}.\n` : 'Nothing is decided here.\n'}`,
        ),
      );
      await Promise.all(writes);
    },
  },
];

for (const { name, go } of WAYS) {
  test(`invariant 10: ${name} ends in the state of a fresh settle`, async (t) => {
    const folder = await exampleStore(t);
    const engine = await openEngine(t, folder, true);
    await until('the watcher is up', () => engine.status().watcher.state === 'watching');
    await go(folder);
    await until(
      'git has nothing to tell and the view shows its head',
      async () =>
        (await git(folder, ['status', '--porcelain'])) === '' &&
        (await git(folder, ['rev-parse', 'main'])).trim() === engine.view?.revision,
      240_000,
    );
    await engine.settle();
    await engine.close();
    const tree = await readTree(folder);
    assert.deepEqual(await freshlySettled(t, groundOf(tree)), tree);
  });
}

test('another branch is served and not written', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, true);
  await until('the watcher is up', () => engine.status().watcher.state === 'watching');
  await git(folder, ['switch', '-q', '-c', 'other']);
  await put(folder, NOTE, TEXT);
  await until('the other branch is searchable', () => found(engine, 'protected silver'));
  assert.match(engine.status().reason ?? '', /git switch main/);
  await assert.rejects(engine.settle(), { code: 'busy' });
  assert.equal(await git(folder, ['status', '--porcelain', '-uall']), `?? ${NOTE}\n`);
  await rm(join(folder, NOTE));
  await git(folder, ['switch', '-q', 'main']);
  await until('it is writable again', () => engine.status().writable);
  await until('the note is gone from search', () => !found(engine, 'protected silver'));
});

test('the file of a record that a person broke is served in its last good version, and left alone', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  const born = candidate(engine, 'GF-PTFE');
  assert.ok(born);
  await engine.decide({ act: 'promote', id: born.id, by: ANN });
  const broken = '---\nid: "x\n---\nNo end of the quote.\n';
  await put(folder, born.path, broken);
  await engine.settle();
  const served = viewOf(engine).settlement.records.get(born.id);
  assert.equal(served?.isStale, true);
  assert.equal(served?.record.status, 'active');
  assert.ok(viewOf(engine).settlement.problems.some(({ path }) => path === born.path));
  assert.equal(await readFile(join(folder, born.path), 'utf8'), broken);
});

test('a state entry that a person broke is served in its last good version', async (t) => {
  const folder = await exampleStore(t);
  const path = 'projects/p05-interferometer/state/status/phase.md';
  const engine = await openEngine(t, folder, false);
  await put(folder, path, '---\nvalue: [\n---\n');
  await engine.settle();
  const served = viewOf(engine).settlement.records.get(
    'state/p05-interferometer/status/phase' as never,
  );
  assert.equal(served?.isStale, true);
  assert.match(served?.record.value ?? '', /Vendor selection/);
  assert.ok(engine.status().problems.some((problem) => problem.path === path));
});
