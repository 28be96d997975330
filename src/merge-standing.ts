/** What arriving commits did to statuses: who decided what, and what broke the table of domain.md §4. */
import { roleOf } from './model/layout.ts';
import { actBetween } from './model/lifecycle.ts';
import { idOfPath, readRecord } from './model/records.ts';
import type { Oid, RecordType, Status, StorePath } from './plugin.ts';
import { UNLAWFUL } from './standing.ts';
import {
  type CommitWithChanges,
  type PathChange,
  readBlob,
  walkFirstParents,
} from './store/history.ts';
import type { Store } from './store/store.ts';

type Trailers = readonly (readonly [string, string])[];

export interface ArrivedStatuses {
  /** Last lawful status of each of their records whose file breaks the table. */
  readonly unlawful: ReadonlyMap<StorePath, Status>;
  /** Those that no commit of theirs says so of: whoever takes them has to say it. */
  readonly unsaid: ReadonlySet<StorePath>;
}

/**
 * Follows each record through their commits, oldest first. A step that the table doesn't have is
 * unlawful, as for a hand edit; going back to an earlier version is an undo. What another store's
 * merge brought was judged there.
 */
export async function arrivedStatuses(
  store: Store,
  range: { readonly theirs: Oid; readonly onlyTheirs: ReadonlySet<Oid> },
): Promise<ArrivedStatuses> {
  const unlawful = new Map<StorePath, Status>();
  const unsaid = new Set<StorePath>();
  const versions = new Map<StorePath, Set<Oid>>();
  for (const commit of await commitsOf(store, range)) {
    const said = unlawfulSaid(commit);
    for (const { path, before, after } of commit.changes) {
      if (roleOf(path).role !== 'record') continue;
      const known = versions.get(path) ?? new Set<Oid>();
      versions.set(path, known);
      if (before !== null) known.add(before);
      const standing = said.get(path);
      const earlier = unlawful.get(path);
      unlawful.delete(path);
      unsaid.delete(path);
      if (standing !== undefined) unlawful.set(path, standing);
      else if (
        after !== null &&
        before !== null &&
        commit.parents.length < 2 &&
        !known.has(after)
      ) {
        const broken = await brokenBy(store, { path, before, after }, earlier);
        if (broken === undefined) continue;
        unlawful.set(path, broken);
        unsaid.add(path);
      }
    }
  }
  return { unlawful, unsaid };
}

/** Trailers by which the next who reads history knows the same. */
export function unlawfulTrailers(standing: ReadonlyMap<StorePath, Status>): Trailers {
  return [...standing].map(([path, status]) => [UNLAWFUL, `${path} ${status}`] as const);
}

const DECISIONS_MAX = 500;

/** Each status that the merge changes here, for the record's audit trail. */
export async function statusTrailers(
  store: Store,
  changes: readonly PathChange[],
  after: (path: StorePath) => Oid | null,
): Promise<Trailers> {
  const trailers: (readonly [string, string])[] = [];
  for (const change of changes) {
    const { path, before } = change;
    const id = roleOf(path).role === 'record' ? idOfPath(path) : undefined;
    if (id === undefined || trailers.length >= DECISIONS_MAX * 4) continue;
    // A mixed version is no object yet; its status is one of the two, and ours is no change.
    if (after(path) !== change.after) continue;
    const [was, is] = [
      await statusAt(store, path, before),
      await statusAt(store, path, change.after),
    ];
    if (was?.status === is?.status || is === undefined) continue;
    trailers.push(
      ['Act', 'merge'],
      ['Record', id],
      ...(was === undefined ? [] : [['Before', was.status] as const]),
      ['After', is.status],
    );
  }
  return trailers;
}

/** Their commits along first parents as far as we lack them, oldest first. */
async function commitsOf(
  store: Store,
  { theirs, onlyTheirs }: { readonly theirs: Oid; readonly onlyTheirs: ReadonlySet<Oid> },
): Promise<readonly CommitWithChanges[]> {
  const commits: CommitWithChanges[] = [];
  for await (const commit of walkFirstParents(store, { from: theirs })) {
    if (!onlyTheirs.has(commit.oid)) break;
    commits.push(commit);
  }
  return commits.reverse();
}

function unlawfulSaid({ trailers }: CommitWithChanges): ReadonlyMap<StorePath, Status> {
  return new Map(
    trailers
      .filter(([key]) => key === UNLAWFUL)
      .map(([, value]) => {
        const cut = value.lastIndexOf(' ');
        return [value.slice(0, cut) as StorePath, value.slice(cut + 1) as Status] as const;
      }),
  );
}

/** The status that still holds after an unlawful step; nothing for a lawful one. */
async function brokenBy(
  store: Store,
  step: { readonly path: StorePath; readonly before: Oid; readonly after: Oid },
  earlier: Status | undefined,
): Promise<Status | undefined> {
  const was = await statusAt(store, step.path, step.before);
  const is = await statusAt(store, step.path, step.after);
  const from = earlier ?? was?.status;
  if (from === undefined || is === undefined || from === is.status) return undefined;
  return actBetween(from, is.status, is.type) === undefined ? from : undefined;
}

async function statusAt(
  store: Store,
  path: StorePath,
  oid: Oid | null,
): Promise<{ readonly status: Status; readonly type: RecordType } | undefined> {
  if (oid === null) return undefined;
  const file = readRecord(path, (await readBlob(store, oid)).toString('utf8'));
  return 'problem' in file ? undefined : file.record;
}
