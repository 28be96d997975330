/** The doctor's look at git: every object, every reference, the index. */
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { allRefs } from './backup/all-refs.ts';
import { type Need, needsOf } from './backup/check-objects.ts';
import { openPack, type PackObject } from './backup/open-pack.ts';
import { namesInIndex } from './backup/pack-index.ts';
import type { Examined, Finding } from './check.ts';
import { AtoError, isAtoError } from './errors.ts';
import type { Oid } from './plugin.ts';
import { errorCode } from './store/durable-fs.ts';
import { entryOid, type GitIndex, parseIndex } from './store/git-index.ts';
import { bytesKey, inflatedObject } from './store/objects.ts';
import { headPointer, readRef } from './store/refs.ts';
import { operationUnderWay } from './store/repository-state.ts';
import type { Store } from './store/store.ts';

const RESTORE = 'Restore the store from a backup, or bring the object from a clone (git fetch).';
const SLICE = 200;

/** Every object that is there, by what it needs; what is wrong with them comes out as findings. */
interface Objects {
  readonly needs: Map<Oid, { readonly type: string; readonly needs: readonly Need[] }>;
  readonly findings: Finding[];
}

/** Each object hashed, each one that a reference reaches found. */
export async function checkObjects({ ground }: Examined): Promise<readonly Finding[]> {
  const { store } = ground;
  // Taken before the objects: a commit made meanwhile names objects that come later.
  const roots = await rootsOf(store);
  const objects: Objects = { needs: new Map(), findings: [] };
  for (const folder of await names(store, 'objects')) {
    if (/^[0-9a-f]{2}$/.test(folder)) await readLoose(store, folder, objects);
  }
  for (const name of await names(store, 'objects/pack')) {
    if (name.endsWith('.pack')) await readPack(store, name, objects);
  }
  return [...objects.findings, ...missingFrom(roots, objects)];
}

async function rootsOf(store: Store): Promise<ReadonlyMap<string, Oid>> {
  const roots = new Map(await allRefs(store));
  const pointer = await headPointer(store);
  if ('detachedAt' in pointer && isOid(pointer.detachedAt)) roots.set('HEAD', pointer.detachedAt);
  return roots;
}

async function readLoose(store: Store, folder: string, objects: Objects): Promise<void> {
  let count = 0;
  for (const name of await names(store, `objects/${folder}`)) {
    if (!/^[0-9a-f]{38}$/.test(name)) continue;
    if (++count % SLICE === 0) await turn();
    const oid = (folder + name) as Oid;
    const path = `.git/objects/${folder}/${name}`;
    try {
      note(objects, oid, await inflatedObject(oid, await read(store, `objects/${folder}/${name}`)));
    } catch (error) {
      // Packed away by git in this very moment.
      if (isAtoError(error, 'not-found')) continue;
      if (!(error instanceof AtoError)) throw error;
      objects.findings.push(damaged(path, 'an object that hashes to its name, found it damaged'));
    }
  }
}

async function readPack(store: Store, name: string, objects: Objects): Promise<void> {
  const path = `.git/objects/pack/${name}`;
  const seen = new Set<Oid>();
  try {
    await openPack(await read(store, `objects/pack/${name}`), {
      onObject: (oid, object) => {
        seen.add(oid);
        note(objects, oid, object);
      },
    });
    const index = await read(store, `objects/pack/${name.replace(/pack$/, 'idx')}`);
    const listed = namesInIndex(index);
    if (listed.length !== seen.size || listed.some((oid) => !seen.has(oid))) {
      const message = `Expected the names of ${seen.size} objects in the index of a pack, found ${listed.length} or others. Run git index-pack ${path}.`;
      objects.findings.push({ severity: 'error', path, message });
    }
  } catch (error) {
    if (isAtoError(error, 'not-found')) return;
    if (!(error instanceof AtoError)) throw error;
    objects.findings.push(damaged(path, 'a whole pack, found it damaged'));
  }
}

function note({ needs, findings }: Objects, oid: Oid, object: PackObject): void {
  if (needs.has(oid)) return;
  try {
    needs.set(oid, { type: object.type, needs: needsOf(oid, object) });
  } catch (error) {
    if (!(error instanceof AtoError)) throw error;
    needs.set(oid, { type: object.type, needs: [] });
    findings.push(damaged(oid, `a sound ${object.type}, found one that git fsck refuses`));
  }
}

/** What is reached and not there, each said once with the first that asks for it. */
function missingFrom(roots: ReadonlyMap<string, Oid>, { needs }: Objects): readonly Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<Oid>();
  let next: { oid: Oid; by: string; type?: string }[] = [...roots].map(([by, oid]) => ({
    oid,
    by,
  }));
  while (next.length > 0) {
    const after: typeof next = [];
    for (const { oid, by, type } of next) {
      if (seen.has(oid)) continue;
      seen.add(oid);
      const found = needs.get(oid);
      if (found === undefined) {
        const message = `Expected ${type ?? 'an object'} ${oid}, which ${by} needs, found none that is whole. ${RESTORE}`;
        findings.push({ severity: 'error', path: oid, message });
      } else if (type !== undefined && found.type !== type) {
        const message = `Expected ${oid} to be a ${type} for ${by}, found a ${found.type}. ${RESTORE}`;
        findings.push({ severity: 'error', path: oid, message });
      } else for (const need of found.needs) after.push({ ...need, by: oid });
    }
    next = after;
  }
  return findings;
}

/** HEAD, every reference, and whether git is in the middle of something. */
export async function checkRefs({ ground }: Examined): Promise<readonly Finding[]> {
  const { store } = ground;
  const findings: Finding[] = [];
  for (const name of await looseRefs(store, 'refs')) {
    const text = (await read(store, name)).toString('utf8').trim();
    if (isOid(text) || /^ref: refs\//.test(text)) continue;
    const message = `Expected 40 hexadecimal digits, found ${JSON.stringify(text.slice(0, 60))}. Write the last commit of .git/logs/${name} into it.`;
    findings.push({ severity: 'error', path: `.git/${name}`, message });
  }
  if (findings.length > 0) return findings;
  const pointer = await headPointer(store);
  if ('branch' in pointer && (await readRef(store, `refs/heads/${pointer.branch}`)) === undefined) {
    const message = `Expected the branch that HEAD names, refs/heads/${pointer.branch}, found none. Run git switch ${store.branch}.`;
    return [{ severity: 'error', path: '.git/HEAD', message }];
  }
  const state = await operationUnderWay(store);
  if (state.writable) return [];
  const message = `Expected a repository that is written to, found otherwise: ${state.reason}`;
  return [{ severity: 'warning', path: '.git', message }];
}

/** The index: readable, and the same files as HEAD. */
export async function checkIndexFile({ ground }: Examined): Promise<readonly Finding[]> {
  const { store } = ground;
  let index: GitIndex;
  try {
    index = parseIndex(await read(store, 'index'));
  } catch (error) {
    if (isAtoError(error, 'not-found')) return [];
    if (!isAtoError(error, 'verification-failed')) throw error;
    const message = `${error.message} Delete .git/index while no daemon runs, then run git reset.`;
    return [{ severity: 'error', path: '.git/index', message }];
  }
  // While a daemon commits, index and HEAD are two moments.
  const isMoving = ground.isServed;
  const committed = await ground.committed();
  const unmerged = index.entries.filter(({ stage }) => stage !== 0).length;
  if (unmerged > 0) {
    const message = `Expected no unmerged files in the index, found ${unmerged} entries. Finish the merge: git status says how.`;
    return [{ severity: 'error', path: '.git/index', message }];
  }
  if (isMoving) return [];
  const staged = new Map(index.entries.map((entry) => [entry.key, entryOid(entry)]));
  const differing = [...committed].filter(([path, oid]) => staged.get(bytesKey(path)) !== oid);
  const extra = Math.max(0, staged.size - committed.size);
  if (differing.length + extra === 0) return [];
  const [first] = differing;
  const message = `Expected what HEAD holds, found ${Math.max(differing.length, extra)} files staged otherwise${first === undefined ? '' : ` (${first[0]})`}. They are committed with the next settle; git reset undoes it.`;
  return [{ severity: 'warning', path: '.git/index', message }];
}

async function looseRefs(store: Store, folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await names(store, folder)) {
    // What begins with a dot is no reference to git either.
    if (name.startsWith('.')) continue;
    const path = `${folder}/${name}`;
    const stat = await store.fs.disk.lstat(join(store.gitdir, path)).catch(() => undefined);
    if (stat?.isDirectory()) found.push(...(await looseRefs(store, path)));
    else if (stat?.isFile() && !name.endsWith('.lock')) found.push(path);
  }
  return found;
}

async function names(store: Store, folder: string): Promise<readonly string[]> {
  try {
    return (await store.fs.disk.readdir(join(store.gitdir, folder))).sort();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return [];
    throw error;
  }
}

/** AtoError `not-found`, `failed`. */
async function read(store: Store, name: string): Promise<Buffer> {
  try {
    return await store.fs.disk.readFile(join(store.gitdir, name));
  } catch (error) {
    const code = errorCode(error) === 'ENOENT' ? 'not-found' : 'failed';
    throw new AtoError(code, `Expected .git/${name}, which cannot be read.`, { cause: error });
  }
}

function damaged(path: string, what: string): Finding {
  return { severity: 'error', path, message: `Expected ${what}. ${RESTORE}` };
}

function isOid(text: string): text is Oid {
  return /^[0-9a-f]{40}$/.test(text);
}
