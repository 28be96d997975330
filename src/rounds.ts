/** One round after the other: look, commit what people wrote, settle, write, publish. */
import { AtoError, isAtoError } from './errors.ts';
import type { Intake } from './intake.ts';
import type { Observer } from './observer.ts';
import type { Oid, StorePath } from './plugin.ts';
import type { Publisher } from './publish.ts';
import { remember } from './remembered.ts';
import type { Settled } from './settling-options.ts';
import type { SettlingStore } from './settling-store.ts';
import { pushTaken } from './store/push-hooks.ts';
import { repositoryState } from './store/repository-state.ts';
import type { View } from './view/view.ts';

export interface LastSettle {
  /** UTC. */
  readonly at: string;
  readonly durationMs: number;
  /** Files of people and captures that were committed. */
  readonly inputs: number;
  /** Files that the engine wrote or deleted. */
  readonly changes: number;
}

export interface LastFullLook {
  readonly at: string;
  /** Files that differed from what was known. */
  readonly differences: number;
}

/** What paused work gave, and what settling found to do afterwards. */
export interface Paused<Result> {
  readonly result: Result;
  readonly revision: Oid;
  readonly inputs: number;
  readonly changes: number;
}

export interface RoundsOptions {
  readonly settling: SettlingStore;
  readonly publisher: Publisher;
  readonly intake: Intake;
  readonly observer: Required<Observer>;
  /** What is remembered under `.atocore/` holds for this key. */
  readonly memoKey: string;
  /** Whether an index was found there; otherwise what the first round makes is put away. */
  readonly isRemembered: boolean;
  /** Called when paths, or everything, should be looked at again, at once or in a while. */
  readonly again: (paths: readonly StorePath[] | 'everything', when: 'now' | 'later') => void;
}

const ROUNDS_MAX = 8;
const FAULTS_KEPT = 20;

/** All work on a store, in one line: nothing here runs beside another thing here. */
export class Rounds {
  readonly #options: RoundsOptions;
  readonly #listeners = new Set<(view: View) => void>();
  #turn: Promise<unknown> = Promise.resolve();
  #reason: string | undefined;
  #faults: readonly string[] = [];
  #lastSettle: LastSettle | undefined;
  #lastFullLook: LastFullLook | undefined;
  #unsaved: number;
  #isPausing = false;

  constructor(options: RoundsOptions) {
    this.#options = options;
    this.#unsaved = options.isRemembered ? 0 : 1;
  }

  get view(): View | undefined {
    return this.#options.publisher.view;
  }

  /** Why nothing is written now; none when all is well. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** What was met outside of files, newest last. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  get lastSettle(): LastSettle | undefined {
    return this.#lastSettle;
  }

  get lastFullLook(): LastFullLook | undefined {
    return this.#lastFullLook;
  }

  /** Files settled since they were last put away, and one where nothing is. */
  get unsaved(): number {
    return this.#unsaved;
  }

  /** Called after each publication. Gives the function that ends it. */
  onPublish(listener: (view: View) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** One thing at a time, in the order in which it was asked for. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** Looks at some paths, at everything, or into every file, and brings store and view to rest. Only within `inTurn`. */
  async round(paths?: Iterable<string> | 'content', { isAsked = false } = {}): Promise<View> {
    const { settling, intake } = this.#options;
    const startedMs = performance.now();
    await pushTaken(settling.store);
    const state = await repositoryState(settling.store);
    this.#reason = state.writable ? undefined : state.reason;
    const before = this.view;
    if (!state.writable) this.#options.again('everything', 'later');
    // In the middle of a merge or rebase the folder is nobody's idea of the store.
    if (!state.writable && state.code === 'busy' && before !== undefined) return before;
    const differences = await settling.look(paths);
    intake.note(settling.seen?.entries ?? new Map());
    if (paths === undefined || paths === 'content')
      this.#lastFullLook = { at: new Date().toISOString(), differences };
    const settled = state.writable
      ? await this.#settleInputs(isAsked)
      : { settlement: await settling.read(), inputs: 0, changes: 0, moved: [] };
    if (settled.moved.length > 0) this.#options.again(settled.moved, 'now');
    const isChanged = differences + settled.inputs + settled.changes > 0;
    const view = await this.#publish(settled, isChanged);
    const { inputs, changes } = settled;
    this.#unsaved += inputs + changes;
    const durationMs = Math.round(performance.now() - startedMs);
    this.#lastSettle = { at: new Date().toISOString(), durationMs, inputs, changes };
    this.#options.observer.settled(this.#lastSettle);
    return view;
  }

  /** Rounds over everything until one finds nothing to do; the first may read every file. AtoError `busy` when that doesn't come. */
  async toRest(first?: 'content'): Promise<{ revision: Oid; inputs: number; changes: number }> {
    let [inputs, changes] = [0, 0];
    for (let count = 1; count <= ROUNDS_MAX; count += 1) {
      const { revision } = await this.round(count === 1 ? first : undefined, { isAsked: true });
      this.assertWritable();
      const last = this.#lastSettle;
      if ((last?.inputs ?? 0) + (last?.changes ?? 0) === 0) return { revision, inputs, changes };
      inputs += last?.inputs ?? 0;
      changes += last?.changes ?? 0;
    }
    throw new AtoError(
      'busy',
      `Expected the store to come to rest within ${ROUNDS_MAX} rounds, found files still changing. Try again when they are written.`,
    );
  }

  /**
   * Work that changes the folder as a whole: nothing settles beside it, readers keep the view before,
   * captures are taken. What was edited is committed before, and all is settled after, in one turn.
   * AtoError `wrong-state` while another such work waits or runs.
   */
  async paused<Result>(work: () => Promise<Result>): Promise<Paused<Result>> {
    if (this.#isPausing) {
      throw new AtoError(
        'wrong-state',
        'Expected no other restore of this store, found one under way. Wait until it is done.',
      );
    }
    this.#isPausing = true;
    try {
      return await this.inTurn(async () => {
        await this.toRest();
        const result = await work();
        return { result, ...(await this.toRest()) };
      });
    } finally {
      this.#isPausing = false;
    }
  }

  /** AtoError `busy` with the reason while nothing may be written. */
  assertWritable(): void {
    if (this.#reason !== undefined) throw new AtoError('busy', this.#reason);
  }

  /** Puts away what makes the next start quick; a failure is a fault, and no more. */
  async save(): Promise<void> {
    const { settling, publisher, memoKey } = this.#options;
    const { view } = this;
    if (view === undefined || this.#unsaved === 0) return;
    const { memo, standing, dates } = settling;
    const { units } = publisher;
    try {
      const what = { memo, standing, dates, units, index: view.index };
      await remember(settling.store.dir, memoKey, what);
      this.#unsaved = 0;
    } catch (error) {
      this.fault(error);
    }
  }

  /** Notes what went wrong outside of any file. */
  fault(error: unknown): void {
    const said = error instanceof Error ? error.message : String(error);
    if (isAtoError(error, 'busy') || isAtoError(error, 'disk-full')) this.#reason = said;
    this.#options.observer.fault(said);
    const line = `${new Date().toISOString()} ${said}`;
    this.#faults = [...this.#faults, line].slice(-FAULTS_KEPT);
  }

  async #settleInputs(isAsked: boolean): Promise<Settled> {
    const { settling, intake, again } = this.#options;
    const entries = settling.seen?.entries ?? new Map();
    const registry = this.view?.settlement.registry ?? (await settling.read()).registry;
    const { changed, waiting } = await intake.emptyInbox(registry, entries, isAsked);
    if (changed.length > 0) await settling.look(changed);
    if (waiting) again('everything', 'later');
    return settling.settle();
  }

  async #publish(settled: Settled, isChanged: boolean): Promise<View> {
    const { settling, publisher } = this.#options;
    const revision = await settling.checkedOut();
    if (revision === undefined) {
      throw new AtoError('not-a-store', 'Expected a store with at least one commit, found none.');
    }
    const before = this.view;
    const isSame = before?.revision === revision && !isChanged;
    if (isSame && hasSameProblems(before, settled)) return before;
    const { touches } = settling.dates;
    const view = await publisher.publish(settled.settlement, revision, touches);
    for (const listener of this.#listeners) listener(view);
    return view;
  }
}

function hasSameProblems(view: View, settled: Settled): boolean {
  return JSON.stringify(view.settlement.problems) === JSON.stringify(settled.settlement.problems);
}
