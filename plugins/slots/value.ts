/** A value as it is compared, and whether two of them exclude each other. */
import { isUnsettled } from '../text/subject-value.ts';
import { type Span, spanOf, spansClash } from './dates.ts';
import { foldWords } from './fold.ts';
import { areOpposites, EXCLUSIVE, isPredicate, isStateLike, REVERSING } from './lexicon.ts';
import { type Quantity, quantitiesClash, quantityKey, quantityOf } from './quantity.ts';

export interface Words {
  readonly sort: 'words';
  readonly all: readonly string[];
  /** The entries of a list; one for anything else. */
  readonly entries: readonly (readonly string[])[];
  /** Tells a place, a state or a quality, rather than naming something. */
  readonly isPredicate: boolean;
  /** Every word of it is written as a name or number. */
  readonly isProper: boolean;
}

export type Value = Quantity | Span | Words;

/** Texts beyond these are prose, not values. */
const VALUE_LENGTH_MAX = 120;
const VALUE_WORDS_MAX = 12;

/** The value that a text names; none where it is open, approximate, empty or too long to be one. */
export function readValue(text: string): Value | undefined {
  const folded = text.replace(/\s+/g, ' ').trim();
  if (folded === '' || folded.length > VALUE_LENGTH_MAX || /\?\s*$/.test(folded)) return undefined;
  const asList = folded.replace(/\b(?:or|but)\b/gi, ' ');
  if (isUnsettled(asList)) return undefined;
  const span = spanOf(folded);
  if (span !== undefined) return span;
  const quantity = quantityOf(folded);
  if (quantity === 'vague') return undefined;
  if (quantity !== undefined && isPlain(quantity)) return quantity;
  return wordsOf(folded);
}

/** Names and states: whatever is neither a number nor a date. */
export function wordsOf(text: string): Words | undefined {
  const folded = text.replace(/\s+/g, ' ').trim();
  const all = foldWords(folded);
  if (all.length === 0 || all.length > VALUE_WORDS_MAX) return undefined;
  return {
    sort: 'words',
    all,
    entries: entriesOf(folded),
    isPredicate: isPredicate(all),
    isProper: isProper(folded),
  };
}

// A bare number among words is a name: "Node 20", "class 4".
function isPlain({ dimension, about }: Quantity): boolean {
  return dimension !== 'number' || about === '';
}

function entriesOf(text: string): readonly (readonly string[])[] {
  return text
    .split(/[,;]|\s(?:and|or|plus|as well as)\s|\s[/+&]\s/i)
    .map(foldWords)
    .filter((entry) => entry.length > 0);
}

function isProper(text: string): boolean {
  const words = text.split(/[\s,]+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  return words.every((word) => /[\p{Lu}\p{N}]/u.test(word)) && /\p{Lu}/u.test(text);
}

/** A key that is equal for values that say the same in the same words. */
export function valueKey(value: Value): string {
  if (value.sort === 'quantity') return `q ${quantityKey(value)}`;
  if (value.sort === 'date') return `d ${value.from} ${value.to} ${value.about}`;
  return `w ${value.all.join(' ')} ${value.isProper}`;
}

/**
 * How far two claims of one slot may be held against each other. `exact`: whatever differs;
 * `assigned`: any two names, any two states; `declared`: any two names; `described`: only what
 * excludes each other by itself.
 */
export type Trust = 'exact' | 'assigned' | 'declared' | 'described';

export interface Comparison {
  readonly trust: Trust;
  /** The slot has one name as its value at a time, as "material" has. */
  readonly isAttribute: boolean;
  /** The slot has one state at a time, as "phase" has. */
  readonly isState: boolean;
}

/** Whether both can't be the value of one slot. Values of different sorts never clash. */
export function valuesClash(a: Value, b: Value, how: Comparison): boolean {
  if (how.trust === 'exact' && a.sort !== b.sort) return true;
  if (a.sort === 'quantity') return b.sort === 'quantity' && quantitiesClash(a, b);
  if (a.sort === 'date') return b.sort === 'date' && spansClash(a, b);
  if (b.sort !== 'words') return false;
  if (how.trust === 'exact') return a.all.join(' ') !== b.all.join(' ');
  if (areOpposites(a.all, b.all)) return true;
  if (entriesMeet(a, b)) return false;
  if (how.isState && [a, b].every(({ all }) => isStateLike(all))) return true;
  if (a.isPredicate !== b.isPredicate) return false;
  if (a.isPredicate) return how.trust === 'assigned';
  if (how.trust === 'assigned' || areExclusive(a, b)) return true;
  // One plain word may be a quality: "the coating is delicate" beside "is protected silver".
  const plain = [a, b].filter(isPlainWord).length;
  if (how.isAttribute) return plain !== 1;
  return how.trust === 'declared' && plain === 0;
}

/** Whether what one denies is what the other says: "not used", "used in production". */
export function deniesWhat(denied: Value, said: Value): boolean {
  if (denied.sort !== 'words' || said.sort !== 'words') {
    return valueKey(denied) === valueKey(said);
  }
  return denied.all.length > 0 && denied.all.every((word, at) => word === said.all[at]);
}

function isPlainWord({ all, isProper }: Words): boolean {
  const [word = ''] = all;
  return all.length === 1 && !isProper && !EXCLUSIVE.some((list) => list.has(word));
}

function areExclusive(a: Words, b: Words): boolean {
  return EXCLUSIVE.some((list) => [a, b].every((value) => list.has(value.all.join('-'))));
}

function entriesMeet(a: Words, b: Words): boolean {
  // "EA 9313" and "EA9313".
  if (a.all.join('') === b.all.join('')) return true;
  if (refines(a.all, b.all) || refines(b.all, a.all) || isInitialsOf(a, b)) return true;
  if (a.entries.length < 2 && b.entries.length < 2) return false;
  return a.entries.some((one) => b.entries.some((two) => refines(one, two) || refines(two, one)));
}

/** Whether `fine` says what `coarse` says, perhaps in more detail. */
function refines(coarse: readonly string[], fine: readonly string[]): boolean {
  if (coarse.length > fine.length) return false;
  const rest = [...fine];
  for (const word of coarse) {
    const at = rest.findIndex((other) => isSameWord(word, other));
    if (at === -1) return false;
    rest.splice(at, 1);
  }
  return !rest.some((word) => REVERSING.has(word));
}

// "20" and "20.19" are a version and its patch; "A" and "Ada" an initial and its name.
function isSameWord(word: string, other: string): boolean {
  if (word === other) return true;
  if (/^\d/.test(word)) return other.startsWith(`${word}.`);
  if (/^\d/.test(other)) return false;
  return (
    (word.length === 1 && other.startsWith(word)) || (other.length === 1 && word.startsWith(other))
  );
}

function isInitialsOf(a: Words, b: Words): boolean {
  const [short, long] = a.all.length === 1 ? [a, b] : [b, a];
  if (short.all.length !== 1 || long.all.length < 2) return false;
  return long.all.map((word) => word[0]).join('') === short.all[0];
}
