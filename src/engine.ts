/** The loop: what wakes it, in which order work is done, what is published. All change passes here. */
import { availableParallelism, homedir } from 'node:os';
import { loadPlugins, operatorPlugins } from './config.ts';
import { type Decision, type Person, planDecision, servedRecord } from './decisions.ts';
import { AtoError, isAtoError } from './errors.ts';
import { handEditor } from './hand-editor.ts';
import { Intake, type Taken } from './intake.ts';
import type { TurnInput } from './model/captures.ts';
import { CONFIG_PATH, projectPath, statePath } from './model/layout.ts';
import type { Project, Proposal as ProjectProposal } from './model/projects.ts';
import type { StateEntry } from './model/states.ts';
import { readConfig, type StoreConfig } from './model/store-config.ts';
import { ParseThreads } from './parse-threads.ts';
import { memoKey } from './pipeline/memo.ts';
import { planProject, planState, planUnsetState } from './plans.ts';
import type { KnowledgeRecord, Oid, Problem, ProjectId, StorePath } from './plugin.ts';
import { Publisher } from './publish.ts';
import { type RefreshOptions, type RefreshReport, refreshRoots } from './refresh.ts';
import { recall, remember } from './remembered.ts';
import { type Settled, SettlingStore } from './settling-store.ts';
import { type DrainedHints, Hints } from './store/hints.ts';
import { knownFromIndex } from './store/known-from-index.ts';
import { lockStore, type StoreLock } from './store/lock.ts';
import { openStore } from './store/open.ts';
import { readFile } from './store/read-file.ts';
import { head } from './store/refs.ts';
import { repositoryState } from './store/repository-state.ts';
import type { Store } from './store/store.ts';
import { type StoreWatch, watchStore } from './store/watch.ts';
import type { View } from './view/view.ts';

export type { Decision, Person } from './decisions.ts';
export type { RefreshedRoot, RefreshOptions, RefreshReport } from './refresh.ts';

export interface EngineOptions {
  /** The store's folder. */
  readonly folder: string;
  /** False for one-off work without a daemon: no watcher, one look, then on request. */
  readonly watch: boolean;
}

export interface Decided {
  readonly record: KnowledgeRecord;
  /** The record file's blob now: its ETag. */
  readonly oid: Oid;
  /** The commit that holds the decision. */
  readonly commit: Oid;
  /** Open conflicts that the record now takes part in. */
  readonly conflicts: readonly string[];
}

export interface EngineStatus {
  readonly folder: string;
  /** Writes go on, or why not: a merge under way, another branch, a full disk. */
  readonly writable: boolean;
  readonly reason?: string;
  readonly watcher: { readonly state: string; readonly reason?: string };
  /** UTC. */
  readonly startedAt: string;
  readonly lastSettle?: {
    readonly at: string;
    readonly durationMs: number;
    readonly inputs: number;
    readonly changes: number;
  };
  readonly lastFullScan?: { readonly at: string; readonly differences: number };
  readonly problems: readonly Problem[];
  /** What the engine met outside of files, newest last. */
  readonly faults: readonly string[];
  /** Documents that had to be cut short since the start. */
  readonly cutShort: number;
}

const FULL_LOOK_MS = 60_000;
const RETRY_MS = 1_000;
const SAVE_AFTER_INPUTS = 500;
const SAVE_EVERY_MS = 300_000;
const ROUNDS_MAX = 8;
const FAULTS_KEPT = 20;
const THREADS_MAX = 4;

export class Engine {
  readonly config: StoreConfig;
  readonly #store: Store;
  readonly #lock: StoreLock;
  readonly #threads: ParseThreads;
  readonly #settling: SettlingStore;
  readonly #publisher: Publisher;
  readonly #intake: Intake;
  readonly #memoKey: string;
  readonly #hints = new Hints();
  readonly #stopped = new AbortController();
  readonly #listeners = new Set<(view: View) => void>();
  readonly #startedAt = new Date().toISOString();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #first: Promise<View>;
  #watch: StoreWatch | undefined;
  #looping: Promise<void> = Promise.resolve();
  #turn: Promise<unknown> = Promise.resolve();
  #reason: string | undefined;
  #faults: readonly string[] = [];
  #lastSettle: EngineStatus['lastSettle'];
  #lastFullScan: EngineStatus['lastFullScan'];
  #unsaved = 0;

  private constructor(parts: EngineParts, isWatching: boolean) {
    this.config = parts.config;
    this.#store = parts.store;
    this.#lock = parts.lock;
    this.#threads = parts.threads;
    this.#settling = parts.settling;
    this.#publisher = parts.publisher;
    this.#memoKey = parts.memoKey;
    this.#intake = new Intake(parts.store, (path) =>
      this.#hints.add({ paths: [path], why: 'asked' }),
    );
    if (isWatching)
      this.#watch = watchStore(this.#store, { onHint: (hint) => this.#hints.add(hint) });
    this.#first = this.#exclusive(() => this.#round(undefined));
    // Whoever waits for the first view hears of a failure; nobody else has to.
    this.#first.catch(() => undefined);
    if (isWatching) this.#keepLooking();
  }

  /**
   * Opens a store, holds its lock until `close`, and starts settling at once.
   * AtoError `not-a-store`, `newer-format`, `invalid` (settings or plugins), `locked`.
   */
  static async open(options: EngineOptions): Promise<Engine> {
    const store = await openStore(options.folder);
    const config = readConfig((await readFile(store, CONFIG_PATH)).bytes.toString('utf8'));
    const operators = operatorPlugins(process.env);
    const plugins = await loadPlugins(config, operators);
    const lock = await lockStore(store);
    try {
      const key = memoKey(plugins, [config.plugins, config.limits]);
      const remembered = await recall(store.dir, key);
      const width = Math.min(THREADS_MAX, Math.max(1, availableParallelism() - 1));
      const threads = new ParseThreads({ config, operatorPlugins: operators }, width);
      const { memo, standing, dates } = remembered;
      const settling = new SettlingStore({
        store,
        config,
        plugins,
        threads,
        person: await handEditor(store),
        memo,
        known: await knownFromIndex(store),
        standing,
        ...(dates === undefined ? {} : { dates }),
      });
      const publisher = new Publisher(config, remembered.index, remembered.units);
      const parts = { config, store, lock, threads, settling, publisher, memoKey: key };
      return new Engine(parts, options.watch);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** The published view; none before the first one. */
  get view(): View | undefined {
    return this.#publisher.view;
  }

  /** Resolves when the first view is published. */
  ready(): Promise<View> {
    return this.#first;
  }

  status(): EngineStatus {
    const watched = this.#watch?.state();
    const watcher =
      watched === undefined
        ? { state: 'off' }
        : { state: watched.kind, ...('reason' in watched ? { reason: watched.reason } : {}) };
    return {
      folder: this.#store.dir,
      writable: this.#reason === undefined,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      watcher,
      startedAt: this.#startedAt,
      ...(this.#lastSettle === undefined ? {} : { lastSettle: this.#lastSettle }),
      ...(this.#lastFullScan === undefined ? {} : { lastFullScan: this.#lastFullScan }),
      problems: [...(this.view?.settlement.problems ?? []), ...this.#intake.problems],
      faults: this.#faults,
      cutShort: this.#threads.restarts,
    };
  }

  /** Durable before it resolves. AtoError `invalid`, `busy`, `disk-full`, `read-only`. */
  async capture(input: TurnInput): Promise<Taken> {
    const view = this.view ?? (await this.ready());
    return this.#intake.take(view.settlement.registry, input);
  }

  /** One commit. AtoError `not-found`, `wrong-state`, `changed`, `invalid`. */
  decide(decision: Decision): Promise<Decided> {
    const paths = (view: View): StorePath[] => [servedRecord(view, decision.id).record.path];
    return this.#acting(paths, async (view) => {
      const { record } = servedRecord(view, decision.id);
      const { bytes } = await readFile(this.#store, record.path);
      const plan = planDecision(view, decision, bytes.toString('utf8'));
      const commit = await this.#settling.act(plan, decision.by);
      const after = servedRecord(await this.#round([record.path]), decision.id);
      return { record: after.record, oid: after.oid, commit, conflicts: after.record.conflicts };
    });
  }

  /** One commit. AtoError `invalid` for an unknown category, a bad key or a value too long. */
  setState(entry: StateEntry, by: Person, note?: string): Promise<StateChanged> {
    const path = statePath(entry.project, entry.category, entry.key);
    return this.#acting(
      () => [path],
      async (view) => {
        const plan = planState(view, entry, by, note);
        const commit = await this.#settling.act(plan, by);
        const after = await this.#round(plan.changes.map(({ path }) => path));
        return { commit, conflicts: conflictsOf(after, plan.record) };
      },
    );
  }

  /** One commit. AtoError `not-found` when there is no such entry. */
  unsetState(
    place: Pick<StateEntry, 'project' | 'category' | 'key'>,
    by: Person,
    note?: string,
  ): Promise<{ readonly commit: Oid }> {
    const path = statePath(place.project, place.category, place.key);
    return this.#acting(
      () => [path],
      async (view) => {
        const plan = planUnsetState(view, place, by, note);
        const commit = await this.#settling.act(plan, by);
        await this.#round(plan.changes.map(({ path }) => path));
        return { commit };
      },
    );
  }

  /** One commit. AtoError `invalid`, with every fault in `extra.faults`. */
  registerProject(proposal: ProjectProposal, by: Person): Promise<ProjectChanged> {
    return this.#changeProject(proposal, by, false);
  }

  /** As `registerProject`, for one that is registered; what the proposal leaves out stays. */
  updateProject(proposal: ProjectProposal, by: Person): Promise<ProjectChanged> {
    return this.#changeProject(proposal, by, true);
  }

  #changeProject(
    proposal: ProjectProposal,
    by: Person,
    isUpdate: boolean,
  ): Promise<ProjectChanged> {
    const path = projectPath(proposal.id as ProjectId);
    return this.#acting(
      () => [path],
      async (view) => {
        const plan = await planProject(view, proposal, { by, isUpdate, store: this.#store });
        const commit = await this.#settling.act(plan, by);
        await this.#round(plan.changes.map(({ path }) => path));
        return { project: plan.project, commit };
      },
    );
  }

  /** Stages a project's roots into its sources, in one commit. AtoError `not-found`. */
  refreshProject(id: ProjectId, options: RefreshOptions, by: Person): Promise<RefreshReport> {
    return this.#acting(undefined, async (view) => {
      const entries = this.#settling.seen?.entries ?? new Map();
      const { report, plan } = await refreshRoots(view, id, {
        ...options,
        by,
        entries,
        homeFolder: homedir(),
      });
      if (plan === undefined) return report;
      const commit = await this.#settling.act(plan, by);
      await this.#round(plan.changes.map(({ path }) => path));
      return { ...report, commit };
    });
  }

  /** Looks at everything, and resolves when the store is settled. */
  async settle(): Promise<{ revision: Oid; inputs: number; changes: number }> {
    return this.#exclusive(async () => {
      let [inputs, changes] = [0, 0];
      for (let round = 1; round <= ROUNDS_MAX; round += 1) {
        const view = await this.#round(undefined, { isAsked: true });
        const last = this.#lastSettle;
        inputs += last?.inputs ?? 0;
        changes += last?.changes ?? 0;
        if (this.#reason !== undefined) throw new AtoError('busy', this.#reason);
        const isQuiet = (last?.inputs ?? 0) + (last?.changes ?? 0) === 0;
        if (isQuiet) return { revision: view.revision, inputs, changes };
      }
      throw new AtoError(
        'busy',
        `Expected the store to come to rest within ${ROUNDS_MAX} rounds, found files still changing. Try again when they are written.`,
      );
    });
  }

  /** Called after each publication. Gives the function that ends it. */
  onPublish(listener: (view: View) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Finishes what is under way, puts away what may be remembered, frees the lock. */
  async close(): Promise<void> {
    this.#stopped.abort();
    for (const timer of this.#timers) clearInterval(timer);
    await this.#watch?.close();
    await this.#looping;
    await this.#intake.idle();
    await this.#exclusive(() => this.#save()).finally(async () => {
      await this.#threads.close();
      await this.#lock.release();
    });
  }

  /** A person's act: after all that was edited before it, and settled before it is answered. */
  #acting<Result>(
    pathsOf: ((view: View) => readonly StorePath[]) | undefined,
    act: (view: View) => Promise<Result>,
  ): Promise<Result> {
    return this.#exclusive(async () => {
      const before = this.view;
      const isNarrow = this.#watch !== undefined && before !== undefined && pathsOf !== undefined;
      const view = await this.#round(isNarrow ? pathsOf(before) : undefined);
      if (this.#reason !== undefined) throw new AtoError('busy', this.#reason);
      return act(view);
    });
  }

  /** One thing at a time, in the order in which it was asked for. */
  #exclusive<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #keepLooking(): void {
    const look = (): void => this.#hints.add({ paths: 'everything', why: 'polling' });
    this.#timers.push(setInterval(look, FULL_LOOK_MS).unref());
    const save = (): void => {
      if (this.#unsaved > 0) void this.#exclusive(() => this.#save());
    };
    this.#timers.push(setInterval(save, SAVE_EVERY_MS).unref());
    void this.#threads.warm().catch((error: unknown) => this.#fault(error));
    this.#looping = this.#loop().catch((error: unknown) => {
      if (!this.#stopped.signal.aborted) this.#fault(error);
    });
  }

  async #loop(): Promise<void> {
    await this.#first.catch(() => undefined);
    for (;;) {
      const hints = await this.#hints.quiet(this.#stopped.signal);
      if (await this.#isOwnEcho(hints)) continue;
      const paths = hints.paths === 'everything' ? undefined : hints.paths;
      try {
        await this.#exclusive(() => this.#round(paths));
        if (this.#unsaved >= SAVE_AFTER_INPUTS) await this.#exclusive(() => this.#save());
      } catch (error) {
        this.#fault(error);
        this.#retry();
      }
    }
  }

  // Our own commits move HEAD too; they are no reason to look at everything.
  async #isOwnEcho({ why }: DrainedHints): Promise<boolean> {
    const isHistory = [...why].every((reason) => reason === 'history-moved');
    return isHistory && (await head(this.#store)) === this.#settling.head;
  }

  /** Looks, commits what people wrote, settles, publishes. Without paths, looks at everything. */
  async #round(paths: Iterable<string> | undefined, { isAsked = false } = {}): Promise<View> {
    const startedMs = performance.now();
    const state = await repositoryState(this.#store);
    this.#reason = state.writable ? undefined : state.reason;
    const before = this.view;
    if (!state.writable && before !== undefined) {
      this.#retry();
      return before;
    }
    const differences = await this.#settling.look(paths);
    this.#intake.note(this.#settling.seen?.entries ?? new Map());
    if (paths === undefined) {
      this.#lastFullScan = { at: new Date().toISOString(), differences };
    }
    const settled = state.writable
      ? await this.#settleInputs(isAsked)
      : { settlement: await this.#settling.read(), inputs: 0, changes: 0, moved: [] };
    if (settled.moved.length > 0) this.#hints.add({ paths: settled.moved, why: 'asked' });
    const view = await this.#publish(settled);
    this.#unsaved += settled.inputs + settled.changes;
    this.#lastSettle = {
      at: new Date().toISOString(),
      durationMs: Math.round(performance.now() - startedMs),
      inputs: settled.inputs,
      changes: settled.changes,
    };
    return view;
  }

  async #settleInputs(isAsked: boolean): Promise<Settled> {
    const seen = this.#settling.seen?.entries ?? new Map();
    const registry = this.view?.settlement.registry ?? (await this.#settling.read()).registry;
    const { changed, waiting } = await this.#intake.emptyInbox(registry, seen, isAsked);
    if (changed.length > 0) await this.#settling.look(changed);
    if (waiting) this.#retry();
    return this.#settling.settle();
  }

  async #publish(settled: Settled): Promise<View> {
    const revision = this.#settling.head;
    if (revision === undefined) {
      throw new AtoError('not-a-store', 'Expected a store with at least one commit, found none.');
    }
    const before = this.view;
    const isSame = before?.revision === revision && settled.inputs + settled.changes === 0;
    if (isSame && sameProblems(before, settled)) return before;
    const { touches } = this.#settling.dates;
    const view = await this.#publisher.publish(settled.settlement, revision, touches);
    for (const listener of this.#listeners) listener(view);
    return view;
  }

  #retry(): void {
    if (this.#watch === undefined) return;
    const look = (): void => this.#hints.add({ paths: 'everything', why: 'polling' });
    setTimeout(look, RETRY_MS).unref();
  }

  async #save(): Promise<void> {
    const { view } = this;
    if (view === undefined || this.#unsaved === 0) return;
    const { memo, standing, dates } = this.#settling;
    const { units } = this.#publisher;
    try {
      await remember(this.#store.dir, this.#memoKey, {
        memo,
        standing,
        dates,
        units,
        index: view.index,
      });
      this.#unsaved = 0;
    } catch (error) {
      // A start without it takes longer; that is all, but it is said.
      this.#fault(error);
    }
  }

  #fault(error: unknown): void {
    const said = error instanceof Error ? error.message : String(error);
    if (isAtoError(error, 'busy') || isAtoError(error, 'disk-full')) this.#reason = said;
    const line = `${new Date().toISOString()} ${said}`;
    this.#faults = [...this.#faults, line].slice(-FAULTS_KEPT);
  }
}

interface EngineParts {
  readonly config: StoreConfig;
  readonly store: Store;
  readonly lock: StoreLock;
  readonly threads: ParseThreads;
  readonly settling: SettlingStore;
  readonly publisher: Publisher;
  readonly memoKey: string;
}

export interface StateChanged {
  readonly commit: Oid;
  /** Open conflicts that the entry now takes part in. */
  readonly conflicts: readonly string[];
}

export interface ProjectChanged {
  readonly project: Project;
  readonly commit: Oid;
}

function conflictsOf(view: View, id: string): readonly string[] {
  return view.settlement.conflicts
    .filter(
      ({ status, conflict }) =>
        status === 'open' && conflict.members.some((each) => each.id === id),
    )
    .map(({ id: conflict }) => conflict);
}

function sameProblems(view: View, settled: Settled): boolean {
  return JSON.stringify(view.settlement.problems) === JSON.stringify(settled.settlement.problems);
}
