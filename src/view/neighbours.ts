/** Which passages stand before and after which: links between the slots of one source. */
import { grown } from './grown.ts';
import type { IndexState } from './index-state.ts';

/** The passages of one source in their order, once the staged changes are published. */
export interface Relinked {
  readonly source: number;
  readonly slots: readonly number[];
}

/**
 * New orders for the sources that staged changes touch. It gives one at a time, and now and then
 * nothing, so that the caller may pause between.
 */
export function* relink(
  state: IndexState,
  idOf: (slot: number) => string,
): Generator<Relinked | undefined, void> {
  const { column } = state.facets.path;
  const dropped = new Set<number>();
  const bySource = new Map<number, number[]>();
  const slotsOf = (slot: number) => {
    const source = column[slot] ?? 0;
    const slots = bySource.get(source) ?? [];
    bySource.set(source, slots);
    return slots;
  };
  for (const slot of state.dropped) {
    dropped.add(slot);
    slotsOf(slot);
    if (dropped.size % PAUSE_SLOTS === 0) yield;
  }
  for (const [index, slot] of state.added.entries()) {
    if (!dropped.has(slot)) slotsOf(slot).push(slot);
    if (index % PAUSE_SLOTS === 0) yield;
  }
  const ordinal = (slot: number) => state.ordinals[slot] ?? 0;
  for (const [source, slots] of bySource) {
    for (let at = state.first[source] ?? 0; at !== 0; at = state.next[at] ?? 0) {
      if (!dropped.has(at)) slots.push(at);
    }
    slots.sort((a, b) => ordinal(a) - ordinal(b) || (idOf(a) < idOf(b) ? -1 : 1));
    yield { source, slots };
  }
}

const PAUSE_SLOTS = 5_000;

/** Writes the links down; part of publishing. */
export function linkAll(state: IndexState, orders: Iterable<Relinked>): void {
  for (const { source, slots } of orders) {
    state.first = grown(state.first, source + 1);
    state.first[source] = slots[0] ?? 0;
    for (const [index, slot] of slots.entries()) {
      state.previous[slot] = slots[index - 1] ?? 0;
      state.next[slot] = slots[index + 1] ?? 0;
    }
  }
}
