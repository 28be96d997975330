import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { commit } from '../../src/store/commit.ts';
import { type Hint, Hints } from '../../src/store/hints.ts';
import { blobOid } from '../../src/store/objects.ts';
import { openStore } from '../../src/store/open.ts';
import { NOTHING_KNOWN, scan } from '../../src/store/scan.ts';
import type { Store } from '../../src/store/store.ts';
import { type WatchOptions, watchStore } from '../../src/store/watch.ts';
import { faultyDisk } from './faulty-disk.ts';
import { at, by, change, newStore } from './new-store.ts';

async function watched(t: TestContext, store: Store, options: Partial<WatchOptions> = {}) {
  const hints: Hint[] = [];
  const onHint = (hint: Hint) => {
    hints.push(hint);
  };
  const watch = watchStore(store, { onHint, ...options });
  t.after(() => watch.close());
  await watch.started;
  const isHinted = (path: string) =>
    hints.some(({ paths }) => paths !== 'everything' && paths.includes(path));
  const has = (why: string) => hints.some((hint) => hint.why === why);
  return { watch, hints, isHinted, has };
}

/** Waits for something that an event brings about. */
async function until(condition: () => boolean, what: string): Promise<void> {
  for (let n = 0; n < 500; n++) {
    if (condition()) return;
    await sleep(20);
  }
  assert.fail(`never came: ${what}`);
}

test('edits, new folders and removals are hinted at; what is passed over is not', async (t) => {
  const store = await newStore(t, { 'a.md': 'a', 'dir/b.md': 'b' });
  const { watch, hints, isHinted } = await watched(t, store);
  assert.deepEqual(watch.state(), { kind: 'watching' });
  assert.equal(hints.length, 0);
  await fs.writeFile(join(store.dir, 'a.md'), 'A');
  await until(() => isHinted('a.md'), 'a.md');
  await fs.mkdir(join(store.dir, 'new'));
  await fs.writeFile(join(store.dir, 'new/c.md'), 'c');
  await until(() => isHinted('new') || isHinted('new/c.md'), 'new');
  for (const name of ['.a.md.swp', '4913', 'a.md~', '.atocore-tmp-1', '.git/config', '.git/x']) {
    await fs.writeFile(join(store.dir, name), 'x');
  }
  await fs.rm(join(store.dir, 'dir/b.md'));
  await until(() => isHinted('dir/b.md'), 'dir/b.md');
  const known = ['a.md', 'new', 'new/c.md', 'dir/b.md'];
  for (const { paths } of hints) {
    assert.ok(paths !== 'everything');
    for (const path of paths) assert.ok(known.includes(path), path);
  }
});

test('53, 54: nothing behind a link is watched', async (t) => {
  const store = await newStore(t, { 'a.md': 'a' });
  const outside = join(store.dir, '../outside');
  await fs.mkdir(outside);
  await fs.symlink(outside, join(store.dir, 'link'));
  await fs.symlink('.', join(store.dir, 'loop'));
  const { hints, isHinted } = await watched(t, store);
  await fs.writeFile(join(outside, 'secret.md'), 'x');
  await fs.writeFile(join(store.dir, 'a.md'), 'A');
  await until(() => isHinted('a.md'), 'a.md');
  assert.ok(hints.every(({ paths }) => paths !== 'everything' && !paths.join().includes('secret')));
});

test('a commit is told as moved history', async (t) => {
  const store = await newStore(t, { 'a.md': 'a' });
  const { hints, has } = await watched(t, store);
  await commit(store, { ...by('x'), changes: [change('b.md', 'b')] });
  await until(() => has('history-moved'), 'moved history');
  assert.deepEqual(
    hints.filter(({ why }) => why !== 'history-moved'),
    [],
  );
});

test('73: a root that was removed and made again is watched anew', async (t) => {
  const store = await newStore(t, { 'a.md': 'a' });
  const { watch, isHinted, has } = await watched(t, store, { rootCheckMs: 50 });
  await fs.rename(store.dir, `${store.dir}-away`);
  await until(() => watch.state().kind === 'degraded', 'degraded');
  await fs.cp(`${store.dir}-away`, store.dir, { recursive: true });
  await until(() => has('root-replaced') && watch.state().kind === 'watching', 'watching');
  await fs.writeFile(join(store.dir, 'a.md'), 'A');
  await until(() => isHinted('a.md'), 'a.md');
});

test('74: where no event comes for the self-test, everything is looked at now and then, with the reason', async (t) => {
  const { dir } = await newStore(t, { 'a.md': 'a' });
  // A file that is made elsewhere: no event can come, as on a network folder.
  const real = faultyDisk(() => undefined);
  const open = ((path: string, ...rest: []) =>
    real.open(
      path.includes('watch-probe') ? join(dir, '..', 'probe') : path,
      ...rest,
    )) as typeof real.open;
  const store = await openStore(dir, { disk: { ...real, open } });
  const { watch, has } = await watched(t, store, { probeMs: 50, pollMs: 20 });
  const state = watch.state();
  assert.ok(state.kind === 'degraded');
  assert.match(state.reason, /network or shared folder/);
  await until(() => has('polling'), 'polling');
});

test('a blocked loop makes everything be looked at', async (t) => {
  const store = await newStore(t);
  const { has } = await watched(t, store);
  await sleep(120);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800);
  await until(() => has('loop-blocked'), 'loop-blocked');
});

test('65, 66, 67: whatever the writer’s pauses, the last content is found', async (t) => {
  const store = await newStore(t, { 'a.md': 'a', 'b.md': 'b' });
  const hints = new Hints({ quietMs: 20, longestMs: 100 });
  const watch = watchStore(store, { onHint: (hint) => hints.add(hint) });
  await watch.started;
  let known = await scan(store, NOTHING_KNOWN);
  const controller = new AbortController();
  const looking = (async () => {
    for (;;) {
      const { paths } = await hints.quiet(controller.signal);
      known = await scan(store, known, paths === 'everything' ? undefined : paths);
    }
  })().catch((error: unknown) => assert.ok(controller.signal.aborted, String(error)));
  // Not `t.after`, which would take the folder away first.
  const end = async (): Promise<void> => {
    controller.abort();
    await looking;
    await watch.close();
  };
  let slow = '';
  for (const pauseMs of [0, 5, 30, 80, 5, 0]) {
    slow += 'piece ';
    await fs.appendFile(join(store.dir, 'a.md'), 'piece ');
    await sleep(pauseMs);
  }
  await fs.writeFile(join(store.dir, 'b.md'), '1');
  await sleep(20);
  await fs.writeFile(join(store.dir, 'b.md'), '2');
  // chokidar may miss the last save; the minute's look finds it.
  await sleep(150);
  hints.add({ paths: 'everything', why: 'asked' });
  const isCurrent = (path: string, content: string) =>
    known.entries.get(at(path))?.oid === blobOid(content);
  await until(
    () => isCurrent('a.md', `a${slow}`) && isCurrent('b.md', '2'),
    'the last contents',
  ).finally(end);
});

test('107: at the limit of watches everything is looked at now and then, with the way out', async (t) => {
  const store = await newStore(t, { 'a/b.md': 'a', 'c/d.md': 'a', 'e/f.md': 'a' });
  // A user namespace has limits of its own.
  const code = `
    import { openStore } from './src/store/open.ts';
    import { watchStore } from './src/store/watch.ts';
    const watch = watchStore(await openStore(process.argv[1]), { onHint: () => {} });
    await watch.started;
    console.log(JSON.stringify(watch.state()));
    await watch.close();
  `;
  const limit = 'echo 4 > /proc/sys/user/max_inotify_watches && exec "$@"';
  const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', code, store.dir];
  const args = ['-Ur', 'sh', '-c', limit, 'sh', ...node];
  const ran = promisify(execFile)('unshare', args, { cwd: new URL('../../', import.meta.url) });
  const out = await ran.then(
    ({ stdout }) => stdout,
    (error: Error) => error,
  );
  if (out instanceof Error) {
    t.diagnostic(`no user namespace here, so nothing was proved: ${out.message}`);
    return;
  }
  const state: unknown = JSON.parse(out);
  assert.deepEqual(state, {
    kind: 'degraded',
    reason:
      'Watching failed (ENOSPC). Raise the limit: sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=1024, then restart.',
  });
});

test('closing at any moment ends the watch', async (t) => {
  const store = await newStore(t, { 'a.md': 'a' });
  for (const afterMs of [0, 1, 5, 20]) {
    const watch = watchStore(store, { onHint: () => undefined });
    await sleep(afterMs);
    await watch.close();
  }
  assert.deepEqual((await fs.readdir(store.dir)).sort(), ['.git', 'a.md', 'atocore.json']);
});
