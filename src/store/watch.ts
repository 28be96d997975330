/** Says when to look at the store, and perhaps where; never what is there. */
import { join, relative, sep } from 'node:path';
import { type FSWatcher, watch as watchFiles } from 'chokidar';
import { errorCode, TEMPORARY_PREFIX } from './durable-fs.ts';
import type { Hint } from './hints.ts';
import { isIgnoredPath } from './ignored-path.ts';
import type { Store } from './store.ts';

export type WatchState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'watching' }
  /** Only looking now and then finds changes; the reason says why and what to do. */
  | { readonly kind: 'degraded'; readonly reason: string };

export interface StoreWatch {
  readonly state: () => WatchState;
  /** Done when the self-test after the start has passed or failed. */
  readonly started: Promise<void>;
  readonly close: () => Promise<void>;
}

export interface WatchOptions {
  readonly onHint: (hint: Hint) => void;
  /**
   * Folders that are not watched, as `captures/`. The watcher reads a folder again at every event in
   * it, which is too dear where files are added all the time by whoever gives hints of its own.
   */
  readonly unwatched?: readonly string[];
  /** How often everything is looked at while nothing can be watched. */
  readonly pollMs?: number;
  /** How often the root is compared with the one that is watched. */
  readonly rootCheckMs?: number;
  /** How long the self-test waits for its event. */
  readonly probeMs?: number;
}

const POLL_MS = 5_000;
const ROOT_CHECK_MS = 10_000;
const PROBE_MS = 2_000;
const LAG_CHECK_MS = 100;
const LAG_MS_MAX = 500;

const NO_INODE = -1;

const PROBE = `${TEMPORARY_PREFIX}watch-probe`;

/** What in `.git` tells that history moved, and the folders on the way there. */
const GIT_SIGNALS = new Set(['HEAD', 'index', 'packed-refs', 'logs/HEAD', 'MERGE_HEAD']);
const GIT_FOLDERS = new Set(['', 'logs', 'refs', 'refs/heads']);

/** Starts watching. Trouble never throws: it shows in `state` and as hints to look at everything. */
export function watchStore(store: Store, options: WatchOptions): StoreWatch {
  const life = new WatchLife(store, options);
  return { state: () => life.state, started: life.started, close: () => life.close() };
}

class WatchLife {
  state: WatchState = { kind: 'starting' };
  readonly started: Promise<void>;
  readonly #store: Store;
  readonly #options: WatchOptions;
  readonly #timers: NodeJS.Timeout[] = [];
  #watcher: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;
  /** Of the folder that is watched; absent when it is gone. */
  #rootInode: number | undefined;
  #probeSeen: (() => void) | undefined;
  #isClosed = false;

  constructor(store: Store, options: WatchOptions) {
    this.#store = store;
    this.#options = options;
    this.started = this.#start();
    this.#every(options.rootCheckMs ?? ROOT_CHECK_MS, () => this.#checkRoot());
    let lastAt = performance.now();
    this.#every(LAG_CHECK_MS, () => {
      const lagMs = performance.now() - lastAt - LAG_CHECK_MS;
      lastAt = performance.now();
      // The queue of the kernel may have run over meanwhile, without an error.
      if (lagMs > LAG_MS_MAX) this.#everything('loop-blocked');
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers) clearInterval(timer);
    clearInterval(this.#poll);
    this.#probeSeen?.();
    await this.#watcher?.close();
    await this.started;
  }

  async #start(): Promise<void> {
    this.#rootInode = await this.#inodeOfRoot();
    if (this.#isClosed) return;
    const watcher = watchFiles(this.#store.dir, {
      followSymlinks: false,
      atomic: false,
      ignoreInitial: true,
      ignored: (path) => this.#isPassedOver(path),
    });
    this.#watcher = watcher;
    watcher.on('all', (event, path) => this.#event(event, path));
    watcher.on('error', (error) => this.#failed(watcher, error));
    await new Promise<void>((resolve) => {
      watcher.once('ready', resolve);
      // `close` must not wait for a folder that is still being read.
      this.#probeSeen = resolve;
    });
    const isHealthy = this.#watcher === watcher && this.state.kind === 'starting';
    if (!this.#isClosed && isHealthy) await this.#selfTest();
  }

  /** A file made in the root must be reported; on a network folder it may never be. */
  async #selfTest(): Promise<void> {
    const { disk } = this.#store.fs;
    const probe = join(this.#store.dir, PROBE);
    const probeMs = this.#options.probeMs ?? PROBE_MS;
    try {
      const seen = new Promise<boolean>((resolve) => {
        const limit = setTimeout(() => resolve(false), probeMs);
        this.#probeSeen = () => {
          clearTimeout(limit);
          resolve(true);
        };
      });
      const file = await disk.open(probe, 'w');
      await file.close();
      if (await seen) {
        if (this.state.kind === 'starting') this.state = { kind: 'watching' };
      } else {
        this.#degrade(
          `Expected the system to report a new file within ${probeMs} ms, and it didn't: the store may lie on a network or shared folder. Changes are found by looking every few seconds.`,
        );
      }
    } catch (error) {
      this.#degrade(`The self-test of the watcher could not write its file (${errorCode(error)}).`);
    } finally {
      this.#probeSeen = undefined;
      await disk.unlink(probe).catch(() => undefined);
    }
  }

  #event(event: string, path: string): void {
    const inside = this.#relative(path);
    // A folder made anew may even get the inode of the one that was removed.
    if (inside === '' && event === 'unlinkDir') this.#rootInode = NO_INODE;
    if (inside === PROBE) this.#probeSeen?.();
    else if (inside === '.git' || inside.startsWith('.git/')) {
      this.#options.onHint({ paths: [], why: 'history-moved' });
    } else this.#options.onHint({ paths: [inside], why: 'event' });
  }

  /** One error is as good as ten thousand: what is still reported can no longer be relied upon. */
  #failed(watcher: FSWatcher, error: unknown): void {
    if (this.#watcher !== watcher) return;
    const code = errorCode(error);
    const isLimit = code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE';
    const wayOut = isLimit
      ? ' Raise the limit: sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=1024, then restart.'
      : '';
    this.#degrade(`Watching failed (${code || String(error)}).${wayOut}`);
    void watcher.close();
    // A closed watcher never gets ready.
    this.#probeSeen?.();
  }

  #degrade(reason: string): void {
    if (this.#isClosed || this.state.kind === 'degraded') return;
    this.state = { kind: 'degraded', reason };
    this.#everything('watcher-error');
    clearInterval(this.#poll);
    this.#poll = setInterval(() => this.#everything('polling'), this.#options.pollMs ?? POLL_MS);
    this.#poll.unref();
  }

  /** A root that was removed and made again has another inode, and the watcher is deaf to it. */
  async #checkRoot(): Promise<void> {
    const inode = await this.#inodeOfRoot();
    if (this.#isClosed || inode === this.#rootInode) return;
    this.#rootInode = inode;
    if (inode === undefined) {
      this.#degrade(`The store's folder ${this.#store.dir} is gone; bring it back.`);
      return;
    }
    const old = this.#watcher;
    this.#watcher = undefined;
    clearInterval(this.#poll);
    this.state = { kind: 'starting' };
    this.#everything('root-replaced');
    await old?.close();
    await this.#start();
  }

  async #inodeOfRoot(): Promise<number | undefined> {
    try {
      return (await this.#store.fs.disk.lstat(this.#store.dir)).ino;
    } catch {
      // Whatever keeps the root from being looked at: it is not the one that is watched.
      return undefined;
    }
  }

  #everything(why: Hint['why']): void {
    if (!this.#isClosed) this.#options.onHint({ paths: 'everything', why });
  }

  #isPassedOver(path: string): boolean {
    const inside = this.#relative(path);
    if (inside === '' || inside === PROBE) return false;
    if (inside === '.git') return false;
    if (inside.startsWith('.git/')) {
      const name = inside.slice('.git/'.length);
      if (name.endsWith('.lock') || name.includes(TEMPORARY_PREFIX)) return true;
      return !GIT_SIGNALS.has(name) && !GIT_FOLDERS.has(name) && !name.startsWith('refs/heads/');
    }
    const isUnwatched = this.#options.unwatched?.some((folder) => `${inside}/`.startsWith(folder));
    return isUnwatched === true || isIgnoredPath(inside);
  }

  #relative(path: string): string {
    const inside = relative(this.#store.dir, path);
    return sep === '/' ? inside : inside.replaceAll(sep, '/');
  }

  #every(intervalMs: number, work: () => unknown): void {
    const timer = setInterval(work, intervalMs);
    timer.unref();
    this.#timers.push(timer);
  }
}
