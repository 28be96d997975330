/** The installed git as it talks to others: with its owner's keys, without a question, and not for ever. */
import { spawn } from 'node:child_process';
import { AtoError } from '../errors.ts';

export interface GitRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunSettings {
  readonly limitMs: number;
  /** `name=value` for this run alone. */
  readonly settings?: readonly string[];
}

/** What it says of a run that took too long. */
export const ENDED = 'ended after';
const OUTPUT_CHARS_MAX = 1_000_000;

/** No program that a store or a remote names is run; only ways that git itself knows are taken. */
const SETTINGS: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.askPass=',
  'credential.interactive=false',
  'core.fsync=committed,reference,loose-object',
];

/** Runs under way: they end with this process, whose group they are not of. */
const running = new Set<number>();
let isWatched = false;

function watchExit(): void {
  if (isWatched) return;
  isWatched = true;
  process.once('exit', () => {
    for (const pid of running) endGroup(pid);
  });
}

/** AtoError `failed` when git cannot be started; what it refuses is in its exit code and words. */
export async function runGit(
  at: { readonly dir: string; readonly gitdir: string },
  args: readonly string[],
  { limitMs, settings = [] }: RunSettings,
): Promise<GitRun> {
  const given = [...SETTINGS, ...settings].flatMap((setting) => ['-c', setting]);
  return new Promise((resolve, reject) => {
    const child = spawn('git', [`--git-dir=${at.gitdir}`, ...given, ...args], {
      cwd: at.dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment(process.env),
      windowsHide: true,
      // Its own group, so that the transport that git started ends with it.
      detached: process.platform !== 'win32',
    });
    watchExit();
    if (child.pid !== undefined) running.add(child.pid);
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      stdout = (stdout + piece).slice(0, OUTPUT_CHARS_MAX);
    });
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      stderr = (stderr + piece).slice(0, OUTPUT_CHARS_MAX);
    });
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      endGroup(child.pid);
      child.kill('SIGKILL');
    }, limitMs);
    child.on('error', (cause) => {
      clearTimeout(timer);
      reject(new AtoError('failed', `Expected to run git, found: ${cause.message}.`, { cause }));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (child.pid !== undefined) running.delete(child.pid);
      const late = isLate ? `git ${args[0] ?? ''} was ${ENDED} ${limitMs} ms` : '';
      resolve({ code: isLate ? null : code, stdout, stderr: `${late}${stderr}` });
    });
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined || process.platform === 'win32') return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Keys, agents and proxies are whoever's runs us; a question would wait for nobody. */
function environment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(own).filter(([name]) => !NOT_PASSED.has(name));
  const ssh = own.GIT_SSH === undefined && own.GIT_SSH_COMMAND === undefined;
  return {
    ...Object.fromEntries(kept),
    GIT_TERMINAL_PROMPT: '0',
    GCM_INTERACTIVE: 'never',
    SSH_ASKPASS_REQUIRE: 'never',
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    GIT_NO_REPLACE_OBJECTS: '1',
    LC_ALL: 'C',
    ...(ssh ? { GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=15' } : {}),
    ...(own.GIT_SSH_COMMAND === undefined
      ? {}
      : { GIT_SSH_COMMAND: `${own.GIT_SSH_COMMAND} -o BatchMode=yes` }),
  };
}

/** They name another repository, or a window that asks. */
const NOT_PASSED: ReadonlySet<string> = new Set([
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_QUARANTINE_PATH',
  'GIT_NAMESPACE',
  'GIT_CEILING_DIRECTORIES',
  'GIT_PREFIX',
  'SSH_ASKPASS',
  'DISPLAY',
]);
