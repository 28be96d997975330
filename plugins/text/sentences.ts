/** Where the sentences of plain text begin and end. */
import { HARD_BREAK } from './inline-text.ts';

/** Offsets into the text; outer white space is not included, the end is exclusive. */
export interface Sentence {
  readonly start: number;
  readonly end: number;
}

/** Abbreviations that do not end a sentence whatever follows them. */
const NEVER_LAST = new Set(
  'e.g i.e eg ie cf vs viz dr mr mrs ms prof approx ca resp incl excl'.split(' '),
);
/** Words that are abbreviations only where a number follows. */
const BEFORE_NUMBER = new Set(
  'fig figs eq eqs no nos nr sec ch p pp vol ref rev art par min max dia tol ver'.split(' '),
);

const STOP = /[.!?…。！？]+["'”’)\]»]*|\u2029|\r?\n(?=[A-Z][\w ]{0,30}:\s)/g;

/**
 * Sentences in order. A full stop inside a number, a name or a file name is none, nor one behind
 * a known abbreviation, a single initial, or before a lower-case word; a hard line break and a line
 * that begins with a label (`Tags: …`) begin a new sentence.
 */
export function sentencesOf(text: string): readonly Sentence[] {
  const sentences: Sentence[] = [];
  let start = 0;
  for (const match of text.matchAll(STOP)) {
    const end = match.index + match[0].length;
    if (!isEnd(text, match[0], match.index, end)) continue;
    push(sentences, text, start, end);
    start = end;
  }
  push(sentences, text, start, text.length);
  return sentences;
}

function push(sentences: Sentence[], text: string, from: number, to: number): void {
  let start = from;
  let end = to;
  while (start < end && isSpace(text, start)) start += 1;
  while (end > start && isSpace(text, end - 1)) end -= 1;
  if (start < end) sentences.push({ start, end });
}

function isEnd(text: string, stop: string, from: number, to: number): boolean {
  if (stop === HARD_BREAK || stop.endsWith('\n') || /[。！？]/.test(stop)) return true;
  if (to >= text.length) return true;
  if (!isSpace(text, to)) return false;
  if (/[!?]/.test(stop)) return true;
  let next = to;
  while (next < text.length && isSpace(text, next)) next += 1;
  const following = text.slice(next, next + 2);
  if (/^\p{Ll}/u.test(following)) return false;
  if (!stop.startsWith('.') || stop.startsWith('..')) return true;
  const before = wordBefore(text, from);
  if (NEVER_LAST.has(before.toLowerCase())) return false;
  if (/^\p{Lu}$/u.test(before) && before !== 'I') return /^[^\p{L}]/u.test(following);
  return !(BEFORE_NUMBER.has(before.toLowerCase()) && /^[\d#]/.test(following));
}

/** The word that ends at `end`, at most 12 characters of it. */
function wordBefore(text: string, end: number): string {
  return /[\p{L}.]*$/u.exec(text.slice(Math.max(0, end - 12), end))?.[0] ?? '';
}

function isSpace(text: string, index: number): boolean {
  return /\s/.test(text[index] ?? '');
}
