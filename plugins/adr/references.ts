/** What other records a piece of text names. */
import type { InlineText } from '../text/inline-text.ts';
import { fileNameOf, numberOfName, type RecordName, withoutZeros } from './name.ts';

const NUMBER_LIST = /^\s*#?\d{1,5}(?:\s*(?:,|and|&)\s*#?\d{1,5})*\s*\.?\s*$/;
const FILE_NAME = /\b\d{2,5}-[a-z][\w-]*/gi;

export interface Reference {
  /** The file's name without extension where a link gives it, else digits without leading zeros. */
  readonly name: string;
  /** Where it stands in the inline text; the end is not included. */
  readonly start: number;
  readonly end: number;
}

/**
 * References in order, from `start` up to `end`. An address counts only where it ends in a
 * document's name; other links (a pull request, a web page) name no record.
 */
export function referencesIn(
  inline: InlineText,
  start: number,
  end: number,
  own: RecordName,
): readonly Reference[] {
  const references: Reference[] = [];
  let from = start;
  const addText = (to: number) => {
    for (const { name, index, length } of namedInText(inline.text.slice(from, to), own)) {
      references.push({ name, start: from + index, end: from + index + length });
    }
  };
  for (const link of inline.links) {
    if (link.start < from || link.start >= end) continue;
    addText(link.start);
    const names = namedByLink(link.target, inline.text.slice(link.start, link.end), own);
    references.push(...names.map((name) => ({ name, start: link.start, end: link.end })));
    from = link.end;
  }
  addText(end);
  return references;
}

/** Without repeats and the record itself; a number gives way to a file's name with that number. */
export function distinct(references: readonly string[], own: RecordName): readonly string[] {
  const ownNumber = own.fileNumber ?? own.titleNumber;
  const others = references.filter((each) => each !== own.fileName && each !== ownNumber);
  const numbersOfNames = new Set(others.filter((each) => !isNumber(each)).map(numberOfName));
  const kept = others.filter((each) => !isNumber(each) || !numbersOfNames.has(each));
  return [...new Set(kept)].sort();
}

function isNumber(reference: string): boolean {
  return /^\d+$/.test(reference);
}

function namedByLink(target: string, text: string, own: RecordName): readonly string[] {
  const path = target.replace(/[?#].*$/s, '');
  const inText = () => namedInText(text, own).map(({ name }) => name);
  if (path === '') return inText();
  const name = decoded(fileNameOf(path));
  const isNumbered = /^(?:[a-z]{2,8}[-_])?\d{1,5}[-_]\w/i.test(name);
  if (/^[a-z][a-z0-9+.-]*:/i.test(path)) return isNumbered ? [name] : [];
  const isDocument = numberOfName(name) !== undefined || /\.(?:md|markdown)$/i.test(path);
  return isNumbered || isDocument ? [name] : inText();
}

interface Named {
  readonly name: string;
  readonly index: number;
  readonly length: number;
}

const TEXT_LENGTH_MAX = 500;

function namedInText(text: string, own: RecordName): readonly Named[] {
  const short = text.slice(0, TEXT_LENGTH_MAX);
  const found = (match: RegExpExecArray, name: string) => ({
    name,
    index: match.index,
    length: match[0].length,
  });
  if (NUMBER_LIST.test(short)) {
    return [...short.matchAll(/\d+/g)].map((match) => found(match, withoutZeros(match[0])));
  }
  const words = ['ADR', 'MADR', 'decision', 'decision record', 'record'];
  if (own.series !== undefined) words.push(own.series);
  const numbered = new RegExp(
    `(?<![\\p{L}\\d])(?:${words.join('|')})[ \\t]*[#-]?[ \\t]*(\\d{1,5})(?!\\d|-[a-z])`,
    'giu',
  );
  const numbers = [...short.matchAll(numbered)].map((match) =>
    found(match, withoutZeros(match[1] ?? '')),
  );
  const names = [...short.matchAll(FILE_NAME)]
    .filter((match) => numberOfName(match[0]) !== undefined)
    .map((match) => found(match, match[0]));
  return [...numbers, ...names].sort((a, b) => a.index - b.index);
}

function decoded(name: string): string {
  return /%(?![0-9a-f]{2})/i.test(name) ? name : safelyDecoded(name);
}

/** Percent signs that spell no UTF-8 are left as written. */
function safelyDecoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (error instanceof URIError) return name;
    throw error;
  }
}
