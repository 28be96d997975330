/** Backups from the command line: with a daemon, without one, and after a mishap. */
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { lineWithExample } from './command-line.ts';

const NOTE = 'projects/p05-interferometer/sources/notes/kept.md';

test('a store is backed up, validated, spoilt and restored, and says how it stands', async (t) => {
  const line = await lineWithExample(t);
  const note = join(line.store, NOTE);
  await writeFile(note, '# Kept\n\nAs it was.\n');
  const made = await line.json(['backup', 'create']);
  assert.ok(made.folder.startsWith(join(line.folder, '.local/state/atocore', made.store)));
  const list = await line.json(['backup', 'list']);
  assert.deepEqual([list.count, list.items[0].stamp], [1, made.stamp]);
  assert.equal((await line.json(['backup', 'validate', made.stamp, '--level', '3'])).reached, 3);

  await rm(note);
  const dry = await line.json(['backup', 'restore', made.stamp, '--dry-run']);
  assert.deepEqual([dry.writes, dry.removals, dry.pending], [1, 0, [NOTE]]);
  await assert.rejects(readFile(note), { code: 'ENOENT' });
  const asked = await line.run(['backup', 'restore', made.stamp]);
  assert.equal(asked.code, 2, 'nobody there to ask');
  assert.match(asked.stderr, /1 to write.*[\s\S]*--yes/);
  const restored = await line.json(['backup', 'restore', made.stamp, '--yes']);
  assert.equal(restored.proven, true, JSON.stringify(restored));
  assert.match(restored.safety_ref, /^refs\/atocore\/before-restore\//);
  assert.match(await readFile(note, 'utf8'), /As it was/);
  const health = await line.json(['status']);
  assert.deepEqual([health.last_backup.state, health.last_validation.state], ['ok', 'ok']);
  assert.equal(health.last_backup.stamp, restored.safety_backup);
  assert.match((await line.run(['status'])).stdout, /Expected a restore drill, found none/);

  const copy = join(line.folder, 'copy');
  assert.equal(
    (await line.json(['backup', 'restore', made.stamp, '--into', copy])).stamp,
    made.stamp,
  );
  assert.match(await readFile(join(copy, NOTE), 'utf8'), /As it was/);

  await writeFile(join(made.folder, 'store.bundle'), 'spoilt');
  const bad = await line.run(['backup', 'validate', made.stamp]);
  assert.equal(bad.code, 13);
  assert.match(bad.stdout, /not valid/);
  assert.equal((await line.run(['backup', 'restore', made.stamp, '--yes'])).code, 13);
  assert.equal((await line.run(['backup', 'validate', '20200101T000000Z'])).code, 3);
  assert.equal((await line.run(['backup', 'validate', '../x'])).code, 2);
});

test('with a daemon: its folder, another disk by --dir, no restore, a drill', async (t) => {
  const line = await lineWithExample(t);
  const daemon = await line.up();
  const made = await line.json(['backup', 'create']);
  const refused = await line.run(['backup', 'restore', made.stamp, '--yes']);
  assert.equal(refused.code, 11);
  assert.match(refused.stderr, /no daemon serves.*--through-daemon/);
  const note = join(line.store, NOTE);
  await writeFile(note, '# Kept\n\nNot in the backup.\n');
  const through = ['backup', 'restore', made.stamp, '--through-daemon'];
  assert.equal((await line.json([...through, '--dry-run'])).removals, 1);
  const back = await line.json([...through, '--yes']);
  assert.deepEqual([back.proven, back.removed], [true, 1], JSON.stringify(back));
  await assert.rejects(readFile(note), { code: 'ENOENT' });
  assert.equal((await line.json(['status'])).store.revision, back.to);
  const second = join(line.folder, 'second');
  const lost = await line.run(['backup', 'create', '--copy-to', second]);
  assert.deepEqual([lost.code, /second/.test(lost.stdout)], [1, true], lost.stdout);
  await mkdir(second);
  const copied = await line.json(['backup', 'create', '--copy-to', second]);
  assert.deepEqual(copied.copy, { to: second, copied: true });
  assert.equal((await line.json(['backup', 'list', '--dir', second])).items[0].stamp, copied.stamp);
  const disk = join(line.folder, 'disk');
  const missing = await line.run(['backup', 'create', '--dir', disk]);
  assert.equal(missing.code, 3, 'a folder that was named is not made');
  await mkdir(disk);
  for (const _ of [1, 2]) {
    const there = await line.json(['backup', 'create', '--dir', disk]);
    assert.equal(join(disk, there.stamp), there.folder);
  }
  const inside = ['backup', 'create', '--dir', join(line.store, 'backups')];
  assert.equal((await line.run(inside)).code, 2);
  const plan = await line.json(['backup', 'cleanup', '--dir', disk]);
  assert.deepEqual([plan.dry_run, plan.remove.length, plan.removed.length], [true, 1, 0]);
  const done = await line.json(['backup', 'cleanup', '--dir', disk, '--yes']);
  assert.deepEqual([done.dry_run, done.removed.length], [false, 1]);

  assert.equal((await line.run(['backup', 'drill', '--dir', disk])).code, 1);
  const drill = await line.json(['backup', 'drill', '--level', '1']);
  assert.equal(drill.passed, true);
  await daemon.stop('SIGTERM');
  await rm(join(copied.folder, 'store.bundle'));
  const failed = await line.run(['backup', 'drill', '--level', '1']);
  assert.equal(failed.code, 13, failed.stdout);
  assert.match(failed.stdout, /FAILED/);
  assert.equal((await line.json(['status'])).status, 'degraded');
  assert.equal((await line.json(['backup', 'drill', '--dir', disk, '--level', '1'])).passed, true);
});

test('backups are looked at by --dir where there is no store any more', async (t) => {
  const line = await lineWithExample(t);
  const { folder, stamp } = await line.json(['backup', 'create']);
  await rm(line.store, { recursive: true });
  const dir = ['--dir', join(folder, '..')];
  assert.equal((await line.json(['backup', 'list', ...dir])).count, 1);
  assert.equal((await line.run(['backup', 'list'])).code, 10);
  const back = await line.json(['backup', 'restore', stamp, '--into', line.store, ...dir]);
  assert.equal(back.stamp, stamp);
  assert.equal((await line.run(['status'])).code, 0);
});
