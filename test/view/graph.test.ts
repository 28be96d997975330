/** Every question about entities, on one small project. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAtoError } from '../../src/errors.ts';
import type { Oid, StorePath } from '../../src/plugin.ts';
import { graphOf } from '../../src/view/graph.ts';
import type { Facts } from '../../src/view/questions/facts.ts';
import { type Given, QUESTIONS, questionOf } from '../../src/view/questions.ts';
import { recordFile, settleTree, type Texts } from '../support/settle-tree.ts';

type Relations = readonly string[];

function entity(
  id: string,
  kind: string,
  subject: string,
  relations: Relations = [],
  more: readonly string[] = [],
): Texts {
  const status = more.some((line) => line.startsWith('status:')) ? 'candidate' : 'active';
  const own = more.filter((line) => !line.startsWith('status:'));
  return recordFile({
    id,
    kind,
    subject,
    status,
    more: [`relations: ${JSON.stringify(relations)}`, ...own],
  });
}

const TREE: Texts = {
  'projects/p05/project.md':
    '---\nid: p05\ntitle: Interferometer\naliases: [ifm]\n---\n\nA bench interferometer.\n',
  'projects/p05/state/status/phase.md': '---\nvalue: building\n---\n',
  ...entity('sys-1', 'system', 'telescope'),
  ...entity('sub-1', 'subsystem', 'mirror cell', ['part_of: sys-1', 'constrained_by: con-1']),
  ...entity('sub-2', 'subsystem', 'camera', ['part_of: sys-1', 'interfaces_with: sub-1']),
  ...entity('cmp-1', 'component', 'lateral support', [
    'part_of: sub-1',
    'satisfies: req-1',
    'affected_by_decision: dec-2',
    'uses_material: mat-1',
    'depends_on: cmp-2',
  ]),
  ...entity('cmp-2', 'component', 'axial support', ['part_of: sub-1']),
  ...entity('cmp-3', 'component', 'hoist'),
  ...entity(
    'cmp-4',
    'component',
    'guessed pad',
    ['part_of: sub-1', 'satisfies: req-2'],
    ['status:'],
  ),
  ...entity('mat-1', 'material', 'GF-PTFE'),
  ...entity('req-1', 'requirement', 'lateral stiffness', [], ['stated_number: REQ-012']),
  ...entity('req-2', 'requirement', 'cell mass'),
  ...entity('con-1', 'constraint', 'no lubricant'),
  ...recordFile({
    id: 'dec-1',
    kind: 'decision',
    subject: 'steel pads',
    status: 'superseded',
    more: ['superseded_by: dec-2', 'stated_date: 2026-01-02'],
  }),
  ...entity(
    'dec-2',
    'decision',
    'PTFE pads',
    ['based_on_assumption: asm-1', 'based_on_assumption: asm-2'],
    ['supersedes: [dec-1]'],
  ),
  ...entity('asm-1', 'assumption', 'floor is quiet', [], ['tags: [flagged]']),
  ...entity('asm-2', 'assumption', 'air is dry', [], ['valid_until: 2026-01-01']),
  ...entity('val-1', 'validation_claim', 'supports are stiff', ['validated_by: res-1']),
  ...entity('val-2', 'validation_claim', 'cell is light', ['analyzed_by: mod-1']),
  ...entity('res-1', 'result', 'load test', ['analyzed_by: mod-1']),
  ...entity('mod-1', 'analysis_model', 'FEM of the cell'),
  'projects/p05/sources/pads.md':
    '## Decision: pad vendor\n\nThe pads come from Acme.\nAffects: tip-tilt stage, lateral support\n',
};

const COMMITS = [
  { oid: 'c'.repeat(40), date: '2026-03-03T00:00:00Z' },
  { oid: 'b'.repeat(40), date: '2026-02-02T00:00:00Z' },
  { oid: 'a'.repeat(40), date: '2026-01-01T00:00:00Z' },
];

function factsOfTree(tree: Texts): Facts {
  const { settlement } = settleTree(settleTree(tree).after);
  const commitOf = (path: string) =>
    path.includes('mat-1') ? COMMITS[0] : path.includes('req-') ? COMMITS[1] : COMMITS[2];
  const touches = new Map(
    [...settlement.records.values()].map(({ record: { path } }) => {
      const { oid = '', date = '' } = commitOf(path) ?? {};
      return [path as StorePath, { commit: oid as Oid, date }];
    }),
  );
  return { graph: graphOf(settlement), settlement, touches, today: '2026-11-22', commits: COMMITS };
}

const FACTS = factsOfTree(TREE);

/** An answer with records shown as their subjects, so that a case can be read. */
function short(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(short);
  if (value === null || typeof value !== 'object') return value;
  if ('subject' in value && 'marks' in value && 'id' in value) {
    const { subject, marks } = value as { subject: string; marks: readonly string[] };
    const told = marks.filter((mark) => mark !== 'unsupported');
    return told.length === 0 ? subject : `${subject} (${told.join(', ')})`;
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, short(each)]));
}

const ask = (id: string, given: Given): unknown => short(questionOf(id).answer(FACTS, given));

const tree = (record: string, ...parts: readonly unknown[]) => ({ record, parts, isCut: false });
const MIRROR_CELL = tree('mirror cell', tree('axial support'), tree('lateral support'));

interface Case {
  readonly id: string;
  readonly given: Given;
  readonly expected: unknown;
}

const CASES: readonly Case[] = [
  { id: 'contents', given: { record: 'sub-1' }, expected: MIRROR_CELL },
  {
    id: 'contents',
    given: { record: 'Mirror Cell', project: 'ifm', candidates: 'true' },
    expected: tree(
      'mirror cell',
      tree('axial support'),
      tree('guessed pad (candidate)'),
      tree('lateral support'),
    ),
  },
  {
    id: 'system-map',
    given: { project: 'p05' },
    expected: {
      systems: [tree('telescope', tree('camera'), MIRROR_CELL)],
      interfaces: [{ between: ['camera', 'mirror cell'] }],
      loose: ['hoist'],
    },
  },
  {
    id: 'place',
    given: { record: 'lateral supports' },
    expected: {
      record: 'lateral support',
      within: ['mirror cell', 'telescope'],
      parts: [],
      beside: ['axial support'],
      interfacesWith: [],
      dependsOn: ['axial support'],
      neededBy: [],
      materials: ['GF-PTFE'],
    },
  },
  {
    id: 'satisfies',
    given: { record: 'sub-1' },
    expected: [{ record: 'lateral stiffness', on: 'lateral support', reach: 'part' }],
  },
  {
    id: 'unsatisfied',
    given: { project: 'p05' },
    expected: [{ requirement: 'cell mass', proposed: ['guessed pad (candidate)'] }],
  },
  {
    id: 'constraints',
    given: { record: 'cmp-2' },
    expected: [{ record: 'no lubricant', on: 'mirror cell', reach: 'whole' }],
  },
  {
    id: 'decisions',
    given: { record: 'sys-1' },
    expected: [{ record: 'PTFE pads', on: 'lateral support', reach: 'part' }],
  },
  {
    id: 'decisions',
    given: { record: 'cmp-1', candidates: 'true' },
    expected: [
      { record: 'pad vendor (candidate)', on: 'lateral support', reach: 'itself' },
      { record: 'PTFE pads', on: 'lateral support', reach: 'itself' },
    ],
  },
  {
    id: 'flagged-assumptions',
    given: { project: 'p05' },
    expected: [
      { assumption: 'air is dry (expired)', flags: ['expired'], decisions: ['PTFE pads'] },
      { assumption: 'floor is quiet', flags: ['flagged'], decisions: ['PTFE pads'] },
    ],
  },
  {
    id: 'decision-history',
    given: { record: 'dec-2' },
    expected: [
      {
        record: 'steel pads (not-active)',
        supersedes: [],
        supersededBy: ['dec-2'],
        touched: { commit: COMMITS[2]?.oid, date: COMMITS[2]?.date },
        statedDate: '2026-01-02',
      },
      {
        record: 'PTFE pads',
        supersedes: ['dec-1'],
        supersededBy: [],
        touched: { commit: COMMITS[2]?.oid, date: COMMITS[2]?.date },
      },
    ],
  },
  {
    id: 'unsupported-claims',
    given: { project: 'p05' },
    expected: [{ claim: 'cell is light', proposed: [] }],
  },
  {
    id: 'backing',
    given: { record: 'val-1' },
    expected: {
      claim: 'supports are stiff',
      results: ['load test'],
      models: ['FEM of the cell'],
      others: [],
    },
  },
  {
    id: 'impact',
    given: { record: 'mat-1' },
    expected: [
      {
        record: 'lateral support',
        depth: 1,
        because: { relation: 'uses_material', of: 'mat-1', toTarget: false },
      },
      {
        record: 'lateral stiffness',
        depth: 2,
        because: { relation: 'satisfies', of: 'cmp-1', toTarget: true },
      },
      {
        record: 'mirror cell',
        depth: 2,
        because: { relation: 'part_of', of: 'cmp-1', toTarget: true },
      },
      {
        record: 'camera',
        depth: 3,
        because: { relation: 'interfaces_with', of: 'sub-1', toTarget: false },
      },
      {
        record: 'telescope',
        depth: 3,
        because: { relation: 'part_of', of: 'sub-1', toTarget: true },
      },
    ],
  },
];

for (const { id, given, expected } of CASES) {
  test(`${questionOf(id).title}: ${JSON.stringify(given)}`, () => {
    assert.deepEqual(ask(id, given), expected);
  });
}

test('changes since a commit are those of the commits behind it, since a day those of that day on', () => {
  const paths = (since: string): readonly string[] => {
    const { files } = questionOf('changes').answer(FACTS, { since }) as {
      files: readonly { record?: { id: string } }[];
    };
    return files.map(({ record }) => record?.id ?? '');
  };
  assert.deepEqual(paths('b'.repeat(9)), ['mat-1']);
  assert.deepEqual(paths('2026-02-02'), ['mat-1', 'req-2', 'req-1']);
  assert.deepEqual(paths('2026-02-02T00:00:01Z'), ['mat-1']);
  assert.deepEqual(paths('c'.repeat(40)), []);
});

test('the evidence behind a record goes down to its sources, through what supports it', () => {
  const found = ask('evidence', { record: 'val-1' }) as {
    support: readonly { record: string; relation: string; support: readonly unknown[] }[];
  };
  assert.deepEqual(
    found.support.map(({ record, relation }) => [record, relation]),
    [['load test', 'validated_by']],
  );
  const vendor = ask('evidence', { record: 'pad vendor' }) as {
    origins: readonly { from: string; path: string; slug: string }[];
    quote: string;
  };
  assert.equal(vendor.origins[0]?.from, 'source');
  assert.equal(vendor.origins[0]?.slug, 'decision-pad-vendor');
  assert.match(vendor.quote, /come from Acme/);
});

test('gaps name what is not placed, not satisfied, not supported, expired or not understood', () => {
  const gaps = ask('gaps', { project: 'p05', candidates: 'true' }) as Record<string, unknown[]>;
  assert.deepEqual(gaps.unplaced, ['hoist']);
  assert.deepEqual(gaps.expired, ['air is dry (expired)']);
  assert.deepEqual(gaps.unresolved, [
    {
      record: 'pad vendor (candidate)',
      relation: {
        relation: 'affected_by_decision',
        isReversed: true,
        text: 'tip-tilt stage',
        why: 'unknown',
        among: [],
      },
    },
  ]);
});

test('the overview says what a person wants first', () => {
  const overview = ask('overview', { project: 'ifm' }) as Record<string, unknown>;
  assert.deepEqual(overview.project, {
    id: 'p05',
    title: 'Interferometer',
    description: 'A bench interferometer.',
  });
  assert.deepEqual(overview.state, ['phase']);
  assert.deepEqual(overview.decisions, ['PTFE pads']);
  assert.deepEqual(overview.queue, { open: 2, held: 0 });
  assert.deepEqual(overview.requirements, { total: 2, unsatisfied: ['cell mass'] });
});

const FULL: Given = { record: 'cmp-1', project: 'p05', since: '2026-01-01' };

for (const question of QUESTIONS) {
  const given: Given = Object.fromEntries(
    question.parameters
      .filter(({ isRequired }) => isRequired)
      .map(({ name }) => [name, FULL[name] ?? '']),
  );
  test(`the answer to ${question.id} is plain JSON, the same each time, and shows no candidate unasked`, () => {
    const answer = question.answer(FACTS, given);
    const text = JSON.stringify(answer);
    assert.deepEqual(JSON.parse(text), answer);
    assert.equal(JSON.stringify(question.answer(FACTS, given)), text);
    const shown = JSON.stringify(answer, (key, value: unknown) =>
      key === 'proposed' ? [] : value,
    );
    assert.doesNotMatch(shown, /"marks":\["candidate/);
  });
}

const REFUSED: readonly (readonly [string, Given, RegExp])[] = [
  ['contents', {}, /Expected `record`, found nothing/],
  ['contents', { record: 'support' }, /names none/],
  ['contents', { record: 'cmp-1', candidates: 'maybe' }, /true or false/],
  ['gaps', { project: 'p99' }, /found "p99"/],
  ['changes', { since: 'yesterday' }, /found "yesterday"/],
  ['changes', { since: '2026-13-45' }, /found "2026-13-45"/],
  ['changes', { since: 'd'.repeat(40) }, /Expected a commit/],
];

for (const [id, given, message] of REFUSED) {
  test(`${id} answers ${JSON.stringify(given)} with what to do`, () => {
    assert.throws(
      () => questionOf(id).answer(FACTS, given),
      (error) => isAtoError(error) && message.test(error.message),
    );
  });
}

test('a subject that several records bear is answered with their ids', () => {
  const facts = factsOfTree({
    ...entity('cmp-1', 'component', 'pad'),
    ...entity('cmp-2', 'component', 'pads'),
  });
  assert.throws(() => questionOf('place').answer(facts, { record: 'pad' }), /cmp-1 \(p05\), cmp-2/);
});

test('what lies within itself is shown once and said to be cut', () => {
  const facts = factsOfTree({
    ...entity('sub-1', 'subsystem', 'hen', ['part_of: sub-2']),
    ...entity('sub-2', 'subsystem', 'egg', ['contains: sub-1', 'part_of: sub-1']),
  });
  const map = questionOf('system-map').answer(facts, { project: 'p05' });
  assert.deepEqual(short(map), {
    systems: [{ record: 'egg', parts: [{ record: 'hen', parts: [], isCut: true }], isCut: false }],
    interfaces: [],
    loose: [],
  });
});

test('a history that goes in a circle ends', () => {
  const facts = factsOfTree({
    ...entity('dec-1', 'decision', 'hen', ['supersedes: dec-2']),
    ...entity('dec-2', 'decision', 'egg', ['supersedes: dec-1']),
  });
  const steps = questionOf('decision-history').answer(facts, { record: 'dec-1' });
  assert.equal((steps as readonly unknown[]).length, 2);
});
