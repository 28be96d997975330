/** What a skill runs: answers while a daemon is there, and one word, with 0, where none is. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../support/until.ts';
import { type CommandLine, lineWithExample } from './command-line.ts';

/** Runs the commands of the skill, as a shell of the agent does. */
async function skillCommands(line: CommandLine): Promise<readonly string[]> {
  const text = await readFile(join(line.folder, '.openclaw/skills/atocore/SKILL.md'), 'utf8');
  const found = [...text.matchAll(/^\| [^|]+ \| `(.+)` \|$/gm)].map(([, command = '']) => command);
  return found.map((command) =>
    command
      .replace(/<the user's words>|<words>/, 'What are the lateral supports of p05 made of?')
      .replace('<project>', 'p05'),
  );
}

function inShell(
  line: CommandLine,
  command: string,
): Promise<{ code: number | null; out: string }> {
  const environment = {
    PATH: '/usr/bin:/bin',
    HOME: line.folder,
    XDG_CONFIG_HOME: join(line.folder, 'config'),
  };
  const child = spawn('sh', ['-c', command], { cwd: line.folder, env: environment });
  let out = '';
  child.stdout.on('data', (piece: Buffer) => {
    out += piece.toString();
  });
  return new Promise((ended) => child.once('close', (code) => ended({ code, out })));
}

test('every command of the OpenClaw skill answers, and fails open where the daemon is away', async (t) => {
  const line = await lineWithExample(t);
  await line.run(['--yes', 'install', 'openclaw']);
  const commands = await skillCommands(line);
  const names = commands.map((command) => / --json ([\w-]+) --fail-open/.exec(command)?.[1]);
  assert.deepEqual(names, [
    'auto-context',
    'detect-project',
    'query',
    'project-state',
    'debug-context',
    'health',
  ]);

  for (const ran of await Promise.all(commands.map((command) => inShell(line, command)))) {
    assert.equal(ran.code, 0, ran.out);
    const { detail, ...answer } = JSON.parse(ran.out);
    assert.deepEqual(answer, { status: 'unavailable', fail_open: true });
    assert.match(detail, /none running/);
  }

  const daemon = await line.up();
  const found: Record<string, Record<string, unknown>> = {};
  for (const [at, command] of commands.entries()) {
    // On a busy machine the daemon may be too late for a skill, which then is to ask again.
    found[names[at] ?? ''] = await until(`${command} answers`, async () => {
      const { code, out } = await inShell(line, command);
      assert.equal(code, 0, `${command}: ${out}`);
      const answer = JSON.parse(out);
      return answer.status !== 'unavailable' && answer;
    });
  }
  assert.match(String(found['auto-context']?.formatted_context), /GF-PTFE/);
  assert.equal(found['detect-project']?.project, 'p05-interferometer');
  assert.ok(Number(found.query?.count) > 0);
  assert.equal(found['project-state']?.project, 'p05-interferometer');
  assert.equal(found['debug-context']?.id, found['auto-context']?.id);
  assert.equal(found.health?.status, 'ok');
  const unknown = await line.run(['--json', 'project-state', '--fail-open', 'nobody']);
  assert.equal(unknown.code, 3, 'an answer that says no is no unavailability');
  await daemon.stop('SIGTERM');

  const silent = createServer(() => undefined);
  await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
  t.after(() => silent.close());
  const address = silent.address();
  assert.ok(address !== null && typeof address === 'object');
  const note = { pid: process.pid, url: `http://127.0.0.1:${address.port}` };
  await writeFile(join(line.store, '.atocore/daemon.json'), JSON.stringify(note));
  const hanging = await inShell(line, commands[0] ?? '');
  assert.equal(hanging.code, 0);
  assert.equal(JSON.parse(hanging.out).status, 'unavailable');
  const nowhere = await line.run(['--store', '/nowhere', '--json', 'health', '--fail-open']);
  assert.deepEqual([nowhere.code, JSON.parse(nowhere.stdout).status], [0, 'unavailable']);
});
