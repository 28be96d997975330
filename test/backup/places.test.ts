import assert from 'node:assert/strict';
import { cp, mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { cleanupBackups } from '../../src/backup/cleanup.ts';
import { copyBackup } from '../../src/backup/copy.ts';
import { BUNDLE_NAME, type Manifest, stampOf } from '../../src/backup/manifest.ts';
import { byStamp, type ListedBackup, listBackups } from '../../src/backup/place.ts';
import { planCleanup } from '../../src/backup/retention.ts';
import { validateBackup } from '../../src/backup/validate.ts';
import { openStore } from '../../src/store/open.ts';
import { git } from '../support/native-git.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { backUp, commitNote, settledStore } from './backed-up.ts';

const NOTE = 'projects/p05-interferometer/sources/notes/added.md';
const DAY_MS = 86_400_000;
const TODAY = Date.parse('2026-04-30T12:00:00Z');

function listed(stamp: string, parent?: string): ListedBackup {
  const manifest = { stamp, bundle: { bytes: 10 }, ...(parent === undefined ? {} : { parent }) };
  return { stamp, manifest: manifest as unknown as Manifest };
}

function daysAgo(days: number): string {
  return stampOf(new Date(TODAY - days * DAY_MS));
}

test('a daily backup for a year leaves 7 days, 4 weeks and 6 months', () => {
  const all = Array.from({ length: 365 }, (_, days) => listed(daysAgo(days)));
  const plan = planCleanup(all, () => true);
  const kept = plan.keep.map(({ stamp }) => stamp.slice(0, 8));
  assert.deepEqual(kept, [
    ...['20260430', '20260429', '20260428', '20260427', '20260426', '20260425', '20260424'],
    ...['20260419', '20260412'],
    ...['20260331', '20260228', '20260131', '20251231', '20251130'],
  ]);
  assert.deepEqual(plan.keep[0]?.reasons, [
    'newest-valid',
    'day 2026-04-30',
    'week 2026-04-27',
    'month 2026-04',
  ]);
  assert.equal(plan.remove.length, 365 - kept.length);
  assert.equal(plan.bytes, plan.remove.length * 10);
});

test('the newest valid backup is never removed, nor what a kept one builds upon, nor what cannot be read', () => {
  const stamp = fc.integer({ min: 0, max: 900 }).map(daysAgo);
  fc.assert(
    fc.property(
      fc.uniqueArray(stamp, { maxLength: 40 }),
      fc.infiniteStream(fc.constantFrom('whole', 'added', 'damaged', 'unreadable')),
      fc.record({
        days: fc.integer({ min: 0, max: 9 }),
        weeks: fc.integer({ min: 0, max: 5 }),
        months: fc.integer({ min: 0, max: 7 }),
      }),
      (stamps, kinds, policy) => {
        const sorted = [...stamps].sort(byStamp);
        const damaged = new Set<string>();
        const all = sorted.map((each, n): ListedBackup => {
          const kind = kinds.next().value;
          if (kind === 'unreadable') return { stamp: each, fault: 'unreadable' };
          if (kind === 'damaged') damaged.add(each);
          return listed(each, kind === 'added' ? sorted[n - 1] : undefined);
        });
        const plan = planCleanup(all, (each) => !damaged.has(each), policy);
        const removed = new Set(plan.remove.map((each) => each.stamp));
        assert.equal(removed.size + plan.keep.length, all.length);
        const valid = all.filter((each) => 'manifest' in each && !damaged.has(each.stamp));
        assert.ok(!removed.has(valid.at(-1)?.stamp ?? ''));
        for (const each of all) {
          if ('fault' in each) assert.ok(!removed.has(each.stamp));
          else if (!removed.has(each.stamp)) assert.ok(!removed.has(each.manifest.parent ?? ''));
        }
      },
    ),
    { verbose: 1 },
  );
});

test('cleaning up says what it would remove, and removes only when told to', async (t) => {
  const store = await settledStore(t);
  const stamps: string[] = [];
  for (const days of [400, 300, 1, 0]) {
    stamps.push((await backUp(store, { now: new Date(TODAY - days * DAY_MS) })).stamp);
  }
  const [oldest = '', , yesterday = '', newest = ''] = stamps;
  const leftover = join(store.place, '.atocore-tmp-20260101T000000Z-abc');
  await mkdir(leftover);
  await utimes(leftover, new Date(TODAY - 2 * DAY_MS), new Date(TODAY - 2 * DAY_MS));
  // The newest is damaged: it counts for nothing, and the day before becomes the newest valid one.
  await writeFile(join(store.place, newest, BUNDLE_NAME), 'damaged');
  const policy = { days: 1, weeks: 0, months: 0 };
  const now = new Date(TODAY);
  const dry = await cleanupBackups(store.place, { policy, now });
  assert.equal(dry.isDryRun, true);
  assert.deepEqual(
    dry.plan.keep.map(({ stamp }) => stamp),
    [yesterday],
  );
  assert.equal((await listBackups(store.place)).length, 4);
  const done = await cleanupBackups(store.place, { policy, now, isConfirmed: true });
  assert.equal(done.removed[0], oldest);
  assert.deepEqual(await readdir(store.place), [yesterday]);
});

test('a copy in a second folder is whole, brings what it builds upon, and is made once', async (t) => {
  const store = await settledStore(t);
  const whole = await backUp(store);
  await commitNote(store.folder, NOTE, '# Added\n');
  const added = await backUp(store, { incremental: true });
  const folder = join(await temporaryFolder(t), 'second');
  const to = { folder, mayMake: true };
  const report = await copyBackup(store.place, added.stamp, to);
  assert.deepEqual(report.copied, [whole.stamp, added.stamp]);
  assert.equal((await validateBackup(folder, added.stamp, { level: 2 })).isValid, true);
  assert.deepEqual((await copyBackup(store.place, added.stamp, to)).copied, []);
});

test('112: a second place that is missing, full, taken or unreachable is reported, and no more', async (t) => {
  const store = await settledStore(t);
  const { stamp, manifest } = await backUp(store);
  const second = await temporaryFolder(t);
  const open = await openStore(store.folder);
  const faults: readonly (readonly [Parameters<typeof copyBackup>[2], RegExp])[] = [
    [{ folder: join(second, 'missing') }, /Is its disk mounted/],
    [{ folder: second, free: async () => 10 }, /bytes free/],
    [{ remote: join(second, 'no-repository'), store: open }, /git push ended with 128/],
    [{ remote: 'ext::sh -c touch% /tmp/x', store: open }, /Expected the URL or path/],
  ];
  for (const [to, said] of faults) {
    const report = await copyBackup(store.place, stamp, to);
    assert.equal(report.isCopied, false);
    assert.match(report.fault ?? '', said);
  }
  assert.deepEqual(await readdir(second), []);
  await mkdir(join(second, stamp));
  const report = await copyBackup(store.place, stamp, { folder: second });
  assert.match(report.fault ?? '', /Expected no other backup named/);
  await rm(join(second, stamp), { recursive: true });
  await cp(join(store.place, stamp), join(second, stamp), { recursive: true });
  await writeFile(join(second, stamp, BUNDLE_NAME), 'damaged');
  const damaged = await copyBackup(store.place, stamp, { folder: second });
  assert.equal(damaged.isCopied, false);
  assert.equal((await validateBackup(store.place, stamp, { level: 2 })).isValid, true);

  const remote = join(second, 'remote.git');
  await git(second, ['init', '-q', '--bare', remote]);
  const pushed = await copyBackup(store.place, stamp, { remote, store: open });
  assert.deepEqual([pushed.isCopied, pushed.fault], [true, undefined]);
  const name = `refs/atocore/backups/${stamp}/head`;
  assert.equal((await git(remote, ['rev-parse', name])).trim(), manifest.head);
});

test('listing shows a backup without a manifest as one that cannot be read', async (t) => {
  const store = await settledStore(t);
  const { stamp } = await backUp(store);
  await mkdir(join(store.place, '20200101T000000Z'));
  await mkdir(join(store.place, 'not-a-stamp'));
  const all = await listBackups(store.place);
  assert.deepEqual(
    all.map((each) => [each.stamp, 'manifest' in each]),
    [
      [stamp, true],
      ['20200101T000000Z', false],
    ],
  );
});
