import assert from 'node:assert/strict';
import test from 'node:test';
import { formatFile, withFields } from '../../src/model/front-matter.ts';
import type { DetectedConflict, Plugin, StorePath } from '../../src/plugin.ts';
import { failing, id, LINE_PLUGINS } from '../support/line-plugins.ts';
import { applied, type Files, filesOf, type Settled, settleFiles } from '../support/small-store.ts';

const [ONE, TWO] = [
  'projects/p05/records/decision/a--dec-1.md',
  'projects/p05/records/decision/b--dec-2.md',
] as const;
const STATE = 'projects/p05/state/decision/lateral-support.md';

function record(name: string, value: string, more: Readonly<Record<string, string>> = {}): string {
  const fields = { id: name, type: 'entity', kind: 'decision', project: 'p05', status: 'active' };
  const said = { subject: 'lateral support', value, hand_authored: true, ...more };
  return formatFile({ ...fields, ...said }, `It is ${value}.\n`);
}

const DISPUTED = filesOf({ [ONE]: record('dec-1', 'GF-PTFE'), [TWO]: record('dec-2', 'steel') });

const set = (files: Files, path: string, text: string | null): Files =>
  applied(files, [{ path: path as StorePath, text: text as string }]);
const textAt = (files: Files, path: string): string => String(files.get(path as StorePath));
const written = ({ settlement }: Settled): readonly string[] =>
  settlement.changes.map(({ path, text }) => `${text === null ? '-' : '+'} ${path}`);

function conflictPathOf({ files }: { files: Files }): StorePath {
  const [path, ...more] = [...files.keys()].filter((each) => each.startsWith('conflicts/'));
  assert.ok(path !== undefined && more.length === 0, 'expected one conflict file');
  return path;
}

function disputed() {
  const store = settleFiles(DISPUTED);
  return { ...store, path: conflictPathOf(store) };
}

test('two active records of one slot are a conflict: a file, a tag in each, a mark on the page', () => {
  const { files, path, settlement } = disputed();
  assert.match(textAt(files, path), /\nstatus: open\n/);
  for (const each of [ONE, TWO])
    assert.match(textAt(files, each), /\nconflicts: \[ conflict-[0-9a-f]{12} \]\n/);
  assert.match(textAt(files, 'projects/p05/mirror/overview.md'), /\(disputed\)/);
  assert.deepEqual(
    settlement.conflicts.map(({ status }) => status),
    ['open'],
  );
  assert.deepEqual(settleFiles(files).settlement.changes, []);
});

test('a conflict that is no more is withdrawn with its tags', () => {
  const { files, path } = disputed();
  const store = settleFiles(set(files, TWO, null));
  assert.ok(!store.files.has(path));
  assert.match(textAt(store.files, ONE), /\nconflicts: \[\]\n/);
});

test('a candidate is no side of a conflict, and carries a warning for its reviewer', () => {
  const files = set(DISPUTED, TWO, record('dec-2', 'steel', { status: 'candidate' }));
  const { settlement } = settleFiles(files);
  assert.deepEqual(settlement.conflicts, []);
  assert.deepEqual([...settlement.warnings.keys()], ['dec-2']);
});

test('trusted state takes part, and is not written', () => {
  const files = set(set(DISPUTED, TWO, null), STATE, formatFile({ value: 'steel' }, ''));
  const store = settleFiles(
    set(files, ONE, record('dec-1', 'GF-PTFE', { subject: 'lateral-support' })),
  );
  conflictPathOf(store);
  assert.equal(store.files.get(STATE as StorePath), formatFile({ value: 'steel' }, ''));
});

test('a dismissal holds until a value of a member changes', () => {
  const { files, path } = disputed();
  const dismissed = set(files, path, withFields(textAt(files, path), { status: 'dismissed' }));
  const quiet = settleFiles(dismissed);
  assert.deepEqual(
    quiet.settlement.conflicts.map(({ status }) => status),
    ['dismissed'],
  );
  assert.match(textAt(quiet.files, ONE), /\nconflicts: \[\]\n/);
  assert.deepEqual(settleFiles(quiet.files).settlement.changes, []);
  const fewer = settleFiles(set(quiet.files, TWO, null));
  assert.ok(fewer.files.has(path), 'what a person decided is not deleted');
  const changed = settleFiles(set(quiet.files, TWO, record('dec-2', 'brass')));
  assert.match(textAt(changed.files, path), /\nstatus: open\n[\s\S]*brass/);
});

test('a dismissal holds for those who are left of it, not for a newcomer', () => {
  const three = set(
    DISPUTED,
    'projects/p05/records/decision/c--dec-3.md',
    record('dec-3', 'brass'),
  );
  const open = settleFiles(three);
  const path = conflictPathOf(open);
  const quiet = set(
    open.files,
    path,
    withFields(textAt(open.files, path), { status: 'dismissed' }),
  );
  const fewer = settleFiles(set(quiet, 'projects/p05/records/decision/c--dec-3.md', null));
  assert.match(textAt(fewer.files, path), /status: dismissed/);
  const more = settleFiles(
    set(quiet, 'projects/p05/records/decision/d--dec-4.md', record('dec-4', 'lead')),
  );
  assert.match(textAt(more.files, path), /status: open/);
});

test('a resolved conflict whose loser was reinstated is open again', () => {
  const { files, path } = disputed();
  const resolved = set(files, path, withFields(textAt(files, path), { status: 'resolved' }));
  const settledOnce = settleFiles(
    set(resolved, TWO, record('dec-2', 'steel', { status: 'superseded' })),
  );
  assert.match(textAt(settledOnce.files, path), /status: resolved/);
  const again = settleFiles(set(settledOnce.files, TWO, record('dec-2', 'steel')));
  assert.match(textAt(again.files, path), /status: open/);
});

test('a conflict file that cannot be read is neither written nor deleted', () => {
  const { files, path } = disputed();
  for (const broken of ['---js\n', `${textAt(files, path)}\0`, 'no frontmatter\n']) {
    const store = settleFiles(set(files, path, broken));
    assert.deepEqual(written(store), []);
    assert.equal(store.settlement.problems.length, 1);
    assert.deepEqual(
      written(settleFiles(set(set(files, path, broken), TWO, null))).filter((each) =>
        each.endsWith(path),
      ),
      [],
    );
  }
});

test('a conflict with a record or state that cannot be read stays open', () => {
  const { files, path } = disputed();
  const text = textAt(files, TWO).replace('---\n', '---js\n');
  assert.ok(settleFiles(set(files, TWO, text)).files.has(path));
  const missing = set(files, TWO, null);
  assert.ok(settleFiles(missing, { unread: ['projects/p05/records/decision'] }).files.has(path));
  const store = settleFiles(
    set(
      set(set(DISPUTED, TWO, null), STATE, formatFile({ value: 'steel' }, '')),
      ONE,
      record('dec-1', 'GF-PTFE', { subject: 'lateral-support' }),
    ),
  );
  const withState = conflictPathOf(store);
  assert.ok(settleFiles(set(store.files, STATE, '---js\n')).files.has(withState));
});

test('a detector that throws is a problem, and what it may have missed stays', () => {
  const { files, path } = disputed();
  const plugins = [...LINE_PLUGINS.filter(({ name }) => name !== 'slots'), failing('detect')];
  const store = settleFiles(files, { plugins });
  assert.deepEqual(written(store), []);
  assert.match(store.settlement.problems[0]?.message ?? '', /failing-detect.*fell over/);
  assert.deepEqual(
    store.settlement.conflicts.map((each) => each.path),
    [path],
  );
  const dismissed = set(files, path, withFields(textAt(files, path), { status: 'dismissed' }));
  assert.match(textAt(settleFiles(dismissed, { plugins }).files, path), /dismissed/);
});

test('what several plugins see in one slot is one conflict, in whatever order they are given', () => {
  const seeing = (name: string, values: readonly string[]): Plugin => ({
    name,
    version: 1,
    detect: () => [
      {
        slot: 's',
        project: 'p05',
        reason: name,
        members: values.map((value, at) => ({ id: id(`dec-${at + 1}`), value })),
      } as unknown as DetectedConflict,
    ],
  });
  const [a, b] = [seeing('a', ['x', 'y']), seeing('b', ['x', 'z'])];
  const stores = [
    [a, b],
    [b, a],
  ].map((plugins) => settleFiles(DISPUTED, { plugins }));
  const texts = stores.map((store) => textAt(store.files, conflictPathOf(store)));
  assert.equal(texts[0], texts[1]);
  assert.match(texts[0] ?? '', /dec-1 = x[\s\S]*dec-2 = y[\s\S]*dec-2 = z/);
});

test('a conflict that is not as the contract says fails its plugin, not the engine', () => {
  for (const found of [
    undefined,
    {},
    { slot: 1, project: 'p', reason: '', members: [] },
    { slot: 'x'.repeat(2_000), project: 'p', reason: '', members: [] },
  ]) {
    const plugin: Plugin = { name: 'odd', version: 1, detect: () => [found as DetectedConflict] };
    const { settlement } = settleFiles(DISPUTED, { plugins: [plugin] });
    assert.deepEqual(
      settlement.problems.map(({ rule }) => rule),
      ['plugin-failed'],
    );
  }
});
