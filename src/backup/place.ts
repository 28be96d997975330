/** The folder that backups lie in: a folder for each, named by its stamp. */
import { statfs } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { AtoError } from '../errors.ts';
import { diskError } from '../store/disk-error.ts';
import { type Disk, errorCode, nodeDisk, syncFolder } from '../store/durable-fs.ts';
import { isStamp, MANIFEST_NAME, type Manifest, parseManifest, type Stamp } from './manifest.ts';

/** Free bytes on the disk of a folder, for who may not be root. Tests put their own in. */
export type FreeBytes = (folder: string) => Promise<number>;

/** A backup that is there, as far as its manifest tells. */
export type ListedBackup =
  | { readonly stamp: Stamp; readonly manifest: Manifest }
  /** Its manifest is missing, damaged or of a newer format. */
  | { readonly stamp: Stamp; readonly fault: string };

export const freeBytes: FreeBytes = async (folder) => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

/** Newest first. AtoError `not-found` when the folder is not there: its disk may not be mounted. */
export async function listBackups(
  place: string,
  disk: Disk = nodeDisk,
): Promise<readonly ListedBackup[]> {
  let names: string[];
  try {
    names = await disk.readdir(place);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw noPlace(place);
    throw diskError(error, `read the backups in ${place}`);
  }
  const stamps = names.filter(isStamp).sort(byStamp).reverse();
  return Promise.all(
    stamps.map(async (stamp): Promise<ListedBackup> => {
      try {
        return { stamp, manifest: await readManifest(place, stamp, disk) };
      } catch (error) {
        if (error instanceof AtoError) return { stamp, fault: error.message };
        throw error;
      }
    }),
  );
}

/** AtoError `not-found`, `verification-failed`, `newer-format`. */
export async function readManifest(
  place: string,
  stamp: Stamp,
  disk: Disk = nodeDisk,
): Promise<Manifest> {
  const path = join(backupFolder(place, stamp), MANIFEST_NAME);
  let text: string;
  try {
    text = await disk.readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw diskError(error, `read ${path}`);
    throw new AtoError(
      'not-found',
      `Expected a backup with its manifest at ${path}, found none. See the list of backups; nothing was changed.`,
    );
  }
  const manifest = parseManifest(text);
  if (manifest.stamp === stamp) return manifest;
  throw new AtoError(
    'verification-failed',
    `Expected the manifest of ${stamp} in ${path}, found that of ${manifest.stamp}. Give the folder its name back; nothing was changed.`,
  );
}

/** AtoError `usage` for what is no stamp: a path must never come in by that way. */
export function backupFolder(place: string, stamp: Stamp): string {
  if (isStamp(stamp)) return join(place, stamp);
  throw new AtoError(
    'usage',
    `Expected the stamp of a backup such as 20260409T101500Z, found ${JSON.stringify(stamp)}. See the list of backups.`,
  );
}

/**
 * The backup folder, ready to be written to. Made only when told so, and then only its last part:
 * a missing folder is more often a disk that isn't mounted than a first backup.
 */
export async function openPlace(
  place: string,
  options: {
    readonly mayMake: boolean;
    readonly disk: Disk;
    readonly store?: string;
  },
): Promise<string> {
  const folder = resolve(place);
  if (options.store !== undefined && isInside(folder, options.store)) {
    throw new AtoError(
      'invalid',
      `Expected a backup folder outside the store, found ${folder}. Name one elsewhere, best on another disk.`,
    );
  }
  const { disk, mayMake } = options;
  try {
    if (mayMake) {
      await disk.mkdir(folder, { recursive: true });
      await syncFolder(disk, dirname(folder));
    }
    if ((await disk.stat(folder)).isDirectory()) return folder;
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'EEXIST'].includes(errorCode(error))) {
      throw diskError(error, `use the backup folder ${folder}`);
    }
  }
  throw noPlace(folder);
}

/** AtoError `disk-full` unless there is room for so many bytes, with some to spare. */
export async function assertRoom(
  folder: string,
  neededBytes: number,
  free: FreeBytes = freeBytes,
): Promise<void> {
  const found = await free(folder);
  const needed = Math.ceil(neededBytes * 1.05) + SPARE_BYTES;
  if (found >= needed) return;
  throw new AtoError(
    'disk-full',
    `Expected ${needed} bytes free on the disk of ${folder}, found ${found}. Free some, then try again; nothing was changed.`,
    { extra: { needed, found } },
  );
}

function isInside(folder: string, store: string): boolean {
  const path = relative(store, folder);
  return path === '' || (path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path));
}

const SPARE_BYTES = 8 * 1024 * 1024;

/** Stamps of one second in the order of their suffix. */
export function byStamp(a: Stamp, b: Stamp): number {
  const [left = '', leftSuffix = '1'] = a.split('-');
  const [right = '', rightSuffix = '1'] = b.split('-');
  return left === right ? Number(leftSuffix) - Number(rightSuffix) : left < right ? -1 : 1;
}

function noPlace(place: string): AtoError {
  return new AtoError(
    'not-found',
    `Expected the backup folder ${place}, found none. Is its disk mounted? Make the folder, or name another (ATOCORE_BACKUP_DIR).`,
  );
}
