/** Packs over a store's life: the same bytes in another process, after a rebuild, and at an old commit. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Engine } from '../../src/engine.ts';
import type { Oid, ProjectId } from '../../src/plugin.ts';
import { openStore } from '../../src/store/open.ts';
import { resolveCommit, viewAt } from '../../src/time-travel.ts';
import { buildContext } from '../../src/view/context.ts';
import { queueOf } from '../../src/view/queue.ts';
import type { View } from '../../src/view/view.ts';
import { git } from '../support/native-git.ts';
import { ANN, exampleStore, openEngine, put } from '../support/store-tree.ts';

const TODAY = '2026-11-22';
const PROJECT = 'p05-interferometer' as ProjectId;
const PROMPTS = [
  'Which material are the lateral supports made of?',
  'What phase is p05 in, and when is first light?',
  'mirror coating',
  'nothing that is there: zebra',
];

/** Everything that a caller gets. */
function packs(view: View): string {
  return PROMPTS.map((prompt) =>
    JSON.stringify(buildContext(view, { prompt, budget: 3_000, budgetTokens: 900, today: TODAY })),
  ).join('\n');
}

/** The same, in a process of its own. */
async function packsElsewhere(folder: string): Promise<string> {
  const run = promisify(execFile);
  const script = fileURLToPath(new URL('../support/print-packs.ts', import.meta.url));
  const args = ['--import', 'tsx', script, folder, TODAY, ...PROMPTS];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 });
  return stdout.trimEnd();
}

function viewOf(engine: Engine): View {
  assert.ok(engine.view);
  return engine.view;
}

test('the same ask gives the same bytes in two processes and after a rebuild', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  const candidate = queueOf(viewOf(engine)).entries[0]?.served.record;
  assert.ok(candidate);
  await engine.decide({ act: 'promote', id: candidate.id, by: ANN });
  for (const text of ['one', 'two', 'three']) {
    // The index is changed in place here, and made in one go there.
    await put(folder, `projects/${PROJECT}/sources/notes/n.md`, `# N\n\nMirror coating ${text}.\n`);
    await engine.settle();
  }
  const here = packs(viewOf(engine));
  assert.equal(packs(viewOf(engine)), here);
  await engine.close();
  assert.equal(await packsElsewhere(folder), here, 'another process, with what is remembered');
  await rm(join(folder, '.atocore'), { recursive: true });
  assert.equal(await packsElsewhere(folder), here, 'another process, from nothing');
});

test('at every old commit a pack has the bytes it had then', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  const then = new Map<Oid, string>();
  const note = (): void => void then.set(viewOf(engine).revision, packs(viewOf(engine)));
  note();
  const source = `projects/${PROJECT}/sources/notes/coating.md`;
  await put(
    folder,
    source,
    '# Coating\n\n## Decision: mirror coating\n\nThe mirror coating is silver.\n',
  );
  await engine.settle();
  note();
  const born = queueOf(viewOf(engine)).entries.find(
    ({ served }) => served.record.value === 'silver',
  );
  assert.ok(born);
  const { record } = born.served;
  await engine.decide({ act: 'promote', id: record.id, by: ANN });
  note();
  const value = { project: PROJECT, category: 'decision', key: 'mirror-coating', value: 'gold' };
  await engine.setState(value, ANN);
  note();
  await put(folder, record.path, '---\nid: "broken\n---\n');
  await engine.settle();
  note();
  await rm(join(folder, source));
  await engine.settle();
  note();
  await engine.close();

  const store = await openStore(folder);
  assert.ok(then.size >= 6);
  assert.equal(new Set(then.values()).size, then.size, 'each commit served something of its own');
  for (const [commit, bytes] of then) {
    const { view, today } = await viewAt(store, commit);
    assert.equal(packs(view), bytes, `at ${commit}`);
    assert.match(today, /^\d{4}-\d{2}-\d{2}$/);
    assert.equal(await resolveCommit(store, commit.slice(0, 12)), commit);
  }
});

test('a point in time is the start of one commit, or a date', async (t) => {
  const folder = await exampleStore(t);
  const store = await openStore(folder);
  const head = (await git(folder, ['rev-parse', 'HEAD'])).trim();
  assert.equal(await resolveCommit(store, '2999-01-01'), head);
  await assert.rejects(resolveCommit(store, '1999-01-01'), { code: 'not-found' });
  await assert.rejects(resolveCommit(store, 'deadbeef'), { code: 'not-found' });
  for (const bad of ['yesterday', 'HEAD', '2026-13-45', '']) {
    await assert.rejects(resolveCommit(store, bad), { code: 'usage' });
  }
  await assert.rejects(viewAt(store, '0123456789012345678901234567890123456789' as Oid), {
    code: 'not-found',
  });
});
