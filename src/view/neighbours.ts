/** Which passages stand before and after which: links between the slots of one source. */
import { grown } from './grown.ts';
import type { IndexState } from './index-state.ts';

/** The passages of one source in their order, once the staged changes are published. */
export interface Relinked {
  readonly source: number;
  readonly slots: readonly number[];
}

/** The sources that staged changes touch, by the number of their path. */
export function touchedSources(state: IndexState): ReadonlySet<number> {
  const { column } = state.facets.path;
  return new Set([...state.added, ...state.dropped].map((slot) => column[slot] ?? 0));
}

/** New orders for the touched sources; one at a time, so that the caller may pause between. */
export function* relink(
  state: IndexState,
  idOf: (slot: number) => string,
): Generator<Relinked, void> {
  const { column } = state.facets.path;
  const dropped = new Set(state.dropped);
  const bySource = new Map<number, number[]>();
  for (const source of touchedSources(state)) bySource.set(source, []);
  for (const slot of state.added) {
    if (!dropped.has(slot)) bySource.get(column[slot] ?? 0)?.push(slot);
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
