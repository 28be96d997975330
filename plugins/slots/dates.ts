/** Days, months and quarters as spans of days. */

export interface Span {
  readonly sort: 'date';
  /** First and last day as the number yyyymmdd. */
  readonly from: number;
  readonly to: number;
  /** The words around it, folded. */
  readonly about: string;
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const MONTH = `(${MONTHS.join('|')})[a-z]{0,6}\\.?`;
const DAY = '(\\d{1,2})(?:st|nd|rd|th)?';
const YEAR = '((?:19|20)\\d\\d)';

/** Spellings in order of how much they say; groups are put in order year, month, day. */
const SPELLINGS: readonly {
  readonly pattern: RegExp;
  readonly order: readonly [number, number, number];
}[] = [
  { pattern: /(?<![\d-])((?:19|20)\d\d)-(\d\d)-(\d\d)(?![\d-])/, order: [1, 2, 3] },
  { pattern: new RegExp(`\\b${DAY} (?:of )?${MONTH},? ${YEAR}\\b`, 'i'), order: [3, 2, 1] },
  { pattern: new RegExp(`\\b${MONTH} ${DAY},? ${YEAR}\\b`, 'i'), order: [3, 1, 2] },
  { pattern: new RegExp(`\\b${MONTH},? ${YEAR}\\b`, 'i'), order: [2, 1, 0] },
  { pattern: /(?<![\d-])((?:19|20)\d\d)-(\d\d)(?![\d-])/, order: [1, 2, 0] },
  { pattern: new RegExp(`\\b(Q[1-4])[ /-]?${YEAR}\\b`, 'i'), order: [2, 1, 0] },
  { pattern: new RegExp(`\\b${YEAR}[ /-]?(Q[1-4])\\b`, 'i'), order: [1, 2, 0] },
];

/** The one date of a text; none where there is none, or more than one. */
export function spanOf(text: string): Span | undefined {
  const tidy = text.replace(/\s+/g, ' ').trim();
  for (const { pattern, order } of SPELLINGS) {
    const found = pattern.exec(tidy);
    if (found === null) continue;
    const [year, month, day] = order.map((group) => (group === 0 ? '' : (found[group] ?? '')));
    const rest = `${tidy.slice(0, found.index)} … ${tidy.slice(found.index + found[0].length)}`;
    const days = daysOf(Number(year), (month ?? '').toLowerCase(), Number(day));
    if (days === undefined || /\d/.test(rest)) return undefined;
    return { sort: 'date', ...days, about: aboutOf(rest) };
  }
  return undefined;
}

/** Spans that share no day, of the same thing, can't both be right. */
export function spansClash(a: Span, b: Span): boolean {
  return a.about === b.about && (a.from > b.to || b.from > a.to);
}

function daysOf(
  year: number,
  month: string,
  day: number,
): { from: number; to: number } | undefined {
  const quarter = /^q([1-4])$/.exec(month)?.[1];
  if (quarter !== undefined) {
    const last = Number(quarter) * 3;
    return { from: year * 10_000 + (last - 2) * 100 + 1, to: year * 10_000 + last * 100 + 31 };
  }
  const number = /^\d+$/.test(month) ? Number(month) : MONTHS.indexOf(month.slice(0, 3)) + 1;
  if (number < 1 || number > 12 || day > 31) return undefined;
  const start = year * 10_000 + number * 100;
  return day === 0 ? { from: start + 1, to: start + 31 } : { from: start + day, to: start + day };
}

function aboutOf(rest: string): string {
  return rest
    .toLowerCase()
    .replace(/\b(?:on|in|for|the|of)\b/g, ' ')
    .replace(/[^\p{L}…]+/gu, ' ')
    .trim()
    .replace(/^…$/, '');
}
