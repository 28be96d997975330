/** Takes what was found out of a text, and says in its place what it was. */
import type { FoundSecret } from './find-secrets.ts';

export interface Cleaned {
  readonly text: string;
  /** How often each kind was taken out. */
  readonly removed: ReadonlyMap<string, number>;
}

/** What stands where a secret of that kind stood. */
export function markOf(kind: string): string {
  return `[secret removed: ${kind}]`;
}

/** @param found in any order; what overlaps is taken out as one, called after what begins first */
export function removeSecrets(text: string, found: readonly FoundSecret[]): Cleaned {
  const removed = new Map<string, number>();
  const pieces: string[] = [];
  let done = 0;
  for (const { kind, from, to } of joined(found)) {
    pieces.push(text.slice(done, from), markOf(kind));
    removed.set(kind, (removed.get(kind) ?? 0) + 1);
    done = to;
  }
  pieces.push(text.slice(done));
  return { text: pieces.join(''), removed };
}

function joined(found: readonly FoundSecret[]): readonly FoundSecret[] {
  const whole: FoundSecret[] = [];
  for (const each of [...found].sort((a, b) => a.from - b.from || b.to - a.to)) {
    const last = whole.at(-1);
    if (last === undefined || each.from >= last.to) whole.push(each);
    else if (each.to > last.to) whole[whole.length - 1] = { ...last, to: each.to };
  }
  return whole;
}
