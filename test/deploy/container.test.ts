/** Dockerfile and compose file held to the repository: no engine runs here, so every word of them is looked up. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import packageFile from '../../package.json' with { type: 'json' };
import { commandLine } from '../cli/command-line.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string): Promise<string> => readFile(join(ROOT, name), 'utf8');

interface Instruction {
  readonly word: string;
  readonly rest: string;
}

/** The instructions of a Dockerfile, continued lines joined. */
function instructionsOf(text: string): readonly Instruction[] {
  return text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .flatMap((line) => {
      const [, word = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
      return word === '' ? [] : [{ word, rest }];
    });
}

const DOCKERFILE = instructionsOf(await read('Dockerfile'));
const SERVICE = parse(await read('compose.yaml')).services.atocore;
const of = (word: string): readonly string[] =>
  DOCKERFILE.filter((each) => each.word === word).map(({ rest }) => rest);
const ENVIRONMENT = Object.fromEntries(
  of('ENV').flatMap((rest) =>
    rest
      .trim()
      .split(/\s+/)
      .map((pair) => pair.split('=')),
  ),
) as Readonly<Record<string, string>>;

test('every file that the image takes is there, and none of them is kept from the build', async () => {
  const ignored = (await read('.dockerignore')).trim().split('\n');
  assert.equal(ignored[0], '*');
  const letIn = new Set(ignored.slice(1).map((line) => line.replace(/^!/, '')));
  for (const rest of of('COPY').filter((each) => !each.startsWith('--from='))) {
    const sources = rest.split(' ').slice(0, -1);
    assert.ok(sources.length > 0, rest);
    for (const source of sources) {
      assert.ok(existsSync(join(ROOT, source)), source);
      assert.ok(letIn.has(source), `${source} is in .dockerignore`);
    }
  }
  const scripts = of('RUN').flatMap((rest) => /npm run (\w+)/.exec(rest)?.[1] ?? []);
  for (const script of scripts) assert.ok(Object.hasOwn(packageFile.scripts, script), script);
});

test('the image says of which build it is, and the compose file passes it on', async () => {
  const wanted = ['ATOCORE_BUILD_SHA', 'ATOCORE_BUILD_TIME', 'ATOCORE_BUILD_BRANCH'];
  const args = of('ARG').map((rest) => rest.split('=')[0]);
  for (const name of wanted) {
    assert.ok(args.includes(name), name);
    assert.ok(Object.hasOwn(SERVICE.build.args, name), name);
    assert.ok((await read('tsup.config.ts')).includes(name), name);
  }
});

test('what is written lies in folders of the host, and the account that writes is nobody special', () => {
  const targets = SERVICE.volumes.map((each: { target: string }) => each.target).sort();
  const written = ['ATOCORE_STORE', 'ATOCORE_BACKUP_DIR', 'XDG_CONFIG_HOME', 'XDG_STATE_HOME'];
  assert.deepEqual(targets, written.map((name) => ENVIRONMENT[name]).sort());
  for (const { type, bind } of SERVICE.volumes) {
    assert.equal(type, 'bind');
    // A folder that Docker makes would be root's, and nobody could write to it.
    assert.equal(bind.create_host_path, false);
  }
  assert.deepEqual(of('USER'), ['node']);
  assert.match(SERVICE.user, /^\$\{ATOCORE_UID:-1000\}:\$\{ATOCORE_GID:-1000\}$/);
  assert.equal(SERVICE.read_only, true);
  // Only this machine reaches it, although inside it listens to all.
  for (const port of SERVICE.ports) assert.match(port, /^127\.0\.0\.1:/);
  assert.equal(SERVICE.init, true);
});

test('the command, the health check and the variables of the image mean something to the program', async (t) => {
  const line = await commandLine(t);
  const [entry = ''] = of('ENTRYPOINT');
  assert.deepEqual(JSON.parse(entry), ['node', '/app/dist/cli/main.js']);
  assert.ok(existsSync(join(ROOT, packageFile.bin.atocore)));
  assert.deepEqual(of('CMD').slice(-1), ['["up"]']);
  // As in the container, but for the port and the folders.
  const { ATOCORE_HOST: host = '', ATOCORE_EXPOSE: expose = '' } = ENVIRONMENT;
  const environment = { ATOCORE_HOST: host, ATOCORE_EXPOSE: expose, ATOCORE_LOG_LEVEL: 'debug' };
  const daemon = await line.up([], environment);
  const [check = ''] = of('HEALTHCHECK');
  const [, , script] = JSON.parse(check.slice(check.indexOf('CMD ') + 4)) as string[];
  const port = new URL(daemon.url).port;
  const healthy = await line.node(['-e', script ?? ''], { ATOCORE_PORT: port });
  assert.equal(healthy.code, 0, healthy.stderr);
  await daemon.stop('SIGTERM');
  assert.equal((await line.node(['-e', script ?? ''], { ATOCORE_PORT: port })).code, 1);
  for (const value of ['', '0', 'no']) {
    const refused = await line.run(['up', '--port', '0'], {
      environment: { ATOCORE_HOST: host, ATOCORE_EXPOSE: value },
    });
    assert.equal(refused.code, 4, `ATOCORE_EXPOSE=${value}`);
  }
});

test('the build imports nothing but what is installed without the tools of development', async () => {
  const folder = join(ROOT, 'dist');
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.js'));
  const wanted = new Set<string>();
  for (const name of names) {
    const text = await readFile(join(folder, name), 'utf8');
    for (const [, from = ''] of text.matchAll(/^(?:import|export)\b[^'"]*?["']([^'"]+)["'];$/gm)) {
      wanted.add(from);
    }
    for (const [, from = ''] of text.matchAll(/\bimport\("([^"]+)"\)/g)) wanted.add(from);
  }
  const packages = [...wanted]
    .filter((from) => !from.startsWith('.') && !from.startsWith('node:'))
    .filter((from) => !builtinModules.includes(from))
    .map((from) =>
      from
        .split('/')
        .slice(0, from.startsWith('@') ? 2 : 1)
        .join('/'),
    );
  assert.ok(packages.includes('isomorphic-git'));
  const installed = Object.keys(packageFile.dependencies);
  assert.deepEqual(
    [...new Set(packages)].filter((name) => !installed.includes(name)),
    [],
  );
});
