/** `.atocore/daemon.json`: where the daemon of a store listens, for the commands beside it. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { isLoopback } from '../http/loopback.ts';
import type { FoundStore } from './store-folder.ts';

export interface DaemonNote {
  readonly pid: number;
  readonly url: string;
}

const ANSWER_MS = 2_000;
/** For a daemon of which it is known that it holds the store: it is busy, or the machine is. */
export const BUSY_ANSWER_MS = 20_000;

/** Where the daemon of a store listens; none when none does, whatever an old note says. */
export async function findDaemon(
  { folder, config }: FoundStore,
  answerMs = ANSWER_MS,
): Promise<string | undefined> {
  const note = await readNote(folder);
  // A store may come from anywhere: its note must not send a token to another machine.
  if (note === undefined || !isThisMachine(new URL(note.url).hostname)) return undefined;
  const url = new URL(note.url).origin;
  try {
    const response = await fetch(`${url}/health`, {
      signal: AbortSignal.timeout(answerMs),
      redirect: 'error',
    });
    const health = (await response.json()) as { readonly store?: { readonly id?: unknown } } | null;
    return health?.store?.id === config.store ? url : undefined;
  } catch (error) {
    // Refused, cut off, silent or no JSON: whatever listens there is no daemon of ours.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** Says where the daemon listens; readers never see a part of it. */
export async function writeNote(folder: string, note: DaemonNote): Promise<void> {
  await mkdir(join(folder, '.atocore'), { recursive: true });
  const fresh = `${notePath(folder)}.${note.pid}`;
  await writeFile(fresh, `${JSON.stringify(note)}\n`, { mode: 0o600 });
  await rename(fresh, notePath(folder));
}

/** Takes the note away, unless another daemon wrote it meanwhile. */
export async function removeNote(folder: string, pid: number): Promise<void> {
  const note = await readNote(folder);
  if (note?.pid === pid) await rm(notePath(folder), { force: true });
}

async function readNote(folder: string): Promise<DaemonNote | undefined> {
  try {
    return noteOf(JSON.parse(await readFile(notePath(folder), 'utf8')));
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isMissing || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function noteOf(value: unknown): DaemonNote | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, url } = value as { readonly pid?: unknown; readonly url?: unknown };
  if (typeof pid !== 'number' || typeof url !== 'string') return undefined;
  return /^http:/.test(url) && URL.canParse(url) ? { pid, url } : undefined;
}

function notePath(folder: string): string {
  return join(folder, '.atocore', 'daemon.json');
}

function isThisMachine(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isLoopback(address)) return true;
  return Object.values(networkInterfaces())
    .flat()
    .some((each) => each?.address === address);
}
