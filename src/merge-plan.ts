/** The merge of another store's commits into ours, as one commit that is not written yet. */
import type { PlannedCommit } from './decisions.ts';
import type { PlannedChange } from './desk.ts';
import { AtoError } from './errors.ts';
import { type Content, type FileDispute, type MergedFile, mergedFile } from './merge-file.ts';
import { arrivedStatuses, statusTrailers, unlawfulTrailers } from './merge-standing.ts';
import { type Dispute, formatDispute } from './model/disputes.ts';
import { decodeText } from './model/front-matter.ts';
import { byText, quote } from './model/names.ts';
import type { Oid, Status, StorePath } from './plugin.ts';
import { changedBetween, type PathChange, readBlob, treeAt } from './store/history.ts';
import { type Divergence, divergence } from './store/merge-bases.ts';
import { blobOid } from './store/objects.ts';
import type { Store } from './store/store.ts';
import { BODY } from './three-way.ts';

export interface MergeAsk {
  readonly ours: Oid;
  readonly theirs: Oid;
  readonly apart: Divergence;
  /** The last lawful status of each of our records whose file breaks the table. */
  readonly standing: ReadonlyMap<StorePath, Status>;
  readonly by: { readonly name: string; readonly email: string };
  /** Where theirs come from, as people know it. */
  readonly from: string;
}

export interface PlannedMerge extends PlannedCommit {
  /** What our files become; all of theirs for a store that had nothing of its own. */
  readonly parents: { readonly ours: Oid; readonly theirs: Oid };
  /** True when the branch can go to their commit as it is. */
  readonly isForward: boolean;
  /** Conflict files that it adds, and copies of their versions beside ours. */
  readonly disputes: readonly StorePath[];
  readonly copies: readonly StorePath[];
  /** Last lawful statuses that hold after it, of what arrived. */
  readonly standing: ReadonlyMap<StorePath, Status>;
}

/** Nothing is read from or written to the folder: both sides are commits. */
export async function planMerge(store: Store, ask: MergeAsk): Promise<PlannedMerge> {
  const { ours, theirs, apart } = ask;
  const differing = await changedBetween(store, ours, theirs);
  const isBehind = apart.bases.includes(ours);
  const arrived = await arrivedStatuses(store, { theirs, onlyTheirs: apart.onlyTheirs });
  // Their commits alone say what breaks the table, unless nobody has judged them yet.
  const isForward = isBehind && arrived.unsaid.size === 0;
  const sheet = new Sheet(ask, await treeAt(store, ours), await treeAt(store, theirs));
  const baseOf = isBehind ? undefined : await baseFinder(store, apart.bases);
  for (const change of differing) {
    const merged =
      baseOf === undefined
        ? { content: await contentOf(store, change.after) }
        : await mergedChange(store, change, baseOf(change.path));
    await sheet.put(store, change, merged);
  }
  const standing = statusesAfter(ask, sheet, arrived.unlawful);
  return {
    ...sheet.done(),
    parents: { ours, theirs },
    isForward,
    standing,
    subject: `merge: ${count(apart.onlyTheirs.size)} from ${ask.from}`,
    trailers: [
      ['Actor', `${ask.by.name} <${ask.by.email}>`],
      ['Act', 'merge'],
      ['Upstream', theirs],
      ...(await statusTrailers(store, differing, (path) => sheet.after(path))),
      ...unlawfulTrailers(standing),
    ],
  };
}

async function mergedChange(
  store: Store,
  { path, before, after }: PathChange,
  base: Oid | null,
): Promise<MergedFile> {
  // Most files changed on one side only: their bytes needn't be looked at.
  if (base === before) return { content: await contentOf(store, after) };
  if (base === after) return { content: await contentOf(store, before) };
  const [old, ours, theirs] = await Promise.all(
    [base, before, after].map((oid) => contentOf(store, oid)),
  );
  return mergedFile(path, { base: old ?? null, ours: ours ?? null, theirs: theirs ?? null });
}

async function contentOf(store: Store, oid: Oid | null): Promise<Content> {
  return oid === null ? null : readBlob(store, oid);
}

/** The changes as they come together, with what is added beside them. */
class Sheet {
  readonly #ask: MergeAsk;
  readonly #ours: ReadonlyMap<StorePath, Oid>;
  readonly #theirs: ReadonlyMap<StorePath, Oid>;
  readonly #changes = new Map<StorePath, PlannedChange>();
  readonly #disputes: StorePath[] = [];
  readonly #copies: StorePath[] = [];

  constructor(
    ask: MergeAsk,
    ours: ReadonlyMap<StorePath, Oid>,
    theirs: ReadonlyMap<StorePath, Oid>,
  ) {
    this.#ask = ask;
    this.#ours = ours;
    this.#theirs = theirs;
  }

  async put(store: Store, change: PathChange, merged: MergedFile): Promise<void> {
    const { path, before, after } = change;
    const { content, dispute } = merged;
    const oid = content === null ? null : blobOid(content);
    if (oid !== before) this.#changes.set(path, { path, text: content });
    if (merged.isCopied === true && after !== null) {
      const copy = this.#copyPath(path);
      this.#changes.set(copy, { path: copy, text: await readBlob(store, after) });
      this.#copies.push(copy);
    }
    if (dispute !== undefined) await this.#raise(store, change, dispute);
  }

  /** What a path holds after the merge. */
  after(path: StorePath): Oid | null {
    const change = this.#changes.get(path);
    if (change === undefined) return this.#ours.get(path) ?? null;
    return change.text === null ? null : blobOid(change.text);
  }

  /** Whose version a path holds after the merge. */
  sideOf(path: StorePath): 'ours' | 'theirs' | 'mixed' | 'none' {
    const after = this.after(path);
    if (after === null) return 'none';
    if (after === this.#ours.get(path)) return 'ours';
    return after === this.#theirs.get(path) ? 'theirs' : 'mixed';
  }

  done(): Pick<PlannedMerge, 'changes' | 'disputes' | 'copies'> {
    const changes = [...this.#changes.values()].sort((a, b) => byText(a.path, b.path));
    assertNoFolderClash(this.#ours, changes);
    return { changes, disputes: this.#disputes, copies: this.#copies };
  }

  /** Raised once: a dispute of the same two versions that either side has already says it. */
  async #raise(store: Store, change: PathChange, dispute: FileDispute): Promise<void> {
    const { path, before: ours, after: theirs } = change;
    const text = theirs === null ? undefined : decodeText(await readBlob(store, theirs));
    const said = 'fields' in dispute ? dispute.fields.map(saidOf) : [deletionSaid(dispute)];
    const raised: Dispute = {
      path,
      ours,
      theirs,
      commit: this.#ask.theirs,
      said,
      ...(text !== undefined && 'text' in text ? { text: text.text } : {}),
    };
    const file = formatDispute(raised);
    if (this.#ours.has(file.path) || this.#theirs.has(file.path)) return;
    this.#changes.set(file.path, file);
    this.#disputes.push(file.path);
  }

  /** Beside the file, in a name that says whose it is and that scanning knows for a copy. */
  #copyPath(path: StorePath): StorePath {
    const cut = path.lastIndexOf('/') + 1;
    const name = path.slice(cut);
    const dot = name.lastIndexOf('.');
    const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
    const commit = this.#ask.theirs.slice(0, 12);
    for (let n = 1; ; n += 1) {
      const mark = ` (conflicted copy from upstream ${commit}${n === 1 ? '' : ` ${n}`})`;
      const copy = `${path.slice(0, cut)}${shortened(stem, 240 - mark.length - end.length)}${mark}${end}`;
      const at = copy as StorePath;
      if (!this.#ours.has(at) && !this.#theirs.has(at) && !this.#changes.has(at)) return at;
    }
  }
}

function shortened(stem: string, bytesMax: number): string {
  let kept = stem;
  while (Buffer.byteLength(kept) > bytesMax) kept = [...kept].slice(0, -1).join('');
  return kept;
}

function saidOf({ field, ours, theirs }: { field: string; ours: unknown; theirs: unknown }) {
  const name = field === BODY ? 'text' : field;
  return { ours: `${name} ${shown(ours)}`, theirs: `${name} ${shown(theirs)}` };
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'not set';
  return typeof value === 'string' ? value.trim() : JSON.stringify(value);
}

function deletionSaid({ deletedBy }: { readonly deletedBy: 'us' | 'them' }) {
  const [gone, kept] = ['the file taken away', 'the file changed, and kept'];
  return deletedBy === 'us' ? { ours: gone, theirs: kept } : { ours: kept, theirs: gone };
}

/** The last lawful statuses after the merge: of each file those of the side whose version it holds. */
function statusesAfter(
  { standing: ours }: MergeAsk,
  sheet: Sheet,
  theirs: ReadonlyMap<StorePath, Status>,
): ReadonlyMap<StorePath, Status> {
  const after = new Map<StorePath, Status>();
  for (const path of new Set([...ours.keys(), ...theirs.keys()])) {
    const side = sheet.sideOf(path);
    const mixed = side === 'mixed' ? (ours.get(path) ?? theirs.get(path)) : undefined;
    const status = side === 'ours' ? ours.get(path) : side === 'theirs' ? theirs.get(path) : mixed;
    if (status !== undefined) after.set(path, status);
  }
  return after;
}

/**
 * The version that both sides come from. Where histories crossed there are several: what they don't
 * agree on is looked for further back, so that neither side's word is taken for the older one.
 */
async function baseFinder(
  store: Store,
  bases: readonly Oid[],
): Promise<(path: StorePath) => Oid | null> {
  const levels: ReadonlyMap<StorePath, Oid>[][] = [];
  let level = bases;
  while (level.length > 0 && levels.length < LEVELS_MAX) {
    levels.push(await Promise.all(level.map((oid) => treeAt(store, oid))));
    level = await basesBehind(store, level);
  }
  return (path) => {
    for (const trees of levels) {
      const found = new Set(trees.map((tree) => tree.get(path) ?? null));
      const [only] = found;
      if (found.size === 1 && only !== undefined) return only;
    }
    return null;
  };
}

const LEVELS_MAX = 8;

async function basesBehind(store: Store, level: readonly Oid[]): Promise<readonly Oid[]> {
  if (level.length < 2) return [];
  const found = new Set<Oid>();
  for (const [at, one] of level.entries()) {
    for (const other of level.slice(at + 1)) {
      for (const base of (await divergence(store, one, other)).bases) found.add(base);
    }
  }
  return [...found].sort();
}

/** AtoError `invalid` where one side has a file and the other a folder of that name. */
function assertNoFolderClash(
  ours: ReadonlyMap<StorePath, Oid>,
  changes: readonly PlannedChange[],
): void {
  const files = new Set<string>(ours.keys());
  for (const { path, text } of changes) {
    if (text === null) files.delete(path);
    else files.add(path);
  }
  for (const { path, text } of changes) {
    if (text === null) continue;
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      if (files.has(path.slice(0, at))) throw folderClash(path.slice(0, at), path);
    }
  }
  const folders = new Set<string>();
  for (const path of files) {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      folders.add(path.slice(0, at));
    }
  }
  const both = changes.find(({ path, text }) => text !== null && folders.has(path));
  if (both !== undefined) throw folderClash(both.path, `${both.path}/`);
}

function folderClash(file: string, inside: string): AtoError {
  return new AtoError(
    'invalid',
    `Expected ${quote(file)} to be a file or a folder in both stores, found a file in one and ${quote(inside)} in the other. Rename one of them, then sync again; nothing was changed.`,
  );
}

function count(commits: number): string {
  return `${commits} ${commits === 1 ? 'commit' : 'commits'}`;
}
