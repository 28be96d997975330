/** Which files git is told to ignore in a store; tracked files never are. */
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import git from 'isomorphic-git';
import type { StorePath } from '../plugin.ts';
import { diskError } from './disk-error.ts';
import { eachLimited, errorCode } from './durable-fs.ts';
import type { Known } from './scan.ts';
import type { Store } from './store.ts';

export interface IgnoreRules {
  /** Changes whenever a rule may have. */
  readonly signature: string;
  readonly changed: boolean;
}

const EXCLUDE = '.git/info/exclude';
const WIDTH = 16;

/** The state of the rules that are known so far: `.gitignore` files and git's own list. */
export async function ignoreRules(store: Store, known: Known): Promise<IgnoreRules> {
  const names = ['.gitignore', EXCLUDE];
  for (const path of known.entries.keys()) if (path.endsWith('/.gitignore')) names.push(path);
  const parts: string[] = [];
  await eachLimited(names.sort(), WIDTH, async (name) => {
    const stat = await lstatIfThere(store, name);
    if (stat !== undefined) parts.push(`${name} ${stat.ino} ${stat.size} ${stat.ctimeMs}`);
  });
  const signature = parts.sort().join('\n');
  return { signature, changed: signature !== known.ignoreRules };
}

/**
 * The ignored ones among files that weren't known before. A tracked file is known from git's index,
 * so that, as in git, a rule doesn't reach it.
 */
export async function ignoredByGit(
  store: Store,
  request: {
    readonly known: Known;
    readonly rules: IgnoreRules;
    readonly candidates: readonly StorePath[];
    readonly isCovered: (path: StorePath) => boolean;
  },
): Promise<ReadonlySet<StorePath>> {
  const { known, rules, candidates, isCovered } = request;
  const ignored = new Set<StorePath>();
  for (const path of known.gitIgnored) if (!isCovered(path)) ignored.add(path);
  const fs = rememberingFs(store);
  const hasNewRules = candidates.some(
    (path) => path.endsWith('/.gitignore') && !known.entries.has(path),
  );
  const isSettled = !rules.changed && !hasNewRules;
  const fresh = candidates.filter((path) => !known.entries.has(path));
  await eachLimited(fresh, WIDTH, async (path) => {
    const isIgnored =
      isSettled && known.gitIgnored.has(path)
        ? true
        : await git.isIgnored({ fs, dir: store.dir, filepath: path });
    if (isIgnored) ignored.add(path);
  });
  return ignored;
}

async function lstatIfThere(store: Store, name: string): Promise<Stats | undefined> {
  try {
    return await store.fs.disk.lstat(join(store.dir, name));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw diskError(error, `look at ${name}`);
  }
}

/** Reads each rule file once, however many files are asked about. */
function rememberingFs(store: Store) {
  const read = new Map<string, Promise<unknown>>();
  const { promises } = store.fs.git;
  const readFile = (path: string, options?: never): Promise<unknown> => {
    let known = read.get(path);
    if (known === undefined) {
      known = promises.readFile(path, options);
      known.catch(() => undefined);
      read.set(path, known);
    }
    return known;
  };
  return { promises: { ...promises, readFile } };
}
