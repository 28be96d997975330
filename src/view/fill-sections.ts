/** Which entries fit: shares of the budget from the top down, what is unused flows down. */
import { type PackEntry, SECTIONS, type SectionName, STANDING_SECTIONS } from './pack.ts';

/** What something takes up, or may take up; tokens only where they are budgeted. */
export interface Size {
  readonly chars: number;
  readonly tokens: number;
}

export interface Fill {
  /** Entries of each section, best first. */
  readonly offered: ReadonlyMap<SectionName, readonly PackEntry[]>;
  readonly budget: Size;
  /** What an entry takes up, and what a section takes up beside its entries. */
  readonly sizeOf: (entry: PackEntry) => Size;
  readonly frameOf: (section: SectionName) => Size;
}

/**
 * The chosen entries by section.
 *
 * From the top down each section fills its share and what the ones above it left of theirs; an entry
 * that doesn't fit is skipped so that a shorter one may. A share never keeps out the best record
 * of a section that the prompt speaks of. What is left in the end goes to skipped entries, highest
 * section first. So nothing in a lower section changes what a share gave to a higher one.
 */
export function fillSections(fill: Fill): ReadonlyMap<SectionName, ReadonlySet<PackEntry>> {
  const chosen = new Map<SectionName, Set<PackEntry>>();
  let used: Size = { chars: 0, tokens: 0 };
  const take = (section: SectionName, limit: Size): void => {
    const set = chosen.get(section) ?? new Set();
    for (const entry of fill.offered.get(section) ?? []) {
      if (set.has(entry)) continue;
      const frame = set.size === 0 ? fill.frameOf(section) : NOTHING;
      const isBest = set.size === 0 && entry.isRelevant && section !== 'passages';
      const most = isBest ? fill.budget : limit;
      // Tokens take long to count; most entries that don't fit are told by their characters.
      if (used.chars + frame.chars + entry.text.length > most.chars) continue;
      const after = sum(sum(used, frame), fill.sizeOf(entry));
      if (!fits(after, most)) continue;
      set.add(entry);
      chosen.set(section, set);
      used = after;
    }
  };
  let share = 0;
  for (const section of SECTIONS) {
    share = Math.min(1, share + section.share);
    take(section.name, {
      chars: Math.floor(fill.budget.chars * share + ROUNDING),
      tokens: Math.floor(fill.budget.tokens * share + ROUNDING),
    });
  }
  for (const { name } of SECTIONS) take(name, fill.budget);
  return chosen;
}

/** The entries of a section as they are printed: a prompt changes what stands there, not its order. */
export function printed(section: SectionName, entries: Iterable<PackEntry>): readonly PackEntry[] {
  const all = [...entries];
  return STANDING_SECTIONS.has(section) ? all.sort((a, b) => (a.id < b.id ? -1 : 1)) : all;
}

const NOTHING: Size = { chars: 0, tokens: 0 };
// Shares are decimal fractions, whose sum may end just below 1.
const ROUNDING = 1e-6;

function sum(a: Size, b: Size): Size {
  return { chars: a.chars + b.chars, tokens: a.tokens + b.tokens };
}

function fits(size: Size, limit: Size): boolean {
  return size.chars <= limit.chars && size.tokens <= limit.tokens;
}
