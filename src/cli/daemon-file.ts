/** `.atocore/daemon.json`: where the daemon of a store listens, for the commands beside it. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { isLoopback } from '../http/serve.ts';
import type { FoundStore } from './store-folder.ts';

const DAEMON = z.object({ pid: z.int().positive(), url: z.url({ protocol: /^http$/ }) });
export type DaemonNote = z.infer<typeof DAEMON>;

const ANSWER_MS = 2_000;

/** Where the daemon of a store listens; none when none does, whatever an old note says. */
export async function findDaemon({ folder, config }: FoundStore): Promise<string | undefined> {
  const note = await readNote(folder);
  // A store may come from anywhere: its note must not send a token to another machine.
  if (note === undefined || !isThisMachine(new URL(note.url).hostname)) return undefined;
  const url = new URL(note.url).origin;
  try {
    const response = await fetch(`${url}/health`, {
      signal: AbortSignal.timeout(ANSWER_MS),
      redirect: 'error',
    });
    const health = z
      .object({ store: z.object({ id: z.string() }) })
      .safeParse(await response.json());
    return health.data?.store.id === config.store ? url : undefined;
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
    return DAEMON.safeParse(JSON.parse(await readFile(notePath(folder), 'utf8'))).data;
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isMissing || error instanceof SyntaxError) return undefined;
    throw error;
  }
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
