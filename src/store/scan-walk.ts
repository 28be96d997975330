/** The looking part of a scan: which regular files lie below a path, and what else lies there. */
import type { Dirent, Stats } from 'node:fs';
import { join } from 'node:path';
import type { Problem, StorePath } from '../plugin.ts';
import { diskError } from './disk-error.ts';
import { errorCode, TEMPORARY_PREFIX } from './durable-fs.ts';
import { isIgnoredName, isIgnoredPath } from './ignored-path.ts';
import type { Store } from './store.ts';
import { parseChildPath, storePath } from './store-path.ts';

export type Found = Pick<Stats, 'size' | 'mtimeMs' | 'ctimeMs' | 'ino'>;

/** Filled while looking. */
export interface Look {
  readonly store: Store;
  readonly found: Map<StorePath, Found>;
  readonly problems: Problem[];
  /** What could not be looked at. The empty path is the root. */
  readonly unreadPlaces: Set<StorePath>;
  /** Files and folders that were looked at whole; the empty path is everything. */
  readonly covered: Set<string>;
  readonly leftovers: Set<StorePath>;
  /** Folders above hints, by whether they are real ones. */
  readonly realFolders: Map<string, Promise<'folder' | 'missing' | 'other' | 'unread'>>;
}

const STAT_WIDTH = 256;

/** Whether a path, or a folder above it, is in the set. */
export function isBelow(places: ReadonlySet<string>, path: string): boolean {
  if (places.size === 0) return false;
  if (places.has(path)) return true;
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    if (places.has(path.slice(0, at))) return true;
  }
  return false;
}

/** Looks at one path of which somebody said that it may have changed. */
export async function lookAt(look: Look, hint: string): Promise<void> {
  const path = hint.replace(/\/+$/, '');
  if (path === '' || path === '.') return walkFolder(look, '');
  if (isIgnoredPath(path) || path.split('/').some(isNoName)) return;
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    const folder = path.slice(0, at);
    const kind = await folderKind(look, folder);
    if (kind === 'folder' && storePath(folder) !== undefined) continue;
    // What is wrong with the folder is what there is to say about anything below it.
    return lookAtFolderInstead(look, folder);
  }
  await lookAtHinted(look, path);
}

/** What cannot be a name in any folder: such a hint is nobody's file. */
function isNoName(part: string): boolean {
  return part === '' || part === '.' || part === '..' || part.includes('\0');
}

/** Walks a folder that is known to be a real one. */
export async function walkFolder(look: Look, folder: string): Promise<void> {
  const { store } = look;
  look.covered.add(folder);
  let children: Dirent[];
  try {
    children = await store.fs.disk.readdir(join(store.dir, folder), { withFileTypes: true });
  } catch (error) {
    noteUnread(look, folder, error);
    return;
  }
  if (folder !== '' && children.some(({ name }) => name === '.git')) {
    problem(look, folder, 'nested-repository', NESTED);
    look.unreadPlaces.add(folder as StorePath);
    return;
  }
  const folders: string[] = [];
  const others: string[] = [];
  for (const child of children) {
    const path = folder === '' ? child.name : `${folder}/${child.name}`;
    if (child.name.startsWith(TEMPORARY_PREFIX)) look.leftovers.add(path as StorePath);
    if (isIgnoredName(child.name) || hasBadName(look, folder, child.name)) continue;
    (child.isDirectory() ? folders : others).push(path);
  }
  for (let n = 0; n < others.length; n += STAT_WIDTH) {
    await Promise.all(others.slice(n, n + STAT_WIDTH).map((path) => lookAtEntry(look, path)));
  }
  for (const path of folders) await walkFolder(look, path);
}

/** Looks at one name whose folder is a real one. */
async function lookAtEntry(look: Look, path: string): Promise<void> {
  const { store } = look;
  let stat: Stats;
  try {
    stat = await store.fs.disk.lstat(join(store.dir, path));
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(errorCode(error))) noteUnread(look, path, error);
    return;
  }
  if (stat.isFile()) look.found.set(path as StorePath, stat);
  else if (stat.isDirectory()) await walkFolder(look, path);
  else notRegular(look, path, stat);
}

function notRegular(look: Look, path: string, stat: Stats): void {
  if (stat.isSymbolicLink()) {
    problem(
      look,
      path,
      'symbolic-link',
      'Expected a file or a folder, found a symbolic link. It is not followed; put the file itself here, or register the folder as a root of a project.',
    );
  } else {
    const kind = stat.isFIFO()
      ? 'a pipe'
      : stat.isSocket()
        ? 'a socket'
        : 'a device or something else';
    problem(look, path, 'not-a-file', `Expected a file or a folder, found ${kind}. Remove it.`);
  }
  // A link that is in git stays there: it is not ours to remove.
  look.unreadPlaces.add(path as StorePath);
}

/**
 * A name that cannot be a path of the store. Node shows bytes that are not UTF-8 as U+FFFD, so a name
 * with that character may not even be the file's own.
 */
function hasBadName(look: Look, folder: string, name: string): boolean {
  const path = folder === '' ? name : `${folder}/${name}`;
  if (name.includes('\ufffd')) {
    problem(
      look,
      path,
      'bad-name',
      'Expected a name in UTF-8, found other bytes. Rename the file.',
    );
  } else {
    const parsed = parseChildPath(folder, name);
    if ('path' in parsed) return false;
    problem(look, path, parsed.rule, parsed.message);
  }
  look.unreadPlaces.add(path as StorePath);
  return true;
}

async function lookAtFolderInstead(look: Look, folder: string): Promise<void> {
  if (!look.covered.has(folder)) await lookAtHinted(look, folder);
}

/** A walk finds names in a folder; a hint may name what isn't there, and then no name is bad. */
async function lookAtHinted(look: Look, path: string): Promise<void> {
  look.covered.add(path);
  const slash = path.lastIndexOf('/');
  const folder = path.slice(0, Math.max(slash, 0));
  const name = path.slice(slash + 1);
  if ('path' in parseChildPath(folder, name) || (await exists(look.store, path))) {
    if (!hasBadName(look, folder, name)) await lookAtEntry(look, path);
  }
}

async function exists(store: Store, path: string): Promise<boolean> {
  try {
    await store.fs.disk.lstat(join(store.dir, path));
    return true;
  } catch (error) {
    return !['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(errorCode(error));
  }
}

function folderKind(look: Look, folder: string) {
  const known = look.realFolders.get(folder);
  if (known !== undefined) return known;
  const kind = lookAtFolder(look.store, folder);
  look.realFolders.set(folder, kind);
  return kind;
}

async function lookAtFolder(store: Store, folder: string) {
  try {
    const full = join(store.dir, folder);
    if (!(await store.fs.disk.lstat(full)).isDirectory()) return 'other';
    return (await isRepository(store, full)) ? 'other' : 'folder';
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes(errorCode(error)) ? 'missing' : 'unread';
  }
}

async function isRepository(store: Store, full: string): Promise<boolean> {
  try {
    await store.fs.disk.lstat(join(full, '.git'));
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return false;
    throw error;
  }
}

function noteUnread(look: Look, path: string, error: unknown): void {
  if (errorCode(error) === 'ENOENT' && path !== '') return;
  look.unreadPlaces.add(path as StorePath);
  const said = diskError(error, `read ${path || 'the store folder'}`).message;
  problem(look, path, 'unreadable', `Expected to be able to look here. ${said}`);
}

function problem(look: Look, path: string, rule: string, message: string): void {
  look.problems.push({ path: path as StorePath, rule, message });
}

const NESTED =
  'Expected plain folders, found a git repository inside the store. It is left alone; register it as a root of a project instead.';
