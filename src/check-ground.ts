/** What the doctor looks at: the store read anew, from the folder or from one commit, nothing believed. */
import { availableParallelism } from 'node:os';
import { loadPlugins, operatorPlugins } from './config.ts';
import { AtoError } from './errors.ts';
import { CONFIG_PATH, roleOf } from './model/layout.ts';
import type { ParsedFile, Settlement, Snapshot, StoreFile } from './model/snapshot.ts';
import { readConfig, type StoreConfig } from './model/store-config.ts';
import { ParseThreads } from './parse-threads.ts';
import { Memo } from './pipeline/memo.ts';
import type { Oid, Problem, StorePath } from './plugin.ts';
import { Publisher } from './publish.ts';
import { settleWithHistory } from './settle-with-history.ts';
import { LastGood, recoverStanding } from './standing.ts';
import { readAt, readBlob, treeAt } from './store/history.ts';
import { lastTouched } from './store/last-touched.ts';
import { pendingChanges } from './store/pending-changes.ts';
import { readFile } from './store/read-file.ts';
import { head } from './store/refs.ts';
import { NOTHING_KNOWN, type Scan, scan } from './store/scan.ts';
import type { Store } from './store/store.ts';
import { takeSnapshot } from './take-snapshot.ts';
import type { View } from './view/view.ts';

/** Files read, and what they settle to. */
export interface GroundView {
  readonly snapshot: Snapshot;
  readonly settlement: Settlement;
}

const PARSE_BATCH = 256;

export interface GroundOptions {
  /** The commit that is judged in place of the folder: a daemon's folder may change at any moment. */
  readonly at?: Oid;
  /** Parses the documents; left open. Default: its own. */
  readonly threads?: ParseThreads;
}

/** Read piece by piece as the checks ask for it, each piece once. */
export class Ground {
  readonly store: Store;
  readonly #at: Oid | undefined;
  readonly #threads: ParseThreads | undefined;
  readonly #parts = new Map<string, Promise<unknown>>();

  constructor(store: Store, { at, threads }: GroundOptions = {}) {
    this.store = store;
    this.#at = at;
    this.#threads = threads;
  }

  /** True where a daemon works on the store meanwhile. */
  get isServed(): boolean {
    return this.#at !== undefined;
  }

  /** The commit that is looked at; none before the first one. */
  revision(): Promise<Oid | undefined> {
    return this.#once('revision', async () => this.#at ?? (await head(this.store)));
  }

  /** AtoError `invalid`, `newer-format`, `not-found`. */
  config(): Promise<StoreConfig> {
    return this.#once('config', async () => {
      if (this.#at === undefined) {
        const { bytes } = await readFile(this.store, CONFIG_PATH);
        return readConfig(bytes.toString('utf8'));
      }
      const text = await readAt(this.store, this.#at, CONFIG_PATH);
      if (text !== undefined) return readConfig(text.toString('utf8'));
      throw new AtoError('invalid', `Expected atocore.json in commit ${this.#at}, found none.`);
    });
  }

  /** Every file of the folder, read whole whatever its stat says. */
  folder(): Promise<Scan> {
    return this.#once('folder', () => scan(this.store, NOTHING_KNOWN));
  }

  /** Every file of the commit. */
  committed(): Promise<ReadonlyMap<StorePath, Oid>> {
    return this.#once('committed', async () => {
      const revision = await this.revision();
      return revision === undefined ? new Map() : treeAt(this.store, revision);
    });
  }

  /** Files of the folder that are not as they are committed. */
  uncommitted(): Promise<readonly StorePath[]> {
    return this.#once('uncommitted', async () => {
      const pending = pendingChanges(await this.folder(), await this.committed());
      return pending.map(({ path }) => path);
    });
  }

  view(): Promise<GroundView> {
    return this.#once('view', () => this.#settle());
  }

  /** Everything a reader would be served, its search index made from nothing. */
  published(): Promise<View> {
    return this.#once('published', async () => {
      const revision = await this.revision();
      if (revision === undefined) throw new AtoError('not-found', 'Expected a commit, found none.');
      const { settlement } = await this.view();
      const { touches } = await lastTouched(this.store, { at: revision });
      return new Publisher(await this.config()).publish(settlement, revision, touches);
    });
  }

  async #settle(): Promise<GroundView> {
    const config = await this.config();
    const operators = operatorPlugins(process.env);
    const plugins = await loadPlugins(config, operators);
    const memo = new Memo();
    const width = Math.min(2, availableParallelism());
    const threads =
      this.#threads ?? new ParseThreads({ config, operatorPlugins: operators }, width);
    try {
      const standing = await recoverStanding(
        this.store,
        undefined,
        await this.committed(),
        await this.revision(),
      );
      const common = { config, plugins, standing };
      const snapshot =
        this.#at === undefined
          ? await this.#fromFolder({ ...common, memo, threads })
          : { ...common, lastGood: new Map(), ...(await this.#fromCommit(config, memo, threads)) };
      const history = new LastGood(this.store, this.#at);
      return { snapshot, settlement: await settleWithHistory(snapshot, memo, history) };
    } finally {
      if (this.#threads === undefined) await threads.close();
    }
  }

  async #fromFolder(
    ask: Omit<Parameters<typeof takeSnapshot>[0], 'store' | 'seen'>,
  ): Promise<Snapshot> {
    return (await takeSnapshot({ ...ask, store: this.store, seen: await this.folder() })).snapshot;
  }

  async #fromCommit(
    config: StoreConfig,
    memo: Memo,
    threads: ParseThreads,
  ): Promise<Pick<Snapshot, 'files' | 'unread'>> {
    const files = new Map<StorePath, StoreFile>();
    const unread: Problem[] = [];
    let batch: (StoreFile & { readonly bytes: Uint8Array })[] = [];
    const parse = async (): Promise<void> => {
      const parsed: readonly ParsedFile[] = await threads.parse(batch);
      for (const each of parsed) memo.rememberParsed(each);
      batch = [];
    };
    for (const [path, oid] of await this.committed()) {
      files.set(path, { path, oid });
      const { role } = roleOf(path);
      if (role === 'other') continue;
      const bytes = await readBlob(this.store, oid);
      if (bytes.length > config.limits.fileBytes) {
        const message = `Expected at most ${config.limits.fileBytes} bytes, found ${bytes.length}. Split the file.`;
        unread.push({ path, rule: 'too-large', message });
      } else if (role !== 'source' && role !== 'capture') files.set(path, { path, oid, bytes });
      else if (batch.push({ path, oid, bytes }) >= PARSE_BATCH) await parse();
    }
    await parse();
    return { files, unread };
  }

  #once<Part>(name: string, make: () => Promise<Part>): Promise<Part> {
    const known = this.#parts.get(name) as Promise<Part> | undefined;
    const part = known ?? make();
    this.#parts.set(name, part);
    return part;
  }
}
