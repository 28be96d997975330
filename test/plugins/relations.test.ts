/** Relations from a plain cue in a source to a link between two records. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relationsOfFrontMatter, STATED_RELATION_NAMES } from '../../plugins/text/relations.ts';
import { formatProposal } from '../../src/model/records.ts';
import { parseRelation, RELATIONS, statedRelation } from '../../src/model/relations.ts';
import type { Settlement } from '../../src/model/snapshot.ts';
import type { ProjectId, RecordId } from '../../src/plugin.ts';
import { recordFile, settleTree, type Texts } from '../support/settle-tree.ts';

test('every relation that a source can state is one that the engine knows', () => {
  for (const name of STATED_RELATION_NAMES) assert.ok(statedRelation(`stated_${name}`), name);
  assert.equal(statedRelation('stated_status'), undefined);
  assert.equal(statedRelation('stated_constructor'), undefined);
});

const LINES: readonly (readonly [string, unknown])[] = [
  ['satisfies: req-1', { relation: 'satisfies', target: 'req-1' }],
  ['Affected by decision: dec-1', { relation: 'affected_by_decision', target: 'dec-1' }],
  ['part-of:sub-1', { relation: 'part_of', target: 'sub-1' }],
];

for (const [line, expected] of LINES) {
  test(`"${line}" names a relation and its target`, () => {
    assert.deepEqual(parseRelation(line), expected);
  });
}

test('a relation that is none is answered with the closed list', () => {
  const read = parseRelation('likes: dec-1');
  assert.ok('fault' in read && read.fault.includes(RELATIONS.join(', ')));
  assert.ok('fault' in parseRelation('satisfies:'));
});

test('frontmatter of a source states relations in either spelling of its keys', () => {
  assert.deepEqual(relationsOfFrontMatter({ part_of: 'cell', 'Depends-On': ['A-1', 7], x: 'y' }), {
    stated_depends_on: ['7', 'A-1'],
    stated_part_of: ['cell'],
  });
});

test('invariant 12: what a claim states of itself sets no field of people or engine', () => {
  const text = formatProposal({
    id: 'dec-111111111111' as RecordId,
    project: 'p05' as ProjectId,
    claim: {
      type: 'entity',
      kind: 'decision',
      subject: 'bolts',
      statement: 'Bolts are M6.',
      rule: 'x',
      prior: 0.5,
      place: { line: 1, slug: '' },
      evidence: 'e',
      stated: { status: 'active', hand_authored: 'true', stated_status: 'accepted' },
    },
    statement: 'Bolts are M6',
    confidence: 0.5,
    origins: ['projects/p05/sources/a.md'],
    extractor: 'x@1',
  });
  assert.match(text, /^status: candidate$/m);
  assert.doesNotMatch(text, /^hand_authored|active/m);
  assert.match(text, /^stated_status: accepted$/m);
});

/** `bearer relation target (said by)` of every link, by subject. */
function linksOf({ records }: Settlement): readonly string[] {
  const name = (id: RecordId): string => records.get(id)?.record.subject ?? id;
  return [...records.values()].flatMap(({ record }) =>
    (record.links ?? []).map(({ relation, target, saidBy }) => {
      const by = saidBy === record.id ? '' : ` (said by ${name(saidBy)})`;
      return `${record.subject} ${relation} ${name(target)}${by}`;
    }),
  );
}

function unresolvedOf({ unresolved }: Settlement): readonly string[] {
  return [...unresolved.values()]
    .flat()
    .map(({ relation, text, why }) => `${relation} ${text}: ${why}`);
}

const CELL = recordFile({ id: 'sub-000000000001', kind: 'subsystem', subject: 'Mirror cell' });
const SUPPORT = recordFile({
  id: 'cmp-000000000001',
  kind: 'component',
  subject: 'lateral support',
});
const STIFF = recordFile({
  id: 'req-000000000001',
  kind: 'requirement',
  subject: 'lateral stiffness',
  more: ['stated_number: REQ-012'],
});
const note = (text: string, name = 'supports'): Texts => ({
  [`projects/p05/sources/notes/${name}.md`]: text,
});
const heading = '## Decision: pad material\n\nThe pads are made of GF-PTFE.\n';

interface Case {
  readonly name: string;
  readonly files: Texts;
  readonly links?: readonly string[];
  readonly unresolved?: readonly string[];
  readonly problems?: readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: 'a number finds the requirement, a subject the component, whatever its case or plural',
    files: {
      ...SUPPORT,
      ...STIFF,
      ...note(`${heading}Affects: Lateral supports\nSatisfies: REQ-12\n`),
    },
    links: [
      'lateral support affected_by_decision pad material (said by pad material)',
      'pad material satisfies lateral stiffness',
    ],
  },
  {
    name: 'a wikilink finds a record by its file, by id and by the note it came from',
    files: {
      ...SUPPORT,
      ...CELL,
      ...note(
        `${heading}Affects: [[lateral-support--cmp-000000000001]]\nPart of: [[Mirror cell]]\nDepends on: [[glue-choice]]\n`,
      ),
      ...note('## Decision: glue\n\nThe glue is epoxy.\n', 'glue-choice'),
    },
    links: [
      'lateral support affected_by_decision pad material (said by pad material)',
      'pad material depends_on glue',
      'pad material part_of Mirror cell',
    ],
  },
  {
    name: 'a name that nothing bears stays open and is no problem',
    files: note(`${heading}Affects: tip-tilt stage\n`),
    unresolved: ['affected_by_decision tip-tilt stage: unknown'],
  },
  {
    name: 'a name that two records bear stays open, with both named',
    files: {
      ...SUPPORT,
      ...recordFile({ id: 'cmp-000000000002', kind: 'component', subject: 'Lateral Support' }),
      ...note(`${heading}Affects: lateral support\n`),
    },
    unresolved: ['affected_by_decision lateral support: ambiguous'],
  },
  {
    name: 'a name means what the relation can mean: the requirement, not the decision',
    files: {
      ...STIFF,
      ...recordFile({ id: 'dec-000000000009', kind: 'decision', subject: 'lateral stiffness' }),
      ...note(`${heading}Satisfies: lateral stiffness\n`),
    },
    links: ['pad material satisfies lateral stiffness'],
  },
  {
    name: 'an active record is meant before a candidate, and a rejected one never by its subject',
    files: {
      ...SUPPORT,
      ...recordFile({
        id: 'cmp-000000000002',
        kind: 'component',
        subject: 'lateral support',
        status: 'candidate',
      }),
      ...recordFile({
        id: 'sub-000000000007',
        kind: 'subsystem',
        subject: 'hoist',
        status: 'invalid',
      }),
      ...note(`${heading}Affects: lateral support, hoist\n`),
    },
    links: ['lateral support affected_by_decision pad material (said by pad material)'],
    unresolved: ['affected_by_decision hoist: unknown'],
  },
  {
    name: 'records of another project are not meant by name',
    files: {
      ...recordFile({
        id: 'cmp-000000000001',
        kind: 'component',
        subject: 'lateral support',
        project: 'p06',
      }),
      ...note(`${heading}Affects: lateral support\n`),
    },
    unresolved: ['affected_by_decision lateral support: unknown'],
  },
  {
    name: 'relations of a record name their target by id, in quotes or not',
    files: {
      ...CELL,
      ...STIFF,
      ...recordFile({
        id: 'cmp-000000000001',
        kind: 'component',
        subject: 'lateral support',
        more: ['relations:', '  - "part_of: sub-000000000001"', '  - satisfies: req-000000000001'],
      }),
    },
    links: ['lateral support part_of Mirror cell', 'lateral support satisfies lateral stiffness'],
  },
  {
    name: 'an unknown relation and a missing target are problems, and the record is served',
    files: {
      ...CELL,
      ...recordFile({
        id: 'cmp-000000000001',
        kind: 'component',
        subject: 'lateral support',
        more: ['relations: ["likes: sub-000000000001", "part_of: mirror cell", "part_of: sub-9"]'],
      }),
    },
    unresolved: ['part_of mirror cell: unknown', 'part_of sub-9: unknown'],
    problems: ['unknown-relation', 'unknown-target', 'unknown-target'],
  },
  {
    name: 'supersession by decision is a link, whichever end says it',
    files: {
      ...recordFile({
        id: 'dec-000000000001',
        kind: 'decision',
        subject: 'old pads',
        status: 'superseded',
        more: ['superseded_by: dec-000000000002'],
      }),
      ...recordFile({
        id: 'dec-000000000002',
        kind: 'decision',
        subject: 'new pads',
        more: ['supersedes: [dec-000000000001]'],
      }),
    },
    links: ['new pads supersedes old pads'],
  },
];

for (const { name, files, links = [], unresolved = [], problems = [] } of CASES) {
  test(name, () => {
    const { settlement } = settleTree(files);
    assert.deepEqual(linksOf(settlement).toSorted(), links);
    assert.deepEqual(unresolvedOf(settlement), unresolved);
    assert.deepEqual(
      settlement.problems.map(({ rule }) => rule),
      problems,
    );
  });
}

const adr = (title: string, status: string): string =>
  `# ${title}\n\n## Status\n\n${status}\n\n## Context\n\nThere is one.\n\n## Decision\n\nWe take ${title}.\n\n## Consequences\n\nSome.\n`;

test('supersession among decision records: names by name, numbers by number in their own folder', () => {
  const { settlement } = settleTree({
    'projects/p05/sources/adr/0001-use-steel.md': adr('1. Use steel', 'Superseded by ADR 2'),
    'projects/p05/sources/adr/0002-use-ptfe.md': adr('2. Use PTFE', 'Accepted\n\nSupersedes ADR 1'),
    'projects/p05/sources/adr/0003-use-gf.md': adr(
      '3. Use GF-PTFE',
      'Accepted\n\nSupersedes [use PTFE](0002-use-ptfe.md), [other](../x/0099-use-ptfe.md)',
    ),
    // Another series, with numbers of its own.
    'projects/p05/sources/rfc/0001-use-mail.md': adr('1. Use mail', 'Superseded by ADR 2'),
    'projects/p05/sources/rfc/0002-use-chat.md': adr('2. Use chat', 'Accepted'),
  });
  assert.deepEqual(linksOf(settlement).toSorted(), [
    'Use GF-PTFE supersedes Use PTFE',
    'Use PTFE supersedes Use steel',
    'Use chat supersedes Use mail (said by Use mail)',
  ]);
  assert.deepEqual(unresolvedOf(settlement), ['supersedes 0099-use-ptfe: unknown']);
});

test('invariant 2: links write nothing, and a target that comes later changes no file of others', () => {
  const before = settleTree({ ...note(`${heading}Affects: lateral support\n`) }).after;
  const after = settleTree({ ...before, ...SUPPORT }).after;
  const isRecord = ([path]: [string, string]): boolean => path.includes('/records/decision/');
  assert.deepEqual(Object.entries(after).filter(isRecord), Object.entries(before).filter(isRecord));
  assert.deepEqual(settleTree(after).settlement.changes, []);
});
