/** Fields that a record's authors put at its top: `Status: accepted`, in any of their spellings. */
import type { FrontMatter } from '../../src/plugin.ts';
import { HARD_BREAK, type InlineText } from '../text/inline-text.ts';
import type { Prose } from '../text/prose.ts';
import { parseWikilink, WIKILINK } from '../text/wikilink.ts';
import type { Outline } from './outline.ts';

export interface Field {
  /** Lower case, words parted by a space: `superseded by`. */
  readonly name: string;
  readonly inline: InlineText;
  /** Where its value stands in the inline text; the end is not included. */
  readonly start: number;
  readonly end: number;
  /** As written; empty for frontmatter and tables. */
  readonly source: string;
}

const LABEL = /(?:^|[\n\u2029])[ \t]*([A-Za-z][A-Za-z _-]{1,30}?)[ \t]*:(?=\s|$)/g;

/** `Label: value` at the beginning of a paragraph's lines; a value reaches to the next label. */
export function fieldsOfProse({ inline, source }: Prose): readonly Field[] {
  const labels = [...inline.masked.matchAll(LABEL)];
  if (labels[0]?.index !== 0) return [];
  return labels.map((label, index) => ({
    name: fieldName(label[1] ?? ''),
    inline,
    start: label.index + label[0].length,
    end: labels[index + 1]?.index ?? inline.text.length,
    source,
  }));
}

/** A table of two columns, or of a row of labels above a row of values. */
export function fieldsOfTable(rows: readonly (readonly InlineText[])[]): readonly Field[] {
  const [labels, values] = rows;
  const acrossPairs =
    rows.length === 2 ? (labels ?? []).map((label, i) => [label, values?.[i]]) : [];
  const downPairs = rows.every((row) => row.length === 2) ? rows : [];
  return [...acrossPairs, ...downPairs].flatMap(([label, value]) =>
    label === undefined || value === undefined ? [] : [wholeField(fieldName(label.text), value)],
  );
}

/** Texts, numbers, and lists of them. */
export function fieldsOfFrontMatter(frontMatter: FrontMatter): readonly Field[] {
  return Object.entries(frontMatter).flatMap(([key, value]) => {
    const texts = (Array.isArray(value) ? value : [value]).flatMap((each: unknown) =>
      typeof each === 'string' || typeof each === 'number' ? [String(each)] : [],
    );
    if (texts.length === 0) return [];
    const name = key.replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
    return [wholeField(fieldName(name), plainInline(texts.join(', ')))];
  });
}

/** The value of the first field with that name that has one. */
export function fieldNamed(outline: Outline, names: readonly string[]): Field | undefined {
  return outline.fields.find((field) => names.includes(field.name) && textOf(field) !== '');
}

export function textOf(field: Field): string {
  return field.inline.text.slice(field.start, field.end).trim();
}

const DATE_FIELDS = ['date', 'decision date', 'date decided', 'since', 'start date'];

/**
 * The day the authors give, as an ISO date; a day that cannot be told apart from a month is none.
 */
export function dateOf(outline: Outline): string | undefined {
  const section = outline.parts.find((part) => part.name === 'date');
  const texts = DATE_FIELDS.flatMap((name) => {
    const field = fieldNamed(outline, [name]);
    return field === undefined ? [] : [textOf(field)];
  });
  for (const text of [...texts, section?.remark ?? '', section?.prose[0]?.inline.text ?? '']) {
    const date = /\b(\d{4})[-/.](0[1-9]|1[0-2])[-/.](0[1-9]|[12]\d|3[01])(?!\d)/.exec(text);
    if (date !== null) return `${date[1]}-${date[2]}-${date[3]}`;
  }
  return undefined;
}

/** Text of a frontmatter as inline text; Markdown links and wikilinks in it are understood. */
export function plainInline(written: string): InlineText {
  let text = '';
  let from = 0;
  const links = [];
  for (const match of written.slice(0, LINKED_LENGTH_MAX).matchAll(ANY_LINK)) {
    const wikilink = match[3] === undefined ? undefined : parseWikilink(match[3]);
    text += written.slice(from, match.index);
    const start = text.length;
    text += wikilink === undefined ? (match[1] ?? '') : (wikilink.alias ?? wikilink.target);
    links.push({ start, end: text.length, target: wikilink?.target ?? match[2] ?? '' });
    from = match.index + match[0].length;
  }
  text += written.slice(from);
  return { text, masked: text, links, pieces: [] };
}

const LINKED_LENGTH_MAX = 4000;
const ANY_LINK = new RegExp(
  `\\[([^\\[\\]\\n]{1,300})\\]\\(([^()\\s]{0,500})\\)|${WIKILINK.source}`,
  'g',
);

function wholeField(name: string, inline: InlineText): Field {
  return { name, inline, start: 0, end: inline.text.length, source: '' };
}

function fieldName(label: string): string {
  return label
    .trim()
    .toLowerCase()
    .replaceAll(HARD_BREAK, ' ')
    .replace(/[\s_-]+/g, ' ');
}
