/** The command line from outside: what commands do, where they look, how they end. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CommandLine, commandLine, lineWithExample } from './command-line.ts';

test('up makes store and tokens, says where it listens, and leaves nothing behind', async (t) => {
  const line = await commandLine(t);
  const daemon = await line.up(['--example']);
  const note = join(line.store, '.atocore/daemon.json');
  assert.deepEqual(JSON.parse(await readFile(note, 'utf8')), { pid: daemon.pid, url: daemon.url });
  const { store } = await line.json(['status']);
  for (const scope of ['agent', 'reviewer', 'admin']) {
    const path = join(line.config, store.id, `${scope}.token`);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  }
  assert.equal((await fetch(`${daemon.url}/queue`)).status, 401);
  const second = await line.run(['up', '--port', '0']);
  assert.equal(second.code, 11, second.stderr);
  assert.match(second.stderr, new RegExp(String(daemon.pid)));
  assert.equal((await daemon.stop('SIGINT')).code, 0);
  await assert.rejects(readFile(note), { code: 'ENOENT' });
  assert.equal(git(line, 'status', '--porcelain'), '');
});

test('an edit in an editor reaches the queue; promoted, it is in the pack', async (t) => {
  const line = await commandLine(t);
  const daemon = await line.up(['--example']);
  const folder = join(line.store, 'projects/p05-interferometer/sources/notes');
  await writeFile(join(folder, 'glue.md'), '# Glue\n\n## Decision: glue\n\nWe use epoxy glue.\n');
  const entry = await until(async () => {
    const { items } = await line.json(['queue']);
    return items.find((each: { text: string }) => each.text.includes('epoxy'));
  });
  const asked = ['context', 'Which glue does p05 use?'];
  assert.doesNotMatch((await line.run(asked)).stdout, new RegExp(entry.id));
  const flags = ['--note', 'tested', '--if-match', entry.oid];
  const promoted = await line.json(['promote', entry.id, ...flags]);
  assert.equal(promoted.record?.status, 'active', JSON.stringify(promoted));
  assert.match((await line.run(asked)).stdout, new RegExp(entry.id));
  const message = git(line, 'log', '-1', '--format=%an%n%B', promoted.commit);
  assert.match(message, /^Rhea\n/);
  assert.match(message, /tested/);
  const again = await line.run(['promote', entry.id]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /Expected a record that is candidate/);
  await daemon.stop('SIGTERM');
});

test('decisions, state, projects and captures work without a daemon and with one', async (t) => {
  const line = await lineWithExample(t);
  const [first, second] = (await line.json(['queue'])).items;
  assert.equal((await line.json(['promote', first.id])).record.status, 'active');
  assert.equal((await line.json(['reject', second.id])).record.status, 'invalid');
  const set = await line.run(['state', 'set', 'p05', 'fact', 'pad-count', '12']);
  assert.match(set.stdout, /fact\/pad-count is now: 12/);
  const told = { input: 'What was ordered?' };
  const captured = await line.json(['capture', '--project', 'p05', '--client', 'test'], told);
  assert.equal(captured.project, 'p05-interferometer');

  const daemon = await line.up();
  assert.equal((await line.run(['reject', 'dec-000000000000'])).code, 3);
  assert.match((await line.run(['state', 'list', 'p05'])).stdout, /fact\/pad-count +12/);
  assert.equal((await line.run(['state', 'unset', 'p05', 'fact', 'pad-count'])).code, 0);
  assert.equal((await line.run(['state', 'unset', 'p05', 'fact', 'pad-count'])).code, 3);
  assert.equal((await line.run(['state', 'set', 'p05', 'rumour', 'x', 'y'])).code, 2);

  const root = join(line.folder, 'notes');
  await mkdir(root);
  await writeFile(join(root, 'plan.md'), '# Plan\n\nAll of it.\n');
  const registered = await line.run(['project', 'register', 'p06', '--root', `notes = ${root}`]);
  assert.equal(registered.code, 0, registered.stderr);
  const updated = await line.json(['project', 'update', 'p06', '--alias', 'six']);
  assert.deepEqual(updated.project.aliases, ['six']);
  const report = await line.json(['project', 'refresh', 'six', '--wave', 'first']);
  assert.equal(report.roots[0].added, 1);

  const file = join(line.folder, 'turn.json');
  const turn = { prompt: 'What was ordered?', project: 'p05', client: 'test' };
  await writeFile(file, JSON.stringify(turn));
  assert.deepEqual(await line.json(['capture', file]), captured, 'the same turn, one capture');
  assert.equal((await line.run(['settle'])).code, 0);
  assert.equal(git(line, 'status', '--porcelain'), '');
  await daemon.stop('SIGTERM');
});

test('the store is the one said, set, above the current folder, or the own one', async (t) => {
  const line = await lineWithExample(t);
  const id = (await line.json(['status'])).store.id;
  const none = { ATOCORE_STORE: '' };
  const inside = { cwd: join(line.store, 'projects/p05-interferometer'), environment: none };
  assert.equal((await line.json(['status'], inside)).store.id, id);
  const said = ['--store', line.store, 'status'];
  assert.equal((await line.json(said, { environment: none })).store.id, id);
  const own = await line.run(['status'], { environment: none });
  assert.equal(own.code, 10);
  assert.match(own.stderr, /data\/atocore\/store/);
  assert.match(own.stderr, /atocore init/);
});

const EXITS: readonly { readonly args: readonly string[]; readonly code: number }[] = [
  { args: ['--version'], code: 0 },
  { args: ['--help'], code: 0 },
  { args: ['nonsense'], code: 2 },
  { args: ['search'], code: 2 },
  { args: ['queue', '--limit', 'many'], code: 2 },
  { args: ['queue', '--limit', '9999'], code: 2 },
  { args: ['capture', 'no-such-file'], code: 2 },
  { args: ['state', 'list', 'nobody'], code: 3 },
  { args: ['up', '--host', '0.0.0.0', '--port', '0'], code: 4 },
  { args: ['init', '.'], code: 1 },
];

test('exit codes are those of the table, and an error is one object with --json', async (t) => {
  const line = await lineWithExample(t);
  const here = { cwd: line.store };
  for (const { args, code } of EXITS) {
    const ran = await line.run(args, here);
    assert.equal(ran.code, code, `${args.join(' ')}: ${ran.stderr}`);
    if (code === 0) continue;
    assert.equal(ran.stdout, '', args.join(' '));
    assert.notEqual(ran.stderr, '', args.join(' '));
  }
  for (const args of [['nonsense'], ['state', 'list', 'nobody']]) {
    assert.match((await line.json(args, here)).type, /^urn:atocore:error:/);
  }
});

test('a note of a daemon that is gone, or elsewhere, is passed over', async (t) => {
  const line = await lineWithExample(t);
  const notes = [
    '{"pid": 1, "url": "http://127.0.0.1:9"}',
    '{"pid": 1, "url": "http://192.0.2.1:8100"}',
    '{"pid": "x"}',
    'not json',
  ];
  for (const note of notes) {
    await writeFile(join(line.store, '.atocore/daemon.json'), note);
    assert.equal((await line.run(['status'])).code, 0, note);
  }
});

test('nothing on stdout steers a terminal, and --quiet leaves remarks out', async (t) => {
  const line = await commandLine(t);
  const daemon = await line.up(['--example']);
  for (const args of [['queue'], ['search', 'supports'], ['status'], ['project', 'list']]) {
    const { stdout } = await line.run(args);
    assert.doesNotMatch(stdout.replaceAll('\n', ''), /\p{Cc}/u);
  }
  const { stderr } = await line.run(['search', 'zzzqqq', '--quiet']);
  assert.equal(stderr, '');
  await daemon.stop('SIGTERM');
});

function git(line: CommandLine, ...args: readonly string[]): string {
  return execFileSync('git', ['-C', line.store, ...args], { encoding: 'utf8' });
}

async function until<Value>(look: () => Promise<Value | undefined>): Promise<Value> {
  for (let times = 0; times < 60; times += 1) {
    const value = await look();
    if (value !== undefined) return value;
  }
  throw new Error('it never came');
}
