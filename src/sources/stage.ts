/** Roots outside the store: which Markdown they hold, and what of it is to be staged (domain.md §2). */
import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIG_PATH } from '../model/layout.ts';
import { blobOid, byText } from '../model/names.ts';
import type { Root } from '../model/projects.ts';
import type { Oid, ProjectId, StorePath } from '../plugin.ts';

export const STAGED_FILES_MAX = 20_000;
/** More than this part of a root's files, and at least so many, vanishing at once waits for a person. */
const VANISHED_SHARE = 0.2;
const VANISHED_MIN = 10;
const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', 'build', 'target', 'vendor']);

export interface StagedRoot {
  readonly label: string;
  readonly path: string;
  readonly state: 'staged' | 'missing' | 'unreadable' | 'held';
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** Why, where it isn't plainly staged; or what was left out. */
  readonly reason?: string;
}

export interface Stage {
  readonly root: StagedRoot;
  /** Bytes of what is new or different; `null` for what the root no longer holds. */
  readonly files: ReadonlyMap<StorePath, Uint8Array | null>;
}

export interface StageAsk {
  readonly project: ProjectId;
  readonly root: Root;
  readonly homeFolder: string;
  /** What the store holds below `sources/<label>/` now. */
  readonly present: ReadonlyMap<StorePath, Oid>;
  readonly fileBytesMax: number;
  /** A person has confirmed that much was removed from the root on purpose. */
  readonly confirmRemovals: boolean;
}

/** Reads a root and compares it with what is staged. Never throws for what a root is like. */
export async function stage(ask: StageAsk): Promise<Stage> {
  const { root } = ask;
  const base = root.path.startsWith('~/') ? join(ask.homeFolder, root.path.slice(2)) : root.path;
  const folder = root.subPath === undefined ? base : join(base, root.subPath);
  const found: FoundFiles = { files: new Map(), faults: [] };
  const opened = await look(folder);
  if (opened !== undefined) return nothing(root, opened.state, opened.reason);
  await walk(folder, '', found, ask.fileBytesMax);
  if (found.files.size > STAGED_FILES_MAX) {
    const reason = `Expected at most ${STAGED_FILES_MAX} Markdown files, found more. Name a sub-folder in the root.`;
    return nothing(root, 'unreadable', reason);
  }
  return compare(ask, found);
}

interface FoundFiles {
  readonly files: Map<string, Uint8Array>;
  /** What could not be read; nothing below it counts as removed. */
  readonly faults: { readonly path: string; readonly reason: string }[];
}

async function look(
  folder: string,
): Promise<{ state: 'missing' | 'unreadable'; reason: string } | undefined> {
  try {
    const found = await lstat(folder);
    if (found.isDirectory()) return undefined;
    return { state: 'unreadable', reason: 'Expected a folder, found something else.' };
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    return {
      state: isMissing ? 'missing' : 'unreadable',
      reason: `Expected a readable folder, found ${code}. What was staged before is kept.`,
    };
  }
}

async function walk(
  folder: string,
  below: string,
  found: FoundFiles,
  bytesMax: number,
): Promise<void> {
  if (found.files.size > STAGED_FILES_MAX) return;
  let entries: Awaited<ReturnType<typeof list>>;
  try {
    entries = await list(folder);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    found.faults.push({ path: below, reason: `${below || 'the root'}: ${code}` });
    return;
  }
  // A store in a root would take in itself, more of it each time.
  if (entries.some(({ name }) => name === CONFIG_PATH)) {
    found.faults.push({ path: below, reason: `${below || 'the root'}: a store is no source` });
    return;
  }
  for (const entry of entries) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) {
      await walk(join(folder, entry.name), path, found, bytesMax);
    } else if (entry.isFile() && /\.(?:md|markdown)$/i.test(entry.name)) {
      await take(join(folder, entry.name), path, found, bytesMax);
    }
  }
}

async function list(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.sort((a, b) => byText(a.name, b.name));
}

async function take(
  file: string,
  path: string,
  found: FoundFiles,
  bytesMax: number,
): Promise<void> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const { size } = await handle.stat();
      if (size > bytesMax) {
        found.faults.push({ path, reason: `${path}: ${size} bytes, more than ${bytesMax}` });
      } else found.files.set(path, new Uint8Array(await handle.readFile()));
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    found.faults.push({ path, reason: `${path}: ${code}` });
  }
}

function compare(ask: StageAsk, found: FoundFiles): Stage {
  const { root, present } = ask;
  const folder = `projects/${ask.project}/sources/${root.label}`;
  const files = new Map<StorePath, Uint8Array | null>();
  const counts = { added: 0, changed: 0, removed: 0 };
  for (const [path, bytes] of found.files) {
    const storePath = `${folder}/${path}` as StorePath;
    const before = present.get(storePath);
    if (before === blobOid(bytes)) continue;
    counts[before === undefined ? 'added' : 'changed'] += 1;
    files.set(storePath, bytes);
  }
  const vanished = [...present.keys()].filter((storePath) => {
    const path = storePath.slice(folder.length + 1);
    const isUnread = found.faults.some(
      (each) => each.path === '' || path === each.path || path.startsWith(`${each.path}/`),
    );
    return !found.files.has(path) && !isUnread;
  });
  const isMany = vanished.length >= VANISHED_MIN && vanished.length > present.size * VANISHED_SHARE;
  const isHeld = isMany && !ask.confirmRemovals;
  if (!isHeld) for (const path of vanished) files.set(path, null);
  counts.removed = isHeld ? 0 : vanished.length;
  const reason = isHeld
    ? `Expected most files to be there still, found ${vanished.length} of ${present.size} gone. Nothing was removed; refresh again with confirmed removals if that is right.`
    : found.faults.length > 0
      ? `Left out: ${found.faults
          .slice(0, 5)
          .map((each) => each.reason)
          .join('; ')}${found.faults.length > 5 ? `; and ${found.faults.length - 5} more` : ''}.`
      : undefined;
  const state = isHeld ? 'held' : 'staged';
  return {
    root: {
      label: root.label,
      path: root.path,
      state,
      ...counts,
      ...(reason === undefined ? {} : { reason }),
    },
    files,
  };
}

function nothing(root: Root, state: 'missing' | 'unreadable', reason: string): Stage {
  const { label, path } = root;
  return {
    root: { label, path, state, added: 0, changed: 0, removed: 0, reason },
    files: new Map(),
  };
}
