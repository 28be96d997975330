/** Services: the files that are written, what the system says of them, and what is undone. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ServicePlan, serviceText } from '../../src/cli/service-files.ts';
import { isAtoError } from '../../src/errors.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { commandLine, lineWithExample } from './command-line.ts';

const ODD: ServicePlan = {
  name: 'atocore',
  command: [
    process.execPath,
    '/opt/a "b" 100% $HOME\\x/main.js',
    '--store',
    "/srv/it's <here> & there",
  ],
  folder: "/srv/it's <here> & there",
  environment: { ATOCORE_BACKUP_DIR: '/mnt/50% "off"' },
};

const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;

test('a unit quotes every word, so that no path is read as something else', async (t) => {
  const text = serviceText('systemd', ODD);
  const [start] = /^ExecStart=.*$/m.exec(text) ?? [];
  assert.equal(
    start,
    `ExecStart="${process.execPath}" "/opt/a \\"b\\" 100%% $$HOME\\\\x/main.js" "--store" "/srv/it's <here> & there"`,
  );
  assert.match(text, /^Environment="ATOCORE_BACKUP_DIR=\/mnt\/50%% \\"off\\""$/m);
  if (!hasAnalyze) return;
  const file = join(await temporaryFolder(t), 'atocore.service');
  await writeFile(file, text);
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--user', file], {
    encoding: 'utf8',
  });
  const about = stderr.split('\n').filter((line) => line.includes('atocore.service'));
  assert.deepEqual(about, []);
  // Without a session of its own it may end with 1 for what has nothing to do with this file.
  assert.ok(status === 0 || status === 1);
});

test('a property list escapes what XML would read', () => {
  const text = serviceText('launchd', ODD);
  assert.match(text, /<string>\/srv\/it's &lt;here&gt; &amp; there<\/string>/);
  assert.match(text, /<key>Label<\/key>\n {2}<string>org\.atocore\.atocore<\/string>/);
  const opened = [...text.matchAll(/<(\w+)[ >]/g)].map(([, name]) => name);
  const closed = [...text.matchAll(/<\/(\w+)>/g)].map(([, name]) => name);
  assert.deepEqual(opened.sort(), closed.sort());
});

test('a path with a line end is refused for either', () => {
  for (const kind of ['systemd', 'launchd'] as const) {
    const plan = { ...ODD, folder: '/srv/a\nExecStart=/bin/false' };
    assert.throws(
      () => serviceText(kind, plan),
      (error) => isAtoError(error, 'invalid'),
    );
  }
});

test('a service is shown, written, found and removed; where nobody can be reached it says what to type', async (t) => {
  const line = await lineWithExample(t);
  const unit = join(line.folder, 'config/systemd/user/atocore.service');
  const asked = await line.run(['service', 'install']);
  assert.equal(asked.code, 2);
  assert.match(asked.stderr, /ExecStart=/);
  const absent = await line.run(['service', 'status']);
  assert.equal(absent.code, 3);
  const environment = { ATOCORE_BACKUP_DIR: '/mnt/backups' };
  const written = await line.run(['--yes', 'service', 'install', '--port', '8123'], {
    environment,
  });
  assert.equal(written.code, 0, written.stderr);
  const text = await readFile(unit, 'utf8');
  assert.ok(text.includes(`"--store" "${line.store}" "up" "--port" "8123"`));
  assert.ok(text.includes('Environment="ATOCORE_BACKUP_DIR=/mnt/backups"'));
  assert.match(written.stdout, /systemctl --user enable --now atocore\.service/);
  const same = await line.run(['service', 'install', '--port', '8123'], { environment });
  assert.equal(same.code, 0, same.stderr);
  assert.equal((await line.json(['service', 'status'])).is_installed, true);
  assert.equal((await line.run(['--yes', 'service', 'uninstall'])).code, 0);
  assert.deepEqual(await readdir(join(unit, '..')), []);
  assert.equal((await line.run(['--yes', 'service', 'uninstall'])).code, 3);
  const apple = await line.json(['--yes', 'service', 'install', '--kind', 'launchd']);
  assert.match(apple.file, /Library\/LaunchAgents\/org\.atocore\.atocore\.plist$/);
  assert.equal(await readFile(apple.file, 'utf8'), apple.text);
});

test('a service that cannot be started leaves the file as it was, and a foreign one is left alone', async (t) => {
  const line = await commandLine(t);
  await line.run(['init', line.store]);
  const programs = join(line.folder, 'programs');
  await mkdir(programs);
  const refusing =
    '#!/bin/sh\nfor word; do [ "$word" = enable ] && { echo "no bus"; exit 1; }; done\nexit 0\n';
  await writeFile(join(programs, 'systemctl'), refusing);
  await chmod(join(programs, 'systemctl'), 0o755);
  const environment = { PATH: `${programs}:${process.env.PATH}` };
  const failed = await line.run(['--yes', 'service', 'install'], { environment });
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /no bus/);
  const units = join(line.folder, 'config/systemd/user');
  assert.deepEqual(await readdir(units), []);
  await writeFile(join(units, 'atocore.service'), '[Service]\nExecStart=/bin/true\n');
  const foreign = await line.run(['--yes', 'service', 'install'], { environment });
  assert.equal(foreign.code, 1);
  assert.match(foreign.stderr, /another --name/);
  assert.equal(
    await readFile(join(units, 'atocore.service'), 'utf8'),
    '[Service]\nExecStart=/bin/true\n',
  );
});

test('status tells a daemon of the expected build from another and from none', async (t) => {
  const line = await lineWithExample(t);
  const other = '0123456789abcdef0123456789abcdef01234567';
  assert.equal((await line.run(['status', '--expect-build', other])).code, 5);
  assert.equal((await line.run(['status', '--expect-build', 'main'])).code, 2);
  const daemon = await line.up();
  const { build_sha: sha } = await line.json(['status']);
  const { stdout: version } = await line.run(['--version']);
  if (sha !== '') {
    assert.ok(version.includes(sha));
    assert.equal((await line.run(['status', '--expect-build', sha.slice(0, 12)])).code, 0);
  }
  const differs = await line.run(['status', '--expect-build', other]);
  assert.equal(differs.code, 6);
  assert.match(differs.stderr, /Restart it from the new build/);
  await daemon.stop('SIGTERM');
});
