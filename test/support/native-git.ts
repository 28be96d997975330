/** The real git beside ours, independent of the machine's own settings. */
import { execFile } from 'node:child_process';

export interface GitResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface GitOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

const ENVIRONMENT: Readonly<Record<string, string>> = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
};

/** Runs git in a folder; throws with its words unless it succeeds. */
export async function git(dir: string, args: readonly string[], options: GitOptions = {}) {
  const result = await tryGit(dir, args, options);
  if (result.code !== 0) {
    throw new Error(`git ${args.join(' ')}: exit ${result.code}\n${result.stderr}${result.stdout}`);
  }
  return result.stdout;
}

/** Runs git in a folder and gives what came of it. */
export function tryGit(
  dir: string,
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: '/nonexistent',
      ...ENVIRONMENT,
      ...options.env,
    };
    const settings = { cwd: dir, env, maxBuffer: 256 * 1024 * 1024 };
    const child = execFile('git', [...args], settings, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') resolve({ code, stdout, stderr });
      else reject(error);
    });
    if (options.input !== undefined) child.stdin?.end(options.input);
  });
}
