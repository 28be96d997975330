/** The deploy script, run on real checkouts, with a stand-in for Docker and a real port. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { git } from '../support/native-git.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const SCRIPT = fileURLToPath(new URL('../../docs/deploy.sh', import.meta.url));
const DOCKER = '#!/bin/sh\necho "$ATOCORE_BUILD_SHA $ATOCORE_BUILD_BRANCH $*" >> "$DOCKER_LOG"\n';

interface Deployed {
  readonly code: number | null;
  readonly said: string;
  readonly docker: readonly string[];
}

test('a deploy updates, rebuilds, waits, compares, and goes on with its own new version', async (t) => {
  const folder = await temporaryFolder(t);
  const [upstream, checkout] = [join(folder, 'upstream'), join(folder, 'checkout')];
  await mkdir(join(upstream, 'docs'), { recursive: true });
  await cp(SCRIPT, join(upstream, 'docs/deploy.sh'));
  await git(upstream, ['init', '-q', '-b', 'main']);
  const commitAll = async (message: string): Promise<string> => {
    await git(upstream, ['add', '-A']);
    await git(upstream, ['commit', '-qm', message]);
    return (await git(upstream, ['rev-parse', 'HEAD'])).trim();
  };
  await commitAll('first');
  await git(folder, ['clone', '-q', upstream, checkout]);
  const programs = join(folder, 'programs');
  await mkdir(programs);
  await writeFile(join(programs, 'docker'), DOCKER);
  await chmod(join(programs, 'docker'), 0o755);
  const log = join(folder, 'docker.log');
  // Stands for the container: it is of the build that was last brought up.
  let running = '';
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    if (request.url === '/readyz' && asked < 3) response.statusCode = 503;
    response.end(JSON.stringify({ build_sha: running }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const port = (server.address() as AddressInfo).port;
  const deploy = async (...args: readonly string[]): Promise<Deployed> => {
    const env = {
      PATH: `${programs}:${process.env.PATH}`,
      HOME: folder,
      ATOCORE_PORT: String(port),
      ATOCORE_WAIT_S: '5',
      DOCKER_LOG: log,
    };
    await writeFile(log, '');
    const child = spawn('sh', [join(checkout, 'docs/deploy.sh'), ...args], { env });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (piece) => (said += piece));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    const docker = (await readFile(log, 'utf8')).trim().split('\n');
    return { code, said, docker };
  };

  assert.equal((await deploy('elsewhere')).code, 2);
  const text = await readFile(SCRIPT, 'utf8');
  await writeFile(join(upstream, 'docs/deploy.sh'), text.replace('echo "Deploying', 'echo "Anew:'));
  const sha = await commitAll('a new deploy script');
  running = sha;
  const { code, said, docker } = await deploy('compose');
  assert.equal(code, 0, said);
  assert.match(said, /going on with the new one/);
  assert.match(said, /^Anew: /m);
  assert.deepEqual(docker, [`${sha} main compose build`, `${sha} main compose up --detach`]);
  assert.match(said, new RegExp(`runs ${sha}`));

  await writeFile(join(upstream, 'a.md'), 'a change\n');
  await commitAll('a change');
  const stale = await deploy('compose');
  assert.equal(stale.code, 6);
  assert.match(stale.said, /found another build/);
});
