/** What history says of record files at fault: their last lawful status, their last readable text. */
import { AtoError } from './errors.ts';
import { roleOf } from './model/layout.ts';
import { actBetween } from './model/lifecycle.ts';
import { readRecord } from './model/records.ts';
import { readState } from './model/states.ts';
import type { Oid, Status, StorePath } from './plugin.ts';
import { log, readAt, readBlob } from './store/history.ts';
import { blobOid } from './store/objects.ts';
import { readFile } from './store/read-file.ts';
import type { Store } from './store/store.ts';

type Committed = ReadonlyMap<StorePath, Oid>;
type Standing = ReadonlyMap<StorePath, Status>;

/** The trailer of a commit with a hand edit that broke the table: path and last lawful status. */
export const UNLAWFUL = 'Unlawful';
const VERSIONS_LOOKED_AT = 200;

/**
 * Reads the trailers back, newest first (from the head, or `from`) until (and without) a commit;
 * only what still stands counts.
 */
export async function recoverStanding(
  store: Store,
  until: Oid | undefined,
  committed: Committed,
  from?: Oid,
): Promise<Standing> {
  const standing = new Map<StorePath, Status>();
  const range = { limit: Number.MAX_SAFE_INTEGER, ...(from && { from }) };
  for (const { oid, trailers } of await log(store, range)) {
    if (oid === until) break;
    for (const [key, value] of trailers) {
      if (key !== UNLAWFUL) continue;
      const cut = value.lastIndexOf(' ');
      const path = value.slice(0, cut) as StorePath;
      const then = await readAt(store, oid, path);
      const isStill = then !== undefined && blobOid(then) === committed.get(path);
      if (isStill && !standing.has(path)) standing.set(path, value.slice(cut + 1) as Status);
    }
  }
  return standing;
}

/**
 * Which hand edits break the table of domain.md §4, as the standing that follows and the trailers
 * of their commit. Going back to an earlier version of the file is an undo, and lawful.
 */
export async function judgeStatuses(
  store: Store,
  edits: readonly { readonly path: StorePath; readonly oid: Oid | null }[],
  now: { readonly committed: Committed; readonly standing: Standing },
): Promise<{
  readonly standing: Map<StorePath, Status>;
  readonly trailers: readonly (readonly [string, string])[];
}> {
  const standing = new Map(now.standing);
  const trailers: (readonly [string, string])[] = [];
  for (const { path, oid } of edits) {
    if (roleOf(path).role !== 'record') continue;
    const before = standing.get(path) ?? (await statusOf(store, path, now.committed.get(path)));
    standing.delete(path);
    if (oid === null || before === undefined) continue;
    const lawful = await isLawful(store, path, { oid, before });
    if (lawful === 'lawful') continue;
    standing.set(path, before);
    if (lawful === 'unlawful') trailers.push([UNLAWFUL, `${path} ${before}`]);
  }
  return { standing, trailers };
}

async function isLawful(
  store: Store,
  path: StorePath,
  edit: { readonly oid: Oid; readonly before: Status },
): Promise<'lawful' | 'unlawful' | 'unreadable'> {
  const text = await readText(store, path);
  const file = text === undefined ? undefined : readRecord(path, text);
  if (file === undefined || 'problem' in file) return 'unreadable';
  const { status, type } = file.record;
  if (status === edit.before || actBetween(edit.before, status, type) !== undefined) {
    return 'lawful';
  }
  return (await wasVersion(store, path, edit.oid)) ? 'lawful' : 'unlawful';
}

async function statusOf(
  store: Store,
  path: StorePath,
  oid: Oid | undefined,
): Promise<Status | undefined> {
  if (oid === undefined) return undefined;
  const file = readRecord(path, (await readBlob(store, oid)).toString('utf8'));
  return 'problem' in file ? undefined : file.record.status;
}

async function wasVersion(store: Store, path: StorePath, oid: Oid): Promise<boolean> {
  for (const each of await log(store, { path, limit: VERSIONS_LOOKED_AT })) {
    const then = await readAt(store, each.oid, path);
    if (then !== undefined && blobOid(then) === oid) return true;
  }
  return false;
}

async function readText(store: Store, path: StorePath): Promise<string | undefined> {
  try {
    return (await readFile(store, path)).bytes.toString('utf8');
  } catch (error) {
    if (error instanceof AtoError) return undefined;
    throw error;
  }
}

function isReadable(path: StorePath, text: string): boolean {
  const role = roleOf(path);
  if (role.role === 'state') return !('problem' in readState(path, role, text));
  return role.role === 'record' && !('problem' in readRecord(path, text));
}

/** The last readable version of record and state files that can't be read now, looked up once for each. */
export class LastGood {
  readonly #store: Store;
  readonly #from: Oid | undefined;
  readonly #found = new Map<StorePath, { readonly oid: Oid; readonly text: string | undefined }>();

  /** Looked up from the head back, or from a commit. */
  constructor(store: Store, from?: Oid) {
    this.#store = store;
    this.#from = from;
  }

  /** @param oid the blob that can't be read */
  async text(path: StorePath, oid: Oid): Promise<string | undefined> {
    const known = this.#found.get(path);
    if (known?.oid === oid) return known.text;
    const text = await this.#look(path);
    this.#found.set(path, { oid, text });
    return text;
  }

  async #look(path: StorePath): Promise<string | undefined> {
    const range = { path, limit: VERSIONS_LOOKED_AT, ...(this.#from && { from: this.#from }) };
    for (const each of await log(this.#store, range)) {
      const text = (await readAt(this.#store, each.oid, path))?.toString('utf8');
      if (text !== undefined && isReadable(path, text)) return text;
    }
    return undefined;
  }
}
