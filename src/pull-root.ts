/** Brings a clone that a root lies in forward to its own upstream, where its owner allowed that. */
import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import git from 'isomorphic-git';
import { AtoError } from './errors.ts';
import { durableFs } from './store/durable-fs.ts';
import { nativeGit } from './store/native-git.ts';
import { type GitRun, runGit } from './store/network-git.ts';

export interface Clone {
  /** Its working folder. */
  readonly dir: string;
  readonly gitdir: string;
  /** Of all its remotes. */
  readonly urls: readonly string[];
}

const DEPTH_MAX = 12;
const LIMIT_MS = 120_000;

/** The clone that a folder lies in; nothing for a folder in none, or in a linked worktree. */
export async function cloneAround(folder: string): Promise<Clone | undefined> {
  let dir = folder;
  for (let depth = 0; depth < DEPTH_MAX; depth += 1) {
    const gitdir = join(dir, '.git');
    if (await isFolder(gitdir)) {
      const fs = durableFs().git;
      const remotes = await git.listRemotes({ fs, gitdir }).catch(() => []);
      return { dir, gitdir, urls: remotes.map(({ url }) => url) };
    }
    const above = dirname(dir);
    if (above === dir) return undefined;
    dir = above;
  }
  return undefined;
}

/**
 * Fetches, and goes forward: nothing is merged, and nothing that was edited is touched. Gives the branch.
 * AtoError `failed` with the reason when that can't be done cleanly; then the clone is as it was.
 */
export async function pullForward(clone: Clone): Promise<void> {
  if ((await nativeGit()) === undefined) {
    throw new AtoError(
      'failed',
      `Expected git to pull ${clone.dir} with, found none. Install git.`,
    );
  }
  const run = async (...args: readonly string[]): Promise<GitRun> => {
    const settings = ['submodule.recurse=false', 'gc.auto=0', 'maintenance.auto=false'];
    return runGit(clone, args, { limitMs: LIMIT_MS, settings });
  };
  const must = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...args);
    if (code === 0) return stdout.trim();
    throw new AtoError('failed', `git ${args[0]} in ${clone.dir}: ${stderr.trim().slice(0, 500)}`);
  };
  const edited = await must('status', '--porcelain', '--untracked-files=no');
  if (edited !== '') {
    throw new AtoError(
      'failed',
      `Expected a clone without edits in ${clone.dir}, found some. Commit them there, then pull; it is refreshed as it stands.`,
    );
  }
  await must('fetch', '--quiet', '--no-tags', '--no-recurse-submodules');
  await must('merge', '--quiet', '--ff-only', '@{upstream}');
}

/** The branch that a clone has checked out and the one that it follows; nothing where it follows none. */
export async function followedBranch({ dir, gitdir }: Clone): Promise<string | undefined> {
  const fs = durableFs().git;
  const branch = await git.currentBranch({ fs, dir, gitdir });
  if (typeof branch !== 'string') return undefined;
  const merge: unknown = await git.getConfig({ fs, gitdir, path: `branch.${branch}.merge` });
  return typeof merge === 'string' ? merge.replace(/^refs\/heads\//, '') : undefined;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch {
    return false;
  }
}
