/** What is installed for an agent: a note and the files as they were, kept beside the tokens. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AtoError } from '../errors.ts';
import { removeEmptyFolders } from './change-files.ts';
import { digestOf, type FileNote } from './file-change.ts';
import { objectOf } from './loose-json.ts';

export interface Installed {
  /** In the order of the agent's files. */
  readonly files: readonly FileNote[];
  /** Folders that were made, outermost first. */
  readonly folders: readonly string[];
}

const FORMAT = 1;

/** Where the note and the backups of an agent are. */
export function installedFolder(configFolder: string, agent: string): string {
  return join(configFolder, 'installed', agent);
}

/** What is installed; none where nothing is noted. AtoError `invalid` for a note that can't be read. */
export async function readInstalled(folder: string): Promise<Installed | undefined> {
  const path = join(folder, 'installed.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const read = readNote(text);
  if (read === undefined) {
    const message = `Expected what was installed in ${path}, found another text. Move it away: then our entries are found by what they run.`;
    throw new AtoError('invalid', message);
  }
  const files: FileNote[] = [];
  for (const { backup, digest, ...note } of read.files) {
    const before = backup === undefined ? undefined : await readFile(join(folder, backup));
    if (before !== undefined && digestOf(before) !== digest) {
      const message = `Expected the backup ${join(folder, backup ?? '')} as it was written, found another. Move ${path} away: then our entries are found by what they run.`;
      throw new AtoError('verification-failed', message);
    }
    files.push({ ...note, before });
  }
  return { files, folders: read.folders };
}

/** Keeps the files as they were, then the note that names them; a reader never sees a part. */
export async function writeInstalled(folder: string, installed: Installed): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = [];
  for (const { before, ...note } of installed.files) {
    if (before === undefined) {
      files.push(note);
      continue;
    }
    const digest = digestOf(before);
    const backup = `before-${digest.slice(0, 16)}`;
    await writeWhole(join(folder, backup), before);
    files.push({ ...note, backup, digest });
  }
  const text = JSON.stringify({ format: FORMAT, files, folders: installed.folders }, undefined, 1);
  await writeWhole(join(folder, 'installed.json'), `${text}\n`);
}

export async function forgetInstalled(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await removeEmptyFolders([dirname(folder)]);
}

async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  const fresh = `${path}.${process.pid}`;
  await writeFile(fresh, bytes, { mode: 0o600, flush: true });
  await rename(fresh, path);
}

interface WrittenNote extends Omit<FileNote, 'before'> {
  readonly backup?: string;
  readonly digest?: string;
}

function readNote(
  text: string,
): { readonly files: readonly WrittenNote[]; readonly folders: readonly string[] } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { format, files, folders } = objectOf(value) ?? {};
  const isKnown = format === FORMAT && Array.isArray(files) && areTexts(folders);
  return isKnown && files.every(isWritten) ? { files, folders } : undefined;
}

function isWritten(value: unknown): value is WrittenNote {
  const { path, after, pieces, made, backup, digest } = objectOf(value) ?? {};
  const isBackup = (each: unknown) => each === undefined || /^[\w-]+$/.test(String(each));
  return (
    typeof path === 'string' &&
    typeof after === 'string' &&
    areTexts(pieces) &&
    Array.isArray(made) &&
    made.every(areTexts) &&
    isBackup(backup) &&
    isBackup(digest)
  );
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
