/** `review` on a real pseudo-terminal, with a store behind it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CommandLine, lineWithExample } from './command-line.ts';
import { NO_TERMINAL, onTerminal } from './terminal.ts';

const ENTERED = '\u001b[?1049h';
const LEFT = '\u001b[?1049l';

test('without a terminal review says so and names what works without one', async (t) => {
  const line = await lineWithExample(t);
  for (const args of [['review'], ['review', '--json']]) {
    const { code, stdout, stderr } = await line.run(args);
    assert.equal(code, 2);
    assert.match(stdout + stderr, /Expected a terminal.*atocore queue/);
  }
});

test('on a terminal a key is a decision, an edit or an undo, each a commit', async (t) => {
  if (NO_TERMINAL !== false) return t.skip(NO_TERMINAL);
  const line = await lineWithExample(t);
  const { items } = await line.json(['queue']);
  const terminal = onTerminal(t, line, { args: ['review'], environment: { NO_COLOR: '1' } });
  const first = await terminal.sees(new RegExp(`1 of ${items.length}.*q.quit`, 's'));
  assert.ok(first.includes(ENTERED));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what a colour is told with
  assert.doesNotMatch(first, /\u001b\[3\dm/);
  terminal.type('p');
  await terminal.sees(/2 of \d+.*Promoted: /s);
  terminal.type('u');
  await terminal.sees(/1 of \d+.*Taken back: /s);
  terminal.type('nchecked\r');
  await terminal.sees(/With the next decision: checked/s);
  terminal.type('e\u0001As tested: \r');
  await terminal.sees(/Edited and promoted: /s);
  terminal.type('r');
  await terminal.sees(/1 promoted.*1 rejected.*Rejected: /s);
  terminal.type('q');
  const end = await terminal.sees(/1 promoted, 1 rejected, 0 skipped.*left 0.*icanon/s);
  assert.ok(end.includes(LEFT));
  assert.match(end, /(?<!-)icanon/);
  assert.match(end, /(?<!-)\becho\b/);
  const log = git(line, 'log', '--author=Rhea', '--format=%s%n%b');
  assert.deepEqual(log.match(/^(promote|reject|undo)(?=:)/gm), [
    'reject',
    'promote',
    'undo',
    'promote',
  ]);
  assert.match(log, /^checked$/m);
  const active = await line.run(['search', 'As tested']);
  assert.match(active.stdout, /As tested:/);
});

test('a record edited meanwhile is shown as it is now, and decided only then', async (t) => {
  if (NO_TERMINAL !== false) return t.skip(NO_TERMINAL);
  const line = await lineWithExample(t);
  const daemon = await line.up();
  const { count } = await line.json(['queue']);
  const terminal = onTerminal(t, line, { args: ['review'] });
  await terminal.pid();
  terminal.type('pppp');
  const screen = await terminal.sees(/1 of \d+.*q.quit/s);
  const { items } = await line.json(['queue']);
  assert.equal(items.length, count, 'what is typed before there is a screen decides nothing');
  const entry = items.find((each: { id: string }) => screen.includes(each.id));
  const file = join(line.store, entry.path);
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(entry.text, 'Reworded by hand meanwhile.'));
  terminal.type('p');
  await terminal.sees(/Reworded by hand meanwhile.*it changed since it was shown/s);
  assert.equal((await line.json(['queue'])).count, items.length);
  terminal.type('p');
  await terminal.sees(/Promoted: /s);
  terminal.type('q');
  await terminal.sees(/1 promoted.*left 0/s);
  await daemon.stop('SIGTERM');
});

test('Ctrl-C and signals leave the terminal as it was, with exit code 130', async (t) => {
  if (NO_TERMINAL !== false) return t.skip(NO_TERMINAL);
  const line = await lineWithExample(t);
  for (const end of ['\u0003', 'SIGTERM', 'SIGINT'] as const) {
    const terminal = onTerminal(t, line, { args: ['review'] });
    const pid = await terminal.pid();
    await terminal.sees(/1 of \d+.*q.quit/s);
    if (end === '\u0003') terminal.type(end);
    else process.kill(pid, end);
    const after = await terminal.sees(/left 130.*icanon/s);
    assert.ok(after.includes(LEFT), end);
    assert.match(after, /(?<!-)icanon/);
  }
});

function git(line: CommandLine, ...args: readonly string[]): string {
  return execFileSync('git', ['-C', line.store, ...args], { encoding: 'utf8' });
}
