/**
 * The spool: captures that wait for the daemon, one file each, in the user's state folder. Written
 * under another name, synced, then renamed, so that a kill leaves all of a capture or nothing.
 */
import {
  appendFileSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { shortHash } from './short-hash.ts';

/** At either bound the newest capture is refused, and that is noted. */
export const SPOOL_FILES_MAX = 20_000;
export const SPOOL_BYTES_MAX = 200_000_000;
/** The notes on what was refused; past it they only count as "at least". */
const NOTES_BYTES_MAX = 64_000;

const NOTES = 'refused.log';
const BAD = 'bad';
/** When it was spooled, by which process, for which store, how long, and a digest of what is in it. */
const NAME = /^(\d{13})-(\d{7})-([0-9a-f]{8})-(\d{1,8})-[0-9a-f]{12}\.json$/;
/** Where the size begins in such a name. */
const SIZE_AT = '1234567890123-1234567-12345678-'.length;

/** What a file of the spool holds. */
export interface SpooledCapture {
  readonly version: 1;
  /** A request body of `POST /interactions`, without secrets. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface SpoolState {
  readonly folder: string;
  /** Captures that wait for this store, oldest first, by file name. */
  readonly waiting: readonly string[];
  readonly bytes: number;
  /** When the oldest was spooled, in milliseconds since 1970. */
  readonly oldestMs?: number;
  /** Files set aside since they could not be taken in, by path. */
  readonly bad: readonly string[];
  /** Captures that were not kept, with the last reason. */
  readonly refused: { readonly count: number; readonly last?: string };
}

/** Why a capture was not kept at all. */
export type Refusal = 'spool full' | 'no spool' | 'secrets not searched' | 'too large';

/** What stands for a store in the names of its captures: a spool may serve several. */
export function storeKey(storeFolder: string): string {
  let folder = storeFolder;
  try {
    folder = realpathSync(storeFolder);
  } catch {
    // Not there yet: it will be made where it was looked for.
  }
  return shortHash(folder).slice(0, 8);
}

/**
 * Puts a capture into the spool, durable when it returns. Gives its file name, or why it was
 * refused, which is noted. Throws what the disk throws.
 */
export function spool(
  folder: string,
  capture: SpooledCapture,
  given: { readonly store: string; readonly nowMs: number },
): { readonly name: string } | { readonly refused: Refusal } {
  const text = `${JSON.stringify(capture)}\n`;
  const bytes = Buffer.from(text);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { count, size } = fillOf(folder);
  if (count >= SPOOL_FILES_MAX || size + bytes.byteLength > SPOOL_BYTES_MAX) {
    noteRefused(folder, 'spool full', given.nowMs);
    return { refused: 'spool full' };
  }
  const digest = shortHash(text).slice(0, 12);
  const at = String(given.nowMs).padStart(13, '0').slice(0, 13);
  const pid = String(process.pid % 10_000_000).padStart(7, '0');
  const name = `${at}-${pid}-${given.store}-${bytes.byteLength}-${digest}.json`;
  writeWhole(folder, name, bytes);
  return { name };
}

/** How full it is, by what its names say of length: a hook has no time to match each against a pattern. */
function fillOf(folder: string): { readonly count: number; readonly size: number } {
  let [count, size] = [0, 0];
  for (const name of readdirSync(folder)) {
    const bytes = name.endsWith('.json') ? sizeOf(name) : Number.NaN;
    if (Number.isNaN(bytes)) continue;
    count += 1;
    size += bytes;
  }
  return { count, size };
}

/** Takes a delivered capture out; one that is gone already was delivered by somebody else. */
export function unspool(folder: string, name: string): void {
  rmSync(join(folder, name), { force: true });
}

/** Notes that a capture was not kept: when and why, nothing of what it said. */
export function noteRefused(folder: string, why: Refusal, nowMs: number): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, NOTES);
  if (sizeIfThere(path) >= NOTES_BYTES_MAX) return;
  appendFileSync(path, `${new Date(nowMs).toISOString()} ${why}\n`, { mode: 0o600 });
}

/** What a file of the spool holds; the reason where it holds no capture. Throws what the disk throws. */
export function readSpooled(
  folder: string,
  name: string,
): { readonly capture: SpooledCapture } | { readonly fault: string } {
  const text = readFileSync(join(folder, name), 'utf8');
  try {
    const value = JSON.parse(text) as Partial<SpooledCapture> | null;
    const isCapture = value?.version === 1 && typeof value.body === 'object' && value.body !== null;
    return isCapture
      ? { capture: value as SpooledCapture }
      : { fault: 'Expected a capture of version 1, found something else.' };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { fault: 'Expected JSON, found a file that is damaged.' };
  }
}

/** Puts a file aside, where people find it. */
export function setAside(folder: string, name: string): void {
  mkdirSync(join(folder, BAD), { recursive: true, mode: 0o700 });
  renameSync(join(folder, name), join(folder, BAD, name));
}

/** What waits for a store, what was set aside and what was refused. Throws what the disk throws. */
export function spoolState(folder: string, store: string): SpoolState {
  const waiting = namesIn(folder)
    .filter((name) => NAME.test(name) && storeOf(name) === store)
    .sort();
  const [oldest] = waiting;
  return {
    folder,
    waiting,
    bytes: waiting.reduce((sum, name) => sum + sizeOf(name), 0),
    ...(oldest === undefined ? {} : { oldestMs: Number(oldest.slice(0, 13)) }),
    bad: [...namesIn(join(folder, BAD))].sort().map((name) => join(folder, BAD, name)),
    refused: refusedIn(folder),
  };
}

function refusedIn(folder: string): SpoolState['refused'] {
  const path = join(folder, NOTES);
  if (sizeIfThere(path) === 0) return { count: 0 };
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const last = lines.at(-1);
  return { count: lines.length, ...(last === undefined ? {} : { last }) };
}

/** What is in a folder; nothing where there is none. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function sizeIfThere(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function storeOf(name: string): string | undefined {
  return NAME.exec(name)?.[3];
}

function sizeOf(name: string): number {
  return Number.parseInt(name.slice(SIZE_AT), 10);
}

/** Whole or not at all, whatever happens meanwhile. */
export function writeWhole(folder: string, name: string, bytes: Uint8Array, isSynced = true): void {
  const fresh = join(folder, `.${name}.${process.pid}.new`);
  const file = openSync(fresh, 'w', 0o600);
  try {
    for (let done = 0; done < bytes.byteLength; ) done += writeSync(file, bytes, done);
    if (isSynced) fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(fresh, join(folder, name));
  if (isSynced) syncFolder(folder);
}

function syncFolder(folder: string): void {
  // Windows has no folders to sync.
  if (process.platform === 'win32') return;
  const file = openSync(folder, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
