/** Two changed versions of a text put together by lines, or nothing where they touch the same ones. */
import { diff3Merge } from 'node-diff3';

/** Pairs of equal lines that are compared after the common ends: beyond, a text counts as changed all over. */
export const LINE_PAIRS_MAX = 200_000;

/**
 * The text with both changes; nothing when both changed the same lines differently, or when it has too
 * many equal lines to be compared in good time. What was added on both sides alike stands there once.
 * @param base the text that both come from
 */
export function mergedLines(base: string, ours: string, theirs: string): string | undefined {
  if (ours === theirs || theirs === base) return ours;
  if (ours === base) return theirs;
  const [old, mine, other] = [base, ours, theirs].map(linesOf) as [string[], string[], string[]];
  const head = commonStart(old, mine, other);
  const tail = commonEnd(old, mine, other, head);
  const [oldPart, minePart, otherPart] = [old, mine, other].map((lines) =>
    lines.slice(head, lines.length - tail),
  ) as [string[], string[], string[]];
  if (pairs(oldPart, minePart) + pairs(oldPart, otherPart) > LINE_PAIRS_MAX) return undefined;
  const merged: string[] = [];
  for (const region of diff3Merge(minePart, oldPart, otherPart, { excludeFalseConflicts: true })) {
    if (region.ok === undefined) return undefined;
    merged.push(...region.ok);
  }
  return [...old.slice(0, head), ...merged, ...old.slice(old.length - tail)].join('');
}

/** Each line with its end, so that a last line without one is a line of its own kind. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function commonStart(...texts: readonly (readonly string[])[]): number {
  const [first = []] = texts;
  const most = Math.min(...texts.map(({ length }) => length));
  let at = 0;
  while (at < most && texts.every((lines) => lines[at] === first[at])) at += 1;
  return at;
}

function commonEnd(
  old: readonly string[],
  mine: readonly string[],
  other: readonly string[],
  head: number,
): number {
  const most = Math.min(old.length, mine.length, other.length) - head;
  let count = 0;
  while (count < most) {
    const line = old[old.length - 1 - count];
    if (mine[mine.length - 1 - count] !== line || other[other.length - 1 - count] !== line) break;
    count += 1;
  }
  return count;
}

function pairs(a: readonly string[], b: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const line of a) counts.set(line, (counts.get(line) ?? 0) + 1);
  return b.reduce((sum, line) => sum + (counts.get(line) ?? 0), 0);
}
