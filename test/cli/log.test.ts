/** The log of a daemon: what happened is in it, what people wrote is not, and it never grows without end. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Log } from '../../src/cli/log.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { lineWithExample } from './command-line.ts';

interface Line {
  readonly time: string;
  readonly level: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

async function linesIn(folder: string): Promise<readonly Line[]> {
  const logs = join(folder, '.atocore/logs');
  const lines: Line[] = [];
  for (const name of await readdir(logs)) {
    const text = await readFile(join(logs, name), 'utf8');
    lines.push(
      ...text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Line),
    );
  }
  return lines;
}

test('a daemon logs what it did, and nothing of what it was told', async (t) => {
  const line = await lineWithExample(t);
  const daemon = await line.up(['--log-level', 'debug']);
  const prompt = 'Where does the blue heron nest in this pond?';
  await line.run(['capture', '--project', 'p05'], { input: JSON.stringify({ prompt }) });
  const { items } = await line.json(['queue']);
  const note = 'because the otter said so';
  await line.run(['promote', items[0].id, '--note', note]);
  const broken = join(line.store, 'projects/p05-interferometer/state/status/broken.md');
  await mkdir(join(broken, '..'), { recursive: true });
  await writeFile(broken, '---\ntitle: "the kingfisher\n---\n');
  await until('the problem shows', async () => (await line.json(['status'])).problems.count > 0);
  await rm(broken);
  await until('it is mended', async () => (await line.json(['status'])).problems.count === 0);
  const { code } = await daemon.stop('SIGTERM');
  assert.equal(code, 0);
  const lines = await linesIn(line.store);
  const events = new Set(lines.map(({ event }) => event));
  for (const event of ['started', 'stopping', 'stopped', 'request', 'settled', 'act', 'captured']) {
    assert.ok(events.has(event), event);
  }
  const act = lines.find(({ event }) => event === 'act');
  assert.deepEqual([act?.acts, act?.records], [['promote'], [items[0].id]]);
  const problem = lines.find(({ event }) => event === 'problem');
  assert.match(String(problem?.path), /broken\.md$/);
  assert.ok(lines.some(({ event, path }) => event === 'mended' && path === problem?.path));
  const text = JSON.stringify(lines);
  const store = (await line.json(['status'])).store.id;
  for (const scope of ['agent', 'reviewer', 'admin']) {
    const token = await readFile(join(line.config, store, `${scope}.token`), 'utf8');
    assert.ok(!text.includes(token.trim()), scope);
  }
  for (const said of ['heron', 'otter', 'kingfisher', prompt, note]) {
    assert.ok(!text.includes(said), said);
  }
  assert.equal((await line.run(['up', '--log-level', 'chatty'])).code, 2);
});

test('a log is put away at its size, and so many files are kept', async (t) => {
  const folder = await temporaryFolder(t);
  const shown: string[] = [];
  const limits = { fileBytes: 2_000, files: 3 };
  const log = await Log.open({
    folder,
    level: 'info',
    showLevel: 'error',
    show: (line) => shown.push(line),
    ...limits,
  });
  for (let n = 1; n <= 400; n += 1) {
    log.write('info', 'settled', { inputs: n, changes: 0 });
    log.write('debug', 'request', { n });
    if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  log.fault('no disk');
  await log.close();
  const logs = join(folder, '.atocore/logs');
  const names = (await readdir(logs)).sort();
  assert.deepEqual(names, ['atocore.log', 'atocore.log.1', 'atocore.log.2', 'atocore.log.3']);
  for (const name of names) {
    const { size, mode } = await stat(join(logs, name));
    // What was under way when the limit was met is in it too.
    assert.ok(size < 6_000, `${name}: ${size}`);
    assert.equal(mode & 0o077, 0, name);
  }
  const lines = await linesIn(folder);
  assert.ok(lines.some(({ event, message }) => event === 'fault' && message === 'no disk'));
  assert.ok(lines.every(({ event }) => event !== 'request'));
  assert.equal(shown.length, 1);
  assert.match(shown[0] ?? '', /^\d\d:\d\d:\d\d error fault message=no disk$/);
});
