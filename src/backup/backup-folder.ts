/** Which folder the backups of a store lie in: said, set, or the user's own; never inside the store. */
import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { AtoError } from '../errors.ts';
import { diskError } from '../store/disk-error.ts';
import { errorCode } from '../store/durable-fs.ts';
import { type ListedBackup, listBackups } from './place.ts';

export interface BackupPlace {
  readonly folder: string;
  /** Only the default folder is made when it is missing: another one may be a disk that isn't mounted. */
  readonly isDefault: boolean;
}

/**
 * What was said, else `ATOCORE_BACKUP_DIR`, else `$XDG_STATE_HOME/atocore/<store id>/backups`, the
 * same on every platform.
 */
export function backupPlace(
  store: string,
  said?: string,
  environment: NodeJS.ProcessEnv = process.env,
): BackupPlace {
  const named = said ?? environment.ATOCORE_BACKUP_DIR ?? '';
  if (named !== '') return { folder: resolve(named), isDefault: false };
  const base = environment.XDG_STATE_HOME;
  // The XDG specification has relative values ignored.
  const isUsable = base !== undefined && isAbsolute(base);
  const state = isUsable ? base : join(homedir(), '.local', 'state');
  return { folder: join(state, 'atocore', store, 'backups'), isDefault: true };
}

/** As `listBackups`; a default folder that nothing was written to yet is an empty one. */
export async function listPlace(place: BackupPlace): Promise<readonly ListedBackup[]> {
  if (place.isDefault && (await realPathOf(place.folder)) === undefined) return [];
  return listBackups(place.folder);
}

/** AtoError `invalid` for a folder inside the store, by way of a link too. */
export async function assertOutside(place: BackupPlace, store: string): Promise<void> {
  const folder = await realPlaceOf(place.folder);
  const path = relative((await realPathOf(store)) ?? store, folder);
  if (path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)) return;
  throw new AtoError(
    'invalid',
    `Expected a backup folder outside the store, found ${place.folder}. Name one elsewhere (--dir or ATOCORE_BACKUP_DIR), best on another disk.`,
  );
}

/** Where a folder really is, or would be when it is made. */
async function realPlaceOf(folder: string): Promise<string> {
  const real = await realPathOf(folder);
  const above = dirname(folder);
  if (real !== undefined || above === folder) return real ?? folder;
  return join(await realPlaceOf(above), relative(above, folder));
}

async function realPathOf(folder: string): Promise<string | undefined> {
  try {
    return await realpath(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw diskError(error, `look at ${folder}`);
  }
}
