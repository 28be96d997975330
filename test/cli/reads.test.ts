/** Every read, asked of a daemon and without one: one answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineWithExample } from './command-line.ts';

const PROMPT = 'What are the lateral supports of p05 made of?';

/** Every command that only reads. */
const READS: readonly (readonly string[])[] = [
  ['status'],
  ['queue', '--project', 'p05', '--limit', '2'],
  ['search', 'lateral supports', '--layer', 'passage', '--limit', '1'],
  ['search', 'zzzqqq'],
  ['context', 'something', '--project', 'p05', '--budget', '800'],
  ['auto-context', PROMPT],
  ['detect-project', 'the p05 interferometer'],
  ['detect-project', 'nothing known'],
  ['state', 'list', 'p05'],
  ['project-state', 'p05'],
  ['query', 'lubricant', '--limit', '1'],
  ['state', 'list', 'nobody'],
  ['project', 'list'],
  ['project', 'template'],
  ['project', 'propose', 'p06', '--root', 'notes = /tmp/p06'],
  ['project', 'propose', 'con'],
];

// What a process says of itself, and what the clock says, is its own.
const OWN = new Set([
  'started_at',
  'watcher',
  'last_settle',
  'last_full_scan',
  'duration_ms',
  'oldest_age_seconds',
  'schedule',
]);

function common(text: string): unknown {
  return JSON.parse(text, (key, value) => (OWN.has(key) ? null : value));
}

test('every read gives the same object and exit code through the daemon and without it', async (t) => {
  const line = await lineWithExample(t);
  const alone = [];
  for (const args of READS) alone.push(await line.run([...args, '--json']));
  const daemon = await line.up();
  const throughs = await Promise.all(READS.map((args) => line.run([...args, '--json'])));
  for (const [at, through] of throughs.entries()) {
    const name = READS[at]?.join(' ') ?? '';
    assert.equal(through.code, alone[at]?.code, name);
    assert.deepEqual(common(through.stdout), common(alone[at]?.stdout ?? ''), name);
    assert.equal(through.stdout.trim().split('\n').length, 1, name);
  }
  const stopped = await daemon.stop('SIGTERM');
  assert.equal(stopped.code, 0);
});
