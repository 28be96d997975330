/** Runs what the README says, from outside, with the built program. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { commandLine } from './cli/command-line.ts';
import { put } from './support/store-tree.ts';
import { until } from './support/until.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const README = await readFile(join(ROOT, 'README.md'), 'utf8');

/** The lines of the shell block that holds a text. */
function block(holding: string): readonly string[] {
  const found = [...README.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, lines = '']) => lines);
  const lines = found.find((each) => each.includes(holding));
  assert.ok(lines, `the README has a block with ${holding}`);
  return lines.trim().split('\n');
}

/** Runs a line of shell with `atocore` on the path, as after the alias that the README gives. */
async function sh(
  line: string,
  folder: string,
  args: string,
): Promise<{ code: number | null; out: string }> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const program = `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'dist/cli/main.js')}" ${args} "$@"\n`;
  await writeFile(join(bin, 'atocore'), program);
  await chmod(join(bin, 'atocore'), 0o755);
  const child = spawn('sh', ['-c', line], {
    cwd: folder,
    env: {
      PATH: `${bin}:${process.env.PATH ?? ''}`,
      HOME: folder,
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_DATA_HOME: join(folder, 'data'),
    },
  });
  let out = '';
  child.stdout.on('data', (piece: Buffer) => {
    out += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    out += piece.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out };
}

test('the first command is what npm start runs; the second is what CI runs', async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  assert.match(scripts.start ?? '', /up --store store --example$/);
  assert.deepEqual(block('npm start'), ['npm ci && npm start']);
  assert.deepEqual(block('npm test'), ['npm ci && npm test']);
  const ci = await readFile(join(ROOT, '.ci/run'), 'utf8');
  assert.match(ci, /^npm ci\b.*\nnpm test$/m);
});

test('the first walk does what it says, and an edit is in the queue within a second', async (t) => {
  const line = await commandLine(t);
  const daemon = await line.up(['--example']);
  const outputs: string[] = [];
  for (const each of block('atocore queue ')) {
    const { code, out } = await sh(each, line.folder, '--store store');
    assert.equal(code, 0, `${each}\n${out}`);
    outputs.push(out);
  }
  const [queue = '', promoted = '', context = '', search = '', log = ''] = outputs;
  assert.match(queue, /GF-PTFE/);
  assert.match(promoted, /is active/);
  assert.match(
    context,
    /## Engineering entities \(reviewed\)[^\n]*\n\n- \[entity decision · dec-8ec229964fab[^\n]*\] The lateral supports are made of GF-PTFE/,
  );
  assert.match(search, /supports\.md:\d+/);
  assert.match(log, /promote: lateral support material/);

  const note = 'projects/p05-interferometer/sources/notes/colour.md';
  await put(
    line.store,
    note,
    '# Colour\n\n## Decision: pad colour\n\nThe pads are painted blue.\n',
  );
  const from = performance.now();
  await until('the edit is in the queue', async () => {
    const { items } = (await line.json(['queue'])) as {
      items: readonly { text?: string; statement?: string }[];
    };
    return JSON.stringify(items).includes('painted blue');
  });
  t.diagnostic(
    `in the queue after ${Math.round(performance.now() - from)} ms, process starts included`,
  );
  await daemon.stop('SIGTERM');
});

test('the commands for your own notes make a store, register, refresh and serve', async (t) => {
  const line = await commandLine(t);
  await put(
    line.folder,
    'vault/p07/coater.md',
    '# Coater\n\n## Decision: pump\n\nThe pump of the coater is a turbo pump.\n',
  );
  const lines = block('atocore init');
  for (const each of lines.slice(0, -1)) {
    const { code, out } = await sh(each, line.folder, '');
    assert.equal(code, 0, `${each}\n${out}`);
  }
  assert.match(lines.at(-1) ?? '', /up$/);
  const queue = await sh('atocore --store ~/atocore-store queue', line.folder, '');
  assert.match(queue.out, /turbo pump/);
});
