/** A second place for a backup: another folder, or a git remote. Failing is reported, never fatal. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';
import { diskError } from '../store/disk-error.ts';
import { errorCode, nodeDisk, syncFolder, TEMPORARY_PREFIX } from '../store/durable-fs.ts';
import { nativeGit } from '../store/native-git.ts';
import type { Store } from '../store/store.ts';
import { writeSynced } from './create.ts';
import { INDEX_NAME, readIndexCopy } from './index-copy.ts';
import {
  BUNDLE_NAME,
  encodeManifest,
  MANIFEST_NAME,
  type Manifest,
  type Stamp,
} from './manifest.ts';
import { readBundle, sha256 } from './open-backup.ts';
import { assertRoom, backupFolder, type FreeBytes, openPlace, readManifest } from './place.ts';

export type SecondPlace =
  | { readonly folder: string; readonly mayMake?: boolean; readonly free?: FreeBytes }
  /** What `git push` takes: a URL, or a path. Needs native git, and the store the backup is of. */
  | { readonly remote: string; readonly store: Store; readonly limitMs?: number };

export interface CopyReport {
  readonly stamp: Stamp;
  readonly to: string;
  readonly isCopied: boolean;
  /** Stamps that were copied now, those that it builds upon first. */
  readonly copied: readonly Stamp[];
  /** Why not. */
  readonly fault?: string;
}

const PUSH_LIMIT_MS = 300_000;

/** Never throws for a place that cannot be reached or written: the backup itself is made already. */
export async function copyBackup(
  place: string,
  stamp: Stamp,
  to: SecondPlace,
): Promise<CopyReport> {
  const name = 'folder' in to ? to.folder : to.remote;
  try {
    const copied =
      'folder' in to ? await toFolder(place, stamp, to) : await toRemote(place, stamp, to);
    return { stamp, to: name, isCopied: true, copied };
  } catch (error) {
    const { message } = diskError(error, `copy backup ${stamp} to ${name}`);
    return { stamp, to: name, isCopied: false, copied: [], fault: message };
  }
}

async function toFolder(
  place: string,
  stamp: Stamp,
  to: Extract<SecondPlace, { readonly folder: string }>,
): Promise<readonly Stamp[]> {
  const second = await openPlace(to.folder, { mayMake: to.mayMake === true, disk: nodeDisk });
  const wanted: Manifest[] = [];
  for (let next: Stamp | undefined = stamp; next !== undefined; next = wanted[0]?.parent) {
    wanted.unshift(await readManifest(place, next));
  }
  const copied: Stamp[] = [];
  for (const manifest of wanted) {
    if (await isThere(second, manifest)) continue;
    const bytes = await readBundle(place, manifest);
    const index = await readIndexCopy(place, manifest);
    await assertRoom(second, bytes.length + (index?.length ?? 0), to.free);
    await copyOne(second, manifest, { bytes, index });
    copied.push(manifest.stamp);
  }
  return copied;
}

async function copyOne(
  second: string,
  manifest: Manifest,
  { bytes, index }: { readonly bytes: Buffer; readonly index: Buffer | undefined },
): Promise<void> {
  const random = randomBytes(6).toString('hex');
  const temporary = join(second, `${TEMPORARY_PREFIX}${manifest.stamp}-${random}`);
  const names = [BUNDLE_NAME, MANIFEST_NAME, INDEX_NAME];
  const [bundle = '', text = '', beside = ''] = names.map((name) => join(temporary, name));
  try {
    await nodeDisk.mkdir(temporary);
    await writeSynced(nodeDisk, bundle, bytes);
    if (sha256(await nodeDisk.readFile(bundle)) !== manifest.bundle.sha256) {
      throw new AtoError(
        'verification-failed',
        `Expected to read back from ${second} what was written, found something else. Check that disk.`,
      );
    }
    if (index !== undefined) await writeSynced(nodeDisk, beside, index);
    await writeSynced(nodeDisk, text, encodeManifest(manifest));
    await syncFolder(nodeDisk, temporary);
    await nodeDisk.rename(temporary, backupFolder(second, manifest.stamp));
    await syncFolder(nodeDisk, second);
  } catch (error) {
    for (const path of [bundle, text, beside]) await nodeDisk.unlink(path).catch(() => undefined);
    await nodeDisk.rmdir(temporary).catch(() => undefined);
    throw error;
  }
}

/** AtoError `wrong-state` when another backup has that name there. */
async function isThere(second: string, manifest: Manifest): Promise<boolean> {
  try {
    const found = await readManifest(second, manifest.stamp);
    if (found.bundle.sha256 !== manifest.bundle.sha256) throw taken(second, manifest.stamp);
    await readBundle(second, found);
    return true;
  } catch (error) {
    if (!(error instanceof AtoError) || error.code !== 'not-found') throw error;
  }
  const folder = backupFolder(second, manifest.stamp);
  const names = await nodeDisk.readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (names !== undefined) throw taken(second, manifest.stamp);
  return false;
}

/** The backup's commits under `refs/atocore/backups/<stamp>/` of the remote: a clone can take them back. */
async function toRemote(
  place: string,
  stamp: Stamp,
  to: Extract<SecondPlace, { readonly remote: string }>,
): Promise<readonly Stamp[]> {
  const manifest = await readManifest(place, stamp);
  if ((await nativeGit()) === undefined) {
    throw new AtoError('failed', 'Expected git to push a backup with, found none. Install git.');
  }
  if (to.remote === '' || to.remote.startsWith('-') || to.remote.includes('::')) {
    throw new AtoError('invalid', `Expected the URL or path of a git remote, found ${to.remote}.`);
  }
  const specs = Object.entries(manifest.refs).map(
    ([name, oid]: readonly [string, Oid]) =>
      `${oid}:refs/atocore/backups/${stamp}/${name === 'HEAD' ? 'head' : name.slice('refs/'.length)}`,
  );
  await push(to, specs);
  return [stamp];
}

function push(
  { store, remote, limitMs = PUSH_LIMIT_MS }: Extract<SecondPlace, { readonly remote: string }>,
  specs: readonly string[],
): Promise<void> {
  const settings = ['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'push.followTags=false'];
  const args = [
    `--git-dir=${store.gitdir}`,
    ...settings.flatMap((setting) => ['-c', setting]),
    ...['push', '--no-verify', '--quiet', '--atomic', '--', remote, ...specs],
  ];
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      // Keys and proxies of whoever runs us are what a push needs; a question would hang.
      env: { ...process.env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
      timeout: limitMs,
      windowsHide: true,
    });
    const words: Buffer[] = [];
    child.stderr.on('data', (piece: Buffer) => words.push(piece));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) return resolve();
      const said = Buffer.concat(words).toString('utf8').trim().slice(0, 1000);
      const how = signal === null ? `ended with ${code}` : `was ended after ${limitMs} ms`;
      reject(new AtoError('failed', `git push ${how}: ${said}. The backup itself is made.`));
    });
  });
}

function taken(second: string, stamp: Stamp): AtoError {
  return new AtoError(
    'wrong-state',
    `Expected no other backup named ${stamp} in ${second}, found one. Look at it, and move it away.`,
  );
}
