import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DirtySet, HINTED_PATHS_MAX, Hints } from '../../src/store/hints.ts';

test('hints gather until they are drained', () => {
  const dirty = new DirtySet();
  assert.equal(dirty.isEmpty, true);
  dirty.add({ paths: ['a', 'b'], why: 'event' });
  dirty.add({ paths: ['b', 'c'], why: 'event' });
  dirty.add({ paths: [], why: 'history-moved' });
  const drained = dirty.drain();
  assert.deepEqual(drained.paths, new Set(['a', 'b', 'c']));
  assert.deepEqual(drained.why, new Set(['event', 'history-moved']));
  assert.equal(dirty.isEmpty, true);
  assert.deepEqual(dirty.drain().paths, new Set());
});

test('everything stays everything, and more than a thousand paths become it', () => {
  const dirty = new DirtySet();
  dirty.add({ paths: 'everything', why: 'polling' });
  dirty.add({ paths: ['a'], why: 'event' });
  assert.equal(dirty.drain().paths, 'everything');
  const many = Array.from({ length: HINTED_PATHS_MAX }, (_, n) => `${n}.md`);
  dirty.add({ paths: many, why: 'event' });
  dirty.add({ paths: many, why: 'event' });
  dirty.add({ paths: ['one more'], why: 'event' });
  const { paths, why } = dirty.drain();
  assert.equal(paths, 'everything');
  assert.ok(why.has('too-many-events'));
});

test('quiet gives what came before the pause and leaves what comes after it', async () => {
  const hints = new Hints({ quietMs: 20, longestMs: 10_000 });
  const { signal } = new AbortController();
  const first = hints.quiet(signal);
  hints.add({ paths: ['a'], why: 'event' });
  setTimeout(() => hints.add({ paths: ['b'], why: 'event' }), 5);
  assert.deepEqual((await first).paths, new Set(['a', 'b']));
  hints.add({ paths: ['c'], why: 'event' });
  assert.deepEqual((await hints.quiet(signal)).paths, new Set(['c']));
});

test('a store that is never quiet is looked at all the same', async () => {
  const hints = new Hints({ quietMs: 10_000, longestMs: 30 });
  const busy = setInterval(() => hints.add({ paths: ['a'], why: 'event' }), 2);
  const { paths } = await hints.quiet(new AbortController().signal);
  clearInterval(busy);
  assert.deepEqual(paths, new Set(['a']));
});

test('waiting ends with the reason of its signal', async () => {
  const hints = new Hints({ quietMs: 10_000 });
  for (const isDirty of [false, true]) {
    const controller = new AbortController();
    if (isDirty) hints.add({ paths: ['a'], why: 'event' });
    const waiting = hints.quiet(controller.signal);
    setTimeout(() => controller.abort(new Error('closing')), 5);
    await assert.rejects(
      waiting,
      (error) => error instanceof Error && /closing|abort/.test(error.message),
    );
  }
});
