import assert from 'node:assert/strict';
import test from 'node:test';
import {
  buildRegistry,
  canonicalProject,
  checkProposal,
  formatProject,
  formatRoot,
  type Project,
  parseRoot,
  readProject,
} from '../../src/model/projects.ts';
import type { ProjectId, StorePath } from '../../src/plugin.ts';

const p05 = 'p05-interferometer' as ProjectId;
const path = `projects/${p05}/project.md` as StorePath;
const TEXT = `---
id: ${p05}
title: P05 Interferometer # ours
aliases: [p05, "Inter ferometer"]
roots:
  - "notes = /home/me/notes"
  - "repo = ~/repo :: docs/adr"
mine: { kept: 1 }
---

The first instrument.
`;

function project(text = TEXT, id = p05): Project {
  const read = readProject(`projects/${id}/project.md` as StorePath, id, text);
  if ('problem' in read) assert.fail(read.problem.message);
  return read.project;
}

function other(id: string, aliases: readonly string[], title = id): Project {
  return project(
    `---\nid: "${id}"\ntitle: "${title}"\naliases: ${JSON.stringify(aliases)}\n---\n`,
    id as ProjectId,
  );
}

test('a project.md is read whole', () => {
  assert.deepEqual(project(), {
    id: p05,
    title: 'P05 Interferometer',
    aliases: ['p05', 'Inter ferometer'],
    roots: [
      { label: 'notes', path: '/home/me/notes' },
      { label: 'repo', path: '~/repo', subPath: 'docs/adr' },
    ],
    waves: new Map(),
    repositories: [],
    pulled: [],
    description: 'The first instrument.',
    path,
  });
});

test('an id that is not the folder, a broken file and a bad root are problems that say what to do', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [TEXT.replace(`id: ${p05}`, 'id: other'), 'id-mismatch', /p05-interferometer.*other/],
    [TEXT.replace('aliases: [', 'aliases: [['), 'bad-yaml', /Correct/],
    ['no frontmatter', 'bad-field', /`id`, found nothing/],
    [TEXT.replace('/home/me/notes', 'notes'), 'bad-root', /absolute/],
  ];
  for (const [text, rule, says] of cases) {
    const read = readProject(path, p05, text);
    const found = 'problem' in read ? read.problem : read.problems[0];
    assert.equal(found?.rule, rule);
    assert.match(found?.message ?? '', says);
  }
});

test('every spelling of an id, alias or title names the one project', () => {
  const { registry, problems } = buildRegistry([project(), other('mill', [])], [p05]);
  assert.deepEqual(problems, []);
  for (const name of [
    p05,
    'P05_Interferometer',
    ' p05 interferometer ',
    'P05',
    'inter-ferometer',
    'INTER  FEROMETER',
  ]) {
    assert.equal(canonicalProject(registry, name), p05, name);
  }
  for (const name of ['p06', '', 'inter', '__proto__', 'constructor']) {
    assert.equal(canonicalProject(registry, name), undefined, name);
  }
  assert.equal(canonicalProject(registry, '_inbox'), '_inbox');
  assert.equal(canonicalProject(registry, 'Global'), '_global');
});

test('a name of two projects is a problem that names both, and names neither', () => {
  const { registry, problems } = buildRegistry([other('a', ['twin']), other('b', ['Twin'])], []);
  assert.equal(canonicalProject(registry, 'twin'), undefined);
  assert.equal(problems[0]?.rule, 'name-collision');
  assert.match(problems[0]?.message ?? '', /"twin" claimed by a and b/);
});

test('an id names its own project whatever others call themselves', () => {
  const { registry, problems } = buildRegistry([other('a', ['b']), other('b', [])], []);
  assert.equal(canonicalProject(registry, 'B'), 'b');
  assert.equal(problems.length, 1);
  const close = buildRegistry([], ['a-b', 'a--b'] as ProjectId[]);
  assert.equal(canonicalProject(close.registry, 'a--b'), 'a--b');
  assert.equal(canonicalProject(close.registry, 'a-b'), 'a-b');
  assert.equal(close.problems.length, 1);
});

test('the registry is the same whatever the order of files', () => {
  const all = [other('a', ['x', 'b']), other('b', ['X']), other('c', ['y'])];
  const names = ['a', 'b', 'c', 'x', 'y'];
  const [one, two] = [all, [...all].reverse()].map((each) => buildRegistry(each, []).registry);
  assert.ok(one !== undefined && two !== undefined);
  for (const name of names) {
    assert.equal(canonicalProject(one, name), canonicalProject(two, name), name);
  }
});

const ROOTS: readonly (readonly [string, boolean])[] = [
  ['notes = /a/b', true],
  ['notes=/a/b :: c/d', true],
  ['n-1 = ~/notes with blanks', true],
  ['win = C:\\notes', true],
  ['notes = relative', false],
  ['= /a', false],
  ['../up = /a', false],
  ['Notes = /a', false],
  ['notes = /a :: ../b', false],
  ['notes = /a :: b/../../c', false],
  ['notes = /a :: /b', false],
  ['/a/b', false],
];

for (const [line, isGood] of ROOTS) {
  test(`the root ${JSON.stringify(line)} is ${isGood ? 'read and written back' : 'refused'}`, () => {
    const root = parseRoot(line);
    if (!isGood) {
      assert.match('fault' in root ? root.fault : '', /^Expected .*found/);
      return;
    }
    assert.ok(!('fault' in root));
    assert.deepEqual(parseRoot(formatRoot(root)), root);
  });
}

test('a proposal is checked for all that is wrong with it, and both sides of a collision are named', () => {
  const { registry } = buildRegistry([project(), other('a', ['twin']), other('b', ['twin'])], []);
  const wrong = {
    id: 'new',
    aliases: ['P05', 'twin', '--'],
    roots: ['x = /a', 'x = /b', 'y'],
  };
  const checked = checkProposal(registry, wrong, false);
  const all = checked.faults.join('\n');
  for (const says of [
    /"p05".*p05-interferometer.*new/,
    /"twin", which names a/,
    /"twin", which names b/,
    /"x" twice/,
    /found "y"/,
    /letters or digits.*"--"/,
  ]) {
    assert.match(all, says);
  }
  assert.match(checkProposal(registry, { id: p05 }, false).faults.join(), /registered already/);
  assert.match(checkProposal(registry, { id: 'new' }, true).faults.join(), /none called new/);
  assert.match(checkProposal(registry, { id: '_inbox' }, false).faults.join(), /reserved/);
});

test('an update keeps what it does not name, unknown keys and comments', () => {
  const { registry } = buildRegistry([project()], []);
  const checked = checkProposal(registry, { id: p05, aliases: ['p05'] }, true);
  assert.ok('project' in checked);
  const text = formatProject(checked.project, TEXT);
  assert.equal(text, TEXT.replace('[p05, "Inter ferometer"]', '[ p05 ]'));
});

test('an update of the description replaces the text below the frontmatter', () => {
  const { registry } = buildRegistry([project()], []);
  const checked = checkProposal(registry, { id: p05, description: 'Another one.' }, true);
  assert.ok('project' in checked);
  assert.deepEqual(project(formatProject(checked.project, TEXT)).description, 'Another one.');
  assert.match(
    formatProject(checked.project, TEXT),
    /mine: \{ kept: 1 \}\n---\n\nAnother one\.\n$/,
  );
});

test('what is registered is read back', () => {
  const { registry } = buildRegistry([], []);
  const checked = checkProposal(
    registry,
    { id: 'mill', title: 'yes', aliases: ['The: Mill'], roots: ['n = /a'], description: 'Text.' },
    false,
  );
  assert.ok('project' in checked);
  assert.deepEqual(project(formatProject(checked.project), 'mill' as ProjectId), checked.project);
});
