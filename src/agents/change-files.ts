/** Writing changes to an agent's files: each whole or not at all, all or none. */
import {
  chmod,
  lstat,
  mkdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import { AtoError } from '../errors.ts';
import { type FileBytes, type FileChange, isSameFile } from './file-change.ts';

/** The bytes of a file; none where there is none. AtoError `failed` where it can't be read. */
export async function readAgentFile(path: string): Promise<FileBytes> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw cantBe('read', path, code, error);
  }
  const link = await lstat(path).catch(() => undefined);
  if (link === undefined) return undefined;
  const message = `Expected a file at ${path}, found a link that leads nowhere. Mend or remove the link; nothing was changed.`;
  throw new AtoError('wrong-state', message);
}

/** The first place that holds a file, else the first. */
export async function firstPlace(places: readonly string[]): Promise<string> {
  for (const place of places) {
    if ((await lstat(place).catch(() => undefined)) !== undefined) return place;
  }
  return places[0] ?? '';
}

/**
 * Makes the changes; gives the folders that were made, outermost first. Where one can't be made,
 * those before it are put back. AtoError `changed` where a file is no longer what was planned on.
 */
export async function changeFiles(changes: readonly FileChange[]): Promise<readonly string[]> {
  const folders: string[] = [];
  const done: FileChange[] = [];
  try {
    for (const change of changes) {
      if (isSameFile(change.now, change.next)) continue;
      if (!isSameFile(await readAgentFile(change.path), change.now)) {
        const message = `Expected ${change.path} as it was shown, found that it changed meanwhile. Look again; nothing was changed.`;
        throw new AtoError('changed', message);
      }
      folders.push(...(await makeFolder(dirname(change.path))));
      await put(change.path, change.next);
      done.push(change);
    }
    return folders;
  } catch (error) {
    for (const { path, now } of done.reverse()) await put(path, now);
    await removeEmptyFolders(folders);
    throw error;
  }
}

/** Removes what of these folders is empty, innermost first. */
export async function removeEmptyFolders(folders: readonly string[]): Promise<void> {
  for (const folder of [...folders].reverse()) {
    await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
      const isInUse = ['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'].includes(error.code ?? '');
      if (!isInUse) throw error;
    });
  }
}

async function makeFolder(folder: string): Promise<readonly string[]> {
  try {
    const first = await mkdir(folder, { recursive: true });
    const made: string[] = [];
    for (let at = folder; first !== undefined && at.length >= first.length; at = dirname(at)) {
      made.unshift(at);
    }
    return made;
  } catch (error) {
    throw cantBe('made', folder, (error as NodeJS.ErrnoException).code, error);
  }
}

async function put(path: string, bytes: FileBytes): Promise<void> {
  try {
    if (bytes === undefined) return await rm(path, { force: true });
    // A link stays a link: what it leads to is written.
    const target = await realpath(path).catch(() => path);
    const present = await stat(target).catch(() => undefined);
    const fresh = `${target}.atocore-${process.pid}`;
    await writeFile(fresh, bytes, { mode: 0o600, flush: true, flag: 'wx' });
    if (present !== undefined) await chmod(fresh, present.mode & 0o777);
    await rename(fresh, target);
  } catch (error) {
    throw cantBe('written', path, (error as NodeJS.ErrnoException).code, error);
  }
}

function cantBe(what: string, path: string, code = 'unknown', cause: unknown): AtoError {
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const message = `Expected ${path} to be ${what}, found ${code}. What was changed before it was put back.`;
  return new AtoError(full ? 'disk-full' : 'failed', message, { cause });
}
