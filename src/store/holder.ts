/** Who holds a lock: enough about a process to tell, later and from elsewhere, whether it still lives. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';

export interface Holder {
  readonly program: 'atocore';
  readonly pid: number;
  /** Of the worker thread; 0 is the main one. */
  readonly thread: number;
  readonly host: string;
  /** Of this boot of the machine; empty where the platform doesn't tell. */
  readonly boot: string;
  /** Within which pids mean something: containers have their own. */
  readonly pidNamespace: string;
  /** When the process started, in clock ticks since boot; empty where unknown. Tells a pid used again. */
  readonly started: string;
  /** ISO, for people. */
  readonly since: string;
  /** Which of the process's holds, where it may have several after each other. */
  readonly hold?: string;
}

export type Liveness = 'alive' | 'dead' | 'unknown';

export function thisHolder(): Holder {
  return {
    program: 'atocore',
    pid: process.pid,
    thread: threadId,
    host: hostname(),
    boot: bootId(),
    pidNamespace: pidNamespace(),
    started: startOf(process.pid),
    since: new Date().toISOString(),
  };
}

/** `unknown` for a process of another machine or container: only its signs of life tell. */
export function liveness(holder: Holder): Liveness {
  const isSameBoot = holder.boot === bootId();
  if (holder.host === hostname() && !isSameBoot) return 'dead';
  if (!isSameBoot || holder.pidNamespace !== pidNamespace()) return 'unknown';
  if (holder.boot === '' && holder.host !== hostname()) return 'unknown';
  if (!isRunning(holder.pid)) return 'dead';
  const started = startOf(holder.pid);
  return started === holder.started || started === '' ? 'alive' : 'dead';
}

/** The holder that a lock file names, or nothing when the file isn't one of ours. */
export function parseHolder(text: string): Holder | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { program, pid, thread, host, boot, pidNamespace, started, since, hold } = value as Record<
    string,
    unknown
  >;
  if (program !== 'atocore' || typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) {
    return undefined;
  }
  const asText = (field: unknown): string => (typeof field === 'string' ? field : '');
  return {
    program,
    pid,
    thread: typeof thread === 'number' ? thread : 0,
    host: asText(host),
    boot: asText(boot),
    pidNamespace: asText(pidNamespace),
    started: asText(started),
    since: asText(since),
    ...(typeof hold === 'string' ? { hold } : {}),
  };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function bootId(): string {
  return readSmall('/proc/sys/kernel/random/boot_id').trim();
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function startOf(pid: number): string {
  const stat = readSmall(`/proc/${pid}/stat`);
  // The name of the program stands in parentheses and may hold spaces; field 22 counts from there.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A process that ended and wasn't waited for holds nothing any more.
  if (fields[0] === 'Z' || fields[0] === 'X') return 'ended';
  return stat === '' ? '' : (fields[19] ?? '');
}

/** `/proc` answers from memory, so reading it never waits for a disk. */
function readSmall(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
