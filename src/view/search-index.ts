/** The search index: changes are staged unseen, published whole, and searched synchronously. */
import { insert, remove, search } from '@orama/orama';
import { AtoError } from '../errors.ts';
import type { ScoreTerms } from './best.ts';
import { compact, isWasteful } from './compact.ts';
import { DocumentBytes, encoded, type Layer, type SearchDocument } from './documents-store.ts';
import { type Engine, openEngine } from './engine.ts';
import { forgetKept } from './index-component.ts';
import { discardState, emptyState, publishState } from './index-state.ts';
import { linkAll, type Relinked, relink } from './neighbours.ts';
import { SLOT_MAX } from './postings.ts';
import { fromShards } from './restore.ts';
import { SCORING, type ScoringOptions } from './scoring.ts';
import { type Shard, toShards } from './snapshot.ts';
import { tokenize } from './tokenize.ts';
import type { Where } from './where.ts';

export type { ScoreTerms, WordScore } from './best.ts';
export type { Layer, SearchDocument } from './documents-store.ts';
export type { Shard } from './snapshot.ts';

/** Within one list any value will do; all lists must be met; `tags` must all be there. */
export interface SearchQuery {
  readonly text: string;
  readonly projects?: readonly string[];
  readonly layers?: readonly Layer[];
  readonly kinds?: readonly string[];
  readonly statuses?: readonly string[];
  readonly tags?: readonly string[];
  /** At most 1,000 together with `offset`. */
  readonly limit: number;
  readonly offset?: number;
}

export interface SearchHit {
  readonly id: string;
  readonly score: number;
  /** The parts that the score is the sum of. */
  readonly terms: ScoreTerms;
  readonly document: SearchDocument;
}

export interface SearchAnswer {
  /** Best first; equal scores by id. */
  readonly hits: readonly SearchHit[];
  /** How many documents matched. */
  readonly total: number;
  readonly revision: string;
}

export interface SearchChanges {
  readonly upserts?: Iterable<SearchDocument>;
  readonly removals?: Iterable<string>;
}

export interface ApplyOptions {
  /** Called between slices of work; readers search meanwhile. Without it nothing waits. */
  readonly pause?: () => Promise<void>;
  /** Size of a slice in characters of text. */
  readonly sliceCharacters?: number;
}

/** Reading further than this is refused. */
export const HITS_MAX = 1_000;

// About 5 ms of work on a slow core; a slice ends with the document that fills it.
const SLICE_CHARACTERS = 50_000;
// What a document costs beside its text.
const DOCUMENT_CHARACTERS = 200;

export class SearchIndex {
  #reading: Engine;
  // Another engine than the one that is read only between a compaction and the next publication.
  #writing: Engine;
  #revision: string;
  // What the next publication serves for an id: a slot, or 0 for nothing.
  #staged = new Map<string, number>();
  #relinked: Relinked[] = [];
  #isApplying = false;

  constructor(engine?: Engine, revision = '') {
    this.#reading = engine ?? openEngine(emptyState(), new DocumentBytes(), ['']);
    this.#writing = this.#reading;
    this.#revision = revision;
  }

  /** The revision that is served; empty before the first publication. */
  get revision(): string {
    return this.#revision;
  }

  /** How many documents are served. */
  get size(): number {
    return this.#reading.state.liveCount;
  }

  /** The document that is served under the id. */
  get(id: string): SearchDocument | undefined {
    const slot = this.#reading.slots.get(id);
    return slot === undefined ? undefined : this.#reading.bytes.get(slot);
  }

  /** Ids of all documents that are served, sorted. */
  ids(): readonly string[] {
    return [...this.#reading.slots.keys()].sort();
  }

  /**
   * Stages changes: removals first, then upserts. Readers see none of it before `publish`.
   * What was staged stays when it throws; publish it, or `discard` it.
   * @throws `too-large` for a document beyond 8 MiB; `busy` while another call is under way
   */
  async apply(changes: SearchChanges, options: ApplyOptions = {}): Promise<void> {
    this.#assertIdle();
    this.#isApplying = true;
    try {
      let characters = 0;
      const budget = options.sliceCharacters ?? SLICE_CHARACTERS;
      for (const cost of this.#stage(changes)) {
        characters += cost;
        if (characters < budget) continue;
        characters = 0;
        await options.pause?.();
      }
    } finally {
      this.#isApplying = false;
    }
  }

  /** Makes all that is staged visible at once, under the revision it stands for. */
  publish(revision: string): void {
    this.#assertIdle();
    const { state, slots, store } = this.#writing;
    linkAll(state, this.#relinked);
    publishState(state);
    for (const [id, slot] of this.#staged) {
      if (slot === 0) slots.delete(id);
      else slots.set(id, slot);
    }
    forgetKept(store);
    this.#forgetStaged();
    this.#reading = this.#writing;
    this.#revision = revision;
  }

  /** Gives up what is staged. */
  discard(): void {
    this.#assertIdle();
    discardState(this.#writing.state);
    this.#forgetStaged();
    this.#writing = this.#reading;
  }

  /** The documents that match, best first. Nothing matches a text without a word to look for. */
  search(query: SearchQuery, scoring: ScoringOptions = SCORING): SearchAnswer {
    const offset = query.offset ?? 0;
    const limit = offset + query.limit;
    if (!Number.isInteger(limit) || offset < 0 || query.limit < 1 || limit > HITS_MAX) {
      throw new AtoError(
        'invalid',
        `Expected limit and offset to be whole numbers of together at most ${HITS_MAX}, ` +
          `found limit ${query.limit} and offset ${offset}.`,
      );
    }
    const revision = this.#revision;
    if (tokenize(query.text).length === 0) return { hits: [], total: 0, revision };
    const { database, store } = this.#reading;
    store.ask = { limit, scoring };
    const found = search(database, { term: query.text, where: whereOf(query), limit });
    if (found instanceof Promise) throw new Error('a search with our components is synchronous');
    const { total, terms, best } = store.answer;
    const documents = new Map(
      found.hits.map((hit) => [Number(hit.id), hit.document as unknown as SearchDocument]),
    );
    const hits = best.slice(offset).flatMap(({ slot, score }, index): SearchHit[] => {
      const document = documents.get(slot);
      const why = terms[index + offset];
      if (document === undefined || why === undefined) return [];
      return [{ id: document.id, score, terms: why, document }];
    });
    return { hits, total, revision };
  }

  /** What is published, as files to write one after the other; the header comes last. */
  toShards(): Generator<Shard, void> {
    return toShards(this.#reading, this.#revision);
  }

  /** The index that a snapshot holds, or the reason why it has to be built again. */
  static fromShards(
    shards: ReadonlyMap<string, Uint8Array>,
  ): { readonly index: SearchIndex } | { readonly reason: string } {
    const restored = fromShards(shards);
    if ('reason' in restored) return restored;
    return { index: new SearchIndex(restored.engine, restored.revision) };
  }

  /** Bytes held in typed arrays. */
  get bufferBytes(): number {
    const { state, bytes } = this.#reading;
    const lists = [...Object.values(state.fields), state.tags];
    return lists.reduce((sum, { postings }) => sum + postings.sizeBytes, bytes.sizeBytes);
  }

  /** Does the work and tells its cost as it goes. */
  *#stage({ upserts = [], removals = [] }: SearchChanges): Generator<number, void> {
    if (this.#staged.size === 0 && isWasteful(this.#writing.state)) {
      const steps = compact(this.#writing);
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) yield Number.POSITIVE_INFINITY;
      this.#writing = step.value;
    }
    for (const id of removals) yield this.#remove(id);
    for (const document of upserts) yield this.#upsert(document);
    this.#relinked = [];
    const { ids, state } = this.#writing;
    for (const order of relink(state, (slot) => ids[slot] ?? '')) {
      if (order !== undefined) this.#relinked.push(order);
      yield order === undefined ? Number.POSITIVE_INFINITY : 50 + order.slots.length * 10;
    }
  }

  #upsert(document: SearchDocument): number {
    const { database, bytes, ids, state } = this.#writing;
    const before = this.#slotOf(document.id);
    if (before !== 0) {
      if (equal(bytes.bytes(before), encoded(document))) return DOCUMENT_CHARACTERS;
      this.#remove(document.id);
    }
    if (state.given >= SLOT_MAX) {
      throw new AtoError(
        'too-large',
        `Expected at most ${SLOT_MAX} versions of documents in one index, found more. Rebuild it.`,
      );
    }
    const slot = Number(insert(database, document as never));
    ids[slot] = document.id;
    this.#staged.set(document.id, slot);
    return DOCUMENT_CHARACTERS + document.text.length;
  }

  #remove(id: string): number {
    const slot = this.#slotOf(id);
    if (slot === 0) return 1;
    const size = this.#writing.bytes.bytes(slot)?.length ?? 0;
    remove(this.#writing.database, String(slot));
    this.#staged.set(id, 0);
    return DOCUMENT_CHARACTERS + size;
  }

  #slotOf(id: string): number {
    return this.#staged.get(id) ?? this.#writing.slots.get(id) ?? 0;
  }

  #forgetStaged(): void {
    this.#staged = new Map();
    this.#relinked = [];
  }

  #assertIdle(): void {
    if (!this.#isApplying) return;
    throw new AtoError('busy', 'Expected the changes before to be staged, found them under way.');
  }
}

function whereOf(query: SearchQuery): Where {
  const { projects, layers, kinds, statuses, tags } = query;
  return {
    ...(projects && { project: { in: projects } }),
    ...(layers && { layer: { in: layers } }),
    ...(kinds && { kind: { in: kinds } }),
    ...(statuses && { status: { in: statuses } }),
    ...(tags && tags.length > 0 && { tags: { containsAll: tags } }),
  };
}

function equal(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one?.length === other.length && other.every((byte, index) => byte === one[index]);
}
