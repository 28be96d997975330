/** Fetch and push over HTTP without native git, which every other way needs. */
import git from 'isomorphic-git';
import http from 'isomorphic-git/http/node';
import { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';
import type { Store } from './store.ts';
import { shownUrl, type Upstream } from './upstream.ts';

/** As `fetchUpstream`. */
export async function fetchOverHttp(
  store: Store,
  upstream: Upstream,
  limitMs: number,
): Promise<Oid | undefined> {
  const { url, branch } = upstream;
  assertHttp(url);
  const heads = await within(limitMs, url, () =>
    git.listServerRefs({ http, url, prefix: 'refs/heads/', ...credentials(url) }),
  );
  if (heads.length === 0) return undefined;
  if (!heads.some(({ ref }) => ref === `refs/heads/${branch}`)) {
    const found = heads[0]?.ref.replace('refs/heads/', '') ?? 'none';
    const message = `Expected branch ${branch} in ${shownUrl(url)}, or no branch at all, found ${found}.`;
    throw new AtoError('wrong-state', message);
  }
  const fetched = await within(limitMs, url, () =>
    git.fetch({
      ...at(store),
      http,
      url,
      ref: branch,
      remoteRef: branch,
      singleBranch: true,
      tags: false,
      ...credentials(url),
    }),
  );
  store.memory.trees.clear();
  return (fetched.fetchHead ?? undefined) as Oid | undefined;
}

/** As `pushUpstream`; what the store's branch is at goes. */
export async function pushOverHttp(
  store: Store,
  upstream: Upstream,
  limitMs: number,
): Promise<{ readonly isTaken: true } | { readonly isTaken: false; readonly why: string }> {
  const { pushUrl: url, branch: remoteRef } = upstream;
  assertHttp(url);
  try {
    const { ok, refs } = await within(limitMs, url, () =>
      git.push({ ...at(store), http, url, ref: store.branch, remoteRef, ...credentials(url) }),
    );
    const why = Object.values(refs).find((each) => !each.ok)?.error;
    return ok && why === undefined
      ? { isTaken: true }
      : { isTaken: false, why: why ?? 'it was refused' };
  } catch (error) {
    if (error instanceof git.Errors.PushRejectedError) {
      return { isTaken: false, why: error.message };
    }
    if (error instanceof git.Errors.GitPushError) return { isTaken: false, why: error.message };
    throw error;
  }
}

function at({ fs, gitdir }: Store) {
  return { fs: fs.git, gitdir };
}

/** Those of the URL, offered once: nobody is asked. */
function credentials(url: string) {
  const { username, password } = new URL(url);
  return {
    onAuth: () =>
      username === ''
        ? { cancel: true }
        : { username: decodeURIComponent(username), password: decodeURIComponent(password) },
    onAuthFailure: () => ({ cancel: true }),
  };
}

function assertHttp(url: string): void {
  if (/^https?:\/\//i.test(url)) return;
  throw new AtoError(
    'failed',
    `Expected git for an upstream such as ${shownUrl(url)}, found none. Install git, or use an https URL.`,
  );
}

async function within<Value>(
  limitMs: number,
  url: string,
  work: () => Promise<Value>,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const message = `Expected an answer of ${shownUrl(url)} within ${limitMs} ms, found none.`;
    timer = setTimeout(() => reject(new AtoError('failed', message)), limitMs);
  });
  try {
    return await Promise.race([work(), late]);
  } catch (error) {
    if (error instanceof AtoError) throw error;
    const isAnswer =
      error instanceof git.Errors.PushRejectedError || error instanceof git.Errors.GitPushError;
    if (isAnswer) throw error;
    const said = error instanceof Error ? error.message : String(error);
    const message = `Expected to reach ${shownUrl(url)}, found: ${said.replaceAll(url, shownUrl(url))}. Nobody is asked for a name or password here: put a token into the URL, or install git and set up a credential helper.`;
    throw new AtoError('failed', message, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
