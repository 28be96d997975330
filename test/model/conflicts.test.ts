import assert from 'node:assert/strict';
import test from 'node:test';
import {
  conflictPath,
  formatConflict,
  MEMBERS_MAX,
  memberLines,
  membersOf,
  readConflict,
} from '../../src/model/conflicts.ts';
import { withFields } from '../../src/model/front-matter.ts';
import { conflictId } from '../../src/model/names.ts';
import type { DetectedConflict, ProjectId, StorePath } from '../../src/plugin.ts';
import { id } from '../support/line-plugins.ts';

const CONFLICT: DetectedConflict = {
  slot: 'decision|p05|lateral support',
  project: 'p05' as ProjectId,
  members: [
    { id: id('dec-2'), value: 'steel = cheap' },
    { id: id('dec-1'), value: 'GF-PTFE' },
  ],
  reason: 'different values',
};

function read(path: StorePath, text: string) {
  const found = readConflict(path, text);
  if ('problem' in found) assert.fail(found.problem.message);
  return found.conflict;
}

test('a conflict is read back from its file, whose name comes from the slot alone', () => {
  const { path, text } = formatConflict(CONFLICT);
  const file = read(path, text);
  assert.equal(path, conflictPath(conflictId(CONFLICT.slot)));
  assert.equal(file.status, 'open');
  assert.equal(file.slot, CONFLICT.slot);
  assert.deepEqual(membersOf(file), [...CONFLICT.members].reverse());
  const swapped = { ...CONFLICT, members: [...CONFLICT.members].reverse() };
  assert.equal(formatConflict(swapped).text, text);
});

test('long values and many members still give a file that can be read', () => {
  const members = Array.from({ length: 500 }, (_, at) => ({
    id: id(`state/p05/decision/${'k'.repeat(60)}${at}`),
    value: `${'語\n'.repeat(2_000)}${at}`,
  }));
  const big = { ...CONFLICT, members };
  const { path, text } = formatConflict(big);
  assert.equal(read(path, text).members.length, MEMBERS_MAX);
  assert.match(text, /- and 400 more/);
});

test('a change deep inside a long value shows in the file', () => {
  const withValue = (value: string) =>
    memberLines({ ...CONFLICT, members: [{ id: id('a-1'), value }] });
  assert.notDeepEqual(withValue(`${'x'.repeat(500)}a`), withValue(`${'x'.repeat(500)}b`));
  assert.deepEqual(withValue('a  b'), withValue('a b'));
});

test('another name, an unknown status and broken frontmatter are problems', () => {
  const { path, text } = formatConflict(CONFLICT);
  const cases: readonly (readonly [string, string, string])[] = [
    ['conflicts/other.md', text, 'id-mismatch'],
    [path, withFields(text, { status: 'done' }), 'bad-field'],
    [path, text.replace('---\n', '---js\n'), 'bad-fence'],
    [path, '', 'bad-field'],
  ];
  for (const [at, wrong, rule] of cases) {
    const found = readConflict(at as StorePath, wrong);
    assert.equal('problem' in found ? found.problem.rule : '', rule);
  }
});
