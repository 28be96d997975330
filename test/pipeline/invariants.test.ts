/** Invariants of design.md §5 that settling alone must keep, over random histories. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { readConflict } from '../../src/model/conflicts.ts';
import { isGenerated } from '../../src/model/generated.ts';
import { roleOf } from '../../src/model/layout.ts';
import { readRecord } from '../../src/model/records.ts';
import { Memo } from '../../src/pipeline/memo.ts';
import type { Status, StorePath } from '../../src/plugin.ts';
import { type Act, histories, type Life, live, NEWBORN, type Texts } from '../support/histories.ts';
import { LINE_PLUGINS } from '../support/line-plugins.ts';
import { type Settled, type Situation, settleFiles, told } from '../support/small-store.ts';

const HISTORIES = Number(process.env.HISTORIES ?? 300);
const ACTS_MAX = Number(process.env.ACTS ?? 9);
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Few enough that claims have to wait. */
const LIMITS = { openCandidates: 3 };

interface Moment {
  readonly situation: Situation;
  readonly memo: Memo;
}

/** Problems of files that were read all the same. */
const READ_WHOLE = new Set([
  'duplicate-id',
  'illegal-transition',
  'name-collision',
  'not-generated',
  'unknown-project',
]);

/** Lives a history with one memo, settling after each act; `look` sees each moment and what it gave. */
function eachMoment(
  acts: readonly Act[],
  look: (before: Life, settled: Settled, moment: Moment) => void,
): void {
  const memo = new Memo();
  let life = NEWBORN;
  for (const act of acts) {
    life = live(life, act);
    const situation = { limits: LIMITS, standing: life.standing, lastGood: life.lastGood };
    const settled = settleFiles(life.files, situation, memo);
    look(life, settled, { situation, memo });
    life = { ...life, files: settled.files as Texts };
  }
}

function holds(name: string, check: (acts: readonly Act[]) => void): void {
  test(name, (t) => {
    t.diagnostic(`seed ${SEED}: rerun with SEED=${SEED}`);
    fc.assert(fc.property(histories(ACTS_MAX), check), {
      numRuns: HISTORIES,
      seed: SEED,
      includeErrorInReport: true,
    });
  });
}

holds('invariant 2: settling a settled store changes nothing', (acts) => {
  eachMoment(acts, (_before, { settlement, files }, { situation, memo }) => {
    const again = settleFiles(files, situation, memo).settlement;
    assert.deepEqual(again.changes, []);
    assert.deepEqual([...again.records], [...settlement.records]);
    assert.deepEqual(again.conflicts, settlement.conflicts);
  });
});

holds('invariant 3: settling only the ground files of a store gives the same store', (acts) => {
  eachMoment(acts, (before, { files, settlement }, { situation, memo }) => {
    // What could not be read withdraws nothing, so what it supported can't be told from the ground.
    if (settlement.problems.some(({ rule }) => !READ_WHOLE.has(rule))) return;
    const ground = new Map(
      [...files].filter(
        ([path, text]) => before.standing.has(path) || isGround(path, String(text)),
      ),
    );
    const again = settleFiles(ground, situation, memo).files;
    assert.deepEqual(sorted(again), sorted(files));
  });
});

holds('invariant 4: damage withdraws nothing, and repair brings back what was', (acts) => {
  let last: Life | undefined;
  eachMoment(acts, (before, { files, settlement }) => {
    // Of two files with one id the other is served while one is damaged.
    const hasDoubles = settlement.problems.some(({ rule }) => rule === 'duplicate-id');
    last = hasDoubles || before.damaged.size > 0 ? undefined : { ...before, files: files as Texts };
  });
  if (last === undefined) return;
  const memo = new Memo();
  for (let pick = 0; pick < last.files.size; pick += 3) {
    for (const how of ['cut', 'nul'] as const) {
      const hurt = live(last, { act: 'damage', pick, how });
      const settled = settleFiles(hurt.files, { limits: LIMITS, ...hurt }, memo);
      // Pages and reports show what is served now; nothing rests on them.
      const gone = settled.settlement.changes.filter(
        ({ path, text }) => text === null && /\/records\/|^conflicts\//.test(path),
      );
      assert.deepEqual(gone, []);
      const healed = live({ ...hurt, files: settled.files as Texts }, { act: 'repair' });
      const { files } = settleFiles(healed.files, { limits: LIMITS, ...healed }, memo);
      assert.deepEqual(sorted(files), sorted(last.files));
    }
  }
});

holds('invariant 6: order of plugins and of files never changes a result', (acts) => {
  eachMoment(acts, ({ files }, { settlement }, { situation }) => {
    const backwards = new Map([...files].reverse());
    const plugins = [...LINE_PLUGINS].reverse();
    const again = settleFiles(backwards, { ...situation, plugins }).settlement;
    assert.deepEqual(told(again), told(settlement));
  });
});

holds(
  'invariant 10: what is remembered gives the settlement that reading everything gives',
  (acts) => {
    eachMoment(acts, ({ files }, { settlement }, { situation }) => {
      const fresh = settleFiles(files, situation).settlement;
      assert.deepEqual(told(settlement), told(fresh));
    });
  },
);

holds('invariants 1, 4, 5 and 12: settling writes nothing that is not its own', (acts) => {
  eachMoment(acts, ({ files, standing }, { settlement }) => {
    for (const { path, text } of settlement.changes) {
      const before = files.get(path);
      const { role } = roleOf(path);
      assert.ok(['record', 'conflict', 'mirror', 'report'].includes(role), `wrote ${path}`);
      if (role !== 'record') continue;
      const was = before === undefined ? undefined : statusOf(path, before);
      // Invariant 4: a file that is there and has no status could not be read.
      if (before !== undefined) assert.notEqual(was, undefined, `wrote over unread ${path}`);
      assert.ok(!standing.has(path), `wrote ${path}, which a person left unlawful`);
      if (text === null) assert.equal(was, 'candidate', `deleted ${path}`);
      else assert.equal(statusOf(path, text), was ?? 'candidate', `${path} changed its status`);
    }
  });
});

holds(
  'invariant 12: nothing settling serves is active unless its file or its past says so',
  (acts) => {
    eachMoment(acts, ({ files, standing, lastGood }, { settlement }) => {
      for (const { record } of settlement.records.values()) {
        if (record.status !== 'active' || record.type === 'state') continue;
        const { path } = record;
        const said = [files.get(path), lastGood.get(path)].map((text) =>
          text === undefined ? undefined : statusOf(path, text),
        );
        assert.ok(said.includes('active') || standing.get(path) === 'active', path);
      }
    });
  },
);

function isGround(path: StorePath, text: string): boolean {
  const { role } = roleOf(path);
  if (role === 'mirror' || role === 'report') return !isGenerated(text);
  if (role === 'conflict') {
    const read = readConflict(path, text);
    return 'problem' in read || read.conflict.status !== 'open';
  }
  if (role !== 'record') return true;
  const file = readRecord(path, text);
  return 'problem' in file || !(file.record.status === 'candidate' && file.isUntouched);
}

const statuses = new Map<string, Status | undefined>();

function statusOf(path: StorePath, text: string): Status | undefined {
  const key = `${path}\n${text}`;
  if (!statuses.has(key)) {
    const file = text.includes('\0') ? undefined : readRecord(path, text);
    statuses.set(key, file === undefined || 'problem' in file ? undefined : file.record.status);
  }
  return statuses.get(key);
}

function sorted(files: ReadonlyMap<StorePath, unknown>): readonly (readonly [string, unknown])[] {
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1));
}
