/** Which backup folder a command means: said, set, the daemon's, or the user's own. */
import { type BackupPlace, backupPlace } from '../backup/backup-folder.ts';
import { AtoError, ERROR_CODES } from '../errors.ts';
import type { BackupListJson } from '../http/backup-json.ts';
import { type Client, openClient } from './client.ts';
import { findDaemon } from './daemon-file.ts';
import type { Shell } from './shell.ts';
import { findStore } from './store-folder.ts';

export const VERIFICATION_FAILED = ERROR_CODES['verification-failed'].exitCode;

export interface Placed {
  readonly place: BackupPlace;
  /** The store's id, where there is one: a backup is looked at without its store too. */
  readonly store?: string;
}

/** For work that needs no engine: a store that cannot be opened is when backups are looked at. */
export async function placeOf(shell: Shell, dir: string | undefined): Promise<Placed> {
  const said = saidOf(dir);
  try {
    const found = await findStore(shell.options.store);
    const { store } = found.config;
    if (said !== undefined || (await findDaemon(found)) === undefined) {
      return { place: backupPlace(store, said), store };
    }
    const client = await openClient(shell);
    try {
      return { place: await placeOfClient(client, undefined), store };
    } finally {
      await client.close();
    }
  } catch (error) {
    if (said === undefined || !(error instanceof AtoError)) throw error;
    return { place: backupPlace('', said) };
  }
}

/** What was said, or else the folder that the engine behind the client uses. */
export async function placeOfClient(
  client: Client,
  dir: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<BackupPlace> {
  const said = saidOf(dir, environment);
  if (said !== undefined) return backupPlace('', said);
  const { folder, is_default: isDefault } = await client.send<BackupListJson>(
    'GET',
    '/admin/backup?limit=1',
    { scope: 'admin' },
  );
  return { folder, isDefault };
}

function saidOf(
  dir: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  if (dir === '') throw new AtoError('usage', 'Expected a folder behind --dir, found nothing.');
  const said = dir ?? environment.ATOCORE_BACKUP_DIR ?? '';
  return said === '' ? undefined : said;
}
