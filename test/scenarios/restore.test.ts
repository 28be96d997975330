/** Backups, restores and drills with the whole engine, as the doctor of a store would use them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { lstat, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { drillStanding } from '../../src/backup/drill-reports.ts';
import { BUNDLE_NAME } from '../../src/backup/manifest.ts';
import { listBackups } from '../../src/backup/place.ts';
import { runDrill } from '../../src/drill.ts';
import { assertSamePacks, packsOf, withoutRevision } from '../../src/drill-packs.ts';
import { Engine } from '../../src/engine.ts';
import { isAtoError } from '../../src/errors.ts';
import { restoreElsewhere, restoreStore, restoreThrough } from '../../src/restore-flow.ts';
import { openStore } from '../../src/store/open.ts';
import { queueOf } from '../../src/view/queue.ts';
import {
  type BackedUp,
  backUp,
  commitNote,
  settledStore,
  settleStore,
} from '../backup/backed-up.ts';
import { git } from '../support/native-git.ts';
import { ANN, openEngine, put, readTree } from '../support/store-tree.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const NOTE = 'projects/p05-interferometer/sources/notes/coating.md';
const TEXT =
  '# Coating\n\n## Decision: mirror coating\n\nThe mirror coating is protected silver.\n';
const NOW = new Date('2026-11-22T10:00:00Z');

function candidate(engine: Engine, words: string) {
  const { view } = engine;
  assert.ok(view);
  return queueOf(view).entries.find(({ served }) => served.record.text.includes(words))?.served
    .record;
}

function requestOf({ place }: BackedUp, stamp: string) {
  return { place, stamp, person: ANN };
}

test('a restore through a running engine brings back tree, records and packs, and history only grows', async (t) => {
  const store = await settledStore(t);
  const { folder } = store;
  const engine = await openEngine(t, folder, true);
  await put(folder, NOTE, TEXT);
  await engine.settle();
  const born = candidate(engine, 'protected silver');
  assert.ok(born);
  await engine.decide({ act: 'promote', id: born.id, by: ANN });
  await engine.settle();
  const before = { tree: await readTree(folder), packs: packsOf(engine, NOW).packs };
  const inode = (await stat(folder)).ino;
  const { stamp, manifest } = await backUp(store);

  await rm(join(folder, NOTE));
  await put(folder, 'projects/p05-interferometer/sources/notes/other.md', `${TEXT}\nMore.\n`);
  await engine.settle();
  const uncommitted = 'projects/p05-interferometer/sources/notes/uncommitted.md';
  await put(folder, uncommitted, '# Not committed yet\n');

  const [first, second] = await Promise.allSettled([
    restoreThrough(engine, requestOf(store, stamp)),
    restoreThrough(engine, requestOf(store, stamp)),
  ]);
  const done = [first, second].filter((each) => each.status === 'fulfilled');
  const refused = [first, second].filter((each) => each.status === 'rejected');
  assert.equal(done.length, 1, '114: of two restores at once one is carried out');
  assert.ok(isAtoError(refused[0]?.reason, 'wrong-state'));
  const report = done[0]?.value;
  assert.ok(report);
  assert.deepEqual([report.isProven, report.message], [true, undefined]);
  assert.deepEqual(report.settled, { inputs: 0, changes: 0 });

  assert.deepEqual(await readTree(folder), before.tree);
  assert.equal((await stat(folder)).ino, inode);
  assert.deepEqual(
    packsOf(engine, NOW).packs.map((pack) => withoutRevision(pack).text),
    before.packs.map((pack) => withoutRevision(pack).text),
  );
  assert.equal(engine.view?.settlement.records.get(born.id)?.record.status, 'active');
  await git(folder, ['merge-base', '--is-ancestor', manifest.head, 'HEAD']);
  assert.match(await git(folder, ['show', `${report.safetyRef}:${uncommitted}`]), /Not committed/);
  assert.equal(await git(folder, ['status', '--porcelain']), '');
  await engine.close();
  assert.equal(await git(folder, ['fsck', '--strict', '--full', '--no-dangling']), '');

  // Rolling the restore back is a restore of the safety backup.
  const back = await restoreStore(folder, requestOf(store, report.safetyBackup ?? ''));
  assert.equal(back.isProven, true);
  assert.match(await readFile(join(folder, uncommitted), 'utf8'), /Not committed/);
});

test('a daemon that holds the store is not worked around, and a lock left behind is', async (t) => {
  const store = await settledStore(t);
  const { stamp } = await backUp(store);
  const engine = await openEngine(t, store.folder, false);
  await assert.rejects(restoreStore(store.folder, requestOf(store, stamp)), (error) => {
    assert.ok(isAtoError(error, 'locked'));
    assert.match(error.message, new RegExp(`pid ${process.pid}`));
    return true;
  });
  await engine.close();
  const gone = { program: 'atocore', pid: 2 ** 22 + 1, host: 'elsewhere', boot: 'x', thread: 0 };
  await put(store.folder, '.atocore/lock', JSON.stringify({ ...gone, host: '', boot: '' }));
  const past = new Date(Date.now() - 120_000);
  await utimes(join(store.folder, '.atocore/lock'), past, past);
  assert.equal((await restoreStore(store.folder, requestOf(store, stamp))).isProven, true);
});

test('a restored record is served as its file says, whatever was judged of a later version', async (t) => {
  const store = await settledStore(t);
  const { folder } = store;
  await put(folder, NOTE, TEXT);
  await settleStore(folder);
  const { stamp } = await backUp(store);
  const engine = await openEngine(t, folder, false);
  const born = candidate(engine, 'protected silver');
  assert.ok(born);
  await engine.decide({ act: 'promote', id: born.id, by: ANN });
  // A hand edit that the table of acts does not know: the record is served as active all the same.
  const text = await readFile(join(folder, born.path), 'utf8');
  await put(folder, born.path, text.replace('status: active', 'status: graduated'));
  await engine.settle();
  const served = () => engine.view?.settlement.records.get(born.id)?.record.status;
  assert.equal(served(), 'active');
  await restoreThrough(engine, requestOf(store, stamp));
  assert.equal(served(), 'candidate');
  assert.deepEqual(engine.status().problems, []);
});

test('a capture that arrives while a restore runs is kept', async (t) => {
  const store = await settledStore(t);
  const { stamp } = await backUp(store);
  await put(store.folder, NOTE, TEXT);
  const engine = await openEngine(t, store.folder, true);
  const restoring = restoreThrough(engine, requestOf(store, stamp));
  const taken: string[] = [];
  for (let n = 0; n < 20; n++) {
    const { capture } = await engine.capture({ prompt: `Question ${n}`, response: `Answer ${n}` });
    taken.push(capture.path);
  }
  await restoring;
  await engine.settle();
  await engine.close();
  for (const path of taken) {
    // Taken before the restore began, a capture is behind it in history; after, it is in the tree.
    const log = await git(store.folder, ['log', '--all', '--format=%H', '--', path]);
    assert.notEqual(log, '', path);
  }
});

test('invariant 16: what comes between the look and the restore is in no commit yet, and stays', async (t) => {
  const store = await settledStore(t);
  const { stamp } = await backUp(store);
  const late = 'projects/p05-interferometer/sources/notes/late.md';
  let looks = 0;
  // Asked at the end of each look at the folder.
  const free = async (): Promise<number> => {
    looks += 1;
    if (looks === 1) await put(store.folder, late, '# Late\n');
    return Number.MAX_SAFE_INTEGER;
  };
  await restoreStore(store.folder, { ...requestOf(store, stamp), noSafetyBackup: true, free });
  assert.equal(looks, 2);
  assert.equal(await readFile(join(store.folder, late), 'utf8'), '# Late\n');
  assert.match(await git(store.folder, ['log', '--format=%s', '--', late]), /edit/);
});

const FILES = 150;
const KILLS = 6;

/** Until the restore has noted what it is about to do, or ended. */
async function noted(folder: string, ended: Promise<unknown>): Promise<void> {
  let isEnded = false;
  ended.then(() => {
    isEnded = true;
  });
  const note = join(folder, '.atocore/restore.json');
  await until('the restore is under way', async () => {
    return isEnded || (await lstat(note).catch(() => undefined)) !== undefined;
  });
}

test('109: killed while it restores, the store opens by itself, as before or restored', async (t) => {
  const store = await settledStore(t);
  const { folder } = store;
  const many = 'projects/p05-interferometer/sources/many';
  for (let n = 0; n < FILES; n++) await put(folder, `${many}/${n}.md`, `# Note ${n}\n`);
  await settleStore(folder);
  const { stamp, manifest } = await backUp(store);
  const script = fileURLToPath(new URL('../backup/restore-once.ts', import.meta.url));
  const seed = 20261122;
  t.diagnostic(`seed ${seed}`);
  const seen = new Map<string, number>();
  for (let n = 0; n < KILLS; n++) {
    for (let file = 0; file < FILES; file++) {
      await put(folder, `${many}/${file}.md`, `# Changed ${n} ${file}\n`);
    }
    await git(folder, ['add', '-A']);
    await git(folder, ['commit', '-qm', `changed ${n}`]);
    const tree = (await git(folder, ['rev-parse', 'HEAD^{tree}'])).trim();
    const child = spawn(process.execPath, ['--import', 'tsx', script, folder, store.place, stamp], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.on('close', resolve));
    await new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
    // Every other one in the midst of the files, the rest anywhere before and after.
    if (n % 2 === 0) await noted(folder, ended);
    await sleep((seed * (n + 7)) % (n % 2 === 0 ? 60 : 900));
    child.kill('SIGKILL');
    await ended;
    const wasHalf = await lstat(join(folder, '.atocore/restore.json')).catch(() => undefined);
    await settleStore(folder);
    const found = (await git(folder, ['rev-parse', 'HEAD^{tree}'])).trim();
    assert.ok([tree, manifest.tree].includes(found), `kill ${n}`);
    const how = `${found === tree ? 'as before' : 'restored'}${wasHalf ? ', from half-way' : ''}`;
    seen.set(how, (seen.get(how) ?? 0) + 1);
    assert.equal(await git(folder, ['status', '--porcelain']), '');
    assert.equal(await git(folder, ['fsck', '--strict', '--full', '--no-dangling']), '');
  }
  t.diagnostic(JSON.stringify([...seen]));
});

test('a drill passes at each level, leaves the store as it was, and its report is found', async (t) => {
  const store = await settledStore(t);
  const { folder, place } = store;
  assert.equal((await drillStanding(place, NOW)).state, 'never');
  const engine = await openEngine(t, folder, false);
  const before = await readTree(folder);
  const head = await git(folder, ['rev-parse', 'HEAD']);
  await backUp(store);
  for (const level of [1, 2, 3] as const) {
    const now = new Date(NOW.getTime() + level * 60_000);
    const report = await runDrill(engine, { place, level, person: ANN, now });
    assert.deepEqual(
      report.steps.filter(({ isPassed }) => !isPassed),
      [],
    );
    assert.equal(report.isPassed, true);
    assert.deepEqual(await readTree(folder), before);
    if (level < 3) assert.equal(await git(folder, ['rev-parse', 'HEAD']), head);
    const standing = await drillStanding(place, now);
    assert.deepEqual([standing.state, standing.last?.level], ['passed', level]);
  }
  const later = new Date(NOW.getTime() + 40 * 86_400_000);
  const old = await drillStanding(place, later);
  assert.equal(old.state, 'old');
  assert.match(old.message, /39 days ago/);
});

test('a drill over a damaged backup fails, says where, and shows as failed', async (t) => {
  const store = await settledStore(t);
  const { place } = store;
  const { folder } = await backUp(store);
  await rm(join(folder, BUNDLE_NAME));
  const engine = await openEngine(t, store.folder, false);
  const report = await runDrill(engine, { place, level: 1, person: ANN, now: NOW });
  assert.equal(report.isPassed, false);
  const standing = await drillStanding(place, NOW);
  assert.equal(standing.state, 'failed');
  assert.match(standing.message, /restore it to a scratch folder and settle": Expected the bundle/);
});

test('a restore that leaves something to settle stands, and says that it is not proven', async (t) => {
  const store = await settledStore(t);
  await commitNote(store.folder, NOTE, TEXT);
  const { stamp } = await backUp(store);
  await commitNote(store.folder, NOTE, '# Coating\n');
  const report = await restoreStore(store.folder, requestOf(store, stamp));
  assert.equal(report.isProven, false);
  assert.equal(report.settled.changes, 1);
  assert.match(report.message ?? '', /settling changed 1 files.*refs\/atocore\/before-restore/);
  assert.equal(await readFile(join(store.folder, NOTE), 'utf8'), TEXT);
});

test('packs that differ are told by their prompt', () => {
  const before = [{ prompt: 'What of the mirror?', text: 'silver' }];
  assertSamePacks(before, before);
  assert.throws(
    () => assertSamePacks(before, [{ prompt: 'What of the mirror?', text: 'gold' }]),
    (error) => isAtoError(error, 'verification-failed') && /What of the mirror/.test(error.message),
  );
});

test('a restore into another folder is the same store, and only into an empty one', async (t) => {
  const store = await settledStore(t);
  await git(store.folder, ['tag', 'v1']);
  const { stamp, manifest } = await backUp(store);
  const target = join(await temporaryFolder(t), 'new');
  const done = await restoreElsewhere(target, requestOf(store, stamp));
  assert.equal(done.head, manifest.head);
  assert.equal(await settleStore(target), manifest.head);
  assert.equal(await git(target, ['show-ref']), await git(store.folder, ['show-ref']));
  assert.equal((await openStore(target)).branch, 'main');
  await assert.rejects(restoreElsewhere(target, requestOf(store, stamp)), (error) =>
    isAtoError(error, 'wrong-state'),
  );
  assert.equal((await listBackups(store.place)).length, 1);
  await until('the engine runs on it', async () => {
    const engine = await Engine.open({ folder: target, watch: false });
    await engine.ready();
    await engine.close();
    return true;
  });
});
