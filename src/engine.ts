/** The loop: what wakes it, in which order work is done, what is published. All change passes here. */
import { availableParallelism, homedir } from 'node:os';
import { resumeRestore } from './backup/restore-in-place.ts';
import { loadPlugins, operatorPlugins } from './config.ts';
import { type Decision, type Person, planDecision, servedRecord } from './decisions.ts';
import { handEditor } from './hand-editor.ts';
import { Intake, type Taken } from './intake.ts';
import type { TurnInput } from './model/captures.ts';
import { CONFIG_PATH, projectPath, statePath } from './model/layout.ts';
import type { Project, Proposal as ProjectProposal } from './model/projects.ts';
import { present } from './model/records.ts';
import type { StateEntry } from './model/states.ts';
import { readConfig, type StoreConfig } from './model/store-config.ts';
import { ParseThreads } from './parse-threads.ts';
import { memoKey } from './pipeline/memo.ts';
import { planProject, planState, planUnsetState } from './plans.ts';
import type { KnowledgeRecord, Oid, Problem, ProjectId, StorePath } from './plugin.ts';
import { Publisher } from './publish.ts';
import { type RefreshOptions, type RefreshReport, refreshRoots } from './refresh.ts';
import { recall } from './remembered.ts';
import { type LastFullLook, type LastSettle, type Paused, Rounds } from './rounds.ts';
import { SettlingStore } from './settling-store.ts';
import { type DrainedHints, Hints } from './store/hints.ts';
import { knownFromIndex } from './store/known-from-index.ts';
import { lockStore, type StoreLock } from './store/lock.ts';
import { openStore } from './store/open.ts';
import { readFile } from './store/read-file.ts';
import { head } from './store/refs.ts';
import type { Store } from './store/store.ts';
import { type StoreWatch, watchStore } from './store/watch.ts';
import { type PastView, resolveCommit, viewAt } from './time-travel.ts';
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
  readonly lastSettle?: LastSettle;
  readonly lastFullScan?: LastFullLook;
  readonly problems: readonly Problem[];
  /** What the engine met outside of files, newest last. */
  readonly faults: readonly string[];
  /** Documents that had to be cut short since the start. */
  readonly cutShort: number;
}

const FULL_LOOK_MS = 60_000;
const RETRY_MS = 1_000;
const SAVE_AFTER_FILES = 500;
const SAVE_EVERY_MS = 300_000;
const THREADS_MAX = 4;

export class Engine {
  readonly config: StoreConfig;
  readonly #store: Store;
  readonly #lock: StoreLock;
  readonly #threads: ParseThreads;
  readonly #settling: SettlingStore;
  readonly #intake: Intake;
  readonly #rounds: Rounds;
  readonly #hints = new Hints();
  readonly #stopped = new AbortController();
  readonly #startedAt = new Date().toISOString();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #first: Promise<View>;
  readonly #isWatching: boolean;
  #watch: StoreWatch | undefined;
  #looping: Promise<void> = Promise.resolve();

  private constructor(parts: EngineParts, isWatching: boolean) {
    const { settling, publisher, memoKey: key } = parts;
    this.config = parts.config;
    this.#store = parts.store;
    this.#lock = parts.lock;
    this.#threads = parts.threads;
    this.#settling = settling;
    this.#intake = new Intake(parts.store, (path) => this.#again([path], 'now'));
    const again = this.#again.bind(this);
    this.#rounds = new Rounds({ settling, publisher, intake: this.#intake, memoKey: key, again });
    this.#isWatching = isWatching;
    this.#first = this.#rounds.inTurn(() => this.#rounds.round());
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
    const lock = await lockStore(store);
    try {
      // Before anything looks: half a restored folder is nobody's edit.
      await resumeRestore(store);
      const config = readConfig((await readFile(store, CONFIG_PATH)).bytes.toString('utf8'));
      const operators = operatorPlugins(process.env);
      const plugins = await loadPlugins(config, operators);
      const key = memoKey(plugins, [config.plugins, config.limits]);
      const remembered = await recall(store.dir, key);
      const width = Math.min(THREADS_MAX, availableParallelism());
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
    return this.#rounds.view;
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
    const { reason, lastSettle, lastFullLook, faults } = this.#rounds;
    return {
      folder: this.#store.dir,
      writable: reason === undefined,
      ...present({ reason, lastSettle, lastFullScan: lastFullLook }),
      watcher,
      startedAt: this.#startedAt,
      problems: [...(this.view?.settlement.problems ?? []), ...this.#intake.problems],
      faults,
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
      const after = servedRecord(await this.#rounds.round([record.path]), decision.id);
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
        const after = await this.#rounds.round(plan.changes.map(({ path }) => path));
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
        await this.#rounds.round(plan.changes.map(({ path }) => path));
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
        await this.#rounds.round(plan.changes.map(({ path }) => path));
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
      await this.#rounds.round(plan.changes.map(({ path }) => path));
      return { ...report, commit };
    });
  }

  /** The view as it was at a commit or date. AtoError `not-found`, `usage`, `invalid`. */
  async past(at: string): Promise<PastView> {
    const commit = await resolveCommit(this.#store, at);
    return viewAt(this.#store, commit, { known: this.#settling.memo });
  }

  /** Looks at everything, and resolves when the store is settled. AtoError `busy`. */
  settle(): Promise<{ revision: Oid; inputs: number; changes: number }> {
    return this.#rounds.inTurn(() => this.#rounds.toRest());
  }

  /** Work that replaces the folder's files, such as a restore. AtoError `wrong-state` beside another. */
  paused<Result>(work: (store: Store) => Promise<Result>): Promise<Paused<Result>> {
    return this.#rounds.paused(() => work(this.#store));
  }

  /** Called after each publication. Gives the function that ends it. */
  onPublish(listener: (view: View) => void): () => void {
    return this.#rounds.onPublish(listener);
  }

  /** Finishes what is under way, puts away what may be remembered, frees the lock. */
  async close(): Promise<void> {
    this.#stopped.abort();
    for (const timer of this.#timers) clearInterval(timer);
    await this.#looping;
    await this.#watch?.close();
    await this.#intake.idle();
    await this.#rounds.inTurn(() => this.#rounds.save());
    await this.#threads.close();
    await this.#lock.release();
  }

  /** A person's act: after all that was edited before it, and settled before it is answered. */
  #acting<Result>(
    pathsOf: ((view: View) => readonly StorePath[]) | undefined,
    act: (view: View) => Promise<Result>,
  ): Promise<Result> {
    return this.#rounds.inTurn(async () => {
      const before = this.view;
      const isNarrow =
        this.#watch?.state().kind === 'watching' && before !== undefined && pathsOf !== undefined;
      const view = await this.#rounds.round(isNarrow ? pathsOf(before) : undefined);
      this.#rounds.assertWritable();
      return act(view);
    });
  }

  #keepLooking(): void {
    const look = (): void => this.#again('everything', 'now');
    this.#timers.push(setInterval(look, FULL_LOOK_MS).unref());
    const save = (): void => void this.#rounds.inTurn(() => this.#rounds.save());
    this.#timers.push(setInterval(save, SAVE_EVERY_MS).unref());
    this.#threads.warm().catch((error: unknown) => this.#rounds.fault(error));
    this.#looping = this.#loop();
  }

  async #loop(): Promise<void> {
    await this.#first.catch((error: unknown) => this.#rounds.fault(error));
    // Watching starts behind the first view, which it would delay; what changed in between is
    // found by one more look.
    // Captures are the engine's own; one that is put there by hand is found by the next full look.
    this.#watch = watchStore(this.#store, {
      onHint: (hint) => this.#hints.add(hint),
      unwatched: ['captures/'],
    });
    void this.#watch.started.then(() => this.#again('everything', 'now'));
    while (!this.#stopped.signal.aborted) {
      const hints = await this.#nextHints();
      if (hints === undefined) return;
      try {
        if (await this.#isOwnEcho(hints)) continue;
        const paths = hints.paths === 'everything' ? undefined : hints.paths;
        await this.#rounds.inTurn(() => this.#rounds.round(paths));
        if (this.#rounds.unsaved >= SAVE_AFTER_FILES) {
          await this.#rounds.inTurn(() => this.#rounds.save());
        }
      } catch (error) {
        this.#rounds.fault(error);
        this.#again('everything', 'later');
      }
    }
  }

  /** The next hints once all is quiet; none when the engine stops. */
  async #nextHints(): Promise<DrainedHints | undefined> {
    try {
      return await this.#hints.quiet(this.#stopped.signal);
    } catch (error) {
      if (this.#stopped.signal.aborted) return undefined;
      throw error;
    }
  }

  // Our own commits move HEAD too; they are no reason to look at everything.
  async #isOwnEcho({ why }: DrainedHints): Promise<boolean> {
    const isHistory = [...why].every((reason) => reason === 'history-moved');
    return isHistory && (await head(this.#store)) === this.#settling.head;
  }

  #again(paths: readonly StorePath[] | 'everything', when: 'now' | 'later'): void {
    if (!this.#isWatching) return;
    const add = (): void => this.#hints.add({ paths, why: 'asked' });
    if (when === 'now') add();
    else setTimeout(add, RETRY_MS).unref();
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
