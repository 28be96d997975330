import assert from 'node:assert/strict';
import test from 'node:test';
import { boundedOrigins, claimFault, ORIGINS_MAX } from '../../src/model/claims.ts';
import { formatFile, withFields } from '../../src/model/front-matter.ts';
import { STATUSES } from '../../src/model/kinds.ts';
import { recordId } from '../../src/model/names.ts';
import {
  formatProposal,
  idOfPath,
  mergeMarkerLine,
  type Proposal,
  proposalPath,
  readRecord,
  withStatus,
} from '../../src/model/records.ts';
import type { Claim, ProjectId, StorePath } from '../../src/plugin.ts';

const project = 'p05' as ProjectId;
const claim: Claim = {
  type: 'entity',
  kind: 'decision',
  subject: 'Lateral support: material',
  value: 'GF-PTFE',
  statement: 'The lateral supports are made of GF-PTFE',
  rule: 'decision_heading',
  prior: 0.7,
  place: { line: 3, slug: 'decision' },
  evidence: 'Decision: lateral support = GF-PTFE',
  tags: ['mechanics'],
  stated: { stated_status: 'accepted', stated_supersedes: ['0001'] },
};
const { statement } = claim;
const proposal: Proposal = {
  id: recordId({ project, type: 'entity', kind: 'decision', subject: claim.subject, statement }),
  project,
  claim,
  statement,
  confidence: 0.83,
  origins: ['projects/p05/sources/notes/a.md#decision', 'projects/p05/sources/notes/b.md'],
  extractor: 'cues@1',
};
const path = proposalPath(proposal);
const born = formatProposal(proposal);

function read(text: string, at: StorePath = path) {
  const file = readRecord(at, text);
  if ('problem' in file) assert.fail(file.problem.message);
  return file;
}

function problemOf(text: string, at: string = path) {
  const file = readRecord(at as StorePath, text);
  assert.ok('problem' in file, 'expected a problem');
  return file.problem;
}

test('a proposal becomes an untouched candidate that says what the claim says', () => {
  const { record, isUntouched, stated } = read(born);
  assert.equal(isUntouched, true);
  assert.deepEqual(stated, claim.stated);
  assert.deepEqual(
    { ...record, evidence: '' },
    {
      id: proposal.id,
      type: 'entity',
      kind: 'decision',
      project,
      path,
      status: 'candidate',
      subject: 'Lateral support: material',
      value: 'GF-PTFE',
      text: `${statement}.`,
      confidence: 0.83,
      tags: ['mechanics'],
      origins: proposal.origins,
      handAuthored: false,
      rule: 'decision_heading',
      extractor: 'cues@1',
      evidence: '',
      conflicts: [],
      supersedes: [],
      relations: [],
    },
  );
  assert.equal(formatProposal(proposal), born, 'the same proposal gives the same bytes');
});

/** What a person may do to a candidate; afterwards it is theirs. */
const TOUCHES: readonly (readonly [string, (text: string) => string])[] = [
  ['status', (text) => withFields(text, { status: 'active' })],
  ['subject', (text) => withFields(text, { subject: 'other' })],
  ['value', (text) => withFields(text, { value: 'steel' })],
  ['tags', (text) => withFields(text, { tags: ['x'] })],
  ['an end of validity', (text) => withFields(text, { valid_until: '2030-01-01' })],
  ['confidence', (text) => withFields(text, { confidence: 0.9 })],
  ['what a source stated', (text) => withFields(text, { stated_status: 'rejected' })],
  ['a key of their own', (text) => withFields(text, { note: 'ask Bob' })],
  ['a list of their own', (text) => withFields(text, { watchers: ['Bob B', 'Eve'] })],
  ['a comment', (text) => text.replace('\nkind:', '\n# looked at\nkind:')],
  ['the wording', (text) => text.replace('GF-PTFE.\n', 'GF-PTFE, not steel.\n')],
  ['a paragraph below', (text) => `${text}\nSee the drawing.\n`],
];

for (const [name, touch] of TOUCHES) {
  test(`a candidate is a person's once they changed ${name}`, () => {
    assert.notEqual(touch(born), born);
    assert.equal(read(touch(born)).isUntouched, false);
  });
}

test('a candidate stays untouched by what the engine owns and by line ends', () => {
  const owned = withFields(born, {
    origins: ['projects/p05/sources/notes/c.md'],
    conflicts: ['conflict-0123456789ab'],
    evidence: 'sha256-0',
    extractor: 'cues@2',
  });
  assert.equal(read(owned).isUntouched, true);
  assert.equal(read(born.replaceAll('\n', '\r\n')).isUntouched, true);
});

test('a status change keeps every other byte', () => {
  const noted = born
    .replace('kind: decision', 'kind: decision # sure')
    .replace('relations: []', 'relations: []\nmine: { a: 1 }');
  for (const status of STATUSES) {
    const text = withStatus(read(noted), status);
    assert.equal(text, noted.replace('status: candidate', `status: ${status}`));
    assert.equal(read(text).record.status, status);
  }
});

/** Changed fields, the file's place where it is another, the rule, and what the message must say. */
const PROBLEMS: readonly {
  readonly name: string;
  readonly fields?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly text?: string;
  readonly at?: string;
  readonly rule: string;
  readonly says: RegExp;
}[] = [
  { name: 'no frontmatter', text: 'text', rule: 'no-front-matter', says: /Add it/ },
  { name: 'an empty file (33)', text: '', rule: 'no-front-matter', says: /Add it/ },
  {
    name: 'an unknown kind',
    fields: { kind: 'fact' },
    rule: 'unknown-kind',
    says: /decision, .*fact/,
  },
  {
    name: 'a kind of the other type',
    fields: { kind: 'episodic' },
    rule: 'unknown-kind',
    says: /entity/,
  },
  {
    name: 'an unknown status',
    fields: { status: 'done' },
    rule: 'bad-field',
    says: /candidate, active.*"done"/,
  },
  { name: 'an unknown type', fields: { type: 'state' }, rule: 'bad-field', says: /memory, entity/ },
  {
    name: 'a number as id (20)',
    fields: { id: 12 },
    rule: 'bad-field',
    says: /text in quotes.*`id`.*number 12/,
  },
  { name: 'no id', fields: { id: undefined }, rule: 'bad-field', says: /`id`, found nothing/ },
  {
    name: 'another id than the name (43)',
    fields: { id: 'dec-0' },
    rule: 'id-mismatch',
    says: /dec-[0-9a-f]{12}/,
  },
  {
    name: 'a name without an id (43)',
    at: 'projects/p05/records/decision/x.md',
    rule: 'id-mismatch',
    says: /--<id>/,
  },
  {
    name: 'another project than the folder (45)',
    fields: { project: 'mill' },
    rule: 'misplaced',
    says: /p05.*mill/,
  },
  {
    name: 'another kind than the folder (45)',
    fields: { kind: 'requirement' },
    rule: 'misplaced',
    says: /Move/,
  },
  {
    name: 'a day that does not exist',
    fields: { valid_until: '2026-02-30' },
    rule: 'bad-field',
    says: /2026-12-31/,
  },
  { name: 'a confidence above 1', fields: { confidence: 7 }, rule: 'bad-field', says: /0 to 1/ },
  {
    name: 'text for a list',
    fields: { tags: 'x' },
    rule: 'bad-field',
    says: /a list in `tags`, found "x"/,
  },
  {
    name: 'nothing it rests on',
    fields: { origins: undefined },
    rule: 'no-provenance',
    says: /hand_authored/,
  },
  {
    name: 'no text',
    text: `${born.slice(0, born.indexOf('\n---\n'))}\n---\n`,
    rule: 'no-text',
    says: /below/,
  },
  {
    name: 'merge markers (23)',
    text: `${born}<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n`,
    rule: 'merge-markers',
    says: /merge/,
  },
  {
    name: 'a mapping in a list',
    text: born.replace('tags: [ mechanics ]', 'tags: [ {a: 1} ]'),
    rule: 'bad-field',
    says: /each item of `tags`, found a mapping/,
  },
];

for (const { name, fields, text, at, rule, says } of PROBLEMS) {
  test(`a record is a problem: ${name}`, () => {
    const problem = problemOf(text ?? withFields(born, fields ?? {}), at);
    assert.equal(problem.path, at ?? path);
    assert.equal(problem.rule, rule);
    assert.match(problem.message, says);
    assert.match(problem.message, /\.$/);
  });
}

test('a merge is told from a rule across the page', () => {
  assert.equal(mergeMarkerLine('a\n<<<<<<< x\n=======\n>>>>>>> y\n'), 2);
  assert.equal(mergeMarkerLine('a\r\n<<<<<<< x\r\n=======\r\n>>>>>>> y\r\n'), 2);
  for (const text of ['a\n=======\n', '<<<<<<<< x\n=======\n', '<<<<<<< x\n', ' <<<<<<< x\n']) {
    assert.equal(mergeMarkerLine(text), undefined, text);
  }
});

test('one id for one claim, whatever the case, white space and closing punctuation', () => {
  const idOf = (words: string, subject = 'lateral support', of = 'p05'): string =>
    recordId({
      project: of as ProjectId,
      type: 'entity',
      kind: 'decision',
      subject,
      statement: words,
    });
  const first = idOf('The support is made of PTFE');
  for (const words of [
    'the support  is made of\nPTFE',
    'THE SUPPORT IS MADE OF PTFE.',
    ' The support is made of PTFE !; ',
  ]) {
    assert.equal(idOf(words, 'Lateral_Support'), first, words);
  }
  assert.match(first, /^dec-[0-9a-f]{12}$/);
  assert.notEqual(idOf('The support is made of steel'), first);
  assert.notEqual(idOf('The support is made of PTFE', 'axial support'), first);
  assert.notEqual(idOf('The support is made of PTFE', 'lateral support', 'mill'), first);
});

test('a file name gives the id behind its last two hyphens', () => {
  assert.equal(idOfPath('projects/p/records/decision/a--b--dec-1a.md' as StorePath), 'dec-1a');
  for (const name of ['dec-1a.md', 'x--DEC-1a.md', 'x--dec-1a.txt', 'x--dec-.md']) {
    assert.equal(idOfPath(`projects/p/records/decision/${name}` as StorePath), undefined, name);
  }
});

test('a record written by hand needs few fields', () => {
  const fields = { id: 'knw-1', type: 'memory', kind: 'knowledge', project: 'p05' };
  const text = formatFile(
    { ...fields, status: 'active', subject: 'x', hand_authored: true },
    'Text.',
  );
  const { record } = read(text, 'projects/p05/records/knowledge/x--knw-1.md' as StorePath);
  assert.equal(record.confidence, 0.9);
  assert.equal(record.handAuthored, true);
  assert.deepEqual(record.origins, []);
});

/** What a plugin may get wrong, and the rule that says so. */
const BAD_CLAIMS: readonly (readonly [string, unknown, string])[] = [
  ['a status set through what is stated', { stated: { status: 'active' } }, 'bad-claim'],
  ['an id set through what is stated', { stated: { id: 'dec-1' } }, 'bad-claim'],
  ['a number that is none', { prior: Number.NaN }, 'bad-claim'],
  ['a prior above 1', { prior: 2 }, 'bad-claim'],
  ['no place', { place: undefined }, 'bad-claim'],
  ['half a surrogate pair', { statement: 'A statement \ud800 cut' }, 'bad-claim'],
  ['tags that are no texts', { tags: [1] }, 'bad-claim'],
  ['a rule that is no name', { rule: 'two words' }, 'bad-claim'],
  ['more stated than there is room for', { stated: { stated_x: 'x'.repeat(5_000) } }, 'bad-claim'],
  ['an unknown kind', { kind: 'fact' }, 'unknown-kind'],
  ['a kind of the other type', { kind: 'episodic' }, 'unknown-kind'],
  ['a short statement', { statement: 'PTFE...' }, 'claim-length'],
  ['a long statement', { statement: 'x'.repeat(281) }, 'claim-length'],
  ['an empty subject', { subject: ' . ' }, 'claim-length'],
  ['a long value', { value: 'x'.repeat(281) }, 'claim-length'],
];

for (const [name, wrong, rule] of BAD_CLAIMS) {
  test(`a claim is refused: ${name}`, () => {
    assert.equal(claimFault(claim), undefined);
    const fault = claimFault({ ...claim, ...(wrong as object) });
    assert.equal(fault?.rule, rule);
    assert.match(fault?.message ?? '', /^Expected .*found/);
  });
}

test('a claim at the edge of every limit can be written and read back', () => {
  const wide = '語'.repeat(300);
  const most: Claim = {
    ...claim,
    subject: wide.slice(0, 200),
    value: wide.slice(0, 280),
    statement: wide.slice(0, 280),
    tags: Array.from({ length: 32 }, (_, at) => `${at}${wide}`.slice(0, 64)),
    stated: { stated_text: wide.repeat(13) },
  };
  assert.equal(claimFault(most), undefined);
  const many = Array.from({ length: 3_000 }, (_, at) => `captures/2026/04/09/${at}.md#${wide}`);
  const origins = boundedOrigins(many);
  assert.ok(origins.length > 0 && origins.length <= ORIGINS_MAX);
  assert.equal(boundedOrigins(many.map((each) => each.slice(0, 30))).length, ORIGINS_MAX);
  formatProposal({ ...proposal, claim: most, statement: most.statement, origins });
});
