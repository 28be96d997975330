import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collisionKey, parseStorePath, storePath } from '../../src/store/store-path.ts';

const REFUSED: readonly unknown[] = [
  // 56
  ...['..', '../x', '/etc', 'a/../b', 'C:\\x', 'c:x', 'a\\b', '.', './a', 'a//b', 'a/', ''],
  ...[
    '.git',
    '.GIT',
    'a/.git/config',
    'git~1',
    'GIT~2/x',
    '.git.',
    '.git ',
    '.g\u200cit',
    '.git:x',
  ],
  // 57
  ...['con', 'NUL.md', 'aux/x.md', 'com1', 'LPT9.txt', 'x.', 'x ', 'a /b', 'CONIN$'],
  // 60
  ...['a\nb', 'a\0b', 'a\u007f', 'a\u0085', '\u2028', '\ud800'],
  // 61
  ...['n'.repeat(256), 'é'.repeat(128), `${'d/'.repeat(2500)}x`],
  ...[undefined, null, 1, {}, ['a']],
];

const TAKEN = [
  'a',
  'project-1',
  'projects/p05/sources/notes/supports.md',
  'projects/_global/records/fact/x--fac-1.md',
  '.gitignore',
  '.gitattributes',
  'git',
  'x.git',
  'console.md',
  'a b/c d.md',
  '-leading.md',
  '$(touch x).md',
  'quote\'".md',
  'é/e\u0301.md',
  '日本/語.md',
  '%2e%2e',
  'n'.repeat(255),
];

test('56, 57, 60, 61: what cannot be a path of a store is refused with the reason', () => {
  for (const value of REFUSED) {
    const parsed = parseStorePath(value);
    assert.ok('message' in parsed, `taken: ${JSON.stringify(value)}`);
    assert.match(parsed.message, /^Expected .*found .*\. Rename the file\.$/su);
  }
});

test('a usual name, an odd one and one in any script are taken as they are', () => {
  for (const value of TAKEN) assert.equal(storePath(value), value);
});

test('58, 59: names that differ by case or Unicode form have one key', () => {
  assert.equal(collisionKey('A/b.MD'), collisionKey('a/B.md'));
  assert.equal(collisionKey('é.md'), collisionKey('e\u0301.md'));
  assert.equal(collisionKey('É.md'), collisionKey('e\u0301.md'));
  assert.notEqual(collisionKey('a.md'), collisionKey('b.md'));
});
