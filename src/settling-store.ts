/** The store as the engine works on it: what was seen, committed and remembered, and how it is settled. */

import { count, editMessage, settleMessage } from './commit-messages.ts';
import type { PlannedCommit } from './decisions.ts';
import { AtoError, isAtoError } from './errors.ts';
import {
  forgetIntent,
  type IntendedChange,
  type Intent,
  noteIntent,
  readIntent,
} from './intent.ts';
import type { PlannedMerge } from './merge-plan.ts';
import { captureIdOfPath } from './model/captures.ts';
import type { Change, Settlement, Snapshot } from './model/snapshot.ts';
import type { StoreConfig } from './model/store-config.ts';
import type { ParseThreads } from './parse-threads.ts';
import type { Memo } from './pipeline/memo.ts';
import type { Oid, Plugin, Status, StorePath } from './plugin.ts';
import { putBack } from './put-back.ts';
import { settleWithHistory } from './settle-with-history.ts';
import type { Settled, SettlingOptions } from './settling-options.ts';
import { judgeStatuses, LastGood, recoverStanding } from './standing.ts';
import { type CommitRequest, commit } from './store/commit.ts';
import type { Person } from './store/commit-object.ts';
import { forward } from './store/forward.ts';
import { removeGitLeftovers } from './store/git-leftovers.ts';
import { readCommit, treeAt } from './store/history.ts';
import { type LastTouched, lastTouched } from './store/last-touched.ts';
import { blobOid } from './store/objects.ts';
import { pendingChanges } from './store/pending-changes.ts';
import { head, headPointer, readRef } from './store/refs.ts';
import { distrusted, type Known, type Scan, scan } from './store/scan.ts';
import type { Store } from './store/store.ts';
import { removeLeftovers, writeFiles } from './store/write.ts';
import { takeSnapshot } from './take-snapshot.ts';

/** The author of everything that is computed, and of captures. */
export const ENGINE: Person = { name: 'AtoCore', email: 'engine@atocore.invalid' };

const MOVED_ATTEMPTS = 5;

export class SettlingStore {
  readonly store: Store;
  readonly memo: Memo;
  readonly #config: StoreConfig;
  readonly #plugins: readonly Plugin[];
  readonly #threads: ParseThreads;
  readonly #person: Person;
  #seen: Scan | undefined;
  #known: Known;
  #head: Oid | undefined;
  /** HEAD was moved after the last look: what was seen is of another time than what is committed. */
  #isBehind = false;
  /** What settling wrote was not committed: nobody's edit, and to be finished by the next look. */
  #isInterrupted = false;
  #committed: ReadonlyMap<StorePath, Oid> = new Map();
  #standing: Map<StorePath, Status>;
  #dates: LastTouched;
  readonly #lastGood: LastGood;

  constructor(options: SettlingOptions) {
    this.store = options.store;
    this.memo = options.memo;
    this.#config = options.config;
    this.#plugins = options.plugins;
    this.#threads = options.threads;
    this.#person = options.person;
    this.#known = options.known;
    this.#lastGood = new LastGood(options.store);
    this.#standing = new Map(options.standing);
    this.#dates = options.dates ?? { revision: undefined, touches: new Map() };
  }

  /** The commit that the store stands at, as far as it was looked at. */
  get head(): Oid | undefined {
    return this.#head;
  }

  /** The commit that is checked out, whichever branch it is on. */
  async checkedOut(): Promise<Oid | undefined> {
    const pointer = await headPointer(this.store);
    if ('detachedAt' in pointer) return pointer.detachedAt as Oid;
    return pointer.branch === this.store.branch
      ? this.#head
      : readRef(this.store, `refs/heads/${pointer.branch}`);
  }

  /** What the last scan saw; what a next start may begin from. */
  get seen(): Scan | undefined {
    return this.#seen;
  }

  get standing(): ReadonlyMap<StorePath, Status> {
    return this.#standing;
  }

  get dates(): LastTouched {
    return this.#dates;
  }

  /** Looks at the hinted paths, at everything, or into every file; says how many differ from before. */
  async look(hints?: Iterable<string> | 'content'): Promise<number> {
    const isMoved = (await head(this.store)) !== this.#head;
    if (isMoved) await this.#follow();
    const moved = isMoved || this.#isBehind;
    const paths = hints === 'content' || moved || this.#seen === undefined ? undefined : hints;
    const known = this.#seen ?? this.#known;
    const found = await scan(this.store, hints === 'content' ? distrusted(known) : known, paths);
    const isFirst = this.#seen === undefined;
    this.#seen = found;
    if (paths === undefined) this.#isBehind = false;
    if (isFirst) {
      // Only now: later on, a temporary file is one of our own that is being written.
      await removeLeftovers(this.store, found.leftovers);
      await removeGitLeftovers(this.store);
    }
    if (isFirst || this.#isInterrupted) await this.#finishIntent();
    return found.changed.length + found.removed.length;
  }

  /** HEAD was moved by someone else, or is met for the first time: what it holds, when, and who broke the table. */
  async #follow(): Promise<void> {
    const before = this.#dates.revision;
    const now = await head(this.store);
    const known = this.#committed;
    this.#committed = now === undefined ? new Map() : await treeAt(this.store, now);
    // What was judged was one version of a file; another one came with a pull or a restore.
    for (const [path, oid] of known) {
      if (this.#committed.get(path) !== oid) this.#standing.delete(path);
    }
    if (now !== undefined && now !== before) {
      this.#dates = await lastTouched(this.store, { since: this.#dates });
      const recovered = await recoverStanding(this.store, before, this.#committed);
      for (const [path, status] of recovered) {
        if (!this.#standing.has(path)) this.#standing.set(path, status);
      }
    }
    this.#head = now;
  }

  /** A stop between writing and committing is made good: what was meant is committed as it was meant. */
  async #finishIntent(): Promise<void> {
    const intent = await readIntent(this.store.dir);
    if (intent === undefined) return;
    const entries = this.#seen?.entries ?? new Map();
    const done = intent.changes.filter(({ path, oid }) =>
      oid === null ? !entries.has(path) : entries.get(path)?.oid === oid,
    );
    const left = done.filter(({ path, oid }) => (this.#committed.get(path) ?? null) !== oid);
    if (intent.isWhole === true && done.length < intent.changes.length) await this.#takeBack(left);
    else if (left.length > 0) await this.#finish({ ...intent, changes: left });
    await this.#forgetIntent();
  }

  async #finish(intent: Intent): Promise<void> {
    try {
      await this.#commit(intent);
    } catch (error) {
      // The branch went elsewhere meanwhile: it can no longer go forward to what was fetched.
      if (intent.forwardTo === undefined || !isAtoError(error, 'changed')) throw error;
      await this.#takeBack(intent.changes);
    }
  }

  async #forgetIntent(): Promise<void> {
    await forgetIntent(this.store.dir);
    this.#isInterrupted = false;
  }

  /** Commits what people wrote and what was captured, each in a commit of its own (invariant 7). */
  async commitInputs(): Promise<number> {
    if (this.#isBehind) await this.look();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#commitSeen();
      } catch (error) {
        // A push or a person's commit came after the look: what it brought is not to be undone.
        if (!isAtoError(error, 'changed') || attempt === MOVED_ATTEMPTS) throw error;
        await this.look();
      }
    }
  }

  async #commitSeen(): Promise<number> {
    if (this.#seen === undefined) return 0;
    const pending = pendingChanges(this.#seen, this.#committed);
    const isCapture = ({ path, oid }: { path: StorePath; oid: Oid | null }): boolean =>
      oid !== null && captureIdOfPath(path) !== undefined && !this.#committed.has(path);
    const captures = pending.filter(isCapture);
    const edits = pending.filter((change) => !isCapture(change));
    if (captures.length > 0) {
      await this.#commitAsSeen({
        author: ENGINE,
        message: `capture: ${count(captures.length, 'interaction')}`,
        trailers: [['Act', 'capture']],
        changes: captures,
      });
    }
    if (edits.length > 0) {
      const judged = await judgeStatuses(this.store, edits, {
        committed: this.#committed,
        standing: this.#standing,
      });
      this.#standing = judged.standing;
      await this.#commitAsSeen({
        author: this.#person,
        message: editMessage(edits),
        trailers: [
          ['Actor', `${this.#person.name} <${this.#person.email}>`],
          ['Act', 'edit'],
          ...judged.trailers,
        ],
        changes: edits,
      });
    }
    return pending.length;
  }

  /** What settling would give, with nothing written: for a repository that must not be touched now. */
  async read(): Promise<Settlement> {
    const { snapshot } = await this.#snapshot();
    return this.#settleSnapshot(snapshot);
  }

  /** Parses what is new, settles, writes the difference and commits it. */
  async settle(): Promise<Settled> {
    let inputs = await this.commitInputs();
    for (let attempt = 1; ; attempt += 1) {
      const { snapshot, moved } = await this.#snapshot();
      if (moved.length > 0 && attempt < MOVED_ATTEMPTS) {
        await this.look(moved);
        inputs += await this.commitInputs();
        continue;
      }
      const settlement = await this.#settleSnapshot(snapshot);
      const refused = await this.#carryOutSettlement(settlement.changes);
      this.memo.keepOnly(snapshot.files);
      const changes = settlement.changes.length - refused.length;
      return { settlement, inputs, changes, moved: [...moved, ...refused] };
    }
  }

  /** What settling would give if a source or capture were this text; nothing is written. */
  async preview(path: StorePath, text: string): Promise<Settlement> {
    const { snapshot } = await this.#snapshot();
    const bytes = new TextEncoder().encode(text);
    const oid = blobOid(bytes);
    for (const parsed of await this.#threads.parse([{ path, oid, bytes }])) {
      this.memo.rememberParsed(parsed);
    }
    return this.#settleSnapshot({
      ...snapshot,
      files: new Map(snapshot.files).set(path, { path, oid }),
    });
  }

  #settleSnapshot(snapshot: Snapshot): Promise<Settlement> {
    return settleWithHistory(snapshot, this.memo, this.#lastGood);
  }

  #snapshot(): ReturnType<typeof takeSnapshot> {
    const seen = this.#seen;
    if (seen === undefined) throw new TypeError('settled before it was looked at');
    const { store, memo, standing } = this;
    const [config, plugins, threads] = [this.#config, this.#plugins, this.#threads];
    return takeSnapshot({ store, seen, memo, standing, config, plugins, threads });
  }

  async #carryOutSettlement(changes: readonly Change[]): Promise<readonly StorePath[]> {
    if (changes.length === 0) return [];
    const input = this.#head;
    const { refused } = await this.#carryOut(changes, {
      author: ENGINE,
      message: settleMessage(changes),
      trailers: [
        ['Actor', ENGINE.name],
        ['Act', 'settle'],
        ...(input === undefined ? [] : [['Input', input] as const]),
      ],
    });
    return refused;
  }

  /** One commit of a person's act. AtoError `changed` when a file was edited meanwhile; then nothing is written. */
  async act(
    plan: PlannedCommit,
    by: Person,
    joined: Pick<Intent, 'forwardTo' | 'mergedParents'> = {},
  ): Promise<Oid> {
    const { note, trailers } = plan;
    const message = note === undefined ? plan.subject : `${plan.subject}\n\n${note}`;
    const how = { author: by, message, trailers, isWhole: true, ...joined };
    const { refused, oid } = await this.#carryOut(plan.changes, how);
    const [first] = refused;
    if (first === undefined) {
      // Whatever a hand edit had made of these files, the act has its own say on them.
      for (const { path } of plan.changes) this.#standing.delete(path);
      return oid;
    }
    throw new AtoError(
      'changed',
      `Expected ${first} as it was read, found it edited meanwhile. Nothing was changed; look at it again.`,
    );
  }

  /** Brings in what another store has: a commit with both as parents, or theirs as it is. Throws as `act`. */
  async join(plan: PlannedMerge, by: Person): Promise<Oid> {
    const { theirs } = plan.parents;
    const how = plan.isForward ? { forwardTo: theirs } : { mergedParents: [theirs] };
    const oid = await this.act(plan, by, how);
    for (const [path, status] of plan.standing) this.#standing.set(path, status);
    return oid;
  }

  async #carryOut(
    changes: readonly { readonly path: StorePath; readonly text: string | Uint8Array | null }[],
    how: Omit<Intent, 'changes'>,
  ): Promise<{ refused: readonly StorePath[]; oid: Oid }> {
    const entries = this.#seen?.entries ?? new Map();
    const intended = changes.map(({ path, text }) => ({
      path,
      oid: text === null ? null : blobOid(text),
    }));
    const isWhole = how.isWhole === true;
    await noteIntent(this.store.dir, { ...how, changes: intended });
    this.#isInterrupted = !isWhole;
    try {
      const wanted = changes.map(({ path, text }) => ({
        path,
        content: text,
        expected: entries.get(path)?.oid ?? null,
      }));
      const { written, refused } = await writeFiles(this.store, wanted, { isAllOrNone: isWhole });
      const isBroken = isWhole && refused.length > 0;
      const writtenPaths = new Set(written);
      const refusedPaths = new Set(refused.map(({ path }) => path));
      if (isBroken) await this.#takeBack(intended.filter(({ path }) => writtenPaths.has(path)));
      await this.#lookAtOwn(intended);
      const done = isBroken ? [] : intended.filter(({ path }) => !refusedPaths.has(path));
      const oid = await this.#commit({ ...how, changes: done });
      await this.#forgetIntent();
      return { refused: [...refusedPaths], oid };
    } catch (error) {
      // An act that is answered with an error must not come true as somebody's edit.
      if (isWhole) await this.#abandon(intended);
      throw error;
    }
  }

  async #abandon(intended: readonly IntendedChange[]): Promise<void> {
    await this.#lookAtOwn(intended);
    const entries = this.#seen?.entries;
    const isWritten = ({ path, oid }: IntendedChange): boolean =>
      (entries?.get(path)?.oid ?? null) === oid && (this.#committed.get(path) ?? null) !== oid;
    await this.#takeBack(intended.filter(isWritten));
    await this.#forgetIntent();
    await this.#lookAtOwn(intended);
  }

  /** Files as they were committed before they were written; one that was edited since stays. */
  async #takeBack(changes: readonly IntendedChange[]): Promise<void> {
    await putBack(this.store, this.#committed, changes);
    await this.#lookAtOwn(changes);
  }

  async #lookAtOwn(changes: readonly IntendedChange[]): Promise<void> {
    const paths = changes.map(({ path }) => path);
    this.#seen = await scan(this.store, this.#seen ?? this.#known, paths);
  }

  /** AtoError `changed` when HEAD is no longer what the last look found. */
  #commitAsSeen(intent: Intent): Promise<Oid> {
    return this.#commit(intent, this.#head === undefined ? {} : { expectedParent: this.#head });
  }

  async #commit(intent: Intent, how: Pick<CommitRequest, 'expectedParent'> = {}): Promise<Oid> {
    const timestamp = Math.floor(Date.now() / 1000);
    const before = this.#head;
    const { author, message, trailers, changes, forwardTo, mergedParents = [] } = intent;
    if (forwardTo !== undefined) {
      await forward(this.store, { to: forwardTo, author, message, timestamp });
      await this.#follow();
      return forwardTo;
    }
    const oid = await commit(this.store, {
      changes,
      author,
      committer: author.name === ENGINE.name ? ENGINE : author,
      message,
      trailers,
      timestamp,
      mergedParents,
      ...how,
    });
    const made = await readCommit(this.store, oid);
    if (made.parents[0] !== before) {
      // Somebody else committed in between: what HEAD holds is read again, the folder before it is used.
      await this.#follow();
      this.#isBehind = true;
      return oid;
    }
    const committed = new Map(this.#committed);
    const touches = new Map(this.#dates.touches);
    for (const change of intent.changes) {
      if (change.oid === null) {
        committed.delete(change.path);
        touches.delete(change.path);
      } else {
        committed.set(change.path, change.oid);
        touches.set(change.path, { commit: oid, date: made.date });
      }
    }
    this.#committed = committed;
    this.#dates = { revision: oid, touches };
    this.#head = oid;
    return oid;
  }
}
