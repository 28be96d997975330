import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import slots from '../../plugins/slots/index.ts';
import type { DetectedConflict, KnowledgeRecord, ProjectId, RecordId } from '../../src/plugin.ts';
import { readPairs, scores } from './slot-pairs.ts';
import { record } from './slot-records.ts';

const P06 = 'p06' as ProjectId;

function detect(
  records: readonly KnowledgeRecord[],
  patterns: readonly string[] = [],
): readonly DetectedConflict[] {
  const plugin = slots.create(slots.checkOptions?.({ patterns }) ?? { templates: [] });
  return plugin.detect?.(new Map(records.map((each) => [each.id, each]))) ?? [];
}

function slotsOf(records: readonly KnowledgeRecord[]): readonly string[] {
  return detect(records).map(({ slot }) => slot);
}

const part = (id: string, subject: string, relations: readonly string[] = []) =>
  record({ id, kind: 'component', subject, relations });
const optics = record({ id: 'sub-optics', kind: 'subsystem', subject: 'optics' });
const frame = record({ id: 'sub-frame', kind: 'subsystem', subject: 'frame' });
const invar = record({ id: 'mat-invar', kind: 'material', subject: 'Invar' });
const bronze = record({ id: 'mat-bronze', kind: 'material', subject: 'bronze' });
const gap = { kind: 'parameter', subject: 'gap' } as const;
const said = (id: string, kind: KnowledgeRecord['kind'], value: string, more = {}) =>
  record({ id, kind, subject: 'units', value, ...more });
const state = (id: string, kind: KnowledgeRecord['kind'], subject: string, value: string) =>
  record({ id, type: 'state', kind, subject, value });

/** Each row of the table of domain.md §6: the slots in conflict. */
const TABLE: readonly (readonly [string, readonly KnowledgeRecord[], readonly string[]])[] = [
  [
    'state entries of one family and key',
    [
      state('a', 'fact', 'site_altitude', '2635 m'),
      state('b', 'config', 'site-altitude', '2400 m'),
    ],
    ['fact|p05|site altitude'],
  ],
  [
    'state entries of two families',
    [state('a', 'fact', 'coating', 'silver'), state('b', 'decision', 'coating', 'gold')],
    [],
  ],
  [
    'decisions on one subject',
    [said('a', 'decision', 'GF-PTFE'), said('b', 'decision', 'bronze')],
    ['decision|p05|unit'],
  ],
  [
    'decisions of two projects',
    [said('a', 'decision', 'GF-PTFE'), said('b', 'decision', 'bronze', { project: P06 })],
    [],
  ],
  [
    'decisions on one subject that affect different things',
    [
      said('dec-1', 'decision', 'GF-PTFE'),
      said('dec-2', 'decision', 'bronze'),
      part('cmp-1', 'pad', ['affected_by_decision: dec-1']),
      part('cmp-2', 'stop', ['affected_by_decision: dec-2']),
    ],
    [],
  ],
  [
    'decisions on one subject of which one says what it affects',
    [
      said('dec-1', 'decision', 'GF-PTFE'),
      said('dec-2', 'decision', 'bronze'),
      part('cmp-1', 'pad', ['affected_by_decision: dec-1']),
    ],
    ['decision|p05|unit'],
  ],
  [
    'a decision and an assumption',
    [said('a', 'decision', 'GF-PTFE'), said('b', 'assumption', 'bronze')],
    [],
  ],
  [
    'a requirement and a constraint of one name',
    [said('a', 'requirement', '40 kg'), said('b', 'constraint', '45 kg')],
    ['requirement|p05|unit'],
  ],
  [
    'parameters of one owner',
    [
      record({ id: 'a', ...gap, value: '2 mm', relations: ['part_of: cmp-1'] }),
      record({ id: 'b', ...gap, value: '3 mm', relations: ['part_of: cmp-1'] }),
      part('cmp-1', 'slit'),
    ],
    ['parameter|p05|slit gap'],
  ],
  [
    'parameters of two owners',
    [
      record({ id: 'a', ...gap, value: '2 mm', relations: ['part_of: cmp-1'] }),
      record({ id: 'b', ...gap, value: '3 mm', relations: ['part_of: cmp-2'] }),
      part('cmp-1', 'slit'),
      part('cmp-2', 'stop'),
    ],
    [],
  ],
  [
    'a parameter and the state entry of its owner and name',
    [
      record({ id: 'a', ...gap, value: '2 mm', relations: ['part_of: cmp-1'] }),
      part('cmp-1', 'slit'),
      state('b', 'config', 'slit-gap', '3 mm'),
    ],
    ['parameter|p05|slit gap'],
  ],
  [
    'the material of a component',
    [
      part('a', 'lateral pad', ['uses_material: mat-invar']),
      part('b', 'Lateral_Pad', ['uses_material: mat-bronze']),
      invar,
      bronze,
    ],
    ['component|p05|lateral pad material'],
  ],
  [
    'the material of a component by relation and by sentence',
    [
      part('a', 'lateral pad', ['uses_material: mat-invar']),
      record({
        id: 'b',
        kind: 'component',
        subject: 'lateral pad',
        text: 'The lateral pads are made of bronze.',
      }),
      invar,
    ],
    ['component|p05|lateral pad material'],
  ],
  [
    'the whole that a component is a part of',
    [
      part('a', 'pad', ['part_of: sub-optics']),
      part('b', 'pad', ['part_of: sub-frame']),
      optics,
      frame,
    ],
    ['component|p05|pad part of'],
  ],
  [
    'a component in a subsystem that is itself a part',
    [
      part('a', 'pad', ['part_of: sub-optics']),
      part('b', 'pad', ['part_of: sub-frame']),
      { ...optics, relations: ['part_of: sub-frame'] },
      frame,
    ],
    [],
  ],
  [
    'a target that does not exist',
    [part('a', 'pad', ['part_of: sub-optics']), part('b', 'pad', ['part_of: sub-none']), optics],
    [],
  ],
  [
    'vendors of one thing',
    [
      record({ id: 'a', kind: 'vendor', subject: 'mirror blank', value: 'Schott' }),
      record({
        id: 'b',
        kind: 'vendor',
        subject: 'Ohara',
        text: 'Ohara supplies the mirror blanks.',
      }),
    ],
    ['vendor|p05|mirror blank'],
  ],
  [
    'one vendor of two things',
    [
      record({ id: 'a', kind: 'vendor', subject: 'Schott', text: 'Schott supplies the filters.' }),
      record({ id: 'b', kind: 'vendor', subject: 'Schott', text: 'Schott supplies the windows.' }),
    ],
    [],
  ],
  [
    'processes for one thing',
    [
      record({ id: 'a', kind: 'process', subject: 'blank', value: 'diamond turning' }),
      record({ id: 'b', kind: 'process', subject: 'blank', value: 'lapping' }),
    ],
    ['process|p05|blank'],
  ],
  [
    'preferences on one subject',
    [said('a', 'preference', 'metric'), said('b', 'preference', 'imperial')],
    ['preference|p05|unit'],
  ],
  [
    'preferences of two scopes',
    [said('a', 'preference', 'metric'), said('b', 'preference', 'imperial', { project: P06 })],
    [],
  ],
  [
    'identities',
    [said('a', 'identity', 'Ada'), said('b', 'identity', 'Grace')],
    ['identity|p05|unit'],
  ],
  ...(['project', 'knowledge', 'adaptation'] as const).map((kind): (typeof TABLE)[number] => [
    `${kind} memories on one subject`,
    [said('a', kind, 'Invar'), said('b', kind, 'bronze')],
    [`${kind}|p05|unit`],
  ]),
  ['memories of two kinds', [said('a', 'project', 'Invar'), said('b', 'knowledge', 'bronze')], []],
  ['episodic memories', [said('a', 'episodic', 'Invar'), said('b', 'episodic', 'bronze')], []],
  [
    'a decision and the state entry that overrides it',
    [said('a', 'decision', 'Invar'), state('b', 'decision', 'UNITS', 'bronze')],
    ['decision|p05|unit'],
  ],
  [
    'a requirement and a state requirement',
    [said('a', 'requirement', '40 kg'), state('b', 'requirement', 'units', '45 kg')],
    ['requirement|p05|unit'],
  ],
  [
    'knowledge and a state fact',
    [said('a', 'knowledge', 'Invar'), state('b', 'fact', 'units', 'bronze')],
    ['knowledge|p05|unit'],
  ],
  [
    'superseded, invalid and graduated records',
    [
      said('a', 'decision', 'GF-PTFE'),
      said('b', 'decision', 'bronze', { status: 'superseded' }),
      said('c', 'decision', 'steel', { status: 'invalid' }),
      said('d', 'decision', 'brass', { status: 'graduated' }),
    ],
    [],
  ],
];

for (const [name, records, expected] of TABLE) {
  test(`slots: ${name}${expected.length === 0 ? ' are no conflict' : ''}`, () => {
    assert.deepEqual(slotsOf(records), expected);
  });
}

/** Values of one decision: whether they exclude each other. */
const VALUES: readonly (readonly [string, string, boolean])[] = [
  ['GF-PTFE', 'gf ptfe.', false],
  ['the bronze', 'bronze', false],
  ['2.4', '2.40', false],
  ['2.4 mm', '2.40 millimetres', false],
  ['2,4 mm', '2.4 mm', false],
  ['2.4 mm', '2.5 mm', true],
  ['20 °C', '20 degrees Celsius', false],
  ['20 °C', '293.15 K', false],
  ['20 °C', '20 °F', true],
  ['5 kg', '5000 g', false],
  ['5 kg', '5 mm', false],
  ['5 kg', '5', false],
  ['5 mW', '5 MW', true],
  ['1 in', '25.4 mm', false],
  ['at most 40 kg', '≤ 40 kilograms', false],
  ['at most 40 kg', 'at most 45 kg', true],
  ['at most 40 kg', '38 kg', false],
  ['at most 40 kg', 'at least 50 kg', true],
  ['10-12 mm', '11 mm', false],
  ['10-12 mm', '13 mm', true],
  ['about 40 kg', '50 kg', false],
  ['12 mm thick', '40 mm wide', false],
  ['TBD', 'bronze', false],
  ['probably steel', 'bronze', false],
  ['steel', 'stainless steel', false],
  ['beta', 'pre-beta', true],
  ['Node 20', 'Node 20.19', false],
  ['Node 20', 'Node 18', true],
  ['C++', 'C#', true],
  ['EA 9313', 'EA9313', false],
  ['A, B and C', 'C, A, B', false],
  ['A, B', 'B, C', false],
  ['A, B', 'C, D', true],
  ['May 2026', '2026-05-12', false],
  ['May 2026', '12 June 2026', true],
  ['Q2 2026', '2026-05', false],
  ['enabled', 'disabled', true],
  ['', 'bronze', false],
  ['x'.repeat(500), 'bronze', false],
];

for (const [a, b, expected] of VALUES) {
  const [one, two] = [a, b].map((value) => value.slice(0, 20));
  test(`values: "${one}" and "${two}" ${expected ? 'exclude each other' : 'can stand together'}`, () => {
    const records = [said('a', 'decision', a), said('b', 'decision', b)];
    assert.equal(slotsOf(records).length === 1, expected);
  });
}

test('a candidate is told what it would contradict, and no more', () => {
  const records = [
    said('a', 'decision', 'GF-PTFE'),
    said('b', 'decision', 'gf ptfe', { status: 'candidate' }),
    said('c', 'decision', 'bronze', { status: 'candidate' }),
    said('d', 'decision', 'steel', { status: 'candidate' }),
  ];
  const found = detect(records).map(({ members }) => members.map(({ id }) => id).join(' '));
  assert.deepEqual([...found].sort(), ['a c', 'a d']);
});

test('two records that meet under several names are one conflict', () => {
  const made = (id: string, material: string) =>
    record({ id, subject: 'pads', value: material, text: `The pads are made of ${material}.` });
  const records = [
    made('a', 'Invar'),
    made('b', 'bronze'),
    state('c', 'fact', 'pad-material', 'steel'),
  ];
  const found = detect(records).map(({ slot, members }) => `${slot}: ${members.length}`);
  assert.deepEqual(found, ['knowledge|p05|pad material: 3']);
});

const BORN = [
  '{subject} was born in the city of {value}',
  '{value} is the birthplace of {subject}',
];

test("a store's own sentences give slots that the general rules don't read", () => {
  const records = [
    record({ id: 'a', subject: 'x', text: 'Ada Lovelace was born in the city of London.' }),
    record({ id: 'b', subject: 'y', text: 'Ada Lovelace was born in the city of Paris.' }),
    record({ id: 'c', subject: 'z', text: 'Grace Hopper was born in the city of New York.' }),
  ];
  assert.deepEqual(slotsOf(records), []);
  const found = detect(records, BORN);
  assert.deepEqual(
    found.map(({ slot, members }) => [slot, members.map(({ value }) => value)]),
    [['knowledge|p05|ada lovelace|was born in the city of', ['London', 'Paris']]],
  );
});

const OPTIONS: readonly (readonly [unknown, RegExp])[] = [
  [{ pattern: [] }, /only `patterns`/],
  [{ patterns: 'x' }, /list of at most 200/],
  [{ patterns: ['{subject} {value}'] }, /words between/],
  [{ patterns: ['{subject} is'] }, /once each/],
  [{ patterns: ['{value} is {value}'] }, /once each/],
];

for (const [options, expected] of OPTIONS) {
  test(`options ${JSON.stringify(options)} are refused with what was expected`, () => {
    assert.throws(() => slots.checkOptions?.(options), expected);
  });
}

const seed = Number(process.env.SEED ?? 20260409);

test(`order of records changes nothing, and any text is read without failing (seed ${seed})`, () => {
  const text = fc.oneof(
    fc.constantFrom('bronze', 'The pad is bronze', 'The pad is not bronze', '4 mm', 'Use x for y'),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
  );
  const kind = fc.constantFrom('decision', 'knowledge', 'component', 'parameter', 'vendor');
  const given = fc.record({
    kind: kind as fc.Arbitrary<KnowledgeRecord['kind']>,
    subject: fc.constantFrom('pad', 'the pad', 'Pads'),
    text,
    value: fc.option(text, { nil: undefined }),
    status: fc.constantFrom('active' as const, 'candidate' as const),
    to: fc.nat({ max: 6 }),
  });
  fc.assert(
    fc.property(fc.array(given, { maxLength: 8 }), fc.integer(), (list, turn) => {
      const records = list.map(({ to, value, ...each }, at) =>
        record({
          ...each,
          ...(value === undefined ? {} : { value }),
          id: `r-${at}` as RecordId,
          relations: [`part_of: r-${to}`, `contains: r-${(to + turn) % 7}`],
        }),
      );
      const cut = list.length === 0 ? 0 : Math.abs(turn) % list.length;
      const turned = [...records.slice(cut), ...records.slice(0, cut)].reverse();
      assert.deepEqual(detect(turned), detect(records));
    }),
    { verbose: 1, numRuns: 300, seed },
  );
});

const SETS = [
  'slot-pairs',
  'slot-pairs-held-back',
  'slot-pairs-unseen',
  'slot-pairs-last',
  'slot-pairs-blind',
];

for (const name of SETS) {
  test(`precision on ${name} is at least 0.95`, (t) => {
    const { precision, recall, wrong } = scores(readPairs(name));
    t.diagnostic(`precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}`);
    const shown = wrong.map(({ a, b }) => `${a.says} | ${b.says}`).join('\n');
    assert.ok(precision >= 0.95, `taken for conflicts:\n${shown}`);
  });
}
