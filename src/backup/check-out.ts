/** Makes a store of a backup in a new folder: the same commits, the same references, the same files. */
import { constants } from 'node:fs';
import { mkdir, open, readdir, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AtoError } from '../errors.ts';
import { diskError } from '../store/disk-error.ts';
import { durableFs, eachLimited, errorCode, nodeDisk, syncFolder } from '../store/durable-fs.ts';
import { encodeIndex, indexEntry } from '../store/git-index.ts';
import { initRepository } from '../store/open.ts';
import type { OpenedBackup, TreeFile } from './open-backup.ts';
import { storedPack } from './pack-index.ts';

const WIDTH = 16;
const LINK_MODE = '120000';

/**
 * The folder must be empty or not there; an empty mount point will do. `atocore.json` comes last,
 * so that a folder left half-way is no store.
 * @param options.isDurable false for scratch folders, which nobody misses after a power cut
 * AtoError `wrong-state`, `disk-full`, `read-only`, `failed`.
 */
export async function checkOut(
  backup: OpenedBackup,
  folder: string,
  options: { readonly isDurable: boolean },
): Promise<void> {
  const root = resolve(folder);
  try {
    await mkdir(root, { recursive: true });
    const [first] = await readdir(root);
    if (first !== undefined) {
      throw new AtoError(
        'wrong-state',
        `Expected an empty folder to restore into, found ${JSON.stringify(first)} in ${root}. Name another folder, or restore in place.`,
      );
    }
    await writeRepository(backup, root, options.isDurable);
    await writeFiles(backup, root, options.isDurable);
  } catch (error) {
    throw diskError(error, `restore into ${root}`);
  }
}

async function writeRepository(
  backup: OpenedBackup,
  root: string,
  isDurable: boolean,
): Promise<void> {
  const gitdir = join(root, '.git');
  await initRepository(durableFs(nodeDisk), root, backup.branch);
  await mkdir(join(gitdir, 'objects', 'pack'), { recursive: true });
  for (const pack of backup.packs) {
    if (pack.entries.size === 0) continue;
    const { name, pack: bytes, index } = storedPack(pack);
    await write(join(gitdir, 'objects', 'pack', `${name}.pack`), bytes, { isDurable });
    await write(join(gitdir, 'objects', 'pack', `${name}.idx`), index, { isDurable });
  }
  for (const [name, oid] of Object.entries(backup.manifest.refs)) {
    if (name === 'HEAD') continue;
    await mkdir(dirname(join(gitdir, name)), { recursive: true });
    await write(join(gitdir, name), `${oid}\n`, { isDurable });
  }
  // Without a stat git and our scan read each file once before they trust the index.
  const entries = backup.files
    .map(({ key, oid, mode }) => indexEntry(key, oid, mode))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  await write(join(gitdir, 'index'), encodeIndex({ entries }), { isDurable });
}

async function writeFiles(backup: OpenedBackup, root: string, isDurable: boolean): Promise<void> {
  const folders = new Set<string>();
  const put = async (file: TreeFile): Promise<void> => {
    const object = backup.read(file.oid);
    if (object === undefined) throw new TypeError(`an opened backup holds ${file.oid}`);
    await write(onDisk(root, file.key), object.bytes, { isDurable, mode: file.mode });
  };
  for (const { key } of backup.files) {
    const cut = key.lastIndexOf('/');
    if (cut > 0) folders.add(key.slice(0, cut));
  }
  for (const key of [...folders].sort()) await mkdir(onDisk(root, key), { recursive: true });
  const isLast = ({ key }: TreeFile): boolean => key === 'atocore.json';
  const isLink = ({ mode }: TreeFile): boolean => mode === LINK_MODE;
  const plain = backup.files.filter((file) => !isLink(file) && !isLast(file));
  await eachLimited(plain, WIDTH, put);
  // Links after all else: nothing is ever written through one.
  for (const file of backup.files.filter(isLink)) {
    const target = backup.read(file.oid)?.bytes ?? Buffer.alloc(0);
    await symlink(target, onDisk(root, file.key));
  }
  if (isDurable) {
    for (const key of folders) await syncFolder(nodeDisk, onDisk(root, key).toString());
    await syncFolder(nodeDisk, root);
  }
  for (const file of backup.files.filter(isLast)) await put(file);
  if (isDurable) {
    await syncFolder(nodeDisk, root);
    await syncFolder(nodeDisk, dirname(root));
  }
}

/** Names that are not UTF-8 are written as the bytes they are. */
function onDisk(root: string, key: string): Buffer {
  return Buffer.concat([Buffer.from(`${root}/`, 'utf8'), Buffer.from(key, 'latin1')]);
}

async function write(
  path: string | Buffer,
  content: string | Uint8Array,
  how: { readonly isDurable: boolean; readonly mode?: string },
): Promise<void> {
  const flags =
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
  const isReplacing = typeof path === 'string' && /[\\/]\.git[\\/]/.test(path);
  const file = await open(
    path,
    isReplacing ? 'w' : flags,
    how.mode === '100755' ? 0o777 : 0o666,
  ).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error;
    throw new AtoError(
      'invalid',
      `Expected names that this disk keeps apart, found two for ${path}. Restore on another disk.`,
    );
  });
  try {
    await file.writeFile(content);
    if (how.isDurable) await file.sync();
  } finally {
    await file.close();
  }
}
