/** What differs between two texts, word by word. */

export interface DifferencePart {
  readonly kind: 'same' | 'removed' | 'added';
  /** Words and the white space between them, as written. */
  readonly text: string;
}

/** Beyond this many pairs of words the middle is shown as replaced as a whole. */
const PAIRS_MAX = 250_000;

/**
 * From one text to another. What is `same` and `removed` together is the first text, `same` and
 * `added` the second, but for white space at their seams. Words are compared as written.
 */
export function difference(before: string, after: string): readonly DifferencePart[] {
  const old = words(before);
  const now = words(after);
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (
    end < old.length - start &&
    end < now.length - start &&
    old[old.length - 1 - end] === now[now.length - 1 - end]
  ) {
    end += 1;
  }
  const middle = changed(old.slice(start, old.length - end), now.slice(start, now.length - end));
  return joined([
    ...old.slice(0, start).map(same),
    ...middle,
    ...old.slice(old.length - end).map(same),
  ]);
}

function words(text: string): readonly string[] {
  return text.split(/\s+/u).filter((word) => word !== '');
}

function same(text: string): DifferencePart {
  return { kind: 'same', text };
}

/** The longest common subsequence, and what stands beside it. */
function changed(old: readonly string[], now: readonly string[]): readonly DifferencePart[] {
  const removed = (text: string): DifferencePart => ({ kind: 'removed', text });
  const added = (text: string): DifferencePart => ({ kind: 'added', text });
  if (old.length * now.length > PAIRS_MAX) return [...old.map(removed), ...now.map(added)];
  const width = now.length + 1;
  const longest = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      longest[i * width + j] =
        old[i] === now[j]
          ? (longest[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0);
    }
  }
  const parts: DifferencePart[] = [];
  let [i, j] = [0, 0];
  while (i < old.length && j < now.length) {
    if (old[i] === now[j]) {
      parts.push(same(old[i] ?? ''));
      i += 1;
      j += 1;
    } else if ((longest[(i + 1) * width + j] ?? 0) >= (longest[i * width + j + 1] ?? 0)) {
      parts.push(removed(old[i] ?? ''));
      i += 1;
    } else {
      parts.push(added(now[j] ?? ''));
      j += 1;
    }
  }
  return [...parts, ...old.slice(i).map(removed), ...now.slice(j).map(added)];
}

function joined(parts: readonly DifferencePart[]): readonly DifferencePart[] {
  const out: DifferencePart[] = [];
  for (const part of parts) {
    const last = out.at(-1);
    if (last?.kind === part.kind)
      out[out.length - 1] = { ...last, text: `${last.text} ${part.text}` };
    else out.push(part);
  }
  return out;
}
