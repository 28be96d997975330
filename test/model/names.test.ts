import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { GENERATED_BANNER, isGenerated } from '../../src/model/generated.ts';
import { roleOf } from '../../src/model/layout.ts';
import {
  blobOid,
  checkProjectId,
  foldName,
  foldStatement,
  projectOfFolder,
  quote,
  slug,
} from '../../src/model/names.ts';
import { HIGH_SIGNAL, LOW_SIGNAL, pathSignal } from '../../src/model/path-signal.ts';
import { claimConfidence } from '../../src/pipeline/reconcile.ts';
import type { StorePath } from '../../src/plugin.ts';

const REFUSED: readonly string[] = [
  // Row 56.
  '..',
  '.',
  '',
  '../x',
  '/etc',
  'a/../b',
  'C:\\x',
  'a\\b',
  '.git',
  '.GIT',
  'git~1',
  '%2e%2e',
  // Row 57.
  'con',
  'nul',
  'aux',
  'prn',
  'com1',
  'lpt9',
  'LPT9',
  'CON',
  'a.',
  'a ',
  ' a',
  'con.txt',
  // Reserved, and the shape of domain.md §2.
  '_global',
  '_inbox',
  'global',
  'inbox',
  'A',
  'a_b',
  '-a',
  'a-',
  'é',
  'a b',
  'a\nb',
  'a\n',
  'x'.repeat(65),
  '__proto__',
];

for (const id of REFUSED) {
  test(`56, 57 the project id ${JSON.stringify(id.slice(0, 20))} is refused with what to do`, () => {
    const checked = checkProjectId(id);
    assert.match(
      'fault' in checked ? checked.fault : '',
      /^Expected a project id .*found .*Choose/,
    );
    if (id !== '_global' && id !== '_inbox') assert.equal(projectOfFolder(id), undefined);
  });
}

test('a project id is 1 to 64 lower-case letters, digits and inner hyphens', () => {
  for (const id of ['a', 'p05', 'project-1', '0', 'x'.repeat(64), 'com10', 'console']) {
    assert.deepEqual(checkProjectId(id), { id });
  }
});

test('a slug is short lower-case ASCII, never empty, never at a hyphen', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['Lateral Support: GF-PTFE!', 'lateral-support-gf-ptfe'],
    ['Größe & Maße', 'gro-e-ma-e'],
    ['Ångström café', 'angstrom-cafe'],
    ['語', 'untitled'],
    ['../../etc/passwd', 'etc-passwd'],
    ['', 'untitled'],
    ['word '.repeat(20), `${'word-'.repeat(9)}`.slice(0, -1)],
    ['x'.repeat(80), 'x'.repeat(48)],
  ];
  for (const [text, expected] of cases) assert.equal(slug(text), expected);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) =>
      assert.match(slug(text), /^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$/),
    ),
    { seed: 1 },
  );
});

test('a quoted text is short and cannot leave its quotes', () => {
  assert.equal(quote('a"b\n'), '"a\\"b\\n"');
  assert.equal(quote('x'.repeat(100)), `"${'x'.repeat(80)}…"`);
  assert.ok(quote(`${'x'.repeat(79)}😀`).isWellFormed());
});

test('names compare without case, hyphens, underscores and white space', () => {
  for (const name of [
    'Lateral  Support',
    'lateral_support',
    'LATERAL-SUPPORT.',
    ' lateral\tsupport',
  ]) {
    assert.equal(foldName(name), 'lateral support', name);
  }
  assert.equal(foldName('e\u0301'), foldName('é'));
  assert.notEqual(foldName('lateral support'), foldName('lateralsupport'));
});

test('folding a statement twice is folding it once', () => {
  assert.equal(foldStatement('  It is\n so .;! '), 'It is so');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) =>
      assert.equal(foldStatement(foldStatement(text)), foldStatement(text)),
    ),
    { seed: 1 },
  );
});

test('the oid of bytes is the one that git gives', () => {
  assert.equal(blobOid(new Uint8Array()), 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391');
  assert.equal(blobOid(Buffer.from('hello\n')), 'ce013625030ba8dba906f756967f9e9ca394464a');
});

const ROLES: readonly (readonly [string, string])[] = [
  ['atocore.json', 'config'],
  ['README.md', 'other'],
  ['projects/p05/project.md', 'project'],
  ['projects/p05/sub/project.md', 'other'],
  ['projects/p05/sources/notes/a.md', 'source'],
  ['projects/p05/sources/notes/deep/a.md', 'source'],
  ['projects/p05/sources/notes/a.png', 'source'],
  ['projects/p05/sources/a.md', 'source'],
  ['projects/_global/records/preference/x--prf-1.md', 'record'],
  ['projects/p05/records/decision/x.md', 'record'],
  ['projects/p05/records/decision/x.txt', 'other'],
  ['projects/p05/records/x.md', 'misplaced'],
  ['projects/p05/records/decision/deep/x.md', 'misplaced'],
  ['projects/p05/state/fact/a.md', 'state'],
  ['projects/p05/state/a.md', 'misplaced'],
  ['projects/p05/mirror/overview.md', 'mirror'],
  ['projects/p05/notes.md', 'other'],
  ['projects/P05/sources/a.md', 'misplaced'],
  ['projects/con/sources/a.md', 'misplaced'],
  ['projects/P05/picture.png', 'other'],
  ['captures/2026/04/09/101500-0123456789abcdef.md', 'capture'],
  ['captures/note.md', 'capture'],
  ['captures/a.json', 'other'],
  ['inbox/a.md', 'inbox'],
  ['inbox/a.json', 'inbox'],
  ['inbox/.gitkeep', 'other'],
  ['inbox/deep/a.md', 'other'],
  ['conflicts/conflict-1.md', 'conflict'],
  ['conflicts/deep/a.md', 'other'],
  ['reports/extraction/p05.md', 'report'],
  ['plugins/x.js', 'other'],
  ['package.json', 'other'],
];

for (const [path, role] of ROLES) {
  test(`${path} is ${role}`, () => {
    assert.equal(roleOf(path as StorePath).role, role);
  });
}

test('a path raises or lowers how far its text is believed', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['projects/p/sources/notes/a.md', 1],
    ['projects/p/sources/notes/Decisions/a.md', HIGH_SIGNAL],
    ['projects/p/sources/notes/selection_decision.md', HIGH_SIGNAL],
    ['projects/p/sources/archive/a.md', LOW_SIGNAL],
    ['projects/p/sources/Pre Cleanup/roadmap.md', HIGH_SIGNAL * LOW_SIGNAL],
    ['projects/p/sources/notes/indecision.md', 1],
    ['projects/p/sources/notes/statuses.md', 1],
  ];
  for (const [path, factor] of cases) assert.equal(pathSignal(path as StorePath), factor, path);
});

test('confidence stays between 0.05 and 0.95, with two decimals', () => {
  assert.equal(claimConfidence(0.9, 'projects/p/sources/roadmap.md' as StorePath), 0.95);
  assert.equal(claimConfidence(0.05, 'projects/p/sources/archive/a.md' as StorePath), 0.05);
  assert.equal(claimConfidence(0.7, 'projects/p/sources/roadmap.md' as StorePath), 0.83);
});

test('a generated page is known by its first line', () => {
  assert.ok(isGenerated(`${GENERATED_BANNER}\n\n# Page\n`));
  assert.ok(!isGenerated(`# Page\n${GENERATED_BANNER}`));
});
