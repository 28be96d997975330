/** Every reference of a repository, as git would list them. */
import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import type { Oid } from '../plugin.ts';
import { diskError } from '../store/disk-error.ts';
import { errorCode } from '../store/durable-fs.ts';
import type { Store } from '../store/store.ts';
import { isRefName } from './bundle.ts';

const OID = /^[0-9a-f]{40}$/;

/** By full name, sorted; symbolic ones but HEAD are left out, since they name another in the list. */
export async function allRefs(store: Store): Promise<ReadonlyMap<string, Oid>> {
  const refs = new Map<string, Oid>();
  for (const line of (await readText(store, 'packed-refs')).split('\n')) {
    const [oid = '', name = ''] = [line.slice(0, 40), line.slice(41)];
    if (OID.test(oid) && isRefName(name)) refs.set(name, oid as Oid);
  }
  await readLoose(store, 'refs', refs);
  return new Map([...refs].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function readLoose(store: Store, folder: string, refs: Map<string, Oid>): Promise<void> {
  let children: Dirent[];
  try {
    children = await store.fs.disk.readdir(join(store.gitdir, folder), { withFileTypes: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw diskError(error, `read ${folder} of the repository`);
  }
  for (const child of children) {
    const name = `${folder}/${child.name}`;
    if (child.isDirectory()) await readLoose(store, name, refs);
    else if (isRefName(name)) {
      const text = (await readText(store, name)).trim();
      if (OID.test(text)) refs.set(name, text as Oid);
    }
  }
}

async function readText(store: Store, name: string): Promise<string> {
  try {
    return await store.fs.disk.readFile(join(store.gitdir, name), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw diskError(error, `read ${name} of the repository`);
  }
}
