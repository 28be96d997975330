/** `import`, run as people run it: what comes in, what doesn't, and that a second time adds nothing. */
import assert from 'node:assert/strict';
import { copyFile, mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { put } from '../support/store-tree.ts';
import { commandLine } from './command-line.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/transcripts/', import.meta.url));
const LONG_AGO = new Date('2026-11-20T12:00:00Z');

async function lay(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(join(FIXTURES, from), to);
  await utimes(to, LONG_AGO, LONG_AGO);
}

test('sessions of Claude Code and Codex come in once, into the project they were about', async (t) => {
  const line = await commandLine(t);
  await line.run(['init', line.store]);
  await line.run(['project', 'register', 'p05', '--root', 'notes = /home/ada/p05']);
  const sessions = join(line.folder, '.claude', 'projects', '-home-ada-p05');
  await lay('claude-code.jsonl', join(sessions, 'one.jsonl'));
  await lay('claude-code.jsonl', join(sessions, 'one', 'subagents', 'agent-a1.jsonl'));
  await lay('codex.jsonl', join(line.folder, '.codex/sessions/2026/11/20/rollout-1.jsonl'));

  const dry = await line.json(['import', 'claude-code', '--dry-run']);
  assert.deepEqual(
    [dry.files, dry.sessions, dry.turns, dry.captured, dry.already, dry.projects],
    [1, 1, 4, 4, 0, { p05: 4 }],
  );
  assert.ok(dry.passed_over['tool result'] >= 2 && dry.passed_over['sub-agent'] >= 2);
  assert.equal((await line.json(['import', 'claude-code'])).captured, 4);
  assert.equal((await line.json(['import', 'codex'])).captured, 2);
  for (const agent of ['claude-code', 'codex']) {
    for (const args of [
      ['import', agent, '--dry-run'],
      ['import', agent],
    ]) {
      const again = await line.json(args);
      assert.equal(again.captured, 0, args.join(' '));
      assert.equal(again.already, again.turns, args.join(' '));
    }
  }

  const { stdout: files } = await line.git(['ls-files', 'captures']);
  assert.equal(files.trim().split('\n').length, 6);
  assert.match(files, /captures\/2026\/11\/20\/09/, 'a capture keeps the time it was said');
  const { stdout: bytes } = await line.git(['grep', '-h', '', '--', 'captures']);
  assert.doesNotMatch(bytes, /NEVER/);
  for (const said of ['ASKED-1', 'ANSWERED-1', 'ASKED-4', 'That counts the bolts.']) {
    assert.ok(bytes.includes(said), said);
  }
  assert.match(bytes, /response_summary: .*failed: API Error: 529/);
});

test('a turn that may not be over waits for the next import, and a bad file stops nothing', async (t) => {
  const line = await commandLine(t);
  await line.run(['init', line.store]);
  const folder = join(line.folder, 'sessions');
  await mkdir(folder, { recursive: true });
  await copyFile(join(FIXTURES, 'codex.jsonl'), join(folder, 'fresh.jsonl'));
  await writeFile(join(folder, 'packed.jsonl.zst'), 'x');
  const { code, stdout } = await line.run(['import', 'codex', folder, '--json']);
  const report = JSON.parse(stdout);
  assert.equal(code, 1, 'a file that could not be read is told by the exit code');
  assert.deepEqual([report.captured, report.left_out['still under way']], [1, 1]);
  assert.match(report.faults[0].message, /compressed/);
  const none = await line.run(['import', 'claude-code']);
  assert.equal(none.code, 3);
  assert.match(none.stderr, /found none/);
  const unknown = await line.run(['import', 'codex', folder, '--project', 'nobody']);
  assert.match(unknown.stderr, /Expected a project/);
});

test('of an OpenClaw workspace facts become candidates, logs captures, and nothing active', async (t) => {
  const line = await commandLine(t);
  await line.run(['init', line.store]);
  const workspace = join(line.folder, '.openclaw', 'workspace');
  await put(
    workspace,
    'USER.md',
    '# USER.md\n\n_Learn about the person._\n\n- **Name:** Ada Byron\n- **Pronouns:**\n- **Timezone:** Europe/Zurich\n\n## Preferences\n\n- Prefers short answers with the numbers first\n',
  );
  await put(
    workspace,
    'MEMORY.md',
    '# Memory\n\n## Decisions\n\n- The lateral supports are made of GF-PTFE\n  since the second review\n\n```\n- not a fact but code\n```\n\n## Lessons learned\n\n- Ask before ordering parts from a new vendor\n',
  );
  await put(workspace, 'memory/2026-11-03.md', '# 2026-11-03\n\nWe measured the drift today.\n');
  for (const name of ['SOUL.md', 'AGENTS.md', 'IDENTITY.md', 'TOOLS.md', 'HEARTBEAT.md']) {
    await put(workspace, name, `# ${name}\n\nNEVER a fact about the person.\n`);
  }
  const dry = await line.json(['import', 'openclaw', '--dry-run']);
  const report = await line.json(['import', 'openclaw']);
  assert.deepEqual(
    [dry.captured, dry.proposed, dry.passed_over],
    [3, 5, { 'instructions to the agent': 5 }],
  );
  assert.deepEqual([report.captured, report.proposed], [3, 5]);
  const again = await line.json(['import', 'openclaw']);
  assert.deepEqual([again.captured, again.proposed, again.already], [0, 0, 8]);

  const { items } = await line.json(['queue', '--limit', '50']);
  const kinds = (items as readonly { kind: string; subject: string; text: string }[])
    .map(({ kind, subject }) => `${kind}: ${subject}`)
    .sort();
  assert.deepEqual(kinds, [
    'adaptation: Ask before ordering parts from a new vendor',
    'identity: Name',
    'identity: Timezone',
    'knowledge: The lateral supports are made of GF-PTFE since',
    'preference: Prefers short answers with the numbers first',
  ]);
  const { stdout } = await line.git(['grep', '-hE', '^status:|NEVER']);
  assert.deepEqual([...new Set(stdout.trim().split('\n'))], ['status: candidate']);
  const { stdout: log } = await line.git(['ls-files', 'captures/2026/11/03']);
  assert.equal(log.trim().split('\n').length, 1);
});

test('a folder of notes becomes a project of its own, and is only refreshed the next time', async (t) => {
  const line = await commandLine(t);
  await line.run(['init', line.store]);
  const vault = join(line.folder, 'P07 Coater');
  await put(vault, 'pump.md', '# Pump\n\n## Decision: pump\n\nThe pump is a turbo pump.\n');
  const dry = await line.json(['import', vault, '--dry-run']);
  assert.deepEqual([dry.project, dry.registers, dry.added], ['p07-coater', 'project', 1]);
  assert.equal((await line.json(['project', 'list'])).count, 0, 'a dry run registers nothing');
  const first = await line.json(['import', vault]);
  assert.deepEqual([first.registers, first.added, first.status], ['project', 1, 'staged']);
  const second = await line.json(['import', vault]);
  assert.deepEqual([second.registers, second.added, second.changed], ['nothing', 0, 0]);
  await put(line.folder, 'more/x.md', '# More\n');
  const more = await line.json(['import', join(line.folder, 'more'), '--project', 'p07-coater']);
  assert.deepEqual([more.registers, more.added], ['root', 1]);
  assert.match((await line.run(['queue'])).stdout, /turbo pump/);
  const around = await line.json(['import', line.folder, '--project', 'all', '--dry-run']);
  assert.equal(around.added, 2, 'a store in a folder is not taken into itself');
  assert.match(around.reason, /store: a store is no source/);
  const wrong = await line.run(['import', 'claudecode']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /claude-code, codex, openclaw or a folder/);
});
