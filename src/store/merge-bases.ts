/** Where two histories meet: the commits that both have and that no other such commit has behind it. */
import type { Oid } from '../plugin.ts';
import { readCommit } from './history.ts';
import type { Store } from './store.ts';

const OURS = 1;
const THEIRS = 2;
const BOTH = OURS | THEIRS;
/** Behind a commit that both have: of no more interest. */
const STALE = 4;

interface Waiting {
  readonly oid: Oid;
  readonly timeMs: number;
}

export interface Divergence {
  /** As `git merge-base --all` gives them, sorted; none for histories that have nothing in common. */
  readonly bases: readonly Oid[];
  /** Commits that the other side lacks. */
  readonly onlyOurs: ReadonlySet<Oid>;
  readonly onlyTheirs: ReadonlySet<Oid>;
}

/** How two commits' histories differ. */
export async function divergence(store: Store, ours: Oid, theirs: Oid): Promise<Divergence> {
  const { flags, common } = await paint(store, ours, theirs);
  const only = (side: number): ReadonlySet<Oid> =>
    new Set([...flags].filter(([, mark]) => mark === side).map(([oid]) => oid));
  return {
    bases: await withoutAncestors(store, common),
    onlyOurs: only(OURS),
    onlyTheirs: only(THEIRS),
  };
}

/** Whether a commit is another one or lies behind it, along any parents. */
export async function isAncestor(store: Store, commit: Oid, of: Oid): Promise<boolean> {
  return (await paint(store, commit, of)).common.includes(commit);
}

/** How many commits a commit has behind it, itself among them. */
export async function countBehind(store: Store, commit: Oid): Promise<number> {
  const seen = new Set<Oid>([commit]);
  for (const oid of seen) {
    for (const parent of (await readCommit(store, oid)).parents) seen.add(parent);
  }
  return seen.size;
}

async function withoutAncestors(store: Store, found: readonly Oid[]): Promise<readonly Oid[]> {
  if (found.length < 2) return found;
  // Clocks that differ may have let one through that lies behind another.
  const kept: Oid[] = [];
  for (const each of found) {
    let isBehind = false;
    for (const other of found) {
      isBehind ||= other !== each && (await isAncestor(store, each, other));
    }
    if (!isBehind) kept.push(each);
  }
  return kept;
}

/** Newest first from both ends, until all that is left lies behind a commit that both have. */
async function paint(
  store: Store,
  ours: Oid,
  theirs: Oid,
): Promise<{ readonly flags: ReadonlyMap<Oid, number>; readonly common: readonly Oid[] }> {
  const flags = new Map<Oid, number>();
  const waiting: Waiting[] = [];
  const add = async (oid: Oid, more: number): Promise<void> => {
    const before = flags.get(oid) ?? 0;
    if ((before & more) === more) return;
    flags.set(oid, before | more);
    const { date } = await readCommit(store, oid);
    insert(waiting, { oid, timeMs: Date.parse(date) });
  };
  await add(ours, OURS);
  await add(theirs, THEIRS);
  const results = new Set<Oid>();
  while (waiting.some(({ oid }) => ((flags.get(oid) ?? 0) & STALE) === 0)) {
    const next = waiting.pop();
    if (next === undefined) break;
    let passed = (flags.get(next.oid) ?? 0) & (BOTH | STALE);
    if ((passed & BOTH) === BOTH) {
      if ((passed & STALE) === 0) results.add(next.oid);
      passed |= STALE;
    }
    const { parents } = await readCommit(store, next.oid);
    for (const parent of parents) await add(parent, passed);
  }
  const common = [...results].filter((oid) => ((flags.get(oid) ?? 0) & STALE) === 0).sort();
  return { flags, common };
}

/** The newest last, so that it is the next. */
function insert(waiting: Waiting[], one: Waiting): void {
  let low = 0;
  let high = waiting.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((waiting[middle]?.timeMs ?? 0) < one.timeMs) low = middle + 1;
    else high = middle;
  }
  waiting.splice(low, 0, one);
}
