/**
 * Obsidian's links: `[[note]]`, `[[note#heading]]`, `[[note|shown]]`, and `![[note]]` for embeds.
 */

/** Finds them in text; the first group is what stands between the brackets. Bounded, so linear. */
export const WIKILINK = /!?\[\[([^[\]\r\n]{1,500})\]\]/g;

export interface Wikilink {
  /** The note's name or path; empty for a link inside the same note. */
  readonly target: string;
  /** Heading, or `^block`, behind the first `#`. */
  readonly anchor?: string;
  /** What a reader sees instead of the name. */
  readonly alias?: string;
}

/** @param inner what stands between the brackets; in tables the bar may be written `\|` */
export function parseWikilink(inner: string): Wikilink {
  const bar = inner.indexOf('|');
  const name = (bar === -1 ? inner : inner.slice(0, bar)).replace(/\\$/, '');
  const alias = bar === -1 ? '' : inner.slice(bar + 1).trim();
  const hash = name.indexOf('#');
  const anchor = hash === -1 ? '' : name.slice(hash + 1).trim();
  return {
    target: (hash === -1 ? name : name.slice(0, hash)).trim(),
    ...(anchor === '' ? {} : { anchor }),
    ...(alias === '' ? {} : { alias }),
  };
}
