/** Anchors of headings, made the way GitHub makes them. */

const DROPPED = /[^\p{Alphabetic}\p{M}\p{Nd}\p{Nl}\p{Pc}\- ]/gu;

/**
 * A heading without a letter still needs an anchor, for the empty one means "before any heading".
 */
const UNNAMED = 'section';

/** Gives each heading of one document its own slug: `results`, `results-1`, `results-2`. */
export function slugger(): (text: string) => string {
  const timesSeen = new Map<string, number>();
  return (text) => {
    const name = text.toLowerCase().replace(DROPPED, '').replaceAll(' ', '-');
    const base = name === '' ? UNNAMED : name;
    let slug = base;
    let times = timesSeen.get(base) ?? 0;
    while (timesSeen.has(slug)) {
      times += 1;
      slug = `${base}-${times}`;
    }
    timesSeen.set(base, times);
    timesSeen.set(slug, timesSeen.get(slug) ?? 0);
    return slug;
  };
}
