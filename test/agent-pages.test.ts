/** Holds the pages on agents to the code: their commands, their files, their variables. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { agentFiles, INSTALL_AGENTS, type InstallAgent } from '../src/agents/agent-files.ts';
import { HOOK_AGENTS } from '../src/agents/hook-agents.ts';
import { commandLine } from '../src/cli/program.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(ROOT, 'docs/agents');
const NAMES = readdirSync(FOLDER).sort();

function page(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}

/** The commands of ours that a page shows: in its blocks, and in the text. */
function commandsOf(text: string): readonly string[] {
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, lines = '']) =>
    lines.trim().split('\n'),
  );
  const said = [...text.matchAll(/`([^`\n]*)`/g)].map(([, code = '']) => code);
  return [...blocks, ...said].flatMap((line) => {
    const [, command] = /(?:^|\| )(atocore .*)$/.exec(line.replace(/\s+#.*$/, '')) ?? [];
    return command === undefined ? [] : [command];
  });
}

/** A line of shell as the words it is. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
}

/** Takes a line as the command line does, and does nothing. */
async function taken(words: readonly string[]): Promise<void> {
  const program = commandLine();
  silence(program);
  await program.parseAsync([...words], { from: 'user' });
}

function silence(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  if (command.commands.length === 0) command.action(() => undefined);
  for (const each of command.commands) silence(each);
}

test('every command that these pages, integrations and the README show is one that the command line takes', async () => {
  let count = 0;
  for (const name of [...NAMES, '../integrations.md', '../../README.md']) {
    for (const line of commandsOf(page(name))) {
      const [, ...words] = wordsOf(line.replace('<agent>', 'codex').replace('<event>', 'stop'));
      await assert.doesNotReject(taken(words), `${name}: ${line}`);
      count += 1;
    }
  }
  assert.ok(count >= 65, String(count));
  await assert.rejects(taken(['install', 'nobody']), /nobody/);
  await assert.rejects(taken(['uninstall', 'codex', '--colour']), /--colour/);
});

test('there is a page for every agent, with five lines to get going and a way to stop', () => {
  const agents = [...new Set([...INSTALL_AGENTS, ...Object.keys(HOOK_AGENTS)])].sort();
  assert.deepEqual(
    NAMES.filter((name) => name !== 'README.md'),
    agents.map((agent) => `${agent}.md`),
  );
  for (const agent of agents) {
    const text = page(`${agent}.md`);
    const [, block = ''] = /## Get going\n\n```sh\n([\s\S]*?)```/.exec(text) ?? [];
    assert.equal(block.trim().split('\n').length, 5, agent);
    for (const heading of [
      'What is captured',
      'What it is told',
      'Where it goes',
      'How to stop it',
    ]) {
      assert.ok(text.includes(`\n## ${heading}\n`), `${agent}: ${heading}`);
    }
    assert.ok(page('README.md').includes(`](${agent}.md)`), agent);
    const stop = `\`atocore uninstall ${agent}\``;
    assert.equal(text.includes(stop), agent !== 'generic', agent);
  }
});

test('a page names every file that install writes, and every variable that moves it', () => {
  const programs = { node: 'node', hook: 'hook.cjs', main: 'main.js', store: '/store' };
  const asked = new Set<string>();
  const environment = new Proxy({} as Record<string, string | undefined>, {
    get: (_of, key) => void asked.add(String(key)),
  });
  for (const agent of INSTALL_AGENTS as readonly InstallAgent[]) {
    asked.clear();
    const files = agentFiles(agent, { home: '~', environment, platform: 'linux', programs });
    const text = page(`${agent}.md`);
    for (const { places } of files) {
      assert.ok(text.includes(`\`${places[0]}\``), `${agent}: ${places[0]}`);
    }
    for (const variable of asked)
      assert.ok(text.includes(`\`${variable}\``), `${agent}: ${variable}`);
  }
});

test('the events that a page names are those that are hooked', () => {
  for (const [agent, { events }] of Object.entries(HOOK_AGENTS)) {
    if (agent === 'generic' || agent === 'opencode') continue;
    const known = new Set(Object.values(events).flat() as readonly string[]);
    const named = [...page(`${agent}.md`).matchAll(/`([a-z]+[A-Z]\w*|[A-Z]\w*[a-z])`/g)].map(
      ([, name = '']) => name,
    );
    assert.ok(named.length > 1, agent);
    for (const name of named) assert.ok(known.has(name), `${agent}: ${name}`);
  }
});

test('every link of these pages leads somewhere', () => {
  for (const name of NAMES) {
    for (const [, target = ''] of page(name).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      assert.ok(existsSync(join(FOLDER, dirname(name), target)), `${name} links to ${target}`);
    }
  }
});
