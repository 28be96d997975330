/** A copy of an engine without the slots that are no longer served. */
import { DocumentBytes } from './documents-store.ts';
import { type Engine, openEngine } from './engine.ts';
import { grown } from './grown.ts';
import {
  emptyState,
  FACETS,
  FIELDS,
  type IndexState,
  numberOf,
  reserveSlot,
  termNumber,
} from './index-state.ts';
import type { Postings } from './postings.ts';

const DEAD_MIN = 1_000;

/** Whether at least a third of all slots, and a thousand, are not served. */
export function isWasteful(state: IndexState): boolean {
  const dead = state.given - state.liveCount;
  return dead >= DEAD_MIN && dead * 3 >= state.given;
}

/**
 * Copies step by step and gives the new engine at the end; the old one stays as it is.
 * Nothing may be staged. A step is at most some ten thousand entries.
 */
export function* compact(old: Engine): Generator<void, Engine> {
  const state = emptyState();
  const bytes = new DocumentBytes();
  const ids = [''];
  const newSlots = new Uint32Array(old.state.given + 1);
  for (let slot = 1; slot <= old.state.served; slot += 1) {
    if (old.state.live[slot] !== 1) continue;
    newSlots[slot] = ids.length;
    ids.push(old.ids[slot] ?? '');
    bytes.putBytes(ids.length - 1, old.bytes.bytes(slot) ?? new Uint8Array(0));
    if (ids.length % 1_000 === 0) yield;
  }
  yield* copyColumns(old.state, state, newSlots);
  for (const [tag, number] of old.state.tags.names) {
    const to = { postings: state.tags.postings, key: () => numberOf(state.tags.names, tag) };
    copyList(old.state.tags.postings, number, to, newSlots);
  }
  yield* copyTerms(old.state, state, newSlots);
  state.served = state.given;
  return openEngine(state, bytes, ids);
}

function* copyColumns(
  old: IndexState,
  state: IndexState,
  newSlots: Uint32Array,
): Generator<void, void> {
  const names = FACETS.map((facet) => [...old.facets[facet].names.keys()]);
  for (let slot = 1; slot < newSlots.length; slot += 1) {
    const at = newSlots[slot] ?? 0;
    if (at === 0) continue;
    if (at % 5_000 === 0) yield;
    reserveSlot(state, at);
    state.live[at] = 1;
    state.liveCount += 1;
    state.ordinals[at] = old.ordinals[slot] ?? 0;
    for (const name of FIELDS) state.fields[name].lengths[at] = old.fields[name].lengths[slot] ?? 0;
    for (const [index, name] of FACETS.entries()) {
      const value = names[index]?.[(old.facets[name].column[slot] ?? 1) - 1] ?? '';
      state.facets[name].column[at] = numberOf(state.facets[name].names, value);
    }
    state.previous[at] = newSlots[old.previous[slot] ?? 0] ?? 0;
    state.next[at] = newSlots[old.next[slot] ?? 0] ?? 0;
    if (state.previous[at] !== 0) continue;
    const source = state.facets.path.column[at] ?? 0;
    state.first = grown(state.first, source + 1);
    state.first[source] = at;
  }
  for (const name of FIELDS) state.fields[name].total = old.fields[name].total;
}

function* copyTerms(
  old: IndexState,
  state: IndexState,
  newSlots: Uint32Array,
): Generator<void, void> {
  let copied = 0;
  for (const [token, number] of old.terms) {
    const frequency = old.frequencies[number] ?? 0;
    if (frequency === 0) continue;
    const term = termNumber(state, token);
    state.frequencies[term] = frequency;
    for (const name of FIELDS) {
      const to = { postings: state.fields[name].postings, key: () => term };
      copied += copyList(old.fields[name].postings, number, to, newSlots);
    }
    if (copied < 50_000) continue;
    copied = 0;
    yield;
  }
}

function copyList(
  from: Postings,
  key: number,
  to: { readonly postings: Postings; readonly key: () => number },
  newSlots: Uint32Array,
): number {
  let copied = 0;
  for (const chunk of from.chunks(key)) {
    for (const entry of chunk) {
      const slot = newSlots[entry >>> 8] ?? 0;
      if (slot !== 0) to.postings.add(to.key(), slot, entry & 255);
    }
    copied += chunk.length;
  }
  return copied;
}
