/** Installing for every agent on real files: put in, taken out without a trace, or nothing at all. */
import assert from 'node:assert/strict';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  type AgentPlace,
  INSTALL_AGENTS,
  type InstallAgent,
} from '../../src/agents/agent-files.ts';
import { isSameFile } from '../../src/agents/file-change.ts';
import {
  carryOutInstallation,
  type InstallationPlan,
  planInstallation,
} from '../../src/agents/installation.ts';
import { installedFolder } from '../../src/agents/installed.ts';
import { isAtoError } from '../../src/errors.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const SETTINGS = '{\n  // mine\n  "model": "opus",\n  "hooks": {\n    "Stop": []\n  }\n}';
const PROGRAMS = {
  node: process.execPath,
  hook: '/opt/ato core/dist/hook.cjs',
  main: '/opt/ato core/dist/cli/main.js',
  store: '/srv/store',
};

interface Home {
  readonly folder: string;
  readonly put: (path: string, text: string) => Promise<string>;
  readonly tree: () => Promise<Readonly<Record<string, string>>>;
  readonly plan: (kind: InstallationPlan['kind'], agent: InstallAgent) => Promise<InstallationPlan>;
  /** Plans and carries out; gives whether there was something to do. */
  readonly run: (kind: InstallationPlan['kind'], agent: InstallAgent) => Promise<boolean>;
  readonly notes: (agent: InstallAgent) => string;
}

async function homeOf(
  test: TestContext,
  environment: AgentPlace['environment'] = {},
): Promise<Home> {
  const folder = await temporaryFolder(test);
  const home = join(folder, 'home');
  await mkdir(home);
  const place: AgentPlace = { home, environment, platform: 'linux', programs: PROGRAMS };
  const notes = (agent: InstallAgent) => installedFolder(join(folder, 'config'), agent);
  const plan: Home['plan'] = (kind, agent) =>
    planInstallation(kind, { agent, place, folder: notes(agent) });
  return {
    folder: home,
    notes,
    plan,
    async put(path, text) {
      const file = join(home, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
      return file;
    },
    async tree() {
      const found: Record<string, string> = {};
      for (const entry of await readdir(home, { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name);
        found[path.slice(home.length + 1)] = entry.isFile() ? await readFile(path, 'utf8') : '/';
      }
      return found;
    },
    async run(kind, agent) {
      const planned = await plan(kind, agent);
      await carryOutInstallation(planned);
      return planned.changes.some(({ now, next }) => !isSameFile(now, next));
    },
  };
}

test('for every agent: installed, again nothing to do, and taken out without a trace', async (t) => {
  for (const isEmpty of [true, false]) {
    const home = await homeOf(t);
    if (!isEmpty) {
      await home.put('.claude/settings.json', SETTINGS);
      await home.put('.codex/config.toml', 'model = "x"');
      await home.put('.gemini/settings.json', '\ufeff{\r\n\t"ui": {}\r\n}\r\n');
      await home.put('.openclaw/openclaw.json', '{}\n');
      await home.put('.config/opencode/opencode.jsonc', '{ "mcp": {} } // mine');
    }
    const before = await home.tree();
    for (const agent of INSTALL_AGENTS) {
      assert.equal(await home.run('install', agent), true, agent);
      const during = await home.tree();
      assert.notDeepEqual(during, before);
      assert.equal(await home.run('install', agent), false, agent);
      assert.deepEqual(await home.tree(), during, agent);
      assert.equal(await home.run('uninstall', agent), true, agent);
      assert.deepEqual(await home.tree(), before, agent);
      assert.equal(await home.run('uninstall', agent), false, agent);
      await assert.rejects(stat(home.notes(agent)));
    }
  }
});

test('a link stays a link, modes stay, edits in between stay, and a lost note is no harm', async (t) => {
  const home = await homeOf(t);
  const real = await home.put('dotfiles/claude.json', SETTINGS);
  await chmod(real, 0o640);
  await mkdir(join(home.folder, '.claude'));
  const link = join(home.folder, '.claude/settings.json');
  await symlink(real, link);
  await home.run('install', 'claude-code');
  assert.ok((await lstat(link)).isSymbolicLink());
  assert.equal((await stat(real)).mode & 0o777, 0o640);
  const notes = home.notes('claude-code');
  const [backup = ''] = (await readdir(notes)).filter((name) => name.startsWith('before-'));
  assert.equal(await readFile(join(notes, backup), 'utf8'), SETTINGS);
  assert.equal((await stat(join(notes, backup))).mode & 0o777, 0o600);

  await writeFile(real, (await readFile(real, 'utf8')).replace('"opus"', '"haiku"'));
  await rm(join(home.folder, '.claude.json'));
  await home.run('uninstall', 'claude-code');
  assert.equal(await readFile(real, 'utf8'), SETTINGS.replace('"opus"', '"haiku"'));
  assert.ok((await lstat(link)).isSymbolicLink());

  await home.run('install', 'claude-code');
  await rm(notes, { recursive: true });
  await home.run('uninstall', 'claude-code');
  assert.doesNotMatch(await readFile(real, 'utf8'), /hook\.cjs/);

  await home.run('install', 'claude-code');
  const [later = ''] = (await readdir(notes)).filter((name) => name.startsWith('before-'));
  await writeFile(join(notes, later), 'another');
  await assert.rejects(home.plan('uninstall', 'claude-code'), /Expected the backup .*as it was/);
  await writeFile(join(notes, 'installed.json'), '{"format":9}');
  await assert.rejects(home.plan('uninstall', 'claude-code'), /Move it away/);
  await rm(real);
  await rm(notes, { recursive: true });
  await assert.rejects(home.plan('install', 'claude-code'), /a link that leads nowhere/);
});

test('a fault on the way leaves every file as it was', async (t) => {
  const home = await homeOf(t);
  await home.put('.cursor/hooks.json', '{\n  "version": 1\n}\n');
  await home.put('.cursor/mcp.json', '{\n  "mcpServers": {\n}\n');
  await home.put('.copilot/hooks', 'a file where a folder should be');
  await home.put('.claude/settings.json', SETTINGS);
  const before = await home.tree();
  await assert.rejects(home.plan('install', 'cursor'), /\.cursor\/mcp\.json:4:1/);
  await assert.rejects(home.run('install', 'copilot'), (error) => isAtoError(error, 'failed'));

  const plan = await home.plan('install', 'claude-code');
  await home.put('.claude.json', '{"written": "meanwhile"}');
  await assert.rejects(carryOutInstallation(plan), (error) => isAtoError(error, 'changed'));
  await rm(join(home.folder, '.claude.json'));
  assert.deepEqual(await home.tree(), before);
  for (const agent of ['cursor', 'copilot', 'claude-code'] as const) {
    await assert.rejects(stat(home.notes(agent)), agent);
  }
});

test('settings that moved are left as they were at the place before', async (t) => {
  const environment: Record<string, string | undefined> = {};
  const home = await homeOf(t, environment);
  const file = await home.put('.codex/config.toml', 'model = "x"\n');
  await home.run('install', 'codex');
  environment.CODEX_HOME = join(home.folder, 'moved');
  await home.run('install', 'codex');
  assert.equal(await readFile(file, 'utf8'), 'model = "x"\n');
  await assert.rejects(stat(join(home.folder, '.codex/hooks.json')));
  assert.match(await readFile(join(home.folder, 'moved/config.toml'), 'utf8'), /mcp_servers/);
  await home.run('uninstall', 'codex');
  assert.deepEqual(Object.keys(await home.tree()).sort(), ['.codex', '.codex/config.toml']);
});

test('what somebody put into folders of ours stays there', async (t) => {
  const home = await homeOf(t);
  await home.run('install', 'openclaw');
  const own = await home.put('.openclaw/skills/atocore/own.md', 'mine');
  const config = join(home.folder, '.openclaw/openclaw.json');
  const { mcp } = JSON.parse(await readFile(config, 'utf8')) as { mcp: object };
  await writeFile(`${config}.new`, JSON.stringify({ gateway: { port: 1 }, mcp }));
  await rename(`${config}.new`, config);
  await home.run('uninstall', 'openclaw');
  assert.equal(await readFile(own, 'utf8'), 'mine');
  assert.deepEqual(JSON.parse(await readFile(config, 'utf8')), { gateway: { port: 1 } });
});
