/** What the engine is about to write and commit, noted so that a stop in between can be made good. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Oid, StorePath } from './plugin.ts';
import type { Person } from './store/commit-object.ts';

/** One commit, as it is meant to be. */
export interface Intent {
  readonly author: Person;
  readonly message: string;
  readonly trailers: readonly (readonly [string, string])[];
  readonly changes: readonly IntendedChange[];
  /** A person's act: all of it, or none. Absent = what is done is kept. */
  readonly isWhole?: boolean;
  /** Parents besides the present head: a merge. */
  readonly mergedParents?: readonly Oid[];
  /** No commit of its own: the branch goes forward to this one, which holds all of ours. */
  readonly forwardTo?: Oid;
}

export interface IntendedChange {
  readonly path: StorePath;
  readonly oid: Oid | null;
}

/** Notes an intent before its first file is written. */
export async function noteIntent(folder: string, intent: Intent): Promise<void> {
  const file = intentFile(folder);
  await mkdir(join(folder, '.atocore'), { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(intent));
  await rename(`${file}.new`, file);
}

export async function forgetIntent(folder: string): Promise<void> {
  await rm(intentFile(folder), { force: true });
}

/** The intent that a stop left behind; none when the last one was carried out. */
export async function readIntent(folder: string): Promise<Intent | undefined> {
  let text: string;
  try {
    text = await readFile(intentFile(folder), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as Intent;
  } catch (error) {
    // Cut short by a power loss, before anything it speaks of was written.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function intentFile(folder: string): string {
  return join(folder, '.atocore', 'intent.json');
}
