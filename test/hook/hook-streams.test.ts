/** However an agent hands over what it has to say, the hook takes all of it, and never waits for more. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from '../cli/command-line.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

ensureBuilt();
const folder = await temporaryFolder({ after });
const HOOK = fileURLToPath(new URL('../../dist/hook.cjs', import.meta.url));
// More than a pipe holds, and with a character of four bytes where one piece ends.
const prompt = `How far are the lateral supports? ${'🔭 mirror '.repeat(20_000)}`;
const said = (session: string) => JSON.stringify({ session_id: session, prompt_id: 'p', prompt });

/** What waits in the spool for the answer to it; none where nothing was taken. */
async function taken(session: string): Promise<string | undefined> {
  const prompts = join(folder, session, 'prompts');
  const [name] = await readdir(prompts).catch(() => []);
  return name && JSON.parse(await readFile(join(prompts, name), 'utf8')).prompts[0].prompt;
}

/** Runs the hook as a shell would; `$input` is a file with what is said, `$hook` the command. */
async function run(session: string, script: string): Promise<number | null> {
  const input = join(folder, `${session}.json`);
  await writeFile(input, said(session));
  const hook = `"${process.execPath}" "${HOOK}" claude-code UserPromptSubmit`;
  const environment = { ATOCORE_SPOOL: join(folder, session), ATOCORE_STORE: join(folder, 'none') };
  const child = spawn('sh', ['-c', script.replaceAll('$hook', hook)], {
    env: { PATH: process.env.PATH, HOME: folder, input, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return new Promise((resolve) => child.on('close', resolve));
}

const WAYS: Readonly<Record<string, string>> = {
  'a file': '$hook < "$input"',
  'a pipe that holds it all': 'cat "$input" | $hook',
  'a pipe that is filled while it reads':
    '{ head -c 70001 "$input"; sleep 0.2; tail -c +70002 "$input"; } | $hook',
  'a pipe that is empty at first': '{ sleep 0.3; cat "$input"; } | $hook',
};

for (const [at, [way, script]] of Object.entries(WAYS).entries()) {
  test(`${way} is read to its end`, async () => {
    const session = `way-${at}`;
    assert.equal(await run(session, script), 0);
    // What is kept is cut; were a piece missing, it would be no JSON, and nothing kept.
    assert.equal((await taken(session))?.slice(0, 40_000), prompt.slice(0, 40_000));
  });
}

test('of nothing there is nothing to take, and no harm done', async () => {
  for (const script of ['$hook < /dev/null', ': | $hook', '$hook <&-']) {
    assert.equal(await run('nothing', script), 0, script);
    assert.equal(await taken('nothing'), undefined);
  }
});

test('who never says anything, and never ends, holds up nobody', async () => {
  const script =
    'mkfifo "$input.pipe"; sleep 30 > "$input.pipe" & $hook < "$input.pipe"; code=$?; kill $!; exit $code';
  assert.equal(await run('silent', script), 0);
  const child = spawn(process.execPath, [HOOK, 'claude-code'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  assert.equal(await new Promise((resolve) => child.on('close', resolve)), 0);
});
