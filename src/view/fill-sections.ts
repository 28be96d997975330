/** Which entries fit: shares of the budget from the top down, what is unused flows down. */
import type { PackEntry, SectionName } from './context.ts';

export interface SectionAsk {
  readonly name: SectionName;
  readonly title: string;
  /** Of the budget, 0 to 1. */
  readonly share: number;
  /** Best first. */
  readonly entries: readonly PackEntry[];
}

export interface LeftOut {
  readonly id: string;
  readonly section: SectionName;
  readonly reason: 'budget' | 'expired' | 'irrelevant';
}

export interface FilledSection {
  readonly name: SectionName;
  readonly title: string;
  readonly entries: readonly PackEntry[];
  readonly text: string;
  readonly chars: number;
}

/**
 * Fills the sections within `budget` characters, headings included. An entry that doesn't fit its
 * section's share is skipped so that a shorter one may; what is left at the end goes to skipped
 * entries, highest section first.
 */
export function fillSections(
  asks: readonly SectionAsk[],
  budget: number,
): { sections: readonly FilledSection[]; leftOut: readonly LeftOut[] } {
  const chosen = asks.map(() => new Set<PackEntry>());
  let used = 0;
  let allowed = 0;
  const take = (at: number, limit: number): void => {
    const ask = asks[at];
    const set = chosen[at];
    if (ask === undefined || set === undefined) return;
    for (const entry of ask.entries) {
      if (set.has(entry)) continue;
      const cost = entry.text.length + (set.size === 0 ? heading(ask).length : 0);
      if (used + cost > limit) continue;
      set.add(entry);
      used += cost;
    }
  };
  asks.forEach((ask, at) => {
    allowed += Math.max(0, budget) * ask.share;
    take(at, Math.floor(Math.min(allowed, budget)));
  });
  for (let at = 0; at < asks.length; at += 1) take(at, budget);
  const sections = asks.flatMap((ask, at) => {
    const entries = ask.entries.filter((entry) => chosen[at]?.has(entry) === true);
    if (entries.length === 0) return [];
    const text = heading(ask) + entries.map((entry) => entry.text).join('');
    return [{ name: ask.name, title: ask.title, entries, text, chars: text.length }];
  });
  const leftOut = asks.flatMap((ask, at) =>
    ask.entries
      .filter((entry) => chosen[at]?.has(entry) !== true)
      .map((entry) => ({ id: entry.id, section: ask.name, reason: 'budget' as const })),
  );
  return { sections, leftOut };
}

function heading(ask: SectionAsk): string {
  return `\n## ${ask.title}\n\n`;
}
