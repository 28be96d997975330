/** Where HEAD and the branches point, read as git reads them. */
import { join } from 'node:path';
import { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';
import { diskError } from './disk-error.ts';
import { errorCode } from './durable-fs.ts';
import type { Store } from './store.ts';

const OID = /^[0-9a-f]{40}$/;

export type HeadPointer = { readonly branch: string } | { readonly detachedAt: string };

/** What `.git/HEAD` says. */
export async function headPointer(store: Pick<Store, 'gitdir' | 'fs'>): Promise<HeadPointer> {
  const text = (await readSmall(store, 'HEAD'))?.trim();
  if (text === undefined) {
    throw new AtoError(
      'not-a-store',
      `Expected a git repository, found no HEAD in ${store.gitdir}.`,
    );
  }
  const [, ref] = /^ref:\s*(\S+)$/.exec(text) ?? [];
  if (ref?.startsWith('refs/heads/')) return { branch: ref.slice('refs/heads/'.length) };
  return { detachedAt: ref ?? text };
}

/** The commit that a full reference name points to, or nothing when it doesn't exist (yet). */
export async function readRef(
  store: Pick<Store, 'gitdir' | 'fs'>,
  ref: string,
): Promise<Oid | undefined> {
  const loose = (await readSmall(store, ref))?.trim();
  if (loose !== undefined) {
    if (OID.test(loose)) return loose as Oid;
    throw new AtoError(
      'verification-failed',
      `The git reference ${ref} is damaged: expected 40 hexadecimal digits, found ` +
        `${JSON.stringify(loose.slice(0, 60))}. Find the last commit in .git/logs/HEAD.`,
    );
  }
  const packed = await readSmall(store, 'packed-refs');
  for (const line of packed?.split('\n') ?? []) {
    if (line.slice(41) === ref && OID.test(line.slice(0, 40))) return line.slice(0, 40) as Oid;
  }
  return undefined;
}

/** The commit that the store's branch is at; nothing before the first commit. */
export function head(store: Store): Promise<Oid | undefined> {
  return readRef(store, `refs/heads/${store.branch}`);
}

async function readSmall(
  { gitdir, fs }: Pick<Store, 'gitdir' | 'fs'>,
  name: string,
): Promise<string | undefined> {
  const path = join(gitdir, name);
  try {
    return await fs.disk.readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'EISDIR', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw diskError(error, `read ${path}`);
  }
}
