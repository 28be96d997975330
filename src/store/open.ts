/** Opens a store, and makes a new one. */
import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import git from 'isomorphic-git';
import { AtoError } from '../errors.ts';
import type { StorePath } from '../plugin.ts';
import { commit } from './commit.ts';
import type { Person } from './commit-object.ts';
import { diskError } from './disk-error.ts';
import {
  type Disk,
  type DurableFs,
  durableFs,
  errorCode,
  nodeDisk,
  WriteBatch,
} from './durable-fs.ts';
import { blobOid } from './objects.ts';
import { writePushHooks } from './push-hooks.ts';
import { headPointer } from './refs.ts';
import { emptyMemory, type Store } from './store.ts';

export interface OpenOptions {
  /** The operations on the disk; tests put faults into them. */
  readonly disk?: Disk;
  /** The branch that the store is written on. Default: `atocore.branch` of git's config, then the one checked out. */
  readonly branch?: string;
}

const DEFAULT_BRANCH = 'main';

/**
 * The store in a folder. Throws `not-a-store`, saying what to do. A repository of a kind that cannot
 * be written (a worktree, a submodule) opens for reading; `repositoryState` says so.
 */
export async function openStore(dir: string, options: OpenOptions = {}): Promise<Store> {
  const disk = options.disk ?? nodeDisk;
  const root = await existingFolder(disk, dir);
  const found = await gitFolder(disk, root);
  if ((await kindOf(disk, join(root, 'atocore.json'))) !== 'file') {
    throw new AtoError(
      'not-a-store',
      `Expected an AtoCore store in ${root}, found a git repository without atocore.json. ` +
        'Name another folder, or make a store with atocore init.',
    );
  }
  const fs = durableFs(disk);
  const config = await readConfig(fs.git, found.gitdir);
  const unsupported = found.unsupported ?? config.unsupported;
  const location = { gitdir: found.headdir, fs };
  return {
    dir: root,
    gitdir: found.gitdir,
    branch: options.branch ?? config.branch ?? (await checkedOut(location)) ?? DEFAULT_BRANCH,
    fs,
    tracksFileMode: config.tracksFileMode,
    memory: emptyMemory(),
    ...(unsupported === undefined ? {} : { unsupported: wrongState(unsupported) }),
  };
}

/**
 * Makes a store of the given files, with one commit. The folder is made if need be.
 * Throws `wrong-state` when it already holds something; nothing is touched then.
 */
export async function createStore(
  dir: string,
  files: ReadonlyMap<StorePath, Uint8Array | string>,
  options: OpenOptions & {
    readonly author: Person;
    readonly message: string;
    /** Seconds since 1970. */
    readonly timestamp: number;
  },
): Promise<Store> {
  const disk = options.disk ?? nodeDisk;
  const root = resolve(dir);
  if (!files.has('atocore.json' as StorePath)) {
    throw new AtoError('invalid', 'Expected atocore.json among the files of a new store.');
  }
  try {
    await disk.mkdir(root, { recursive: true });
    const [first] = await disk.readdir(root);
    if (first !== undefined) {
      throw new AtoError(
        'wrong-state',
        `Expected an empty folder for a new store, found "${first}" in ${root}. Name another folder.`,
      );
    }
    const branch = options.branch ?? DEFAULT_BRANCH;
    const fs = durableFs(disk);
    await initRepository(fs, root, branch);
    await writeAll(disk, root, files);
  } catch (error) {
    throw diskError(error, `make a store in ${root}`);
  }
  const store = await openStore(root, options);
  await commit(store, {
    changes: [...files].map(([path, content]) => ({
      path,
      oid: blobOid(content),
      bytes: typeof content === 'string' ? Buffer.from(content) : content,
    })),
    author: options.author,
    message: options.message,
    timestamp: options.timestamp,
  });
  return store;
}

/** Makes `.git` as every store has it, without a commit. */
export async function initRepository(fs: DurableFs, root: string, branch: string): Promise<void> {
  await git.init({ fs: fs.git, dir: root, defaultBranch: branch });
  const ignoresCase = (await kindOf(fs.disk, join(root, '.GIT'))) === 'folder';
  await fs.writeFile(join(root, '.git', 'config'), configText(branch, ignoresCase));
  await fs.writeFile(join(root, '.git', 'info', 'exclude'), EXCLUDE);
  await writePushHooks(fs, join(root, '.git'));
}

async function writeAll(
  disk: Disk,
  root: string,
  files: ReadonlyMap<StorePath, Uint8Array | string>,
): Promise<void> {
  const batch = new WriteBatch(disk);
  try {
    for (const [path, content] of files) {
      await disk.mkdir(join(root, path, '..'), { recursive: true });
      await batch.stage(join(root, path), content);
    }
    await batch.publish();
  } catch (error) {
    await batch.abandon();
    throw error;
  }
}

/** `core.fsync`: native git's own default loses commits in a power cut (its objects aren't synced). */
function configText(branch: string, ignoresCase: boolean): string {
  return `[core]
\trepositoryformatversion = 0
\tbare = false
\tfilemode = false
\tsymlinks = false
\tlogallrefupdates = true
\tignorecase = ${ignoresCase}
\tautocrlf = false
\tfsmonitor = false
\tfsync = committed,reference,loose-object
\tfsyncMethod = fsync
[receive]
\tdenyCurrentBranch = updateInstead
\tfsckObjects = true
\tdenyNonFastForwards = true
\tdenyDeletes = true
[gc]
\tauto = 2000
[atocore]
\tbranch = ${branch}
`;
}

const EXCLUDE = `# Not content: AtoCore's own folder, and what editors and synchronisers leave.
.atocore/
.atocore-tmp-*
.obsidian/
.trash/
.stfolder/
.stversions/
`;

async function existingFolder(disk: Disk, dir: string): Promise<string> {
  const given = resolve(dir);
  const kind = await kindOf(disk, given, 'stat');
  if (kind === 'folder') return realpath(given);
  const what = kind === 'none' ? 'nothing' : 'a file';
  throw new AtoError(
    'not-a-store',
    `Expected a store at ${given}, found ${what}. Name another folder, or make a store with atocore init.`,
  );
}

interface GitFolder {
  /** Where objects and references are. */
  readonly gitdir: string;
  /** Where HEAD is; another folder in a linked worktree. */
  readonly headdir: string;
  readonly unsupported?: string;
}

async function gitFolder(disk: Disk, root: string): Promise<GitFolder> {
  const dotGit = join(root, '.git');
  const kind = await kindOf(disk, dotGit);
  if (kind === 'folder') return { gitdir: dotGit, headdir: dotGit };
  if (kind === 'file') return linkedGitFolder(disk, root, dotGit);
  const isBare =
    (await kindOf(disk, join(root, 'HEAD'))) === 'file' &&
    (await kindOf(disk, join(root, 'objects'))) === 'folder';
  throw new AtoError(
    'not-a-store',
    isBare
      ? `Expected a store in ${root}, found a bare git repository. Clone it, and serve the clone.`
      : `Expected a store in ${root}, found a folder without .git. Name another folder, or make a store with atocore init.`,
  );
}

async function linkedGitFolder(disk: Disk, root: string, dotGit: string): Promise<GitFolder> {
  const [, target] = /^gitdir: (.+?)\s*$/.exec(await disk.readFile(dotGit, 'utf8')) ?? [];
  if (target === undefined) {
    throw new AtoError('not-a-store', `Expected a git folder, found an unknown file at ${dotGit}.`);
  }
  const headdir = resolve(root, target);
  const unsupported =
    'Expected a repository of its own, found a linked worktree or a submodule; clone it elsewhere and serve the clone.';
  try {
    const common = (await disk.readFile(join(headdir, 'commondir'), 'utf8')).trim();
    return { gitdir: resolve(headdir, common), headdir, unsupported };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { gitdir: headdir, headdir, unsupported };
    throw diskError(error, `read ${headdir}`);
  }
}

async function readConfig(
  fs: Store['fs']['git'],
  gitdir: string,
): Promise<{
  readonly branch?: string;
  readonly tracksFileMode: boolean;
  readonly unsupported?: string;
}> {
  const value = async (path: string): Promise<string | undefined> => {
    const found: unknown = await git.getConfig({ fs, gitdir, path });
    return found === undefined || found === null ? undefined : String(found);
  };
  const branch = await value('atocore.branch');
  const tracksFileMode = (await value('core.filemode')) !== 'false' && process.platform !== 'win32';
  const unsupported = await unsupportedBy(value);
  return {
    tracksFileMode,
    ...(branch === undefined ? {} : { branch }),
    ...(unsupported === undefined ? {} : { unsupported }),
  };
}

async function unsupportedBy(
  value: (path: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  if ((await value('core.bare')) === 'true') return 'The repository is bare; clone it.';
  if ((await value('core.worktree')) !== undefined) {
    return 'The repository has its files in another folder (core.worktree); clone it.';
  }
  const objectFormat = await value('extensions.objectformat');
  if (objectFormat !== undefined && objectFormat !== 'sha1') {
    return `Expected SHA-1 objects, found ${objectFormat}; make the repository anew with --object-format=sha1.`;
  }
  const refStorage = await value('extensions.refstorage');
  if (refStorage !== undefined && refStorage !== 'files') {
    return `Expected references as files, found ${refStorage}; run git refs migrate --ref-format=files.`;
  }
  if ((await value('extensions.partialclone')) !== undefined) {
    return 'The repository is a partial clone and lacks objects; clone it whole.';
  }
  return undefined;
}

async function checkedOut(location: Pick<Store, 'gitdir' | 'fs'>): Promise<string | undefined> {
  const pointer = await headPointer(location);
  return 'branch' in pointer ? pointer.branch : undefined;
}

async function kindOf(
  disk: Disk,
  path: string,
  how: 'lstat' | 'stat' = 'lstat',
): Promise<'folder' | 'file' | 'other' | 'none'> {
  try {
    const found = how === 'stat' ? await disk.stat(path) : await disk.lstat(path);
    if (found.isDirectory()) return 'folder';
    return found.isFile() ? 'file' : 'other';
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return 'none';
    throw diskError(error, `look at ${path}`);
  }
}

function wrongState(message: string): AtoError {
  return new AtoError('wrong-state', message);
}
