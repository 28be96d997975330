import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isAtoError } from '../../src/errors.ts';
import { commit } from '../../src/store/commit.ts';
import { thisHolder } from '../../src/store/holder.ts';
import { lockStore } from '../../src/store/lock.ts';
import { git } from '../support/native-git.ts';
import { by, change, newStore } from './new-store.ts';

const ROOT = new URL('../../', import.meta.url);

/** Runs a piece of code in a process of its own and waits for its first output. */
async function runChild(code: string, ...args: readonly string[]) {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', code, ...args],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [first] = await once(child.stdout, 'data');
  return { child, first: String(first).trim() };
}

async function kill({ child }: Awaited<ReturnType<typeof runChild>>): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const HOLD = `
  import { openStore } from './src/store/open.ts';
  import { lockStore } from './src/store/lock.ts';
  await lockStore(await openStore(process.argv[1]));
  console.log(process.pid);
  setInterval(() => {}, 1000);
`;

const COMMIT = `
  import { openStore } from './src/store/open.ts';
  import { commit } from './src/store/commit.ts';
  const store = await openStore(process.argv[1]);
  for (let n = 0; ; n++) {
    const bytes = Buffer.from(String(n));
    const { blobOid } = await import('./src/store/objects.ts');
    const changes = [{ path: 'dir/' + (n % 7) + '.md', oid: blobOid(bytes), bytes }];
    await commit(store, { changes, author: { name: 'a', email: 'a' }, message: 'n', timestamp: n });
    if (n === 3) console.log('going');
  }
`;

test('111: a second holder is refused with the pid of the first, and a kill frees at once', async (t) => {
  const store = await newStore(t);
  const holder = await runChild(HOLD, store.dir);
  await assert.rejects(
    lockStore(store),
    (error) => isAtoError(error, 'locked') && error.message.includes(`pid ${holder.first}`),
  );
  await kill(holder);
  const lock = await lockStore(store);
  assert.equal(lock.isLost(), false);
  await assert.rejects(lockStore(store), (error) => isAtoError(error, 'locked'));
  await lock.release();
  await (await lockStore(store)).release();
  assert.deepEqual(await fs.readdir(join(store.dir, '.atocore')), []);
  assert.equal(await git(store.dir, ['status', '--porcelain']), '');
});

test('109: killed while it commits, the store is whole and the next commit goes through', async (t) => {
  const store = await newStore(t);
  for (const delayMs of [3, 11]) {
    const writer = await runChild(COMMIT, store.dir);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await kill(writer);
    assert.equal(await git(store.dir, ['fsck', '--full', '--strict', '--no-dangling']), '');
    await commit(store, { ...by('after'), changes: [change('a.md', `${delayMs}`)], waitMs: 500 });
  }
});

const here = thisHolder();

const HOLDERS = [
  ['a dead process', { ...here, pid: 2 ** 22 + 1 }, 0, true],
  ['a pid that was given to another process', { ...here, started: '1' }, 0, true],
  ['a boot before this one', { ...here, boot: 'earlier' }, 0, true],
  [
    'another container that lives',
    { ...here, host: 'c1', pidNamespace: 'other', pid: 1 },
    5,
    false,
  ],
  ['another container that went silent', { ...here, host: 'c1', pidNamespace: 'other' }, 40, true],
  ['another machine that lives', { ...here, host: 'm2', boot: 'other' }, 5, false],
  ['another machine that went silent', { ...here, host: 'm2', boot: 'other' }, 40, true],
] as const;

for (const [name, holder, silentSeconds, isFree] of HOLDERS) {
  test(`111: a lock file of ${name} is ${isFree ? 'taken over' : 'respected'}`, async (t) => {
    const store = await newStore(t);
    await fs.mkdir(join(store.dir, '.atocore'));
    const file = join(store.dir, '.atocore/lock');
    await fs.writeFile(file, JSON.stringify(holder));
    const at = new Date(Date.now() - silentSeconds * 1000);
    await fs.utimes(file, at, at);
    if (isFree) {
      const lock = await lockStore(store);
      assert.equal(lock.holder.host, hostname());
      await lock.release();
    } else {
      await assert.rejects(lockStore(store), (error) => isAtoError(error, 'locked'));
    }
  });
}

test('git’s lock left by a dead process of ours is removed; a foreign one is waited for', async (t) => {
  const store = await newStore(t);
  const lock = join(store.gitdir, 'index.lock');
  await fs.writeFile(lock, JSON.stringify({ ...here, pid: 2 ** 22 + 1 }));
  await commit(store, { ...by('one'), changes: [change('a.md', '1')], waitMs: 100 });
  await fs.writeFile(lock, '');
  const waiting = commit(store, { ...by('two'), changes: [change('a.md', '2')], waitMs: 5000 });
  setTimeout(() => void fs.unlink(lock), 60);
  await waiting;
  await fs.writeFile(lock, 'DIRC');
  const refused = commit(store, { ...by('three'), changes: [change('a.md', '3')], waitMs: 60 });
  await assert.rejects(
    refused,
    (error) => isAtoError(error, 'busy') && error.message.includes(lock),
  );
});
