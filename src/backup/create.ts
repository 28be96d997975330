/** Makes a backup: a git bundle and its manifest, durable and read back before it has a name. */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AtoError, isAtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';
import { diskError } from '../store/disk-error.ts';
import {
  type Disk,
  errorCode,
  nodeDisk,
  syncFolder,
  TEMPORARY_PREFIX,
} from '../store/durable-fs.ts';
import { isFirstParentAncestor } from '../store/history.ts';
import { head } from '../store/refs.ts';
import type { Store } from '../store/store.ts';
import { allRefs } from './all-refs.ts';
import { type BundleHeader, encodeBundleHeader } from './bundle.ts';
import { INDEX_NAME, indexCopy } from './index-copy.ts';
import { makePack } from './make-pack.ts';
import {
  BUNDLE_NAME,
  encodeManifest,
  MANIFEST_FORMAT,
  MANIFEST_NAME,
  type Manifest,
  type Stamp,
  stampOf,
} from './manifest.ts';
import {
  type OpenedBackup,
  type OpenedBundle,
  openBackup,
  openBundle,
  sha256,
} from './open-backup.ts';
import { assertRoom, type FreeBytes, listBackups, openPlace } from './place.ts';
import { repositoryBytes } from './repository-bytes.ts';

export interface BackupOptions {
  /** The folder that backups lie in. */
  readonly place: string;
  /** Make that folder when it is missing; only for the default one. */
  readonly mayMakePlace?: boolean;
  /** Hold only what came since the newest backup, where there is one to add to. */
  readonly incremental?: boolean;
  /** Put a copy of the index beside it, where there is one and room for it. */
  readonly includeIndex?: boolean;
  readonly reason?: Manifest['reason'];
  /** What the program was built from (`ATOCORE_BUILD_SHA`). */
  readonly build?: string;
  readonly now?: Date;
  readonly useNativeGit?: boolean;
  readonly disk?: Disk;
  readonly free?: FreeBytes;
}

export interface Backup {
  readonly stamp: Stamp;
  /** Where it lies. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** What a person should know: `same-device`, `whole-instead`, `without-index`. */
  readonly warnings: readonly { readonly rule: string; readonly message: string }[];
}

/** Adding to a longer chain would make every restore read all of it. */
const CHAIN_LENGTH_MAX = 30;
const SUFFIX_MAX = 1000;

/**
 * A backup of everything that the store's references reach. What lies in the folder and in no commit
 * is not in it: settle first. It has been read back and checked to level 2 when this returns.
 * AtoError `not-found` (the place), `invalid`, `disk-full`, `read-only`, `verification-failed` (the
 * store's own objects are damaged), `failed`.
 */
export async function createBackup(store: Store, options: BackupOptions): Promise<Backup> {
  const startedMs = performance.now();
  const disk = options.disk ?? nodeDisk;
  const place = await openPlace(options.place, {
    mayMake: options.mayMakePlace === true,
    disk,
    store: store.dir,
  });
  const warnings = [...(await sameDevice(store, place, disk))];
  const present = await head(store);
  if (present === undefined) {
    throw new AtoError('not-a-store', 'Expected a store with at least one commit, found none.');
  }
  const parent = options.incremental ? await parentFor(store, place, disk) : undefined;
  if (options.incremental && parent === undefined) {
    const message =
      'Expected an earlier backup of this history to add to, found none: this one is whole.';
    warnings.push({ rule: 'whole-instead', message });
  }
  const needed = await repositoryBytes(store);
  await assertRoom(place, needed, options.free);
  const index = options.includeIndex
    ? await indexFor(store, { place, needed }, options)
    : undefined;
  if (typeof index === 'string') warnings.push({ rule: 'without-index', message: index });
  const prerequisites = parent === undefined ? [] : [parent.head];
  const header: BundleHeader = {
    version: 2,
    prerequisites,
    refs: new Map([['HEAD', present], ...(await allRefs(store))]),
  };
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    yield encodeBundleHeader(header);
    const tips = [...new Set(header.refs.values())];
    const native = options.useNativeGit === undefined ? {} : { useNativeGit: options.useNativeGit };
    yield* makePack(store, { tips, without: prerequisites, ...native });
  };
  const sealed = await seal(place, disk, pieces(), {
    startedMs,
    now: options.now ?? new Date(),
    reason: options.reason ?? 'asked',
    ...(index === undefined || typeof index === 'string' ? {} : { index }),
    ...(options.build === undefined ? {} : { build: options.build }),
    ...(parent === undefined ? {} : { below: parent }),
  });
  return { ...sealed, warnings };
}

/**
 * Takes in a bundle that was made elsewhere (`git bundle create <file> HEAD --all`), as a backup
 * like any other. The errors are those of `createBackup`.
 */
export async function importBundle(
  file: string,
  options: Pick<BackupOptions, 'place' | 'mayMakePlace' | 'build' | 'now' | 'disk' | 'free'>,
): Promise<Backup> {
  const startedMs = performance.now();
  const disk = options.disk ?? nodeDisk;
  let bytes: Buffer;
  try {
    bytes = await disk.readFile(file);
  } catch (error) {
    throw diskError(error, `read ${file}`);
  }
  await openBundle(bytes);
  const place = await openPlace(options.place, { mayMake: options.mayMakePlace === true, disk });
  await assertRoom(place, bytes.length, options.free);
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    yield bytes;
  };
  const { build } = options;
  const sealed = await seal(place, disk, pieces(), {
    startedMs,
    now: options.now ?? new Date(),
    reason: 'asked',
    ...(build === undefined ? {} : { build }),
  });
  return { ...sealed, warnings: [] };
}

interface Sealing {
  readonly startedMs: number;
  readonly now: Date;
  readonly reason: Manifest['reason'];
  readonly build?: string;
  readonly below?: OpenedBackup;
  readonly index?: Uint8Array;
}

/** Temporary folder, sync, read back, manifest, sync, rename: until then there is no backup. */
async function seal(
  place: string,
  disk: Disk,
  pieces: AsyncIterable<Uint8Array>,
  how: Sealing,
): Promise<Omit<Backup, 'warnings'>> {
  const base = stampOf(how.now);
  const temporary = join(place, `${TEMPORARY_PREFIX}${base}-${randomBytes(6).toString('hex')}`);
  const bundlePath = join(temporary, BUNDLE_NAME);
  const manifestPath = join(temporary, MANIFEST_NAME);
  const indexPath = join(temporary, INDEX_NAME);
  try {
    await disk.mkdir(temporary);
    const bundle = await writeBundle(disk, bundlePath, pieces);
    const bytes = await disk.readFile(bundlePath);
    if (sha256(bytes) !== bundle.sha256) {
      throw new AtoError(
        'verification-failed',
        `Expected to read back from ${place} what was written, found something else. Check that disk; there is no new backup.`,
      );
    }
    const opened = await openBundle(bytes, how.below);
    if (how.index !== undefined) await writeSynced(disk, indexPath, how.index);
    for (let suffix = 1; suffix <= SUFFIX_MAX; suffix++) {
      const stamp = suffix === 1 ? base : `${base}-${suffix}`;
      const folder = join(place, stamp);
      if (await exists(disk, folder)) continue;
      const manifest = manifestOf(stamp, opened, bundle, how);
      if (suffix > 1) await disk.unlink(manifestPath).catch(() => undefined);
      await writeSynced(disk, manifestPath, encodeManifest(manifest));
      await syncFolder(disk, temporary);
      if (!(await renamed(disk, temporary, folder))) continue;
      await syncFolder(disk, place);
      return { stamp, folder, manifest };
    }
    throw new AtoError('busy', `Expected a free name for a backup of ${base}, found none.`);
  } catch (error) {
    for (const path of [bundlePath, indexPath, manifestPath]) {
      await disk.unlink(path).catch(() => undefined);
    }
    await disk.rmdir(temporary).catch(() => undefined);
    throw diskError(error, `write a backup to ${place}`);
  }
}

function manifestOf(
  stamp: Stamp,
  opened: OpenedBundle,
  bundle: { readonly bytes: number; readonly sha256: string },
  how: Sealing,
): Manifest {
  const { head: commit, tree, branch, store, content, counts, header, pack } = opened;
  return {
    format: MANIFEST_FORMAT,
    stamp,
    createdAt: how.now.toISOString(),
    reason: how.reason,
    store,
    branch,
    head: commit,
    tree,
    refs: Object.fromEntries(header.refs) as Readonly<Record<string, Oid>>,
    ...(how.below === undefined ? {} : { parent: how.below.manifest.stamp }),
    bundle: { ...bundle, objects: pack.entries.size },
    ...(how.index === undefined
      ? {}
      : { index: { bytes: how.index.length, sha256: sha256(how.index) } }),
    content,
    counts,
    ...(how.build === undefined ? {} : { build: how.build }),
    durationMs: Math.round(performance.now() - how.startedMs),
    validated: { level: 2, at: new Date().toISOString() },
  };
}

/** The copy of the index, or why there is none: a backup without one is a backup all the same. */
async function indexFor(
  store: Store,
  { place, needed }: { readonly place: string; readonly needed: number },
  { free }: Pick<BackupOptions, 'free'>,
): Promise<Uint8Array | string> {
  const copy = await indexCopy(store);
  const without = (found: string): string =>
    `Expected to put a copy of the index beside the backup, found ${found}. A restore builds it anew.`;
  if (copy === undefined) return without('none that is whole');
  try {
    await assertRoom(place, needed + copy.length, free);
    return copy;
  } catch (error) {
    if (isAtoError(error, 'disk-full')) return without('no room for it');
    throw error;
  }
}

/** The newest sound backup of this store whose head lies behind the present one. */
async function parentFor(
  store: Store,
  place: string,
  disk: Disk,
): Promise<OpenedBackup | undefined> {
  const listed = await listBackups(place, disk);
  for (const each of listed) {
    if ('fault' in each || !(await isAncestor(store, each.manifest.head))) continue;
    try {
      const opened = await openBackup(place, each.stamp, disk);
      if (opened.packs.length < CHAIN_LENGTH_MAX) return opened;
      return undefined;
    } catch (error) {
      // A damaged one is nothing to build upon; an older one or a whole one will do.
      if (!(error instanceof AtoError)) throw error;
    }
  }
  return undefined;
}

async function isAncestor(store: Store, commit: Oid): Promise<boolean> {
  return isFirstParentAncestor(store, commit);
}

async function sameDevice(store: Store, place: string, disk: Disk): Promise<Backup['warnings']> {
  const [ours, theirs] = [await disk.stat(store.dir), await disk.stat(place)];
  if (ours.dev !== theirs.dev) return [];
  const message = `Expected backups on another disk than the store's, found ${place} on the same one: a lost disk takes both. Add a second place.`;
  return [{ rule: 'same-device', message }];
}

async function writeBundle(
  disk: Disk,
  path: string,
  pieces: AsyncIterable<Uint8Array>,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await disk.open(path, 'wx', 0o600);
  try {
    for await (const piece of pieces) {
      hash.update(piece);
      bytes += piece.length;
      await file.writeFile(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** A new file that is durable. */
export async function writeSynced(
  disk: Disk,
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  const file = await disk.open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function exists(disk: Disk, path: string): Promise<boolean> {
  try {
    await disk.lstat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** False when another backup was quicker to take the name. */
async function renamed(disk: Disk, from: string, to: string): Promise<boolean> {
  try {
    await disk.rename(from, to);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes(errorCode(error))) return false;
    throw error;
  }
}
