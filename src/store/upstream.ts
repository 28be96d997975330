/** The git remote that a store is kept in step with: the upstream of its branch, as git itself knows it. */
import git from 'isomorphic-git';
import { AtoError } from '../errors.ts';
import type { Store } from './store.ts';

export interface Upstream {
  readonly url: string;
  /** Where pushes go, if elsewhere. */
  readonly pushUrl: string;
  /** Its branch, in short. */
  readonly branch: string;
}

/** `branch.<name>.remote` and `remote.<name>.url` of `.git/config`; nothing where no upstream is set. */
export async function readUpstream(store: Store): Promise<Upstream | undefined> {
  const remote = await setting(store, `branch.${store.branch}.remote`);
  if (remote === undefined || remote === '.') return undefined;
  const url = await setting(store, `remote.${remote}.url`);
  if (url === undefined) return undefined;
  const pushUrl = (await setting(store, `remote.${remote}.pushurl`)) ?? url;
  const merge = (await setting(store, `branch.${store.branch}.merge`)) ?? store.branch;
  const upstream = { url, pushUrl, branch: merge.replace(/^refs\/heads\//, '') };
  for (const each of [url, pushUrl]) assertUrl(each);
  return upstream;
}

const REMOTE = 'origin';

/** Sets the upstream of the store's branch. AtoError `invalid`, `wrong-state` where another one is set. */
export async function setUpstream(store: Store, url: string): Promise<Upstream> {
  assertUrl(url);
  const present = await readUpstream(store);
  const origin = await setting(store, `remote.${REMOTE}.url`);
  const other = [present?.url, origin].find((each) => each !== undefined && each !== url);
  if (other !== undefined) {
    throw new AtoError(
      'wrong-state',
      `Expected a store without another upstream, found ${shownUrl(other)}. Change it with: git remote set-url ${REMOTE} <url>; nothing was changed.`,
    );
  }
  const at = { fs: store.fs.git, gitdir: store.gitdir };
  if (origin === undefined) await git.addRemote({ ...at, remote: REMOTE, url });
  await git.setConfig({ ...at, path: `branch.${store.branch}.remote`, value: REMOTE });
  const merge = `refs/heads/${store.branch}`;
  await git.setConfig({ ...at, path: `branch.${store.branch}.merge`, value: merge });
  return { url, pushUrl: url, branch: store.branch };
}

/** A URL without the name and password in it, for messages and logs. */
export function shownUrl(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^@/]*@/i, '$1');
}

/** AtoError `invalid` for what git would take for an option or for a program to run. */
function assertUrl(url: string): void {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  const isKnown = scheme === undefined || SCHEMES.has(scheme);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused.
  const isOdd = url === '' || url.startsWith('-') || /::|[\u0000-\u001f]/.test(url);
  if (isKnown && !isOdd) return;
  throw new AtoError(
    'invalid',
    `Expected the upstream as a URL (https, http, ssh, git, file), as host:path or as a folder, found ${JSON.stringify(shownUrl(url).slice(0, 200))}.`,
  );
}

const SCHEMES: ReadonlySet<string> = new Set(['https', 'http', 'ssh', 'git', 'file', 'git+ssh']);

async function setting(store: Store, path: string): Promise<string | undefined> {
  const value: unknown = await git.getConfig({ fs: store.fs.git, gitdir: store.gitdir, path });
  return typeof value === 'string' && value !== '' ? value : undefined;
}
