/** Orama's `index` component over our postings: whole tokens, BM25 over fields (retrieval.md §2). */
import type { IIndex, SearchableType, SearchableValue, Tokenizer, TokenScore } from '@orama/orama';
import { type Best, bestSlots, explained, type ScoreTerms } from './best.ts';
import {
  addField,
  dropField,
  FACETS,
  type Facet,
  FIELDS,
  type Field,
  type IndexState,
  numberOf,
  reserveSlot,
  stageFrequency,
} from './index-state.ts';
import {
  type Board,
  cleared,
  emptyBoard,
  type Norms,
  normsOf,
  queryTerms,
  type ScoringOptions,
  scoreTerm,
} from './scoring.ts';
import { maskOf, SlotSet, type Where } from './where.ts';

/** What Orama's `search` has no parameter for; set before a search, read after it. */
export interface Ask {
  readonly limit: number;
  readonly scoring: ScoringOptions;
}

export interface Answer {
  readonly best: readonly Best[];
  readonly terms: readonly ScoreTerms[];
  /** How many documents matched. */
  readonly total: number;
}

/** The store that Orama keeps for its `index` component. */
export interface IndexStore {
  readonly vectorIndexes: Record<string, never>;
  readonly state: IndexState;
  readonly idOf: (slot: number) => string;
  ask: Ask;
  answer: Answer;
  /** Kept until the next publication; `forget` empties it. */
  readonly kept: { norms: Norms | undefined; readonly masks: Map<string, Uint8Array> };
  readonly board: Board;
}

/** What Orama is told about our documents; the order is the one in which fields come to `insert`. */
export const SCHEMA = {
  title: 'string',
  heading: 'string',
  text: 'string',
  project: 'enum',
  layer: 'enum',
  kind: 'enum',
  status: 'enum',
  path: 'enum',
  tags: 'enum[]',
  ordinal: 'number',
} as const;

const PROPERTIES = Object.keys(SCHEMA);
const LAST_PROPERTY = PROPERTIES.at(-1);
const MASKS_MAX = 32;

export function createIndexStore(
  state: IndexState,
  idOf: (slot: number) => string,
  ask: Ask,
): IndexStore {
  return {
    vectorIndexes: {},
    state,
    idOf,
    ask,
    answer: { best: [], terms: [], total: 0 },
    kept: { norms: undefined, masks: new Map() },
    board: emptyBoard(),
  };
}

/** Must be called whenever what is served has changed. */
export function forgetKept(store: IndexStore): void {
  store.kept.norms = undefined;
  store.kept.masks.clear();
}

/** The component. Every document must have all properties of the schema. */
export function indexComponent(store: IndexStore): IIndex<IndexStore> {
  const terms = new Set<number>();
  const settle = (by: number) => {
    for (const term of terms) stageFrequency(store.state, term, by);
    terms.clear();
  };
  return {
    create: () => store,
    insert: (_, { state }, property, __, slot, value, ___, ____, tokenizer) => {
      reserveSlot(state, slot);
      insertProperty(state, terms, { property, slot, value, tokenizer });
      if (property !== LAST_PROPERTY) return;
      settle(1);
      state.added.push(slot);
    },
    remove: (_, { state }, property, __, slot, value, ___, ____, tokenizer) => {
      if (isField(property)) {
        const tokens = tokenizer.tokenize(String(value));
        for (const term of dropField(state, property, slot, tokens)) terms.add(term);
      }
      if (property !== LAST_PROPERTY) return true;
      settle(-1);
      state.dropped.push(slot);
      return true;
    },
    search: (_, text, tokenizer, __, ___, ____, _____, ______, _______, ________, slots) =>
      search(store, tokenizer.tokenize(text), slots as SlotSet | undefined),
    // Orama passes the set on to `search` and to the vectors' `find`, which ask it for `has` alone.
    searchByWhereClause: (_, __, where) =>
      new SlotSet(keptMask(store, where as Where)) as unknown as Set<number>,
    getSearchableProperties: () => PROPERTIES,
    getSearchablePropertiesWithTypes: () => ({ ...SCHEMA }) as Record<string, SearchableType>,
    // Parts of the stock index that only the stock index calls; ours counts in `insert`.
    insertDocumentScoreParameters: () => undefined,
    insertTokenScoreParameters: () => undefined,
    removeDocumentScoreParameters: () => undefined,
    removeTokenScoreParameters: () => undefined,
    calculateResultScores: () => undefined,
    load: <R>(_: unknown, raw: R) => raw as unknown as IndexStore,
    save: <R>() => store as unknown as R,
  };
}

function insertProperty(
  state: IndexState,
  terms: Set<number>,
  given: {
    readonly property: string;
    readonly slot: number;
    readonly value: SearchableValue;
    readonly tokenizer: Tokenizer;
  },
): void {
  const { property, slot, value } = given;
  if (isField(property)) {
    const tokens = given.tokenizer.tokenize(String(value));
    for (const term of addField(state, property, slot, tokens)) terms.add(term);
  } else if (isFacet(property)) {
    const facet = state.facets[property];
    facet.column[slot] = numberOf(facet.names, String(value));
  } else if (property === 'tags') {
    for (const tag of new Set(value as readonly string[])) {
      state.tags.postings.add(numberOf(state.tags.names, tag), slot, 1);
    }
  } else state.ordinals[slot] = Number(value);
}

function search(
  store: IndexStore,
  tokens: readonly string[],
  slots: SlotSet | undefined,
): TokenScore[] {
  const { state, ask } = store;
  const options = ask.scoring;
  const norms = keptNorms(store, options);
  const terms = queryTerms(state, tokens, options.termsMax);
  const mask = slots?.mask;
  const board = cleared(store.board, state);
  for (const term of terms) scoreTerm(state, norms, board, { term, options, mask });
  const { limit } = ask;
  const { best, total } = bestSlots(state, board, { limit, options, mask, idOf: store.idOf });
  store.answer = { best, total, terms: explained(state, board, { best, terms, norms, options }) };
  return best.map(({ slot, score }) => [slot, score]);
}

function keptNorms({ state, kept }: IndexStore, { k1, b }: ScoringOptions): Norms {
  if (kept.norms?.k1 !== k1 || kept.norms.b !== b) kept.norms = normsOf(state, { k1, b });
  return kept.norms;
}

function keptMask(store: IndexStore, where: Where): Uint8Array {
  const { masks } = store.kept;
  const key = JSON.stringify(where);
  const known = masks.get(key);
  if (known !== undefined) return known;
  const mask = maskOf(store.state, where);
  if (masks.size >= MASKS_MAX) masks.clear();
  masks.set(key, mask);
  return mask;
}

function isField(property: string): property is Field {
  return (FIELDS as readonly string[]).includes(property);
}

function isFacet(property: string): property is Facet {
  return (FACETS as readonly string[]).includes(property);
}
