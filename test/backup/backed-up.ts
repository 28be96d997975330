/** A settled store with a backup beside it, and a digest of everything a folder holds. */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { cp, lstat, mkdtemp, readdir, readFile, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { TestContext } from 'node:test';
import { type Backup, type BackupOptions, createBackup } from '../../src/backup/create.ts';
import { Engine } from '../../src/engine.ts';
import { newStore } from '../../src/new-store.ts';
import { openStore } from '../../src/store/open.ts';
import { git } from '../support/native-git.ts';
import { ANN, put } from '../support/store-tree.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

export interface BackedUp {
  readonly folder: string;
  readonly place: string;
}

/** Settled once for all tests of a file: starting an engine takes longer than all else. */
let settled: Promise<string> | undefined;

/** The worked example, settled and closed; backups lie in a folder beside it. */
export async function settledStore(test: TestContext): Promise<BackedUp> {
  settled ??= settledExample();
  const folder = join(await temporaryFolder(test), 'store');
  await cp(await settled, folder, { recursive: true, preserveTimestamps: true });
  return { folder, place: `${folder}-backups` };
}

async function settledExample(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'atocore-test-'));
  // It outlives the test that asked for it first.
  process.once('exit', () => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, 'store');
  await newStore(folder, { example: true, by: ANN });
  await settleStore(folder);
  return folder;
}

/** An edit that settling has nothing to do for, committed by native git. Gives the head. */
export async function commitNote(folder: string, path: string, text: string): Promise<string> {
  await put(folder, path, text);
  await git(folder, ['add', '--', path]);
  await git(folder, ['commit', '-qm', `edit: ${path}`]);
  return (await git(folder, ['rev-parse', 'HEAD'])).trim();
}

/** Opens, settles and closes; gives the head. */
export async function settleStore(folder: string): Promise<string> {
  const engine = await Engine.open({ folder, watch: false });
  await engine.ready();
  const { revision } = await engine.settle();
  await engine.close();
  return revision;
}

export async function backUp(
  { folder, place }: BackedUp,
  options: Partial<BackupOptions> = {},
): Promise<Backup> {
  return createBackup(await openStore(folder), { place, mayMakePlace: true, ...options });
}

/** Names, kinds, modes and contents of everything below a folder, `.git` included. */
export async function digestOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  for (const path of paths) {
    const { mode } = await lstat(path);
    hash.update(`${relative(folder, path)}\0${mode}\0`);
    const kind = entries.find((entry) => join(entry.parentPath, entry.name) === path);
    if (kind?.isFile()) hash.update(await readFile(path));
    if (kind?.isSymbolicLink()) hash.update(await readlink(path));
  }
  return hash.digest('hex');
}
