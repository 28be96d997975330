/** Conflicts from a hand edit to a dismissal, in a real store. */
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Engine } from '../../src/engine.ts';
import { conflictPath } from '../../src/model/conflicts.ts';
import { conflictId } from '../../src/model/names.ts';
import type { ProjectId, RecordId } from '../../src/plugin.ts';
import { buildContext } from '../../src/view/context.ts';
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

const P05 = 'p05-interferometer' as ProjectId;
const SLOT = `decision|${P05}|pupil mask`;
const FILE = conflictPath(conflictId(SLOT));
const FIRST = 'dec-aaaaaaaaaaa1';
const SECOND = 'dec-aaaaaaaaaaa2';

/** A decision of a person on the pupil mask, in the store's own format. */
function decision(
  id: string,
  value: string,
  status = 'active',
): { readonly path: string; readonly text: string } {
  const text = `---
id: "${id}"
type: entity
kind: decision
project: ${P05}
status: ${status}
subject: pupil mask
value: ${value}
hand_authored: true
origins: []
conflicts: []
superseded_by: ""
---
The pupil mask is to be of ${value}.
`;
  return { path: `projects/${P05}/records/decision/pupil-mask--${id}.md`, text };
}

async function write(folder: string, ...made: ReturnType<typeof decision>[]): Promise<void> {
  for (const { path, text } of made) await put(folder, path, text);
}

function viewOf(engine: Engine): View {
  const { view } = engine;
  assert.ok(view);
  return view;
}

function tagsOf(engine: Engine, id: string): readonly string[] | undefined {
  return viewOf(engine).settlement.records.get(id as RecordId)?.record.conflicts;
}

function openConflicts(engine: Engine): readonly string[] {
  return viewOf(engine)
    .settlement.conflicts.filter(({ status }) => status === 'open')
    .map(({ conflict }) => conflict.slot);
}

function textOf(folder: string, path: string): Promise<string> {
  return readFile(join(folder, path), 'utf8');
}

/** The store as a fresh engine makes it of its ground files alone: the sweep. */
async function assertSweepAgrees(
  t: Parameters<typeof freshlySettled>[0],
  folder: string,
): Promise<void> {
  const tree = await readTree(folder);
  assert.deepEqual(await freshlySettled(t, groundOf(tree)), tree);
}

test('two active records that disagree are one conflict in every place, within one settle', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  const before = (await git(folder, ['rev-list', '--count', 'main'])).trim();
  await write(folder, decision(FIRST, 'Invar'), decision(SECOND, 'CFRP'));
  await engine.settle();

  assert.deepEqual(openConflicts(engine), [SLOT]);
  assert.deepEqual(tagsOf(engine, FIRST), [conflictId(SLOT)]);
  assert.deepEqual(tagsOf(engine, SECOND), [conflictId(SLOT)]);
  const file = await textOf(folder, FILE);
  assert.match(file, /^status: open$/m);
  assert.match(file, new RegExp(`${FIRST} = Invar`));
  assert.match(file, new RegExp(`${SECOND} = CFRP`));
  assert.match(
    await textOf(folder, decision(FIRST, '').path),
    /^conflicts: \[ conflict-[0-9a-f]{12} \]$/m,
  );

  const prompt = 'What is the pupil mask of the interferometer made of?';
  const pack = buildContext(viewOf(engine), { prompt, budget: 4_000, today: '2026-11-22' });
  assert.equal(pack.formattedContext.match(/disputed \(conflict-/g)?.length, 2);

  const after = (await git(folder, ['rev-list', '--count', 'main'])).trim();
  assert.equal(Number(after) - Number(before), 2, 'one commit of the edit, one of what follows');
  await assertSweepAgrees(t, folder);
});

test('the same meaning twice is no conflict, and removing a disagreement withdraws it', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  await write(folder, decision(FIRST, 'GF-PTFE'), decision(SECOND, 'gf_ptfe'));
  await engine.settle();
  assert.deepEqual(openConflicts(engine), []);

  await write(folder, decision(SECOND, 'CFRP'));
  await engine.settle();
  assert.deepEqual(openConflicts(engine), [SLOT]);

  await write(folder, decision(SECOND, 'CFRP', 'invalid'));
  await engine.settle();
  assert.deepEqual(openConflicts(engine), []);
  assert.deepEqual(tagsOf(engine, FIRST), []);
  await assert.rejects(textOf(folder, FILE), { code: 'ENOENT' });
});

test('a candidate that would conflict is warned of and takes no part until it is promoted', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  const note = `projects/${P05}/sources/notes/mask.md`;
  await write(folder, decision(FIRST, 'Invar'));
  await put(folder, note, '# Mask\n\n## Decision: pupil mask\n\nThe pupil mask is CFRP.\n');
  await engine.settle();

  assert.deepEqual(openConflicts(engine), []);
  assert.deepEqual(tagsOf(engine, FIRST), []);
  const waiting = queueOf(viewOf(engine)).entries;
  const entry = waiting.find(({ served }) => served.record.text.includes('CFRP'));
  assert.ok(entry);
  assert.deepEqual(entry.warnings, [SLOT]);
  assert.equal(entry, waiting[0], 'what would conflict is looked at first');
  await assertSweepAgrees(t, folder);

  const { conflicts } = await engine.decide({
    act: 'promote',
    id: entry.served.record.id,
    by: ANN,
  });
  assert.deepEqual(conflicts, [conflictId(SLOT)], 'the answer names the conflict it caused');
  assert.deepEqual(openConflicts(engine), [SLOT]);
});

test('candidates that disagree with each other alone are no warning and no conflict', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  await write(folder, decision(FIRST, 'Invar', 'candidate'), decision(SECOND, 'CFRP', 'candidate'));
  await engine.settle();
  assert.deepEqual(openConflicts(engine), []);
  assert.deepEqual([...viewOf(engine).settlement.warnings], []);
});

test('a state entry and an active decision that disagree are one conflict', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  await write(folder, decision(FIRST, 'Invar'));
  const entry = { project: P05, category: 'decision', key: 'pupil_mask', value: 'CFRP' };
  const { conflicts } = await engine.setState(entry, ANN);
  assert.deepEqual(conflicts, [conflictId(SLOT)]);
  assert.deepEqual(openConflicts(engine), [SLOT]);
  assert.deepEqual(tagsOf(engine, FIRST), [conflictId(SLOT)]);
  await assertSweepAgrees(t, folder);

  await engine.setState({ ...entry, value: 'invar' }, ANN);
  assert.deepEqual(openConflicts(engine), []);
});

test('a dismissal holds over a rebuild and falls when a value changes', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  await write(folder, decision(FIRST, 'Invar'), decision(SECOND, 'CFRP'));
  await engine.settle();
  const dismissed = (await textOf(folder, FILE)).replace('status: open', 'status: dismissed');
  await put(folder, FILE, dismissed);
  await engine.settle();
  assert.deepEqual(openConflicts(engine), []);
  assert.deepEqual(tagsOf(engine, FIRST), []);
  await engine.close();

  await rm(join(folder, '.atocore'), { recursive: true });
  const rebuilt = await openEngine(t, folder, false);
  await rebuilt.settle();
  assert.deepEqual(openConflicts(rebuilt), []);
  assert.equal(await textOf(folder, FILE), dismissed);

  await write(folder, decision('dec-aaaaaaaaaaa3', 'CFRP'));
  await rebuilt.settle();
  assert.deepEqual(openConflicts(rebuilt), [], 'one more who says what was dismissed');

  await write(folder, decision(SECOND, 'titanium'));
  await rebuilt.settle();
  assert.deepEqual(openConflicts(rebuilt), [SLOT]);
  assert.match(await textOf(folder, FILE), /^status: open$/m);
  await assertSweepAgrees(t, folder);
});

test('records that disagree again after a resolution are an open conflict again', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  await write(folder, decision(FIRST, 'Invar'), decision(SECOND, 'CFRP'));
  await engine.settle();
  const resolved = (await textOf(folder, FILE)).replace('status: open', 'status: resolved');
  await put(folder, FILE, resolved);
  await write(folder, decision(SECOND, 'CFRP', 'superseded'));
  await engine.settle();
  assert.deepEqual(openConflicts(engine), []);
  assert.equal(await textOf(folder, FILE), resolved);

  await write(folder, decision(SECOND, 'CFRP'));
  await engine.settle();
  assert.deepEqual(openConflicts(engine), [SLOT]);
});

test('invariant 4: a conflict file that cannot be read is left as it is, and its conflict stays open', async (t) => {
  const folder = await exampleStore(t);
  const engine = await openEngine(t, folder, false);
  await write(folder, decision(FIRST, 'Invar'), decision(SECOND, 'CFRP'));
  await engine.settle();
  const broken = (await textOf(folder, FILE)).replace('status: open', 'status: dismised');
  await put(folder, FILE, broken);
  await engine.settle();
  assert.equal(await textOf(folder, FILE), broken);
  assert.deepEqual(openConflicts(engine), [SLOT]);
  assert.ok(viewOf(engine).settlement.problems.some(({ path }) => path === FILE));
});
