/** A command on a pseudo-terminal, as `script` of util-linux gives one. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { CommandLine } from './command-line.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const ENOUGH_MS = 15_000;
const LOOK_MS = 20;

/** Why there is no pseudo-terminal to test on; false where there is one. */
export const NO_TERMINAL: string | false = (() => {
  const { status } = spawnSync('script', ['-qec', 'stty -a', '/dev/null'], { stdio: 'pipe' });
  return status === 0 ? false : 'needs `script` of util-linux for a pseudo-terminal';
})();

export interface OnTerminal {
  readonly type: (text: string) => void;
  /** Waits for it in what was written since the last time; gives all of that. */
  readonly sees: (what: RegExp) => Promise<string>;
  /** Process id of the command. */
  readonly pid: () => Promise<number>;
}

/** 100 columns, 30 rows. Afterwards the shell says `left <exit code>` and how the terminal is set. */
export function onTerminal(
  test: Pick<TestContext, 'after'>,
  line: CommandLine,
  given: { readonly args: readonly string[]; readonly environment?: Record<string, string> },
): OnTerminal {
  const command = `exec '${process.execPath}' '${MAIN}' ${given.args.join(' ')}`;
  const shell = `stty cols 100 rows 30; sh -c "echo pid \\$\\$; ${command}"; echo left $?; stty -a`;
  const child: ChildProcess = spawn('script', ['-qfc', shell, '/dev/null'], {
    cwd: line.folder,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: line.folder,
      TERM: 'xterm-256color',
      SHELL: '/bin/sh',
      XDG_CONFIG_HOME: join(line.folder, 'config'),
      ATOCORE_ACTOR: 'Rhea <rhea@example.org>',
      ATOCORE_STORE: line.store,
      ...given.environment,
    },
  });
  test.after(() => {
    child.kill('SIGKILL');
  });
  let written = '';
  let seen = 0;
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    written += chunk;
  });
  const sees = async (what: RegExp): Promise<string> => {
    const until = Date.now() + ENOUGH_MS;
    for (;;) {
      const fresh = written.slice(seen);
      if (what.test(withoutCodes(fresh))) {
        seen = written.length;
        return fresh;
      }
      if (Date.now() > until) throw new Error(`expected ${what}, found ${JSON.stringify(fresh)}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };
  return {
    type: (text) => child.stdin?.write(text),
    sees,
    pid: async () => Number(/pid (\d+)/.exec(await sees(/pid \d+/))?.[1]),
  };
}

function withoutCodes(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a terminal is told with
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '');
}
