/** The pages of the mirror: what they show, and that they change for nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import mirror from '../../plugins/mirror/index.ts';
import { linkTo, plain } from '../../plugins/mirror/page-text.ts';
import { GENERATED_BANNER, isAsGenerated } from '../../src/model/generated.ts';
import type {
  KnowledgeRecord,
  Plugin,
  ProjectId,
  RecordId,
  Records,
  StorePath,
} from '../../src/plugin.ts';
import { BUILT_IN, recordFile, settleTree, type Texts } from '../support/settle-tree.ts';
import { readMarkdown } from './read-markdown.ts';

const P05 = 'p05' as ProjectId;
const page = (tree: Texts, name: string): string => tree[`projects/p05/mirror/${name}.md`] ?? '';

const STORE: Texts = {
  'projects/p05/project.md': '---\nid: p05\n---\n',
  'projects/p05/state/decision/pad-material.md': '---\nvalue: PEEK\nsource: board meeting\n---\n',
  'projects/p05/state/status/phase.md': '---\nvalue: building\n---\n',
  ...recordFile({
    id: 'sub-1',
    kind: 'subsystem',
    subject: 'Mirror cell',
    text: 'It holds the mirror.',
  }),
  ...recordFile({
    id: 'cmp-1',
    kind: 'component',
    subject: 'lateral support',
    more: ['relations: ["part_of: sub-1", "affected_by_decision: dec-2", "satisfies: req-1"]'],
  }),
  ...recordFile({
    id: 'req-1',
    kind: 'requirement',
    subject: 'lateral stiffness',
    more: ['value: 2.4 N/µm'],
  }),
  ...recordFile({
    id: 'dec-1',
    kind: 'decision',
    subject: 'pads of steel',
    status: 'superseded',
    more: ['superseded_by: dec-2'],
  }),
  ...recordFile({
    id: 'dec-2',
    kind: 'decision',
    subject: 'Pad material',
    text: 'The pads are made of GF-PTFE.',
    more: ['value: GF-PTFE', 'supersedes: [dec-1]', 'valid_until: 2027-01-01'],
  }),
  ...recordFile({ id: 'dec-3', kind: 'decision', subject: 'undecided thing', status: 'candidate' }),
};

test('the overview shows state, system map and records, and what overrides what', () => {
  const overview = page(settleTree(STORE).after, 'overview');
  assert.ok(overview.startsWith(GENERATED_BANNER));
  assert.ok(isAsGenerated(overview));
  assert.equal(
    overview.split('\n').slice(3).join('\n'),
    `# p05: overview

## Disputed or overridden

- **Pad material**: The pads are made of GF-PTFE. ([record](../records/decision/pad-material--dec-2.md))
  - **Overridden** by trusted state [decision/pad-material](../state/decision/pad-material.md): PEEK
  - Valid until 2027-01-01

## Trusted state

- **pad-material**: PEEK ([entry](../state/decision/pad-material.md); from board meeting)
  - Overrides [Pad material](../records/decision/pad-material--dec-2.md): GF-PTFE
- **phase**: building ([entry](../state/status/phase.md))

## System map

- [Mirror cell](../mirror/subsystem-mirror-cell.md) (subsystem)
  - [lateral support](../records/component/lateral-support--cmp-1.md) (component)

## Decisions

- **Pad material**: The pads are made of GF-PTFE. ([record](../records/decision/pad-material--dec-2.md))
  - **Overridden** by trusted state [decision/pad-material](../state/decision/pad-material.md): PEEK
  - Valid until 2027-01-01

## Requirements

- **lateral stiffness**: 2.4 N/µm. lateral stiffness is described here. ([record](../records/requirement/lateral-stiffness--req-1.md))
`,
  );
});

test('the decision log keeps what was superseded, with a pointer to what counts now', () => {
  const log = page(settleTree(STORE).after, 'decisions');
  assert.match(
    log,
    /^- \*\*pads of steel\*\*.* Superseded by \[Pad material\]\(\.\.\/records\/decision\/pad-material--dec-2\.md\)/m,
  );
  assert.doesNotMatch(log, /undecided thing/);
});

test('the page of a subsystem gathers what concerns its parts', () => {
  const text = page(settleTree(STORE).after, 'subsystem-mirror-cell');
  assert.match(text, /^# Mirror cell$/m);
  assert.match(text, /^## Contains\n\n- \[lateral support\]/m);
  assert.match(text, /^## Decisions\n\n- \*\*Pad material\*\*/m);
  assert.match(text, /^## Requirements satisfied\n\n- \*\*lateral stiffness\*\*/m);
});

test('a project without active records and state has no pages, and loses those it had', () => {
  const { after } = settleTree(STORE);
  const ground = Object.entries(after).filter(
    ([path]) => path.includes('/mirror/') || path.includes('/dec-3') || path.endsWith('project.md'),
  );
  const left = settleTree(Object.fromEntries(ground)).after;
  assert.deepEqual(Object.keys(left), ['projects/p05/project.md']);
});

/** Tells every two active records with one subject and two values apart. */
const disputing: Plugin = {
  name: 'disputing',
  version: 1,
  detect: (records) => {
    const members = [...records.values()]
      .filter(({ subject, status }) => subject === 'glue' && status === 'active')
      .map(({ id, value = '' }) => ({ id, value }));
    const project = P05;
    return members.length < 2 ? [] : [{ slot: 'decision|p05|glue', project, members, reason: 'x' }];
  },
};

test('disputed facts are marked in place, trusted state among them', () => {
  const glue = (id: string, value: string): Texts =>
    recordFile({
      id,
      kind: 'decision',
      subject: 'glue',
      text: `We glue with ${value}.`,
      more: [`value: ${value}`],
    });
  const { after } = settleTree(
    {
      ...glue('dec-7', 'epoxy'),
      ...glue('dec-8', 'RTV'),
      'projects/p05/state/fact/glue.md': '---\nvalue: both\n---\n',
    },
    [...BUILT_IN, disputing],
  );
  const overview = page(after, 'overview');
  assert.match(
    overview,
    /- \*\*glue\*\*: We glue with epoxy\..*\n {2}- \*\*Disputed\*\*: \[glue\]\([^)]*dec-8\.md\) says RTV; \[glue\]\(\.\.\/state\/fact\/glue\.md\) says both; \[conflict\]\(\.\.\/\.\.\/\.\.\/conflicts\/conflict-/,
  );
  assert.match(overview, /- \*\*glue\*\*: both .*\n {2}- \*\*Disputed\*\*/);
});

const SAME: readonly (readonly [string, (tree: Texts) => Texts])[] = [
  [
    'a new candidate',
    (tree) => ({ ...tree, 'projects/p05/sources/n.md': '## Fact: bolts\n\nThe bolts are M6.\n' }),
  ],
  [
    'a source that says nothing new',
    (tree) => ({ ...tree, 'projects/p05/sources/m.md': '# Nothing\n' }),
  ],
  [
    'a confidence',
    (tree) => {
      const path = 'projects/p05/records/decision/pad-material--dec-2.md';
      return { ...tree, [path]: (tree[path] ?? '').replace('status:', 'confidence: 0.4\nstatus:') };
    },
  ],
  [
    'a record of another project',
    (tree) => ({
      ...tree,
      ...recordFile({ id: 'dec-9', kind: 'decision', subject: 'x y z', project: 'p06' }),
    }),
  ],
  ['another order of files', (tree) => Object.fromEntries(Object.entries(tree).toReversed())],
];

for (const [name, change] of SAME) {
  test(`no page of the project changes for ${name}`, () => {
    const { after } = settleTree(STORE);
    const changed = settleTree(change(after)).settlement.changes;
    assert.deepEqual(
      changed.filter(({ path }) => path.startsWith('projects/p05/mirror/')),
      [],
    );
  });
}

test('two subsystems of one name have pages of their own', () => {
  const { after } = settleTree({
    ...recordFile({ id: 'sub-1', kind: 'subsystem', subject: 'cell' }),
    ...recordFile({ id: 'sub-2', kind: 'subsystem', subject: 'Cell!' }),
    ...recordFile({ id: 'sub-3', kind: 'subsystem', subject: 'セル' }),
  });
  const pages = Object.keys(after).filter((path) => path.includes('/mirror/subsystem'));
  assert.deepEqual(pages.toSorted(), [
    'projects/p05/mirror/subsystem-cell-sub-1.md',
    'projects/p05/mirror/subsystem-cell-sub-2.md',
    'projects/p05/mirror/subsystem-sub-3.md',
  ]);
});

test('what lies within itself is shown once, and rendering ends', () => {
  const { after } = settleTree({
    ...recordFile({
      id: 'sub-1',
      kind: 'subsystem',
      subject: 'hen',
      more: ['relations: ["part_of: sub-2"]'],
    }),
    ...recordFile({
      id: 'sub-2',
      kind: 'subsystem',
      subject: 'egg',
      more: ['relations: ["part_of: sub-1"]'],
    }),
  });
  assert.match(page(after, 'overview'), /- \[egg\].*\n {2}- \[hen\].*\n {4}- \[egg\]/);
});

const ODD: readonly (readonly [string, string])[] = [
  ['a `b` *c* _d_ e_f', 'a \\`b\\` \\*c\\* \\_d\\_ e_f'],
  ['<!-- x --> [[y]] #tag 5 % a%%b', '\\<!-- x --\\> \\[\\[y\\]\\] \\#tag 5 % a\\%%b'],
  ['two\nlines\tand \u0007bell', 'two lines and bell'],
];

for (const [text, expected] of ODD) {
  test(`${JSON.stringify(text)} is shown as it is written`, () => {
    assert.equal(plain(text), expected);
  });
}

test('addresses with blanks, brackets and percent signs stay whole', () => {
  assert.equal(
    linkTo('n', 'projects/p05/sources/my (old) 5%.md#größe', P05),
    '[n](../sources/my%20%28old%29%205%25.md#größe)',
  );
  assert.equal(linkTo('n', 'captures/a.md', P05), '[n](../../../captures/a.md)');
});

const seed = Number(process.env.SEED ?? 20260409);

test(`whatever a record says, its page reads as one entry that says it (seed ${seed})`, () => {
  const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(words, (text) => {
      fc.pre(
        !/\p{Cc}|[\uD800-\uDFFF]/u.test(text) && /\S/.test(text) && !/(?:https?|www|@)/.test(text),
      );
      const [file] = mirror.create(undefined).render?.(recordsOf(text)) ?? [];
      const { tree } = readMarkdown(file?.text ?? '', 'projects/p05/mirror/overview.md');
      assert.deepEqual(
        tree.children.map(({ type }) => type),
        ['heading', 'heading', 'list'],
      );
    }),
    { seed, numRuns: 300 },
  );
});

function recordsOf(text: string): Records {
  const id = 'knw-1' as RecordId;
  const record: KnowledgeRecord = {
    id,
    type: 'memory',
    kind: 'knowledge',
    project: P05,
    path: 'projects/p05/records/knowledge/x--knw-1.md' as StorePath,
    status: 'active',
    subject: text,
    value: text,
    text,
    confidence: 1,
    tags: [],
    origins: [text],
    handAuthored: true,
    conflicts: [],
    supersedes: [],
    relations: [],
  };
  return new Map([[id, record]]);
}
