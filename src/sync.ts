/** A store kept in step with its upstream: fetched, merged, settled, pushed, and fetched again when that moved. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Person } from './decisions.ts';
import { AtoError, isAtoError } from './errors.ts';
import { type PlannedMerge, planMerge } from './merge-plan.ts';
import { CONFIG_PATH } from './model/layout.ts';
import { quote } from './model/names.ts';
import { readConfig } from './model/store-config.ts';
import type { Observer } from './observer.ts';
import { type Alone, oneAtATime } from './one-at-a-time.ts';
import type { Oid, StorePath } from './plugin.ts';
import type { Rounds } from './rounds.ts';
import type { SettlingStore } from './settling-store.ts';
import { readAt } from './store/history.ts';
import { countBehind, divergence } from './store/merge-bases.ts';
import { oddEntries } from './store/odd-tree-entries.ts';
import { fetchUpstream, pushUpstream, type TransportOptions } from './store/transport.ts';
import { readUpstream, shownUrl, type Upstream } from './store/upstream.ts';
import { keepLastSync, readLastSync } from './sync-memory.ts';

export interface SyncReport {
  /** Without the name and password of the URL. */
  readonly upstream: string;
  readonly branch: string;
  /** The head before, and the one that both stores have now. */
  readonly from: Oid;
  readonly to: Oid;
  /** Commits that came and that went. */
  readonly came: number;
  readonly went: number;
  /** Conflict files that it left for a person, and versions kept beside ours. */
  readonly disputes: readonly StorePath[];
  readonly copies: readonly StorePath[];
  /** Times that it fetched. */
  readonly rounds: number;
  readonly durationMs: number;
}

/** How the last sync went; what `/health` and `status` show. */
export interface SyncStanding {
  readonly state: 'off' | 'never' | 'running' | 'ok' | 'failed';
  readonly upstream?: string;
  readonly branch?: string;
  readonly last?: LastSync;
}

export interface LastSync {
  /** UTC, when it began. */
  readonly at: string;
  readonly isDone: boolean;
  readonly report?: SyncReport;
  /** Why it failed. */
  readonly why?: string;
}

export interface SyncParts {
  readonly settling: SettlingStore;
  readonly rounds: Rounds;
  readonly observer: Required<Observer>;
}

/** Fetch, merge and push; the upstream may move in between as often. */
export const SYNC_ROUNDS_MAX = 6;
const MERGE_ATTEMPTS = 4;

export class Sync {
  readonly #settling: SettlingStore;
  readonly #rounds: Rounds;
  readonly #observer: Required<Observer>;
  readonly #alone: Alone = oneAtATime('the upstream');
  #isRunning = false;

  constructor({ settling, rounds, observer }: SyncParts) {
    this.#settling = settling;
    this.#rounds = rounds;
    this.#observer = observer;
  }

  /**
   * Settles, fetches, merges, settles and pushes. Nothing is forced, and history only grows.
   * AtoError `not-found` without an upstream, `wrong-state` for another store's or an unrelated one,
   * `busy`, `changed` when the upstream keeps moving, `failed` with what git said.
   */
  run(by: Person, options: TransportOptions = {}): Promise<SyncReport> {
    return this.#alone('a sync', async () => {
      const at = new Date().toISOString();
      this.#isRunning = true;
      try {
        const report = await this.#sync(by, options);
        await this.#keep({ at, isDone: true, report });
        return report;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        await this.#keep({ at, isDone: false, why });
        throw error;
      } finally {
        this.#isRunning = false;
      }
    });
  }

  async standing(): Promise<SyncStanding> {
    const { store } = this.#settling;
    const upstream = await readUpstream(store).catch((error: unknown) => {
      if (isAtoError(error, 'invalid')) return undefined;
      throw error;
    });
    if (upstream === undefined) return { state: 'off' };
    const last = await readLastSync(store.dir);
    const ended = last === undefined ? 'never' : last.isDone ? 'ok' : 'failed';
    return {
      state: this.#isRunning ? 'running' : ended,
      upstream: shownUrl(upstream.url),
      branch: upstream.branch,
      ...(last === undefined ? {} : { last }),
    };
  }

  async #keep(last: LastSync): Promise<void> {
    // What cannot be kept (a full disk) is answered all the same.
    await keepLastSync(this.#settling.store.dir, last).catch(() => undefined);
  }

  async #sync(by: Person, options: TransportOptions): Promise<SyncReport> {
    const startedMs = performance.now();
    const { store } = this.#settling;
    const upstream = await this.#upstream();
    const { revision: from } = await this.#rounds.inTurn(() => this.#rounds.toRest());
    const all: Taken[] = [];
    let theirs = await fetchUpstream(store, upstream, options);
    for (let rounds = 1; ; rounds += 1) {
      const taken = await this.#take(theirs, upstream, by);
      all.push(taken);
      const { head: to, went } = taken;
      const pushed = went === 0 ? TAKEN : await pushUpstream(store, upstream, to, options);
      if (pushed.isTaken) {
        return {
          upstream: shownUrl(upstream.url),
          branch: upstream.branch,
          from,
          to,
          came: all.reduce((sum, each) => sum + each.came, 0),
          went,
          disputes: all.flatMap(({ plan }) => plan?.disputes ?? []),
          copies: all.flatMap(({ plan }) => plan?.copies ?? []),
          rounds,
          durationMs: Math.round(performance.now() - startedMs),
        };
      }
      const now = await fetchUpstream(store, upstream, options);
      assertPassing(upstream, pushed.why, { isMoved: now !== theirs, rounds });
      if (now === theirs) await sleep(PAUSE_MS * rounds);
      theirs = now;
    }
  }

  async #upstream(): Promise<Upstream> {
    const upstream = await readUpstream(this.#settling.store);
    if (upstream !== undefined) return upstream;
    throw new AtoError(
      'not-found',
      'Expected a store with an upstream, found none. Name one with: atocore sync --upstream <url>.',
    );
  }

  #take(theirs: Oid | undefined, upstream: Upstream, by: Person): Promise<Taken> {
    return this.#rounds.inTurn(async () => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await this.#merge(theirs, upstream, by);
        } catch (error) {
          // Somebody edited or pushed meanwhile: both sides are looked at again.
          if (!isAtoError(error, 'changed') || attempt === MERGE_ATTEMPTS) throw error;
        }
      }
    });
  }

  async #merge(theirs: Oid | undefined, upstream: Upstream, by: Person): Promise<Taken> {
    const { store, standing } = this.#settling;
    const { revision: ours } = await this.#rounds.toRest();
    if (theirs === undefined) {
      return { head: ours, came: 0, went: await countBehind(store, ours) };
    }
    const apart = await divergence(store, ours, theirs);
    if (apart.bases.includes(theirs)) return { head: ours, came: 0, went: apart.onlyOurs.size };
    await this.#assertMergeable(ours, theirs, upstream, apart.bases);
    const from = shownUrl(upstream.url);
    const plan = await planMerge(store, { ours, theirs, apart, standing, by, from });
    const commit = await this.#settling.join(plan, by);
    if (!plan.isForward) this.#observer.acted({ commit, trailers: plan.trailers });
    const { revision: head } = await this.#rounds.toRest();
    const { onlyOurs } = await divergence(store, head, theirs);
    return { head, came: apart.onlyTheirs.size, went: onlyOurs.size, plan };
  }

  /** AtoError `wrong-state`, `invalid`: what is not this store, or what no store can hold. */
  async #assertMergeable(
    ours: Oid,
    theirs: Oid,
    upstream: Upstream,
    bases: readonly Oid[],
  ): Promise<void> {
    const { store } = this.#settling;
    const url = shownUrl(upstream.url);
    const [mine, other] = [
      await storeIdAt(this.#settling, ours),
      await storeIdAt(this.#settling, theirs),
    ];
    if (mine !== other) {
      const found = other === undefined ? 'none that can be read' : `that of store ${other}`;
      throw new AtoError(
        'wrong-state',
        `Expected atocore.json of store ${mine} in ${url}, found ${found}. Name the upstream of this store, or an empty one; nothing was changed.`,
      );
    }
    if (bases.length === 0) {
      throw new AtoError(
        'wrong-state',
        `Expected ${url} to share commits with this store, found a history that has nothing in common with it. Clone that one, or name an empty upstream; nothing was changed.`,
      );
    }
    const [odd] = await oddEntries(store, theirs, ours);
    if (odd === undefined) return;
    throw new AtoError(
      'invalid',
      `Expected files with names that a store can hold in ${url}, found ${odd.what} at ${quote(odd.name)}. Take it away there, then sync again; nothing was changed.`,
    );
  }
}

const TAKEN = { isTaken: true } as const;
const PAUSE_MS = 300;

/** Whatever it refused: where it holds what it held, and doesn't say that this passes, it refuses for good. */
function assertPassing(
  upstream: Upstream,
  why: string,
  { isMoved, rounds }: { readonly isMoved: boolean; readonly rounds: number },
): void {
  const url = shownUrl(upstream.url);
  // What another store that takes pushes says while it is busy.
  const isPassing = isMoved || /Push again\./i.test(why);
  if (!isPassing) {
    throw new AtoError(
      'failed',
      `Expected ${url} to take what it lacks, found that it refused: ${why}. Everything is merged here; put that right there, then sync again.`,
    );
  }
  if (rounds < SYNC_ROUNDS_MAX) return;
  throw new AtoError(
    'changed',
    `Expected ${url} to stand still for a moment, found that it moved or was busy ${rounds} times while we pushed. Everything is merged here; sync again.`,
  );
}

interface Taken {
  readonly head: Oid;
  readonly came: number;
  readonly went: number;
  readonly plan?: PlannedMerge;
}

async function storeIdAt({ store }: SettlingStore, commit: Oid): Promise<string | undefined> {
  const text = await readAt(store, commit, CONFIG_PATH);
  if (text === undefined) return undefined;
  try {
    return readConfig(text.toString('utf8')).store;
  } catch (error) {
    if (error instanceof AtoError) return undefined;
    throw error;
  }
}
