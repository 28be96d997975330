/** `atocore check`, with a daemon and without: the same checks, nothing written, exit codes. */
import assert from 'node:assert/strict';
import { lstat, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { lineWithExample } from './command-line.ts';

async function timesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true });
  const times = entries.map(async (name) => {
    const { mtimeNs, size } = await lstat(join(folder, name), { bigint: true });
    return `${name} ${mtimeNs} ${size}`;
  });
  return (await Promise.all(times)).sort();
}

test('check says the same with a daemon and without, writes nothing, and exits 13 on an error', async (t) => {
  const line = await lineWithExample(t);
  const before = await timesOf(line.store);
  const alone = await line.json(['check']);
  assert.equal(alone.is_sound, true);
  assert.deepEqual(await timesOf(line.store), before);
  const daemon = await line.up();
  const served = await line.json(['check']);
  const namesOf = (report: typeof alone) =>
    report.checks.map(({ name, title }: { name: string; title: string }) => [name, title]);
  assert.deepEqual(namesOf(served), namesOf(alone));
  assert.equal(served.is_sound, true);
  assert.equal(served.revision, alone.revision);
  await daemon.stop('SIGTERM');
  const { stdout, code } = await line.run(['check']);
  assert.equal(code, 0);
  assert.match(stdout, /^warning {2}backups: /m);
  assert.match(stdout, /^Sound, 1 check with warnings \(18 checks, /m);
  await writeFile(join(line.store, '.git/refs/heads/broken'), 'nonsense\n');
  const broken = await line.run(['check']);
  assert.equal(broken.code, 13);
  assert.match(broken.stdout, /^ERROR {4}refs: /m);
  assert.match(broken.stdout, /Not sound/);
  await rm(join(line.store, '.git/refs/heads/broken'));
  await writeFile(join(line.store, 'atocore.json'), '{');
  const unset = await line.run(['check']);
  assert.equal(unset.code, 13);
  assert.match(unset.stdout, /^ERROR {4}layout: /m);
  assert.equal((await line.run(['check', '--store', line.folder])).code, 10);
});
