/** What the store as worked on is made of, and what a round of settling gives. */
import type { Settlement } from './model/snapshot.ts';
import type { StoreConfig } from './model/store-config.ts';
import type { ParseThreads } from './parse-threads.ts';
import type { Memo } from './pipeline/memo.ts';
import type { Plugin, Status, StorePath } from './plugin.ts';
import type { Person } from './store/commit-object.ts';
import type { LastTouched } from './store/last-touched.ts';
import type { Known } from './store/scan.ts';
import type { Store } from './store/store.ts';

export interface SettlingOptions {
  readonly store: Store;
  readonly config: StoreConfig;
  readonly plugins: readonly Plugin[];
  readonly threads: ParseThreads;
  /** Who edits by hand here, as git knows them. */
  readonly person: Person;
  readonly memo: Memo;
  readonly known: Known;
  readonly standing: ReadonlyMap<StorePath, Status>;
  /** The commit that `standing` and `dates` belong to; absent = nothing is remembered. */
  readonly dates?: LastTouched;
}

/** What one round of settling did. */
export interface Settled {
  readonly settlement: Settlement;
  /** Files of people and captures that were committed. */
  readonly inputs: number;
  /** Files that the engine wrote or deleted. */
  readonly changes: number;
  /** Edited while they were read or written: to be looked at again. */
  readonly moved: readonly StorePath[];
}
