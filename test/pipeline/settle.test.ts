import assert from 'node:assert/strict';
import test from 'node:test';
import { formatCapture } from '../../src/model/captures.ts';
import { ORIGINS_MAX } from '../../src/model/claims.ts';
import { formatFile, withFields } from '../../src/model/front-matter.ts';
import { tallyOf } from '../../src/model/outcomes.ts';
import { readRecord, withStatus } from '../../src/model/records.ts';
import type { Settlement } from '../../src/model/snapshot.ts';
import type { Claim, Plugin, ProjectId, Status, StorePath } from '../../src/plugin.ts';
import { LINE_PLUGINS, lines } from '../support/line-plugins.ts';
import {
  applied,
  type Files,
  filesOf,
  type Settled,
  type Situation,
  settleFiles,
} from '../support/small-store.ts';

const A = 'projects/p05/sources/notes/a.md';
const B = 'projects/p05/sources/notes/b.md';
const CLAIM = 'decision: lateral support = GF-PTFE';

const settled = (texts: Readonly<Record<string, string | Uint8Array>>, situation?: Situation) =>
  settleFiles(filesOf(texts), situation);

function records(files: Files): readonly StorePath[] {
  return [...files.keys()].filter((path) => path.includes('/records/')).sort();
}

/** The one record file there is. */
function only({ files }: Settled): { path: StorePath; text: string } {
  const [path, ...more] = records(files);
  assert.deepEqual(more, []);
  assert.ok(path !== undefined, 'expected a record');
  return { path, text: String(files.get(path)) };
}

function withFile(files: Files, path: string, content: string | null): Files {
  return applied(files, [{ path: path as StorePath, text: content as string }]);
}

function decided({ path, text }: { path: StorePath; text: string }, status: Status): string {
  const file = readRecord(path, text);
  if ('problem' in file) assert.fail(file.problem.message);
  return withStatus(file, status);
}

const rules = ({ problems }: Settlement): readonly string[] => problems.map(({ rule }) => rule);
const served = ({ settlement }: Settled) => [...settlement.records.values()];

function originsOf(store: Settled): readonly string[] {
  return served(store).flatMap(({ record }) => record.origins);
}

test('a claim is born as a candidate that rests on its place, and settling again changes nothing', () => {
  const store = settled({ [A]: `# Support\n\n${CLAIM}\n` });
  const { path, text } = only(store);
  assert.match(path, /^projects\/p05\/records\/decision\/lateral-support--dec-[0-9a-f]{12}\.md$/);
  assert.match(text, /\nstatus: candidate\n/);
  assert.deepEqual(originsOf(store), [`${A}#support`]);
  const [first] = served(store);
  assert.equal(first?.evidence, CLAIM);
  assert.equal(first?.isUnsupported, false);
  assert.deepEqual(settleFiles(store.files).settlement.changes, []);
});

test('a candidate is withdrawn with its last place', () => {
  const { files } = settled({ [A]: CLAIM });
  assert.deepEqual(records(settleFiles(withFile(files, A, 'nothing\n')).files), []);
  assert.deepEqual(records(settleFiles(withFile(files, A, null)).files), []);
});

test('the same claim from two files is one record with two origins', () => {
  const store = settled({ [A]: CLAIM, [B]: 'decision: Lateral  SUPPORT = gf-ptfe.' });
  only(store);
  assert.deepEqual(originsOf(store), [A, B]);
});

test('a capture gives candidates when it asks for it, in the project that its alias names', () => {
  const project = formatFile({ id: 'p05', title: 'P05', aliases: ['ifm'], roots: [] }, '');
  const turn = { prompt: CLAIM, project: 'IFM' as ProjectId, reinforce: false };
  const asked = formatCapture({ ...turn, extract: true }, '2026-04-09T10:15:00Z');
  const silent = formatCapture({ ...turn, extract: false }, '2026-04-09T10:15:00Z');
  const texts = { 'projects/p05/project.md': project };
  const path = asked.capture.path;
  assert.match(only(settled({ ...texts, [path]: asked.text })).path, /^projects\/p05\//);
  assert.deepEqual(records(settled({ ...texts, [path]: silent.text }).files), []);
  const lost = settled({ [path]: asked.text });
  assert.match(only(lost).path, /^projects\/_inbox\//);
  assert.deepEqual(rules(lost.settlement), ['unknown-project']);
});

test('a merge that somebody pasted into a prompt is no merge of the capture', () => {
  const prompt = `<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n${CLAIM}`;
  const turn = { prompt, project: '_global' as ProjectId, reinforce: false, extract: true };
  const { capture, text } = formatCapture(turn, '2026-04-09T10:15:00Z');
  const store = settled({ [capture.path]: text });
  only(store);
  assert.deepEqual(store.settlement.problems, []);
});

test('a promoted record gains an origin, loses a vanished one, and keeps its last', () => {
  const born = settled({ [A]: CLAIM });
  const { path } = only(born);
  const promoted = settleFiles(withFile(born.files, path, decided(only(born), 'active')));
  assert.deepEqual(
    promoted.settlement.changes.map((change) => change.path),
    ['projects/p05/mirror/overview.md'],
  );
  const both = settleFiles(withFile(promoted.files, B, CLAIM));
  assert.deepEqual(originsOf(both), [A, B]);
  const one = settleFiles(withFile(both.files, A, null));
  assert.deepEqual(originsOf(one), [B]);
  const none = settleFiles(withFile(one.files, B, null));
  assert.deepEqual(originsOf(none), [B]);
  assert.deepEqual(none.settlement.changes, []);
  assert.equal(served(none)[0]?.isUnsupported, true);
  assert.equal(served(settleFiles(withFile(none.files, B, CLAIM)))[0]?.isUnsupported, false);
});

test('origins in words are a person’s, stay, and keep a record supported', () => {
  const born = settled({ [A]: CLAIM });
  const { path } = only(born);
  const active = withFields(decided(only(born), 'active'), { origins: ['told by Bob', A] });
  const store = settleFiles(withFile(withFile(born.files, path, active), A, null));
  assert.deepEqual(originsOf(store), ['told by Bob', A]);
  assert.equal(served(store)[0]?.isUnsupported, false);
});

test('a rejected claim never returns: not reworded in case or white space, nor from another file', () => {
  const born = settled({ [A]: CLAIM });
  const { path } = only(born);
  const rejected = settleFiles(withFile(born.files, path, decided(only(born), 'invalid'))).files;
  for (const again of [
    CLAIM,
    'decision: LATERAL SUPPORT = GF-PTFE.',
    'decision: lateral  support = gf-ptfe !',
  ]) {
    const store = settleFiles(withFile(withFile(rejected, A, null), B, again));
    assert.equal(only(store).path, path);
    assert.equal(served(store)[0]?.record.status, 'invalid', again);
    assert.deepEqual(store.settlement.changes, []);
    assert.equal(tallyOf(store.settlement.outcomes)[0]?.refused, 1);
  }
});

test('a candidate that a person touched is theirs: kept and never reworded', () => {
  const born = settled({ [A]: `${CLAIM} @0.5` });
  const { path, text } = only(born);
  for (const mine of [withFields(text, { note: 'ask Bob' }), `${text}\nSee the drawing.\n`]) {
    const touched = withFile(born.files, path, mine);
    const stronger = settleFiles(withFile(touched, A, `${CLAIM} @0.9`));
    assert.deepEqual(stronger.settlement.changes, []);
    const gone = settleFiles(withFile(touched, A, null));
    assert.equal(only(gone).text, mine);
    assert.equal(served(gone)[0]?.isUnsupported, true);
    const other = settleFiles(withFile(touched, B, CLAIM));
    assert.equal(only(other).text, withFields(mine, { origins: [A, B] }));
  }
});

test('a claim that a decided record already states adds an origin, whatever its id', () => {
  const text = formatFile(
    {
      id: 'dec-byhand',
      type: 'entity',
      kind: 'decision',
      project: 'p05',
      status: 'active',
      subject: 'supports',
      hand_authored: true,
    },
    'Lateral support is GF-PTFE.\n',
  );
  const path = 'projects/p05/records/decision/supports--dec-byhand.md';
  const store = settled({ [A]: CLAIM, [path]: text });
  assert.deepEqual(records(store.files), [path]);
  assert.deepEqual(originsOf(store), [A]);
  // The same when the candidate was there first (invariant 3).
  const late = settleFiles(withFile(settled({ [A]: CLAIM }).files, path, text));
  assert.deepEqual([...late.files].sort(), [...store.files].sort());
});

const MANY = ['a', 'b', 'c', 'd'].map((name, at) => `decision: slot ${name} = set @0.${3 + at}`);

test('at most so many candidates of a project are open, best first; deciding lets the next in', () => {
  const limits = { openCandidates: 2 };
  const subjects = (store: Settled) =>
    served(store)
      .map(({ record }) => [record.subject, record.status].join(' '))
      .sort();
  const p05 = 'p05' as ProjectId;
  const full = settled({ [A]: MANY.join('\n'), 'projects/mill/sources/a/a.md': CLAIM }, { limits });
  assert.deepEqual(subjects(full), [
    'lateral support candidate',
    'slot c candidate',
    'slot d candidate',
  ]);
  assert.equal(full.settlement.held.get(p05), 2);
  const report = String(full.files.get('reports/held/p05.md' as StorePath));
  assert.match(report, /\| decision_line \| 4 \| 2 \| 2 \| 0 \| 0 \|/);
  assert.ok(!full.files.has('reports/held/mill.md' as StorePath), 'nothing waits there');
  const best = records(full.files).find((path) => path.includes('slot-d')) as StorePath;
  const chosen = { path: best, text: String(full.files.get(best)) };
  const next = settleFiles(withFile(full.files, best, decided(chosen, 'invalid')), { limits });
  assert.deepEqual(subjects(next), [
    'lateral support candidate',
    'slot b candidate',
    'slot c candidate',
    'slot d invalid',
  ]);
  assert.equal(next.settlement.held.get(p05), 1);
  const roomy = settleFiles(next.files);
  assert.equal(roomy.settlement.held.get(p05), undefined);
  assert.ok(!roomy.files.has('reports/held/p05.md' as StorePath), 'the report goes with its cause');
});

test('of two decided files with one id the first by path is served, both named, neither written', () => {
  const born = settled({ [A]: CLAIM });
  const file = only(born);
  const active = decided(file, 'active');
  const copy = file.path.replace('lateral-support', 'z-copy');
  const two = withFile(withFile(born.files, file.path, active), copy, `${active}More.\n`);
  const store = settleFiles(withFile(two, A, null));
  const problem = store.settlement.problems.find(({ rule }) => rule === 'duplicate-id');
  assert.equal(problem?.path, copy);
  assert.match(problem?.message ?? '', new RegExp(file.path));
  assert.equal(served(store)[0]?.record.path, file.path);
  assert.equal(store.files.get(copy as StorePath), `${active}More.\n`);
});

test('an undecided copy of a record is withdrawn, whichever name comes first', () => {
  const born = settled({ [A]: CLAIM });
  const { path, text } = only(born);
  for (const name of ['a-copy', 'z-copy']) {
    const copy = path.replace('lateral-support', name);
    const undecided = settleFiles(withFile(born.files, copy, text));
    assert.equal(only(undecided).path, path);
    assert.equal(served(undecided)[0]?.record.path, path);
    const active = withFile(
      withFile(born.files, copy, text),
      path,
      decided({ path, text }, 'active'),
    );
    assert.deepEqual(records(settleFiles(active).files), [path]);
  }
});

test('a record in a wrong place is a problem, stays, and keeps its claim from being born again', () => {
  const born = settled({ [A]: CLAIM });
  const { path, text } = only(born);
  for (const to of [
    'projects/mill/records/decision/',
    'projects/p05/records/requirement/',
    'projects/p05/records/',
  ]) {
    const wrong = to + path.slice(path.lastIndexOf('/') + 1);
    const store = settleFiles(withFile(withFile(born.files, path, null), wrong, text));
    assert.deepEqual(records(store.files), [wrong]);
    assert.deepEqual(rules(store.settlement), ['misplaced']);
  }
});

/** What makes a source unread. */
const UNREADABLE: readonly (readonly [string, string | Uint8Array])[] = [
  ['binary', Uint8Array.from([0x61, 0, 0x62])],
  ['not UTF-8', Uint8Array.from([0x61, 0xff, 0x62])],
  ['too large', 'x'.repeat(2_000_001)],
  ['in a merge', '<<<<<<< a\n=======\n>>>>>>> b\n'],
  ['begun with an engine', '---js\n1\n---\n'],
  ['half-written', '---\ntitle: x\n'],
];

for (const [name, content] of UNREADABLE) {
  test(`invariant 4: a source that is ${name} is a problem and withdraws nothing`, () => {
    const born = settled({ [A]: CLAIM });
    const store = settleFiles(new Map([...born.files, [A as StorePath, content]]));
    assert.deepEqual(store.settlement.changes, []);
    assert.equal(store.settlement.problems.length, 1);
    assert.equal(served(store)[0]?.isUnsupported, false);
    assert.deepEqual(
      settleFiles(new Map([...store.files, [A as StorePath, CLAIM]])).settlement.changes,
      [],
    );
  });
}

test('invariant 4: a source or folder that cannot be opened withdraws nothing', () => {
  const born = settled({ [A]: CLAIM });
  assert.deepEqual(settleFiles(born.files, { unread: [A] }).settlement.changes, []);
  const hidden = withFile(born.files, A, null);
  for (const unread of ['projects/p05/sources', 'projects/p05', 'projects']) {
    assert.deepEqual(settleFiles(hidden, { unread: [unread] }).settlement.changes, [], unread);
  }
  assert.equal(records(settleFiles(hidden, { unread: ['projects/mill'] }).files).length, 0);
});

test('invariant 4: nothing is written into a folder that cannot be opened', () => {
  const born = settled({ [A]: CLAIM });
  const { path } = only(born);
  const hidden = withFile(born.files, path, null);
  const store = settleFiles(hidden, { unread: ['projects/p05/records/decision'] });
  assert.deepEqual(store.settlement.changes, []);
  assert.equal(served(store).length, 0);
});

test('invariant 4: a capture that lost a field withdraws nothing', () => {
  const turn = { prompt: CLAIM, project: '_global' as ProjectId, reinforce: false, extract: true };
  const { capture, text } = formatCapture(turn, '2026-04-09T10:15:00Z');
  const born = settled({ [capture.path]: text });
  const store = settleFiles(withFile(born.files, capture.path, text.replace('\nat: ', '\nAT: ')));
  assert.deepEqual(store.settlement.changes, []);
  assert.deepEqual(rules(store.settlement), ['bad-field']);
});

test('invariant 4: while a project.md cannot be read, captures under its aliases stay where they are', () => {
  const project = formatFile({ id: 'p05', title: 'P05', aliases: ['ifm'], roots: [] }, '');
  const turn = { prompt: CLAIM, project: 'ifm' as ProjectId, reinforce: false, extract: true };
  const { capture, text } = formatCapture(turn, '2026-04-09T10:15:00Z');
  const born = settled({ 'projects/p05/project.md': project, [capture.path]: text });
  const store = settleFiles(withFile(born.files, 'projects/p05/project.md', `${project}\0`));
  assert.deepEqual(store.settlement.changes, []);
  assert.deepEqual(rules(store.settlement), ['not-text']);
});

test('a record file that cannot be read is left, and its last good version is served as stale', () => {
  const born = settled({ [A]: CLAIM });
  const { path, text } = only(born);
  const active = decided({ path, text }, 'active');
  const broken = withFile(born.files, path, active.replace('status: active', 'status: done'));
  const bare = settleFiles(broken);
  assert.ok(!bare.settlement.changes.some((change) => change.path === path));
  assert.equal(served(bare).length, 0);
  const store = settleFiles(broken, { lastGood: new Map([[path, active]]) });
  assert.equal(served(store)[0]?.isStale, true);
  assert.equal(served(store)[0]?.record.status, 'active');
  assert.deepEqual(rules(store.settlement), ['bad-field']);
  assert.ok(!store.settlement.changes.some((change) => change.path === path));
});

test('a state entry that cannot be read is served as it last was', () => {
  const path = 'projects/p05/state/decision/lateral-support.md' as StorePath;
  const good = formatFile({ value: 'steel' }, '');
  const broken = { [path]: good.replace('---\n', '---js\n') };
  const store = settled(broken, { lastGood: new Map([[path, good]]) });
  assert.deepEqual(
    served(store).map(({ record, isStale }) => [record.value, isStale]),
    [['steel', true]],
  );
});

test('a damaged record is served by its last lawful status, not by the one its text last claimed', () => {
  const born = settled({ [A]: CLAIM });
  const file = only(born);
  const situation = {
    lastGood: new Map([[file.path, decided(file, 'superseded')]]),
    standing: new Map<StorePath, Status>([[file.path, 'candidate']]),
  };
  const store = settleFiles(withFile(born.files, file.path, '---js\n'), situation);
  assert.equal(served(store)[0]?.record.status, 'candidate');
});

test('nothing is born of half a source', () => {
  const store = settled({ [A]: `---\ntitle: x\n${CLAIM}` });
  assert.deepEqual(records(store.files), []);
  assert.deepEqual(rules(store.settlement), ['front-matter-open']);
});

test('42 an unlawful hand edit is served by the last lawful status, and the file stays as it is', () => {
  const born = settled({ [A]: CLAIM });
  const file = only(born);
  const forged = decided(file, 'graduated');
  const standing = new Map<StorePath, Status>([[file.path, 'candidate']]);
  const store = settleFiles(withFile(withFile(born.files, file.path, forged), B, CLAIM), {
    standing,
  });
  assert.deepEqual(store.settlement.changes, []);
  assert.equal(served(store)[0]?.record.status, 'candidate');
  const [problem] = store.settlement.problems;
  assert.equal(problem?.rule, 'illegal-transition');
  assert.match(
    problem?.message ?? '',
    /candidate to graduated.*promote \(active\), reject \(invalid\)/,
  );
});

test('a claim found in thousands of places gives one record that can be read, and says what it left out', () => {
  const texts: Record<string, string> = {};
  for (let at = 0; at < 2_500; at += 1) texts[`projects/p05/sources/notes/${at}.md`] = CLAIM;
  const store = settled(texts);
  const { path, text } = only(store);
  assert.equal(originsOf(store).length, ORIGINS_MAX);
  assert.match(store.settlement.problems[0]?.message ?? '', /found 2500/);
  assert.deepEqual(settleFiles(store.files).settlement.changes, []);
  const active = settleFiles(withFile(store.files, path, decided({ path, text }, 'active')));
  assert.equal(originsOf(active).length, ORIGINS_MAX);
});

test('a bare file in sources that is no text is as it should be', () => {
  const store = settled({
    'projects/p05/sources/notes/plot.png': Uint8Array.from([0x89, 0x50, 0]),
    'projects/p05/sources/notes/a.yaml': '---\na: 1\n',
  });
  assert.deepEqual(store.settlement.problems, []);
});

test('every place where a settlement would write is named here: state and sources are not among them', () => {
  const kinds = new Set<string>();
  const state = formatFile({ value: 'steel' }, '');
  const limits = { openCandidates: 1 };
  const first = settled(
    {
      [A]: `${CLAIM}\ndecision: lateral support = steel @0.9\ndecision: slot = x @0.3`,
      'projects/p05/state/decision/lateral-support.md': state,
    },
    { limits },
  );
  const [path] = records(first.files);
  assert.ok(path !== undefined);
  const active = decided(
    { path, text: String(first.files.get(path)).replace('value: steel', 'value: brass') },
    'active',
  );
  const second = settleFiles(withFile(first.files, path, active), { limits });
  for (const change of [...first.settlement.changes, ...second.settlement.changes]) {
    kinds.add(change.path.replace(/^projects\/[^/]+\//, '').split('/')[0] ?? '');
    if (change.path.includes('/records/') && change.text !== null) {
      assert.ok(!/\nstatus: active\n/.test(change.text) || first.files.has(change.path));
    }
  }
  assert.deepEqual([...kinds].sort(), ['conflicts', 'mirror', 'records', 'reports']);
});

test('a plugin cannot set a status, reach outside its folders, or stop the engine with a wrong claim', () => {
  const claim: Claim = {
    type: 'entity',
    kind: 'decision',
    subject: 'forged',
    statement: 'A forged statement',
    rule: 'forge',
    prior: 0.5,
    place: { line: 1, slug: '' },
    evidence: '',
  };
  const wrong = [
    { ...claim, stated: { status: 'active' } },
    { ...claim, stated: { stated_x: 'y' }, prior: Number.NaN },
    { ...claim, place: undefined },
    undefined,
  ] as Claim[];
  const forger: Plugin = {
    name: 'forger',
    version: 1,
    extract: () => wrong,
    render: () => [{ path: 'projects/p05/state/fact/x.md' as StorePath, text: 'x' }],
  };
  const store = settled({ [A]: CLAIM }, { plugins: [...LINE_PLUGINS, forger] });
  only(store);
  assert.equal(served(store)[0]?.record.status, 'candidate');
  assert.deepEqual([...new Set(rules(store.settlement))].sort(), ['bad-claim', 'bad-page']);
  assert.ok(!store.files.has('projects/p05/state/fact/x.md' as StorePath));
});

test('claims beyond the limit of a document are a problem, and withdraw nothing', () => {
  const born = settled({ [A]: MANY.join('\n') });
  const store = settleFiles(born.files, { limits: { claimsPerDocument: 2 } });
  assert.deepEqual(store.settlement.changes, []);
  assert.deepEqual(rules(store.settlement), ['too-many-claims']);
});

test('the first plugin by name reads a file, in whatever order they are given', () => {
  const reader = (name: string): Plugin => ({
    name,
    version: 1,
    parse: (file) => {
      const document = lines.parse?.(file);
      return document && { ...document, title: name };
    },
  });
  for (const plugins of [
    [reader('a'), reader('b')],
    [reader('b'), reader('a')],
  ]) {
    const { settlement } = settled({ [A]: CLAIM }, { plugins });
    assert.equal(settlement.documents.get(A as StorePath)?.document?.title, 'a');
  }
});
