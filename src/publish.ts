/** From a settlement to a view: the index is changed by difference and published with it (invariant 9). */
import { setImmediate as turn } from 'node:timers/promises';
import type { Settlement } from './model/snapshot.ts';
import type { StoreConfig } from './model/store-config.ts';
import type { Oid, StorePath } from './plugin.ts';
import type { SearchDocument } from './view/documents-store.ts';
import { searchUnits } from './view/search-documents.ts';
import { SearchIndex } from './view/search-index.ts';
import type { Touches, View } from './view/view.ts';

/** What of a file is in the index: its documents' ids, and what they were made from. */
export interface IndexedUnit {
  readonly fingerprint: string;
  readonly ids: readonly string[];
}

export type IndexedUnits = ReadonlyMap<StorePath, IndexedUnit>;

export class Publisher {
  readonly #config: StoreConfig;
  #index: SearchIndex;
  #units: Map<StorePath, IndexedUnit>;
  #view: View | undefined;

  constructor(config: StoreConfig, index?: SearchIndex, units: IndexedUnits = new Map()) {
    this.#config = config;
    this.#index = index ?? new SearchIndex();
    this.#units = index === undefined ? new Map() : new Map(units);
  }

  get view(): View | undefined {
    return this.#view;
  }

  get units(): IndexedUnits {
    return this.#units;
  }

  /** Brings the index to a settlement in slices, then swaps the view in one go. */
  async publish(settlement: Settlement, revision: Oid, touches: Touches): Promise<View> {
    const wanted = searchUnits(settlement, touches);
    const units = new Map<StorePath, IndexedUnit>();
    const removals: string[] = [];
    const upserts: (() => readonly SearchDocument[])[] = [];
    for (const [path, unit] of wanted) {
      const before = this.#units.get(path);
      if (before?.fingerprint === unit.fingerprint) {
        units.set(path, before);
        continue;
      }
      if (before !== undefined) removals.push(...before.ids);
      upserts.push(() => {
        const documents = unit.documents();
        units.set(path, { fingerprint: unit.fingerprint, ids: documents.map(({ id }) => id) });
        return documents;
      });
    }
    for (const [path, { ids }] of this.#units) if (!wanted.has(path)) removals.push(...ids);
    if (removals.length > 0 || upserts.length > 0) {
      await this.#index.apply({ removals, upserts: produced(upserts) }, { pause: turn });
    }
    this.#index.publish(revision);
    this.#units = units;
    this.#view = { revision, settlement, index: this.#index, touches, config: this.#config };
    return this.#view;
  }
}

function* produced(
  makers: readonly (() => readonly SearchDocument[])[],
): Generator<SearchDocument> {
  for (const make of makers) yield* make();
}
