/** Where to look next: gathers hints until the store is quiet. */
import { setTimeout as sleep } from 'node:timers/promises';

export type HintReason =
  /** Something happened at the named paths. */
  | 'event'
  /** HEAD, the index or a branch changed: perhaps by our own commit. */
  | 'history-moved'
  | 'watcher-error'
  | 'too-many-events'
  | 'loop-blocked'
  | 'root-replaced'
  /** Nothing is being watched; looking now and then is all there is. */
  | 'polling'
  | 'asked';

export interface Hint {
  readonly paths: readonly string[] | 'everything';
  readonly why: HintReason;
}

export interface DrainedHints {
  readonly paths: ReadonlySet<string> | 'everything';
  readonly why: ReadonlySet<HintReason>;
}

/** More paths than this cost more to look at singly than everything does. */
export const HINTED_PATHS_MAX = 1000;

const QUIET_MS = 150;
const LONGEST_MS = 2000;

/** Paths that may have changed, and why; knows no time. */
export class DirtySet {
  #paths: Set<string> | 'everything' = new Set();
  #why = new Set<HintReason>();

  get isEmpty(): boolean {
    return this.#why.size === 0;
  }

  add({ paths, why }: Hint): void {
    this.#why.add(why);
    if (paths === 'everything' || this.#paths === 'everything') {
      this.#paths = 'everything';
      return;
    }
    for (const path of paths) this.#paths.add(path);
    if (this.#paths.size > HINTED_PATHS_MAX) {
      this.#paths = 'everything';
      this.#why.add('too-many-events');
    }
  }

  /** Everything gathered so far; the set is empty afterwards. */
  drain(): DrainedHints {
    const drained = { paths: this.#paths, why: this.#why };
    this.#paths = new Set();
    this.#why = new Set();
    return drained;
  }
}

/** A dirty set with a sense of time: it is drained when nothing was added for a while. */
export class Hints {
  readonly #dirty = new DirtySet();
  readonly #quietMs: number;
  readonly #longestMs: number;
  #firstAt = 0;
  #lastAt = 0;
  #wake: (() => void) | undefined;

  constructor(options: { readonly quietMs?: number; readonly longestMs?: number } = {}) {
    this.#quietMs = options.quietMs ?? QUIET_MS;
    this.#longestMs = options.longestMs ?? LONGEST_MS;
  }

  add(hint: Hint): void {
    const now = performance.now();
    if (this.#dirty.isEmpty) this.#firstAt = now;
    this.#lastAt = now;
    this.#dirty.add(hint);
    this.#wake?.();
  }

  /**
   * The hints, once there are some and none came for `quietMs`, or `longestMs` after the first.
   * For one waiter at a time. Rejects with the signal's reason when it is aborted.
   */
  async quiet(signal: AbortSignal): Promise<DrainedHints> {
    await this.#some(signal);
    for (;;) {
      const until = Math.min(this.#lastAt + this.#quietMs, this.#firstAt + this.#longestMs);
      const leftMs = until - performance.now();
      if (leftMs <= 0) return this.#dirty.drain();
      await sleep(Math.ceil(leftMs), undefined, { signal });
    }
  }

  #some(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      if (!this.#dirty.isEmpty) return resolve();
      const abort = (): void => {
        this.#wake = undefined;
        reject(signal.reason);
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#wake = () => {
        this.#wake = undefined;
        signal.removeEventListener('abort', abort);
        resolve();
      };
    });
  }
}
