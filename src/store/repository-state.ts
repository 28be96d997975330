/** Whether the store's repository may be written now, and if not, why. */
import { join } from 'node:path';
import { AtoError } from '../errors.ts';
import { diskError } from './disk-error.ts';
import { errorCode } from './durable-fs.ts';
import { lockHolder } from './lock-file.ts';
import { isPushUnderWay } from './push-hooks.ts';
import { headPointer } from './refs.ts';
import type { Store } from './store.ts';

export type RepositoryState =
  | { readonly writable: true }
  | {
      readonly writable: false;
      /** What was found and what to do. */
      readonly reason: string;
      /** `busy` passes by itself; the others need a person. */
      readonly code: 'busy' | 'wrong-state';
    };

/** In the order in which git itself would name them. */
const OPERATIONS: readonly (readonly [file: string, name: string, wayOut: string])[] = [
  ['rebase-merge', 'rebase', 'git rebase --continue or --abort'],
  ['rebase-apply', 'rebase or am', 'git rebase --continue or --abort'],
  ['MERGE_HEAD', 'merge', 'git commit or git merge --abort'],
  ['CHERRY_PICK_HEAD', 'cherry-pick', 'git cherry-pick --continue or --abort'],
  ['REVERT_HEAD', 'revert', 'git revert --continue or --abort'],
  ['BISECT_LOG', 'bisect', 'git bisect reset'],
];

/** Reading goes on in every state; a commit is made only in a writable one. */
export async function repositoryState(store: Store): Promise<RepositoryState> {
  const operation = await operationUnderWay(store);
  if (!operation.writable) return operation;
  const holder = await lockHolder(store.fs.disk, join(store.gitdir, 'index.lock'));
  if (holder === 'foreign' || (holder !== 'none' && !holder.isGone)) {
    const who = holder === 'foreign' ? 'another git program' : `AtoCore, pid ${holder.holder.pid}`;
    return not('busy', `.git/index.lock is held by ${who}; wait until it is done.`);
  }
  return operation;
}

/** The same without a look at `index.lock`: for whoever holds it. */
export async function operationUnderWay(store: Store): Promise<RepositoryState> {
  if (store.unsupported !== undefined) return not('wrong-state', store.unsupported.message);
  for (const [file, name, wayOut] of OPERATIONS) {
    if (await exists(store, file)) {
      return not('busy', `A git ${name} is under way (.git/${file}); finish it: ${wayOut}.`);
    }
  }
  if (await isPushUnderWay(store)) {
    return not('busy', 'A push is being taken (.git/atocore-push); wait until it is done.');
  }
  if (await exists(store, 'shallow')) {
    return not(
      'wrong-state',
      'The repository is a shallow clone and lacks history; run git fetch --unshallow.',
    );
  }
  const pointer = await headPointer(store);
  if ('detachedAt' in pointer) {
    return not(
      'wrong-state',
      `HEAD is detached at ${pointer.detachedAt.slice(0, 40)}; run git switch ${store.branch}.`,
    );
  }
  if (pointer.branch !== store.branch) {
    return not(
      'wrong-state',
      `Expected branch ${store.branch}, found ${pointer.branch} checked out; run git switch ${store.branch}.`,
    );
  }
  return { writable: true };
}

/** Throws `busy` or `wrong-state` unless the state is a writable one. */
export function assertWritable(state: RepositoryState): void {
  if (!state.writable) throw new AtoError(state.code, `The store is not written: ${state.reason}`);
}

async function exists({ gitdir, fs }: Store, name: string): Promise<boolean> {
  try {
    await fs.disk.lstat(join(gitdir, name));
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw diskError(error, `look at ${join(gitdir, name)}`);
  }
}

function not(code: 'busy' | 'wrong-state', reason: string): RepositoryState {
  return { writable: false, reason, code };
}
