/** Every row of the failure table in docs/backup-and-restore.md has a test that makes it happen. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** The first cell of a row, and a test whose title says that it happens there. */
const TESTS: Readonly<Record<string, string>> = {
  'bundle missing': '113: a bundle that is missing, and one that is not there at all',
  'manifest missing, or of a newer format':
    '113: a manifest that is missing, damaged, newer or untrue is refused',
  'digest differs, truncated, flipped byte':
    '113: a bundle with any of 200 flipped bits is refused, and the store is as it was',
  "another store's": "113: another store's backup is refused unless it is asked for",
  'prerequisite of an incremental missing':
    'an incremental backup holds what came since, and restores with all it builds upon',
  'not enough disk':
    '113: too little room and a target that cannot be written are refused before anything',
  'target is a mount point, or has one inside': "['the store is a bind mount', 'restored']",
  'target read-only': "['the store is read-only', 'read-only']",
  'daemon running': 'a daemon that holds the store is not worked around, and a lock left behind is',
  'two restores at once':
    '114: a served store is restored through its daemon; a second restore meanwhile gets 409',
  'lock left behind':
    'a daemon that holds the store is not worked around, and a lock left behind is',
  'killed midway':
    '109: killed while it restores, the store opens by itself, as before or restored',
  'disk fails or fills while files are written':
    '102, 103, 105, 106: an error at any operation of a restore is told, and all is put back',
  'settle after the restore changes something':
    'a restore that leaves something to settle stands, and says that it is not proven',
  'packs differ after the restore': 'packs that differ are told by their prompt',
  'backup folder gone or full':
    '112: a place that is missing, inside the store, or too full is refused, and the store untouched',
  'second place unreachable':
    '112: a second place that is missing, full, taken or unreachable is reported, and no more',
};

function rowsOfTable(): readonly string[] {
  const text = readFileSync('docs/backup-and-restore.md', 'utf8');
  const [, section = ''] = text.split('## When something fails\n');
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(1).map((row) => row.split('|')[1]?.trim() ?? '');
}

function testSources(): string {
  const folders = ['test/backup', 'test/scenarios', 'test/http', 'test/cli'];
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.test.ts') && name !== 'failure-table.test.ts')
      .map((name) => join(folder, name)),
  );
  return files.map((file) => readFileSync(file, 'utf8')).join('\n');
}

test('every row of the failure table is made to happen by a test', () => {
  assert.deepEqual([...rowsOfTable()].sort(), Object.keys(TESTS).sort());
  const sources = testSources();
  for (const [row, title] of Object.entries(TESTS)) {
    assert.ok(sources.includes(title), `no test of "${row}" is called: ${title}`);
  }
});
