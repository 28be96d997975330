/** The loop: what wakes it, in which order work is done, what is published. All change passes here. */
import { availableParallelism } from 'node:os';
import {
  Acts,
  type Decided,
  type DecidedMany,
  type ProjectChanged,
  type Resolved,
  type StateChanged,
  type StatePlace,
  type Undone,
} from './acts.ts';
import { type Maintained, maintain } from './backup/maintain.ts';
import { resumeRestore } from './backup/restore-in-place.ts';
import type { CaptureAsks } from './capture-asks.ts';
import { loadPlugins, operatorPlugins } from './config.ts';
import type { Creation } from './creations.ts';
import type { Choice, Decision, Person } from './decisions.ts';
import { Doctor } from './doctor.ts';
import { handEditor } from './hand-editor.ts';
import { Intake, type Taken } from './intake.ts';
import { Lookback } from './lookback.ts';
import { type MirrorPage, mirrorPages } from './mirror-pages.ts';
import type { TurnInput } from './model/captures.ts';
import { CONFIG_PATH } from './model/layout.ts';
import type { Proposal as ProjectProposal } from './model/projects.ts';
import { present } from './model/records.ts';
import type { StateEntry } from './model/states.ts';
import { readConfig, type StoreConfig } from './model/store-config.ts';
import { type Observer, observers } from './observer.ts';
import { ParseThreads } from './parse-threads.ts';
import { memoKey } from './pipeline/memo.ts';
import type { Oid, Problem, ProjectId, StorePath } from './plugin.ts';
import { Publisher } from './publish.ts';
import { Redaction } from './redaction.ts';
import type { RefreshOptions, RefreshReport } from './refresh.ts';
import { recall } from './remembered.ts';
import type { Resolution } from './resolve.ts';
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
import { Sync } from './sync.ts';
import type { UndoAsk } from './undo.ts';
import type { View } from './view/view.ts';

export type {
  Decided,
  DecidedMany,
  ProjectChanged,
  Resolved,
  StateChanged,
  StatePlace,
  Undone,
} from './acts.ts';
export type { Creation } from './creations.ts';
export type { Choice, Decision, Person } from './decisions.ts';
export type { MirrorPage } from './mirror-pages.ts';
export type { AuditEntry, HistoryAsk, PastAct, PastDecision } from './past.ts';
export type { RefreshedRoot, RefreshOptions, RefreshReport } from './refresh.ts';
export type { Resolution } from './resolve.ts';
export type { UndoAsk } from './undo.ts';
export type { Why } from './why.ts';

export interface EngineOptions {
  /** The store's folder. */
  readonly folder: string;
  /** False for one-off work without a daemon: no watcher, one look, then on request. */
  readonly watch: boolean;
  /** Who is told what happens. */
  readonly observers?: readonly Observer[];
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
  /** What history says. */
  readonly past: Lookback;
  /** Reads everything, trusts nothing. */
  readonly doctor: Doctor;
  /** Keeps the store in step with its upstream. */
  readonly sync: Sync;
  readonly #store: Store;
  readonly #lock: StoreLock;
  readonly #threads: ParseThreads;
  readonly #settling: SettlingStore;
  readonly #redaction: Redaction;
  readonly #intake: Intake;
  readonly #rounds: Rounds;
  readonly #acts: Acts;
  readonly #hints = new Hints();
  readonly #stopped = new AbortController();
  readonly #startedAt = new Date().toISOString();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #first: Promise<View>;
  readonly #isWatching: boolean;
  #watch: StoreWatch | undefined;
  #looping: Promise<void> = Promise.resolve();

  private constructor(parts: EngineParts, isWatching: boolean) {
    const { settling, publisher, observer, memoKey, isRemembered } = parts;
    this.config = parts.config;
    this.#store = parts.store;
    this.#lock = parts.lock;
    this.#threads = parts.threads;
    this.#settling = settling;
    this.#redaction = new Redaction({ own: parts.config.secrets.patterns });
    const redaction = this.#redaction;
    const wake = (path: StorePath) => this.#again([path], 'now');
    this.#intake = new Intake({ store: parts.store, redaction, observer, wake });
    const again = this.#again.bind(this);
    const intake = this.#intake;
    const rounds = { settling, publisher, intake, observer, memoKey, isRemembered, again };
    this.#rounds = new Rounds(rounds);
    const look = this.#lookForAct.bind(this);
    this.#acts = new Acts({ settling, rounds: this.#rounds, redaction, observer, look });
    this.sync = new Sync({ settling, rounds: this.#rounds, observer });
    this.past = new Lookback(settling, async () => this.view ?? this.ready());
    this.doctor = new Doctor({
      folder: parts.store.dir,
      present: async () => this.view ?? this.ready(),
      serving: () => this.status(),
    });
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
      const known = await knownFromIndex(store);
      const person = await handEditor(store);
      const settling = new SettlingStore({
        ...{ store, config, plugins, threads, person, memo, known, standing },
        ...(dates === undefined ? {} : { dates }),
      });
      const publisher = new Publisher(config, remembered.index, remembered.units);
      const observer = observers(options.observers ?? []);
      const about = { memoKey: key, isRemembered: remembered.index !== undefined };
      const parts = { config, store, lock, threads, settling, publisher, observer, ...about };
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

  /**
   * Durable before it resolves, and without its secrets. AtoError `invalid`, `busy`, `disk-full`, `read-only`.
   * @param removed what was taken out before it came here, to be counted with it
   */
  async capture(input: TurnInput, removed?: Taken['removed']): Promise<Taken> {
    const view = this.view ?? (await this.ready());
    return this.#intake.take(view.settlement.registry, input, removed);
  }

  /** One commit. AtoError `not-found`, `wrong-state` and `changed` with the present state, `invalid`. */
  decide(decision: Decision): Promise<Decided> {
    return this.#acts.decide(decision);
  }

  /** All or none, in one commit. As `decide`, with `index` and `record` of the one at fault; `too-large`. */
  decideMany(
    choices: readonly Choice[],
    how: { readonly by: Person; readonly note?: string },
  ): Promise<DecidedMany> {
    return this.#acts.decideMany(choices, how);
  }

  /** One commit: a reviewer's record is active, an agent's a candidate. As `planCreation` throws. */
  create(creation: Creation): Promise<Decided> {
    return this.#acts.create(creation);
  }

  /** One commit: the others superseded by the winner, or the conflict dismissed. As `planResolution` throws. */
  resolveConflict(resolution: Resolution): Promise<Resolved> {
    return this.#acts.resolveConflict(resolution);
  }

  /** What may be asked of captures that are there. */
  get captures(): CaptureAsks {
    return this.#acts.captures;
  }

  /** One commit that takes another one back. As `planUndo` throws. */
  undo(ask: UndoAsk): Promise<Undone> {
    return this.#acts.undo(ask);
  }

  /** One commit. AtoError `invalid` for an unknown category, a bad key or a value too long. */
  setState(entry: StateEntry, by: Person, note?: string): Promise<StateChanged> {
    return this.#acts.setState(entry, by, note);
  }

  /** One commit. AtoError `not-found` when there is no such entry. */
  unsetState(place: StatePlace, by: Person, note?: string): Promise<{ readonly commit: Oid }> {
    return this.#acts.unsetState(place, by, note);
  }

  /** One commit. AtoError `invalid`, with every fault in `extra.faults`. */
  registerProject(proposal: ProjectProposal, by: Person): Promise<ProjectChanged> {
    return this.#acts.changeProject(proposal, by, false);
  }

  /** As `registerProject`, for one that is registered; what the proposal leaves out stays. */
  updateProject(proposal: ProjectProposal, by: Person): Promise<ProjectChanged> {
    return this.#acts.changeProject(proposal, by, true);
  }

  /** Stages a project's roots into its sources, in one commit. AtoError `not-found`. */
  refreshProject(id: ProjectId, options: RefreshOptions, by: Person): Promise<RefreshReport> {
    return this.#acts.refreshProject(id, options, by);
  }

  /** The generated pages of a project, in order of path; none for one without active records. */
  mirrorPages(id: ProjectId): Promise<readonly MirrorPage[]> {
    return mirrorPages(this.#store, this.#settling.seen?.entries.keys() ?? [], id);
  }

  /** Looks at everything, or into every file, and resolves when the store is settled. AtoError `busy`. */
  settle(how?: 'content'): Promise<{ revision: Oid; inputs: number; changes: number }> {
    return this.#rounds.inTurn(() => this.#rounds.toRest(how));
  }

  /** Work that replaces the folder's files, such as a restore. AtoError `wrong-state` beside another. */
  paused<Result>(work: (store: Store) => Promise<Result>): Promise<Paused<Result>> {
    return this.#rounds.paused(() => work(this.#store));
  }

  /** Puts away what makes the next start quick, as is done now and then and at the end. */
  remember(): Promise<void> {
    return this.#rounds.inTurn(() => this.#rounds.save());
  }

  /** Packs loose git objects when there are many; beside everything else. Throws as `maintain` of backup/. */
  maintain(): Promise<Maintained> {
    return maintain(this.#store);
  }

  /** Called after each publication. Gives the function that ends it. */
  onPublish(listener: (view: View) => void): () => void {
    return this.#rounds.onPublish(listener);
  }

  /** Finishes what is under way, puts away what may be remembered, frees the lock. */
  async close(): Promise<void> {
    this.#stopped.abort();
    for (const timer of this.#timers) clearInterval(timer);
    await this.doctor.close();
    await this.#looping;
    await this.#watch?.close();
    await this.#intake.idle();
    await this.#redaction.close();
    await this.remember();
    await this.#threads.close();
    await this.#lock.release();
  }

  /** All that was edited up to now, settled: what an act is judged on. AtoError `busy`. */
  async #lookForAct(pathsOf?: (view: View) => readonly StorePath[]): Promise<View> {
    const before = this.view;
    const isNarrow =
      this.#watch?.state().kind === 'watching' && before !== undefined && pathsOf !== undefined;
    const view = await this.#rounds.round(isNarrow ? pathsOf(before) : undefined);
    this.#rounds.assertWritable();
    return view;
  }

  #keepLooking(): void {
    const look = (): void => this.#again('everything', 'now');
    this.#timers.push(setInterval(look, FULL_LOOK_MS).unref());
    const save = (): void => void this.remember();
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
  readonly observer: Required<Observer>;
  readonly memoKey: string;
  readonly isRemembered: boolean;
}
