/** Finds text that the engine itself served, so that nobody reads it back in as news. */

/** Lines that belong to a context pack, markers included; first line is 1. */
export interface LineRange {
  readonly start: number;
  readonly end: number;
}

/** A marker may be quoted, indented or in a list. */
const MARKER = /^[\s>*+-]*<!-- (\/?)atocore:context/;

/**
 * Packs in order. One that is not closed reaches to the end; one inside another closes only itself.
 */
export function contextPacks(text: string): readonly LineRange[] {
  if (!text.includes('<!-- atocore:context')) return [];
  const packs: LineRange[] = [];
  const lines = text.split(/\r\n|\n|\r/);
  let depth = 0;
  let start = 0;
  for (const [index, content] of lines.entries()) {
    const marker = MARKER.exec(content.slice(0, 200));
    if (marker === null) continue;
    if (marker[1] === '') {
      if (depth === 0) start = index + 1;
      depth += 1;
    } else if (depth > 0) {
      depth -= 1;
      if (depth === 0) packs.push({ start, end: index + 1 });
    }
  }
  if (depth > 0) packs.push({ start, end: lines.length });
  return packs;
}

/** Whether any line from `start` to `end` belongs to one of the packs. */
export function touchesPack(packs: readonly LineRange[], start: number, end: number): boolean {
  let low = 0;
  let high = packs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((packs[middle]?.end ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return (packs[low]?.start ?? Number.POSITIVE_INFINITY) <= end;
}
