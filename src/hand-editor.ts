/** Who edits a store by hand: the author of commits of what was found in its folder. */
import { userInfo } from 'node:os';
import git from 'isomorphic-git';
import { isAtoError } from './errors.ts';
import type { Person } from './store/commit-object.ts';
import { nativeGit, readNativeGit } from './store/native-git.ts';
import type { Store } from './store/store.ts';

/** As git knows them here; else the name of the account. */
export async function handEditor(store: Store): Promise<Person> {
  const at = { fs: store.fs.git, dir: store.dir, gitdir: store.gitdir };
  const ofStore = async (key: string): Promise<string | undefined> => {
    const value: unknown = await git.getConfig({ ...at, path: key });
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const account = userInfo().username || 'somebody';
  const name = (await ofStore('user.name')) ?? (await ofPerson(store, 'user.name'));
  const email = (await ofStore('user.email')) ?? (await ofPerson(store, 'user.email'));
  return { name: name ?? account, email: email ?? `${account}@localhost` };
}

/** What the account's own git settings say, which only native git finds. */
async function ofPerson(store: Store, key: string): Promise<string | undefined> {
  if ((await nativeGit()) === undefined) return undefined;
  const pieces: Buffer[] = [];
  try {
    const reading = readNativeGit(store.gitdir, ['config', '--get', key]);
    for await (const piece of reading) pieces.push(piece);
  } catch (error) {
    // It ends with 1 when nothing is set.
    if (isAtoError(error, 'failed')) return undefined;
    throw error;
  }
  const value = Buffer.concat(pieces).toString('utf8').trim();
  return value === '' ? undefined : value;
}
