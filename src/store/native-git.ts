/** The installed git, where there is one: for reading and packing, and never needed. */
import { spawn } from 'node:child_process';
import { AtoError } from '../errors.ts';

export interface NativeGit {
  readonly version: string;
}

/** Nothing that a store holds may make git run a program or read a setting of the machine. */
const SETTINGS: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.quotePath=false',
  'core.pager=cat',
  'diff.external=',
  'log.showSignature=false',
  'log.showRoot=true',
  'protocol.allow=never',
];

let found: Promise<NativeGit | undefined> | undefined;

/** The git on the path, looked for once; nothing when there is none. */
export function nativeGit(): Promise<NativeGit | undefined> {
  found ??= findGit();
  return found;
}

/**
 * Runs a git command without a shell and gives its output piece by piece.
 * Throws `failed` with git's own words when it ends with an error.
 * @param input what the command reads from its standard input
 */
export async function* readNativeGit(
  gitdir: string,
  args: readonly string[],
  input?: string,
): AsyncGenerator<Buffer> {
  const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
  const child = spawn('git', [`--git-dir=${gitdir}`, ...settings, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: environment(),
    windowsHide: true,
  });
  // A command that ends without reading says why by its exit code.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const words: Buffer[] = [];
  child.stderr.on('data', (piece: Buffer) => words.push(piece));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  ended.catch(() => undefined);
  try {
    for await (const piece of child.stdout) yield piece as Buffer;
    const code = await ended;
    if (code === 0) return;
    const said = Buffer.concat(words).toString('utf8').trim().slice(0, 1000);
    throw new AtoError('failed', `git ${args[0] ?? ''} ended with ${code}: ${said}`);
  } finally {
    child.kill();
  }
}

async function findGit(): Promise<NativeGit | undefined> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of readNativeGit('.', ['version'])) pieces.push(piece);
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
  const [, version] = /(\d+\.\d+\S*)/.exec(Buffer.concat(pieces).toString('utf8')) ?? [];
  return version === undefined ? undefined : { version };
}

function environment(): NodeJS.ProcessEnv {
  const { PATH, SYSTEMROOT, HOME } = process.env;
  return {
    ...(PATH === undefined ? {} : { PATH }),
    ...(SYSTEMROOT === undefined ? {} : { SYSTEMROOT }),
    ...(HOME === undefined ? {} : { HOME }),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: process.platform === 'win32' ? 'NUL' : '/dev/null',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_LITERAL_PATHSPECS: '1',
    LC_ALL: 'C',
  };
}
