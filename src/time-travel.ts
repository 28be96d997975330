/** The view that a store gave at an old commit, made again from git's objects alone (retrieval.md §4). */
import { loadPlugins, operatorPlugins } from './config.ts';
import { AtoError } from './errors.ts';
import { CONFIG_PATH, roleOf } from './model/layout.ts';
import { quote } from './model/names.ts';
import type { StoreFile } from './model/snapshot.ts';
import { readConfig } from './model/store-config.ts';
import { Memo } from './pipeline/memo.ts';
import type { Oid, Problem, StorePath } from './plugin.ts';
import { Publisher } from './publish.ts';
import { settleWithHistory } from './settle-with-history.ts';
import { LastGood, recoverStanding } from './standing.ts';
import { log, readAt, readBlob, readCommit, treeAt } from './store/history.ts';
import { lastTouched } from './store/last-touched.ts';
import type { Store } from './store/store.ts';
import type { View } from './view/view.ts';

export interface TravelOptions {
  /** What present files gave: most of an old tree is in the new one. It is read, never written. */
  readonly known?: Memo;
}

/** A view, and the day that was today when its commit was made. */
export interface PastView {
  readonly view: View;
  readonly today: string;
}

/**
 * The view as it was published at a commit; the working tree is not looked at, nothing is written.
 * AtoError `not-found` for an unknown commit, `invalid` when it holds no readable settings.
 */
export async function viewAt(
  store: Store,
  commit: Oid,
  options: TravelOptions = {},
): Promise<PastView> {
  const { date } = await readCommit(store, commit);
  const settings = await readAt(store, commit, CONFIG_PATH);
  if (settings === undefined) {
    const message = `Expected atocore.json in commit ${commit}, found none. Name a later commit.`;
    throw new AtoError('invalid', message);
  }
  const config = readConfig(settings.toString('utf8'));
  const plugins = await loadPlugins(config, operatorPlugins(process.env));
  const tree = await treeAt(store, commit);
  const memo = memoOf(tree, options.known);
  const standing = await recoverStanding(store, undefined, tree, commit);
  const { files, unread } = await readFiles(store, tree, {
    memo,
    bytesMax: config.limits.fileBytes,
  });
  const snapshot = { files, unread, config, plugins, standing, lastGood: new Map() };
  const settlement = await settleWithHistory(snapshot, memo, new LastGood(store, commit));
  const { touches } = await lastTouched(store, { at: commit });
  const view = await new Publisher(config).publish(settlement, commit, touches);
  return { view, today: date.slice(0, 10) };
}

// A memo of its own: it holds one version of a path, and the engine's must stay the present one.
function memoOf(tree: ReadonlyMap<StorePath, Oid>, known: Memo | undefined): Memo {
  const memo = new Memo();
  for (const parsed of known?.entries() ?? []) {
    if (tree.get(parsed.path) === parsed.oid) memo.rememberParsed(parsed);
  }
  return memo;
}

const HISTORY_MAX = 1_000_000;

/**
 * The commit that a person means: the start of its name, or a date (the last one made by the end of
 * it, UTC). Only the branch's own line is looked at. AtoError `not-found`, `usage`.
 */
export async function resolveCommit(store: Store, at: string): Promise<Oid> {
  const isDate = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?$/.test(at);
  const end = isDate ? Date.parse(at.length === 10 ? `${at}T23:59:59Z` : at) : Number.NaN;
  if (Number.isNaN(end) && !/^[0-9a-f]{4,40}$/.test(at)) {
    throw new AtoError(
      'usage',
      `Expected a commit (4 to 40 hexadecimal digits) or a date such as 2026-04-09, found ${quote(at)}.`,
    );
  }
  const commits = await log(store, { limit: HISTORY_MAX });
  const found = Number.isNaN(end)
    ? commits.filter(({ oid }) => oid.startsWith(at))
    : commits.filter(({ date }) => Date.parse(date) <= end).slice(0, 1);
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first.oid;
  const message =
    first === undefined
      ? `Expected a commit of this store's branch, found none for ${quote(at)}. \`git log --first-parent\` lists them.`
      : `Expected the start of one commit, found ${found.length} that begin with ${quote(at)}. Give more digits.`;
  throw new AtoError(first === undefined ? 'not-found' : 'usage', message);
}

interface Reading {
  readonly memo: Memo;
  readonly bytesMax: number;
}

async function readFiles(
  store: Store,
  tree: ReadonlyMap<StorePath, Oid>,
  { memo, bytesMax }: Reading,
): Promise<{ files: ReadonlyMap<StorePath, StoreFile>; unread: readonly Problem[] }> {
  const files = new Map<StorePath, StoreFile>();
  const unread: Problem[] = [];
  for (const [path, oid] of tree) {
    files.set(path, { path, oid });
    if (roleOf(path).role === 'other' || memo.knows(path, oid)) continue;
    const bytes = await readBlob(store, oid);
    if (bytes.length <= bytesMax) files.set(path, { path, oid, bytes });
    else {
      const message = `Expected at most ${bytesMax} bytes, found ${bytes.length}. Split the file.`;
      unread.push({ path, rule: 'too-large', message });
    }
  }
  return { files, unread };
}
