/** A merge stopped at any write: the store opens whole, before or after it, and the next sync ends the same. */
import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Oid, StorePath } from '../src/plugin.ts';
import { type Disk, eachLimited } from '../src/store/durable-fs.ts';
import { readCommit } from '../src/store/history.ts';
import { createStore, openStore } from '../src/store/open.ts';
import { diskFault, faultyDisk } from './store/faulty-disk.ts';
import { buryHolder } from './support/dead-holder.ts';
import { ADA, CONFIG, mergeInto, settlingOf } from './support/merging.ts';
import { git } from './support/native-git.ts';
import { put } from './support/store-tree.ts';
import { temporaryFolder } from './support/temp-folder.ts';

const NOTES = 'projects/p05/sources/notes';
/** Above what Linux gives out. */
const LANES = 4;
/** Every so many writes; `EVERY=1` for all of them. */
const STEP = Number(process.env.EVERY ?? 8);

/** One that stops at a write, and counts them. */
function stopping(at: number): { readonly disk: Disk; readonly count: () => number } {
  let count = 0;
  const disk = faultyDisk(({ number, changes }) => {
    if (changes) count += 1;
    return number >= at ? diskFault('EIO') : undefined;
  });
  return { disk, count: () => count };
}

/** A store with a commit of ours and one of theirs, of one past; or with theirs alone. */
async function twoSides(dir: string, isForward: boolean): Promise<Oid> {
  const notes = ['a', 'b', 'c', 'gone'].map((name): [StorePath, string] => [
    `${NOTES}/${name}.md` as StorePath,
    `# ${name}\n`,
  ]);
  const files = new Map([['atocore.json' as StorePath, CONFIG], ...notes]);
  await createStore(dir, files, { author: ADA, message: 'base', timestamp: 1_700_000_000 });
  await git(dir, ['checkout', '-qb', 'theirs']);
  await put(dir, `${NOTES}/b.md`, '# b of theirs\n');
  await put(dir, `${NOTES}/c.md`, '# c of theirs\n');
  await put(dir, `${NOTES}/deep/new.md`, '# new\n');
  await git(dir, ['rm', '-q', `${NOTES}/gone.md`]);
  await git(dir, ['add', '-A']);
  await git(dir, ['commit', '-qm', 'theirs']);
  const theirs = (await git(dir, ['rev-parse', 'HEAD'])).trim() as Oid;
  await git(dir, ['checkout', '-q', 'main']);
  if (isForward) return theirs;
  await put(dir, `${NOTES}/a.md`, '# a of ours\n');
  await put(dir, `${NOTES}/c.md`, '# c of ours\n');
  await git(dir, ['commit', '-qam', 'ours']);
  return theirs;
}

for (const isForward of [false, true]) {
  const what = isForward ? 'going forward' : 'a merge';
  test(`108, 109: ${what} stopped at any write leaves the store before or after it`, async (t) => {
    const place = await temporaryFolder(t);
    const template = join(place, 'template');
    const theirs = await twoSides(template, isForward);
    const ours = (await git(template, ['rev-parse', 'main'])).trim() as Oid;
    const whole = join(place, 'whole');
    await cp(template, whole, { recursive: true });
    const all = stopping(Number.POSITIVE_INFINITY);
    await mergeInto(whole, theirs, all.disk);
    const tree = await git(whole, ['rev-parse', 'HEAD^{tree}']);
    const { parents } = await readCommit(
      await openStore(whole),
      (await git(whole, ['rev-parse', 'HEAD'])).trim() as Oid,
    );
    assert.deepEqual(parents, isForward ? [ours] : [ours, theirs]);
    const points = Array.from({ length: all.count() }, (_, n) => n).filter((n) => n % STEP === 0);
    t.diagnostic(`${points.length} of ${all.count()} writes`);
    const ends = new Set<string>();
    await eachLimited(points, LANES, async (point) => {
      const dir = join(place, `at-${point}`);
      await cp(template, dir, { recursive: true });
      await mergeInto(dir, theirs, stopping(point).disk).catch(() => undefined);
      await buryHolder(dir);
      // The next start.
      await (await settlingOf(dir)).look();
      const where = `stopped at write ${point}`;
      assert.equal(await git(dir, ['status', '--porcelain']), '', where);
      const fsck = await git(dir, ['fsck', '--full', '--strict', '--no-dangling']);
      assert.equal(fsck, '', where);
      const at = (await git(dir, ['rev-parse', 'HEAD'])).trim();
      ends.add(at === ours ? 'before' : 'after');
      if (at !== ours) assert.equal(await git(dir, ['rev-parse', 'HEAD^{tree}']), tree, where);
      await mergeInto(dir, theirs);
      assert.equal(await git(dir, ['rev-parse', 'HEAD^{tree}']), tree, where);
      assert.equal(await git(dir, ['status', '--porcelain']), '', where);
      assert.equal((await git(dir, ['merge-base', 'HEAD', theirs])).trim(), theirs, where);
    });
    assert.deepEqual([...ends].sort(), ['after', 'before']);
  });
}
