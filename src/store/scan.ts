/** What lies in the store's folder: looks by stat, reads only what may have changed, follows no link. */
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { AtoError } from '../errors.ts';
import type { Oid, Problem, StorePath } from '../plugin.ts';
import { diskError } from './disk-error.ts';
import { eachLimited, errorCode } from './durable-fs.ts';
import { ignoredByGit, ignoreRules } from './git-ignore.ts';
import { hashFile } from './hash-file.ts';
import { isConflictCopy, isIgnoredPath } from './ignored-path.ts';
import { nameCollisions } from './name-collisions.ts';
import { COMMITTED_BYTES_MAX, MARKDOWN_BYTES_MAX } from './read-file.ts';
import { type Found, isBelow, type Look, lookAt, walkFolder } from './scan-walk.ts';
import type { Store } from './store.ts';

export interface ScanEntry {
  readonly oid: Oid;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  /** Changed so shortly before it was read that its stat cannot vouch for its content. */
  readonly isFresh: boolean;
}

export interface Scan {
  /** Every file that belongs in a commit, in no order. */
  readonly entries: ReadonlyMap<StorePath, ScanEntry>;
  /** New or different since the scan before, sorted. */
  readonly changed: readonly StorePath[];
  /** Gone since the scan before, sorted. */
  readonly removed: readonly StorePath[];
  /** Could not be looked at: their entries are those of before. Sorted. */
  readonly unread: readonly StorePath[];
  /** Folders (or files without an entry) that could not be looked at: nothing below them is gone. */
  readonly unreadPlaces: readonly StorePath[];
  /** By path, then by rule. */
  readonly problems: readonly Problem[];
  /** Left out because git is told to ignore them, and the state of the rules that say so. */
  readonly gitIgnored: ReadonlySet<StorePath>;
  readonly ignoreRules: string;
  /** Temporary files of ours that a stop left behind. */
  readonly leftovers: readonly StorePath[];
  readonly hashedCount: number;
}

/** What a scan starts from: the scan before, or what git's index knows. */
export type Known = Pick<
  Scan,
  'entries' | 'problems' | 'gitIgnored' | 'ignoreRules' | 'unreadPlaces' | 'leftovers'
>;

export const NOTHING_KNOWN: Known = {
  entries: new Map(),
  problems: [],
  gitIgnored: new Set(),
  ignoreRules: '',
  unreadPlaces: [],
  leftovers: [],
};

/** As if no stat could be relied on, so that every file is read. */
export function distrusted(known: Known): Known {
  const entries = [...known.entries].map(
    ([path, entry]) => [path, { ...entry, isFresh: true }] as const,
  );
  return { ...known, entries: new Map(entries) };
}

const HASH_WIDTH = 8;
const SLICE_COUNT = 2000;
/** A clock tick of the kernel, with room. */
const FRESH_MS = 50;
/** For disks that keep whole seconds only (FAT keeps two). */
const FRESH_COARSE_MS = 2500;

/**
 * Looks at the hinted paths (a folder is walked), or, without hints, at everything.
 * Files are in the result whatever is in them; problems say which of them are not to be read.
 * Throws `not-a-store` when the root is gone: that is never "everything was deleted".
 */
export async function scan(store: Store, known: Known, hints?: Iterable<string>): Promise<Scan> {
  const rules = await ignoreRules(store, known);
  const narrow = hints === undefined || rules.changed ? undefined : [...hints];
  await assertRoot(store);
  const look: Look = {
    store,
    found: new Map(),
    problems: [],
    unreadPlaces: new Set(),
    covered: new Set(),
    leftovers: new Set(),
    realFolders: new Map(),
  };
  if (narrow === undefined) await walkFolder(look, '');
  else await eachLimited([...new Set(narrow)].sort(), HASH_WIDTH, (hint) => lookAt(look, hint));
  // A disk that went away meanwhile shows as an empty folder.
  await assertRoot(store);
  const seen = await readChanged(look, known);
  const ignored = await ignoredByGit(store, {
    known,
    rules,
    candidates: [...seen.entries.keys()],
    isCovered: (path) => isCovered(look, path),
  });
  for (const path of ignored) seen.entries.delete(path);
  return merged(look, known, { ...seen, ignored, rules: rules.signature });
}

interface Seen {
  readonly entries: Map<StorePath, ScanEntry>;
  readonly hashedCount: number;
}

/** The found files as entries; a file is read when its stat isn't the known one. */
async function readChanged(look: Look, known: Known): Promise<Seen> {
  const entries = new Map<StorePath, ScanEntry>();
  const toRead: [StorePath, Found][] = [];
  let count = 0;
  for (const [path, found] of look.found) {
    if (++count % SLICE_COUNT === 0) await turn();
    const before = known.entries.get(path);
    if (before !== undefined && isSame(before, found)) entries.set(path, before);
    else toRead.push([path, found]);
    judgeFile(look, path, found);
  }
  await eachLimited(toRead, HASH_WIDTH, async ([path, found]) => {
    const entry = await readEntry(look, path, found);
    if (entry !== undefined) entries.set(path, entry);
  });
  return { entries, hashedCount: toRead.length };
}

function isSame(before: ScanEntry, found: Found): boolean {
  return (
    !before.isFresh &&
    before.size === found.size &&
    before.mtimeMs === found.mtimeMs &&
    before.ctimeMs === found.ctimeMs &&
    // Git keeps the lower half only.
    before.ino % 0x1_0000_0000 === found.ino % 0x1_0000_0000
  );
}

/** Trouble that shows without reading. */
function judgeFile(look: Look, path: StorePath, found: Found): void {
  if (
    found.size > MARKDOWN_BYTES_MAX &&
    path.endsWith('.md') &&
    found.size <= COMMITTED_BYTES_MAX
  ) {
    const message = `Expected at most ${MARKDOWN_BYTES_MAX} bytes in a Markdown file, found ${found.size}. Split the file; it is kept in git, and not read.`;
    look.problems.push({ path, rule: 'too-large', message });
  }
  if (isConflictCopy(path)) {
    const message =
      'Expected one version of a file, found a copy that a synchroniser made. Merge it into the other by hand, then delete it; it is kept in git, and not read.';
    look.problems.push({ path, rule: 'conflict-copy', message });
  }
}

async function readEntry(
  look: Look,
  path: StorePath,
  found: Found,
): Promise<ScanEntry | undefined> {
  if (found.size > COMMITTED_BYTES_MAX) {
    const message = `Expected at most ${COMMITTED_BYTES_MAX} bytes, found ${found.size}. Keep the file elsewhere; it is not committed.`;
    look.problems.push({ path, rule: 'too-large', message });
    look.unreadPlaces.add(path);
    return undefined;
  }
  try {
    const read = await hashFile(look.store, path, COMMITTED_BYTES_MAX);
    if (read === undefined) return undefined;
    const { oid, stat, readAtMs } = read;
    return { oid, ...statFields(stat), isFresh: isFresh(stat, readAtMs) };
  } catch (error) {
    const code = errorCode(error);
    // Gone, or no longer a file, since it was looked at.
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    look.unreadPlaces.add(path);
    look.problems.push({
      path,
      rule: 'unreadable',
      message: `Expected a file that can be read, found ${code || 'an error'}: ${diskError(error, `read ${path}`).message}`,
    });
    return undefined;
  }
}

function statFields({ size, mtimeMs, ctimeMs, ino }: Stats) {
  return { size, mtimeMs, ctimeMs, ino };
}

function isFresh({ ctimeMs, mtimeMs }: Stats, readAtMs: number): boolean {
  const isCoarse = ctimeMs % 1000 === 0 && mtimeMs % 1000 === 0;
  return Math.max(ctimeMs, mtimeMs) > readAtMs - (isCoarse ? FRESH_COARSE_MS : FRESH_MS);
}

/** What was seen laid over what was known. */
async function merged(
  look: Look,
  known: Known,
  seen: Seen & { readonly ignored: ReadonlySet<StorePath>; readonly rules: string },
): Promise<Scan> {
  const entries = new Map<StorePath, ScanEntry>();
  const changed: StorePath[] = [];
  const removed: StorePath[] = [];
  const unread: StorePath[] = [];
  let count = 0;
  for (const [path, before] of known.entries) {
    if (++count % SLICE_COUNT === 0) await turn();
    const now = seen.entries.get(path);
    if (now !== undefined) {
      entries.set(path, now);
      if (now.oid !== before.oid) changed.push(path);
    } else if (!isCovered(look, path)) {
      entries.set(path, before);
    } else if (isUnread(look, path)) {
      entries.set(path, before);
      unread.push(path);
    } else if (!isIgnoredPath(path) && !seen.ignored.has(path)) {
      removed.push(path);
    }
  }
  for (const [path, now] of seen.entries) {
    if (known.entries.has(path)) continue;
    entries.set(path, now);
    changed.push(path);
  }
  const kept = known.problems.filter(
    ({ path, rule }) => rule !== 'name-collision' && !isCovered(look, path),
  );
  const mayCollide = look.covered.has('') || changed.length + removed.length > 0;
  const collisions = mayCollide
    ? await nameCollisions([...entries.keys()])
    : known.problems.filter(({ rule }) => rule === 'name-collision');
  const stillUnread = known.unreadPlaces.filter((path) => !isCovered(look, path));
  const stillLeft = known.leftovers.filter((path) => !isCovered(look, path));
  return {
    entries,
    changed: changed.sort(),
    removed: removed.sort(),
    unread: unread.sort(),
    unreadPlaces: [...new Set([...stillUnread, ...look.unreadPlaces])].sort() as StorePath[],
    problems: sortedProblems([...kept, ...look.problems, ...collisions]),
    gitIgnored: seen.ignored,
    ignoreRules: seen.rules,
    leftovers: [...new Set([...stillLeft, ...look.leftovers])].sort(),
    hashedCount: seen.hashedCount,
  };
}

function isCovered(look: Look, path: string): boolean {
  return look.covered.has('') || isBelow(look.covered, path);
}

function isUnread(look: Look, path: string): boolean {
  return look.unreadPlaces.has('' as StorePath) || isBelow(look.unreadPlaces, path);
}

function sortedProblems(problems: readonly Problem[]): readonly Problem[] {
  const key = ({ path, rule, message }: Problem): string => `${path}\0${rule}\0${message}`;
  const unique = new Map(problems.map((problem) => [key(problem), problem]));
  return [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, problem]) => problem);
}

/** The root is a folder with a repository in it, not the bare mount point of a disk that is gone. */
async function assertRoot(store: Store): Promise<void> {
  try {
    const root = await store.fs.disk.lstat(store.dir);
    await store.fs.disk.lstat(join(store.dir, '.git'));
    await store.fs.disk.lstat(join(store.dir, 'atocore.json'));
    if (root.isDirectory()) return;
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(errorCode(error))) {
      throw diskError(error, `look at ${store.dir}`);
    }
  }
  throw new AtoError(
    'not-a-store',
    `Expected the store at ${store.dir}, found its folder, its .git or its atocore.json gone. ` +
      'Nothing counts as deleted; bring the folder back (is its disk mounted?).',
  );
}
