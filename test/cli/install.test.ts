/** `install` and `uninstall` as people run them, and the hooks as an agent runs what was written. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { until } from '../support/until.ts';
import { type CommandLine, commandLine, lineWithExample } from './command-line.ts';
import { NO_TERMINAL, onTerminal } from './terminal.ts';

const SETTINGS = '{\n  // mine\n  "model": "opus",\n  "hooks": {\n    "Stop": []\n  }\n}';

/** Every file below a folder with its text; folders as such. */
async function tree(folder: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const isKept = /^(?:store|data|config|\.local|\.config\/atocore)(?:\/|$)/.test(
      path.slice(folder.length + 1),
    );
    if (!isKept)
      found[path.slice(folder.length + 1)] = entry.isFile() ? await readFile(path, 'utf8') : '/';
  }
  return found;
}

async function put(line: CommandLine, path: string, text: string): Promise<string> {
  const file = join(line.folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

test('it shows the change and asks; without a terminal and without --yes nothing is written', async (t) => {
  const line = await commandLine(t);
  await line.run(['init', line.store]);
  await put(line, '.claude/settings.json', SETTINGS);
  const before = await tree(line.folder);
  const asked = await line.run(['install', 'claude-code']);
  assert.equal(asked.code, 2);
  assert.match(asked.stderr, /no terminal.*--yes/);
  assert.match(asked.stderr, /^\+ {2}"mcpServers": \{$/m);
  assert.match(asked.stderr, /^--- \/dev\/null$/m);
  assert.match(asked.stderr, /^\+ .*hook\.cjs claude-code UserPromptSubmit --store/m);
  const dry = await line.run(['install', 'claude-code', '--dry-run']);
  assert.equal(dry.code, 0);
  assert.match(dry.stderr, /^\+.*claude-code SessionStart/m);
  assert.match(
    dry.stdout,
    /would be changed: .*settings\.json\nwould be made: .*\.claude\.json\nNothing was written/,
  );
  assert.deepEqual(await tree(line.folder), before);
  const nowhere = await line.run(['--store', join(line.folder, 'none'), 'install', 'codex']);
  assert.equal(nowhere.code, 10);
});

test('on a terminal it asks once; only a yes writes', { skip: NO_TERMINAL }, async (t) => {
  const line = await commandLine(t);
  await line.run(['init', line.store]);
  for (const [answer, isWritten] of [
    ['n', false],
    ['y', true],
  ] as const) {
    const terminal = onTerminal(t, line, { args: ['install', 'cursor'] });
    await terminal.sees(
      /\+.*hook\.cjs cursor beforeSubmitPrompt[\s\S]*Write this into the settings of cursor\? \[y\/N\] /,
    );
    terminal.type(`${answer}\r`);
    await terminal.sees(
      isWritten ? /made: .*mcp\.json[\s\S]*left 0/ : /Nothing was changed[\s\S]*left 130/,
    );
    const files = Object.keys(await tree(line.folder));
    assert.equal(files.includes('.cursor/mcp.json'), isWritten);
  }
});

test('what Claude Code is given runs: a capture in the store, context on stdout, the settings as before', async (t) => {
  const line = await lineWithExample(t);
  await line.up();
  await line.run(['--yes', 'install', 'claude-code']);
  const file = join(line.folder, '.claude/settings.json');
  const { hooks } = JSON.parse(await readFile(file, 'utf8'));
  const base = { session_id: 's-1', cwd: line.folder, transcript_path: '/nowhere.jsonl' };
  const runHook = (
    event: string,
    fields: object,
  ): Promise<{ code: number | null; out: string }> => {
    const [{ hooks: commands }] = hooks[event];
    const child = spawn('sh', ['-c', commands[0].command], {
      cwd: line.folder,
      env: {
        PATH: '/usr/bin:/bin',
        HOME: line.folder,
        XDG_CONFIG_HOME: join(line.folder, 'config'),
      },
    });
    let out = '';
    child.stdout.on('data', (piece: Buffer) => {
      out += piece.toString();
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify({ ...base, hook_event_name: event, ...fields }));
    return new Promise((ended) => child.once('close', (code) => ended({ code, out })));
  };
  const started = await runHook('SessionStart', { source: 'startup' });
  assert.equal(started.code, 0);
  const prompt = 'What are the lateral supports of p05 made of?';
  // The hook gives up rather than hold an agent up: on a busy machine another turn is needed.
  let turn = 0;
  let context = '';
  await until(
    'context is printed and the capture is committed',
    async () => {
      turn += 1;
      const prompt_id = `p-${turn}`;
      const asked = await runHook('UserPromptSubmit', { prompt, prompt_id });
      assert.equal(asked.code, 0);
      if (asked.out !== '') context = asked.out;
      const answer = 'They are made of GF-PTFE, says the note on supports.';
      const stopped = await runHook('Stop', { last_assistant_message: answer, prompt_id });
      assert.deepEqual(stopped, { code: 0, out: '' });
      const said = ['grep', '-l', 'says the note on supports', 'HEAD', '--', 'captures'];
      return context !== '' && (await line.git(said)).stdout.includes('captures/');
    },
    60_000,
  );
  const { hookSpecificOutput } = JSON.parse(context);
  assert.equal(hookSpecificOutput.hookEventName, 'UserPromptSubmit');
  assert.match(hookSpecificOutput.additionalContext, /GF-PTFE/);
  await line.run(['--yes', 'uninstall', 'claude-code']);
  await assert.rejects(stat(dirname(file)), 'the folder that install made is gone too');
});

test('a bundle is a folder that an agent takes as it is, written once, and never over other files', async (t) => {
  const line = await commandLine(t);
  await line.run(['init', line.store]);
  const folder = join(line.folder, 'my plugin');
  const wrote = await line.run(['install', 'claude-code', '--bundle', folder]);
  assert.equal(wrote.code, 0, wrote.stderr);
  const files = await tree(folder);
  assert.deepEqual(
    Object.keys(files)
      .filter((path) => files[path] !== '/')
      .sort(),
    [
      '.claude-plugin/plugin.json',
      '.mcp.json',
      'hooks/hooks.json',
      'scripts/hook.cjs',
      'skills/atocore/SKILL.md',
    ],
  );
  const manifest = JSON.parse(files['.claude-plugin/plugin.json'] ?? '');
  assert.match(manifest.name, /^atocore$/);
  const { hooks } = JSON.parse(files['hooks/hooks.json'] ?? '');
  const [{ hooks: commands }] = hooks.Stop;
  const environment = { PATH: '/usr/bin:/bin', HOME: line.folder, CLAUDE_PLUGIN_ROOT: folder };
  const child = spawn('sh', ['-c', commands[0].command], { env: environment });
  child.stdin.end('{"hook_event_name":"Stop"}');
  assert.equal(await new Promise((ended) => child.once('close', ended)), 0);
  assert.match(
    files['skills/atocore/SKILL.md'] ?? '',
    /^---\nname: atocore\ndescription: .{40,1024}\n/,
  );
  assert.equal((await line.json(['install', 'claude-code', '--bundle', folder])).is_changed, false);

  const portable = join(line.folder, 'portable');
  await line.run(['install', 'codex', '--bundle', portable]);
  const plugin = JSON.parse(await readFile(join(portable, 'plugin.json'), 'utf8'));
  assert.equal(plugin.$schema, 'https://agent-plugins.org/schemas/1.0.0/plugin.schema.json');
  const { mcpServers } = JSON.parse(await readFile(join(portable, 'mcp.json'), 'utf8'));
  assert.deepEqual(Object.keys(mcpServers.atocore).sort(), ['args', 'command', 'type']);
  assert.equal(mcpServers.atocore.command, 'node');

  await put(line, 'full/own.txt', 'mine');
  const refused = await line.run(['install', 'generic', '--bundle', join(line.folder, 'full')]);
  assert.equal(refused.code, 1);
  const none = await line.run(['install', 'gemini', '--bundle', join(line.folder, 'other')]);
  assert.equal(none.code, 2);
});
