/** Commits to and from a remote: by native git where there is one, else over HTTP by ours. Asks nobody anything. */
import { dirname, join } from 'node:path';
import { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';
import { fetchOverHttp, pushOverHttp } from './http-transport.ts';
import { nativeGit } from './native-git.ts';
import { ENDED, runGit } from './network-git.ts';
import { readRef } from './refs.ts';
import type { Store } from './store.ts';
import { shownUrl, type Upstream } from './upstream.ts';

export interface TransportOptions {
  /** Whatever takes longer is ended; default 2 minutes. */
  readonly limitMs?: number;
  /** Default: where there is one. */
  readonly useNativeGit?: boolean;
}

export const TRANSPORT_LIMIT_MS = 120_000;

export type Pushed = { readonly isTaken: true } | { readonly isTaken: false; readonly why: string };

/** Where what was fetched is kept, so that nothing sweeps it away. */
function fetchedRef({ branch }: Upstream): string {
  return `refs/atocore/upstream/${branch}`;
}

/** The commit that the upstream's branch is at, its objects fetched; nothing for an empty upstream. AtoError `failed`. */
export async function fetchUpstream(
  store: Store,
  upstream: Upstream,
  options: TransportOptions = {},
): Promise<Oid | undefined> {
  const limitMs = options.limitMs ?? TRANSPORT_LIMIT_MS;
  const ref = fetchedRef(upstream);
  if (!(await isNative(options))) {
    const oid = await fetchOverHttp(store, upstream, limitMs);
    if (oid !== undefined) await keepRef(store, ref, oid);
    return oid;
  }
  const spec = `+refs/heads/${upstream.branch}:${ref}`;
  const flags = ['--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head'];
  const settings = ['fetch.fsckObjects=true', 'gc.auto=0', 'maintenance.auto=false'];
  const args = ['fetch', ...flags, '--', upstream.url, spec];
  const { code, stderr } = await runGit(store, args, { limitMs, settings });
  if (code === 0) return readRef(store, ref);
  if (!/couldn't find remote ref/.test(stderr)) throw refused('fetch from', upstream.url, stderr);
  const listed = await runGit(store, ['ls-remote', '--heads', '--', upstream.url], { limitMs });
  if (listed.code !== 0) throw refused('fetch from', upstream.url, listed.stderr);
  const [, other] = /refs\/heads\/(\S+)/.exec(listed.stdout) ?? [];
  if (other === undefined) return undefined;
  throw noSuchBranch(upstream, other);
}

/** Offers a commit; what the upstream refuses is an answer. AtoError `failed` when it cannot be reached. */
export async function pushUpstream(
  store: Store,
  upstream: Upstream,
  oid: Oid,
  options: TransportOptions = {},
): Promise<Pushed> {
  const limitMs = options.limitMs ?? TRANSPORT_LIMIT_MS;
  if (!(await isNative(options))) return pushOverHttp(store, upstream, limitMs);
  const spec = `${oid}:refs/heads/${upstream.branch}`;
  const settings = ['push.followTags=false', 'push.gpgSign=false'];
  const args = ['push', '--porcelain', '--no-verify', '--', upstream.pushUrl, spec];
  const { code, stdout, stderr } = await runGit(store, args, { limitMs, settings });
  if (code === 0) return { isTaken: true };
  const [, reason] = /^!\t[^\t]*\t(.*)$/m.exec(stdout) ?? [];
  if (reason === undefined) throw refused('push to', upstream.pushUrl, stderr);
  const said = [...stderr.matchAll(/^remote: +(.*?) *$/gm)].map(([, line]) => line).join(' ');
  return { isTaken: false, why: said === '' ? reason : `${reason}: ${said.slice(0, 500)}` };
}

async function isNative({ useNativeGit }: TransportOptions): Promise<boolean> {
  return useNativeGit !== false && (await nativeGit()) !== undefined;
}

/** Durable before anything builds on it. */
async function keepRef(store: Store, ref: string, oid: Oid): Promise<void> {
  const path = join(store.gitdir, ref);
  await store.fs.disk.mkdir(dirname(path), { recursive: true });
  await store.fs.writeFile(path, `${oid}\n`);
}

function noSuchBranch({ url, branch }: Upstream, other: string): AtoError {
  return new AtoError(
    'wrong-state',
    `Expected branch ${branch} in ${shownUrl(url)}, or no branch at all, found ${other}. Set branch.<name>.merge in the store's .git/config, or push to ${branch} there.`,
  );
}

function refused(doing: string, url: string, stderr: string): AtoError {
  const said = stderr.replaceAll(url, shownUrl(url)).trim().slice(0, 1_000);
  const hint = said.includes(ENDED)
    ? ''
    : ' Nobody is asked for a name or password here: set up a key, a credential helper or a token.';
  return new AtoError('failed', `Expected to ${doing} ${shownUrl(url)}, found: ${said}.${hint}`);
}
