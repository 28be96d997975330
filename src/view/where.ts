/** Orama's `where` clauses as a mark for each slot. */
import { AtoError } from '../errors.ts';
import { FACETS, type Facet, type IndexState } from './index-state.ts';

type Values = readonly (string | number | boolean)[];

/** What a clause may say: `eq`, `in`, `nin` of a facet, `containsAll`, `containsAny` of the tags. */
export interface Where {
  readonly [key: string]: unknown;
}

/**
 * 1 for every live slot that the clause lets through.
 * @throws `invalid` for a property or an operation that the index doesn't know
 */
export function maskOf(state: IndexState, where: Where): Uint8Array {
  const masks = Object.entries(where).map(([key, asked]) => clause(state, key, asked));
  const mask = state.live.slice(0, state.served + 1);
  for (const other of masks) intersect(mask, other);
  return mask;
}

function clause(state: IndexState, key: string, asked: unknown): Uint8Array {
  if (key === 'and' || key === 'or') {
    const masks = (asked as readonly Where[]).map((part) => maskOf(state, part));
    const result = new Uint8Array(state.served + 1).fill(key === 'and' ? 1 : 0);
    for (const mask of masks) (key === 'and' ? intersect : unite)(result, mask);
    return result;
  }
  if (key === 'not') return maskOf(state, asked as Where).map((bit) => 1 - bit);
  const [operation, value] = Object.entries(asked as Readonly<Record<string, unknown>>)[0] ?? [];
  const values = (Array.isArray(value) ? value : [value]) as Values;
  const mask = isFacet(key)
    ? facetMask(state, key, { operation, values })
    : key === 'tags'
      ? tagsMask(state, { operation, values })
      : undefined;
  if (mask !== undefined) return mask;
  throw new AtoError(
    'invalid',
    `Expected a filter by ${FACETS.join(', ')} (eq, in, nin) or tags (containsAll, containsAny), ` +
      `found ${key} ${operation ?? 'without an operation'}.`,
  );
}

interface Asked {
  readonly operation: string | undefined;
  readonly values: Values;
}

function facetMask(state: IndexState, facet: Facet, asked: Asked): Uint8Array | undefined {
  const { operation, values } = asked;
  if (operation !== 'eq' && operation !== 'in' && operation !== 'nin') return undefined;
  const { names, column } = state.facets[facet];
  const wanted = operation === 'nin' ? 0 : 1;
  const byNumber = new Uint8Array(names.size + 1).fill(1 - wanted);
  for (const value of values) byNumber[names.get(String(value)) ?? 0] = wanted;
  const mask = new Uint8Array(state.served + 1);
  for (let slot = 1; slot < mask.length; slot += 1) {
    mask[slot] = byNumber[column[slot] as number] as number;
  }
  return mask;
}

function tagsMask(state: IndexState, asked: Asked): Uint8Array | undefined {
  const { operation, values } = asked;
  if (operation !== 'containsAll' && operation !== 'containsAny') return undefined;
  const isAll = operation === 'containsAll';
  const result = new Uint8Array(state.served + 1).fill(isAll ? 1 : 0);
  for (const value of values) {
    const mask = new Uint8Array(state.served + 1);
    const tag = state.tags.names.get(String(value));
    for (const chunk of tag === undefined ? [] : state.tags.postings.chunks(tag)) {
      for (const entry of chunk) mask[entry >>> 8] = 1;
    }
    (isAll ? intersect : unite)(result, mask);
  }
  return result;
}

function isFacet(key: string): key is Facet {
  return (FACETS as readonly string[]).includes(key);
}

function intersect(mask: Uint8Array, other: Uint8Array): void {
  for (let slot = 0; slot < mask.length; slot += 1) {
    mask[slot] = (mask[slot] as number) & (other[slot] as number);
  }
}

function unite(mask: Uint8Array, other: Uint8Array): void {
  for (let slot = 0; slot < mask.length; slot += 1) {
    mask[slot] = (mask[slot] as number) | (other[slot] as number);
  }
}

/** The marks in the shape in which Orama hands them from the filter to the search. */
export class SlotSet {
  readonly mask: Uint8Array;

  constructor(mask: Uint8Array) {
    this.mask = mask;
  }

  has(slot: number): boolean {
    return this.mask[slot] === 1;
  }

  get size(): number {
    return this.mask.reduce((sum, bit) => sum + bit, 0);
  }

  *[Symbol.iterator](): Generator<number, void> {
    for (let slot = 1; slot < this.mask.length; slot += 1) if (this.has(slot)) yield slot;
  }
}
