/** Numbers with units, as values: exact, a limit, or a range; and when two of them exclude each other. */
import { unitOf } from './units.ts';

export interface Quantity {
  readonly sort: 'quantity';
  readonly dimension: string;
  readonly form: 'exact' | 'max' | 'min' | 'range' | 'tolerance';
  /** In base units; infinite where a limit leaves it open. */
  readonly low: number;
  readonly high: number;
  /** The scale it is written in, so that one spelling of a number is told from a conversion. */
  readonly scale: string;
  /** Half of the last written place, in base units: what a conversion may have rounded away. */
  readonly rounding: number;
  /** The words around it, folded: "12 mm thick" says nothing of "40 mm wide". */
  readonly about: string;
}

const TEXT_LENGTH_MAX = 200;

/**
 * The one quantity of a text; `vague` where it is approximate; nothing where there is none or
 * where several numbers don't make one range.
 */
export function quantityOf(text: string): Quantity | 'vague' | undefined {
  if (text.length > TEXT_LENGTH_MAX) return undefined;
  const tidy = text
    .normalize('NFKC')
    .replace(/[−﹣]/g, '-')
    .replace(HYPHEN_RANGE, '$1 to $2')
    .replace(/\s+/g, ' ')
    .trim();
  const found = measuresIn(tidy);
  const first = found[0];
  const second = found[1];
  if (first === undefined || found.length > 2) return undefined;
  const last = second ?? first;
  const before = tidy.slice(0, first.start);
  const after = tidy.slice(last.end);
  if (VAGUE.test(before) || /^\s*(?:or so|ish)\b/i.test(after)) return 'vague';
  if (second === undefined) return single(first, before, after);
  return pair([first, second], tidy.slice(first.end, second.start), { before, after });
}

/** Whether both can't be said of one slot: see README.md for each pair of forms. */
export function quantitiesClash(a: Quantity, b: Quantity): boolean {
  if (a.dimension !== b.dimension || a.about !== b.about) return false;
  const slack =
    a.scale === b.scale
      ? 1e-9 * Math.max(...[a.low, a.high, b.low, b.high].filter(Number.isFinite).map(Math.abs))
      : Math.min(a.rounding, b.rounding);
  if (a.form === b.form) return !isNear(a.low, b.low, slack) || !isNear(a.high, b.high, slack);
  return a.low > b.high + slack || b.low > a.high + slack;
}

/** Whether both say the same. */
export function quantityKey(quantity: Quantity): string {
  const { dimension, form, low, high, about } = quantity;
  return `${dimension} ${form} ${low.toPrecision(12)} ${high.toPrecision(12)} ${about}`;
}

function isNear(a: number, b: number, slack: number): boolean {
  return a === b || Math.abs(a - b) <= slack;
}

interface Measure {
  readonly start: number;
  readonly end: number;
  readonly number: number;
  /** Half of the last written place. */
  readonly rounding: number;
  /** Absent for a bare number. */
  readonly unit?: { readonly dimension: string; readonly factor: number; readonly offset: number };
}

// Not part of a name: "M6", "RS-485", "v2.4", "3R", "2026-03-12" hold no number of this kind.
const NUMBER =
  /(?<![\p{L}\p{N}._/#])(?<![\p{L}\p{N}]-)[+-]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?)(?:e[+-]?\d{1,3})?(?![\d._/:]\d|[.,]?\d)/giu;
const HYPHEN_RANGE =
  /(?<![\p{L}\d._/-])(\d+(?:\.\d+)?)\s?-\s?(\d+(?:\.\d+)?)(?=\s?[\p{L}°%€$])(?!\s?-)/gu;
const UNIT_WORDS = /^\s?([^\s\d,;()[\]]{1,20})(?:\s([^\s\d,;()[\]]{1,20}))?/u;

function measuresIn(text: string): readonly Measure[] {
  const measures: Measure[] = [];
  for (const match of text.matchAll(NUMBER)) {
    const measure = measureAt(text, match.index, match[0]);
    if (measure === undefined) return [];
    measures.push(measure);
  }
  return measures;
}

function measureAt(text: string, start: number, digits: string): Measure | undefined {
  const end = start + digits.length;
  const rest = text.slice(end, end + 44);
  const isSigned = /^[+-]/.test(digits) && /[\p{L}\p{N}]\s?$/u.test(text.slice(0, start));
  // "10 -12" is a range with an odd space.
  const written = isSigned ? digits.slice(1) : digits;
  const base = { start: isSigned ? start + 1 : start, ...numberOf(written) };
  const words = UNIT_WORDS.exec(rest);
  if (words === null) return { ...base, end };
  const [whole, one = '', two = ''] = words;
  const joined = two === '' ? undefined : unitOf(`${one} ${tidyUnit(two)}`);
  if (joined !== undefined) return { ...base, end: end + tidyUnit(whole).length, unit: joined };
  const lone = unitOf(tidyUnit(one)) ?? unitOf(one);
  if (lone !== undefined) {
    const length = rest.indexOf(one) + (unitOf(one) === undefined ? tidyUnit(one) : one).length;
    return { ...base, end: end + length, unit: lone };
  }
  // "3R", "10x" are names; "3 bolts" counts bolts.
  if (/^[\p{L}]/u.test(rest)) return undefined;
  const isCounted = /^ \p{Ll}{3,}/u.test(rest) && !NOT_COUNTED.test(one);
  const before = text.slice(0, start).replace(MAX_BEFORE, '').replace(MIN_BEFORE, '');
  if (!isCounted || before.trim() !== '') return { ...base, end };
  const counted = tidyUnit(one).replace(/(?<=\p{L}{2}[^su])s$/u, '');
  const unit = { dimension: `count ${counted}`, factor: 1, offset: 0 };
  return { ...base, end: end + 1 + tidyUnit(one).length, unit };
}

const NOT_COUNTED =
  /^(?:and|but|for|from|not|off|out|per|than|the|times|with|maximum|minimum|max|min)\b/;

function tidyUnit(word: string): string {
  return word.replace(/[.!?:]+$/, '');
}

function numberOf(written: string): { number: number; rounding: number } {
  const isGrouped = /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?:e|$)/i.test(written);
  const plain = isGrouped ? written.replace(/,/g, '') : written.replace(',', '.');
  const [mantissa = '', exponent = '0'] = plain.toLowerCase().split('e');
  const places = mantissa.includes('.') ? mantissa.length - mantissa.indexOf('.') - 1 : 0;
  return { number: Number(plain), rounding: 0.5 * 10 ** (Number(exponent) - places) };
}

const VAGUE =
  /(?:\b(?:about|around|approximately|approx\.?|ca\.?|circa|roughly|nearly|almost|some|typically|order of)|[~≈])\s*$/i;
const MAX_BEFORE =
  /(?:≤|<=|<|\b(?:max(?:imum)?(?: of)?|at most|(?:no|not) more than|not exceed(?:ing)?|(?:never|cannot) exceed|up to|below|under|less than|within)\b\.?)\s*$/i;
const MIN_BEFORE =
  /(?:≥|>=|>|\b(?:min(?:imum)?(?: of)?|at least|(?:no|not) less than|above|over|more than|exceeds?)\b\.?)\s*$/i;
const MAX_AFTER = /^\s*(?:max(?:imum)?\b\.?|or less\b|at most\b)/i;
const MIN_AFTER = /^\s*(?:min(?:imum)?\b\.?|or more\b|at least\b)/i;

function single(measure: Measure, before: string, after: string): Quantity {
  const value = inBase(measure, measure);
  const isMax = MAX_BEFORE.test(before) || MAX_AFTER.test(after);
  const isMin = !isMax && (MIN_BEFORE.test(before) || MIN_AFTER.test(after));
  const about = aboutOf(
    before.replace(isMax ? MAX_BEFORE : isMin ? MIN_BEFORE : /$^/, ''),
    after.replace(isMax ? MAX_AFTER : isMin ? MIN_AFTER : /$^/, ''),
  );
  return {
    ...common(measure, [measure]),
    form: isMax ? 'max' : isMin ? 'min' : 'exact',
    low: isMax ? -Infinity : value,
    high: isMin ? Infinity : value,
    about,
  };
}

function pair(
  [first, second]: readonly [Measure, Measure],
  between: string,
  around: { readonly before: string; readonly after: string },
): Quantity | undefined {
  const isTolerance = /^\s*(?:±|\+\/?-)\s*$/.test(between);
  const isRange = /^\s*(?:to|-|–|—|\.{2,3}|…|and|bis|until)\s*$/i.test(between);
  const unit = second.unit ?? first.unit;
  const measures = [first.unit === undefined ? { ...first, ...unitField(unit) } : first, second];
  const [from, to] = [measures[0] ?? first, { ...second, ...unitField(unit) }];
  if (from.unit?.dimension !== to.unit?.dimension) return undefined;
  const about = aboutOf(around.before.replace(/\b(?:between|from|within)\s*$/i, ''), around.after);
  const shared = { ...common(from, [from, to]), about };
  if (isTolerance) {
    const middle = inBase(from, from);
    const spread = to.number * (to.unit?.factor ?? 1);
    return { ...shared, form: 'tolerance', low: middle - spread, high: middle + spread };
  }
  const low = inBase(from, from);
  const high = inBase(to, to);
  if (!isRange || low > high) return undefined;
  return { ...shared, form: 'range', low, high };
}

function unitField(unit: Measure['unit']): Pick<Measure, 'unit'> {
  return unit === undefined ? {} : { unit };
}

function inBase({ number }: Measure, { unit }: Measure): number {
  return number * (unit?.factor ?? 1) + (unit?.offset ?? 0);
}

function common(
  { unit }: Measure,
  measures: readonly Measure[],
): Pick<Quantity, 'sort' | 'dimension' | 'scale' | 'rounding'> {
  const factor = unit?.factor ?? 1;
  const rounding = Math.min(...measures.map((each) => each.rounding)) * factor;
  const scale = `${factor} ${unit?.offset ?? 0}`;
  return { sort: 'quantity', dimension: unit?.dimension ?? 'number', scale, rounding };
}

function aboutOf(before: string, after: string): string {
  const fold = (text: string) =>
    text
      .toLowerCase()
      .replace(/\([^()]*\)/g, ' ')
      .replace(/\b(?:the|an?|be|stay|remain|is|are|of)\b/g, ' ')
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();
  const around = [fold(before), fold(after)];
  return around.join('') === '' ? '' : around.join(' … ');
}
