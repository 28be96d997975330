/** What a restore is about to do to a store's folder, noted before the first file, so that a stop is made good. */
import { join } from 'node:path';
import type { Oid } from '../plugin.ts';
import type { Person, Trailers } from '../store/commit-object.ts';
import { diskError } from '../store/disk-error.ts';
import { errorCode, ignoring } from '../store/durable-fs.ts';
import type { Store } from '../store/store.ts';

export interface RestoreNote {
  readonly stamp: string;
  /** The head that the restore began at; the safety reference names it too. */
  readonly from: Oid;
  readonly safetyRef: string;
  /** The tree that the folder shall hold. */
  readonly tree: Oid;
  readonly author: Person;
  readonly message: string;
  readonly trailers: Trailers;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

export async function noteRestore(store: Store, note: RestoreNote): Promise<void> {
  await ignoring(store.fs.disk.mkdir(join(store.dir, '.atocore')), 'EEXIST');
  await store.fs.writeFile(notePath(store), JSON.stringify(note));
}

export async function forgetRestore(store: Store): Promise<void> {
  await ignoring(store.fs.disk.unlink(notePath(store)), 'ENOENT');
}

/** The note that a stop left behind; none when the last restore ended. */
export async function readRestoreNote(store: Store): Promise<RestoreNote | undefined> {
  try {
    return JSON.parse(await store.fs.disk.readFile(notePath(store), 'utf8')) as RestoreNote;
  } catch (error) {
    // Written whole or not at all, so what isn't JSON is none of ours.
    if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw diskError(error, 'read the note of a restore');
  }
}

function notePath(store: Store): string {
  return join(store.dir, '.atocore', 'restore.json');
}
