/** A document by its named parts: title, header fields, and what stands under each heading. */
import type { Document, Heading } from '../../src/plugin.ts';
import { definitionsOf } from '../text/definitions.ts';
import { inlineText } from '../text/inline-text.ts';
import { type Prose, proseOf, sourceOf } from '../text/prose.ts';
import { type Field, fieldsOfFrontMatter, fieldsOfProse, fieldsOfTable } from './fields.ts';

export interface Part {
  /** Of its heading: lower case, without number and mark; `status` for `## 2. Status: accepted`. */
  readonly name: string;
  /** What the heading says behind its colon. */
  readonly remark: string;
  readonly heading: Heading;
  /** Below the heading and its sub-headings. */
  readonly prose: readonly Prose[];
}

export interface Outline {
  /** The first heading, where it is of the first level and no part's name. */
  readonly title: Heading | undefined;
  readonly titleSource: string | undefined;
  readonly parts: readonly Part[];
  /** Prose before the first part. */
  readonly header: readonly Prose[];
  /** Of the frontmatter, then of the header, in order. */
  readonly fields: readonly Field[];
  readonly prose: readonly Prose[];
}

export function outlineOf(document: Document): Outline {
  const prose = proseOf(document);
  const [first] = document.headings;
  const isTitle = first?.depth === 1 && !PART_NAMES.test(nameAndRemark(first.text)[0]);
  const title = isTitle ? first : undefined;
  const headings = isTitle ? document.headings.slice(1) : document.headings;
  const headerEnd = headings[0]?.line ?? Number.POSITIVE_INFINITY;
  const header = prose.slice(0, firstFrom(prose, headerEnd));
  const fields = [
    ...fieldsOfFrontMatter(document.frontMatter),
    ...header.flatMap(fieldsOfProse),
    ...tableFields(document, headerEnd),
  ];
  const titleSource = title === undefined ? undefined : headingSource(document, title);
  return { title, titleSource, parts: partsOf(headings, prose), header, fields, prose };
}

/** The first part with one of the names, in the order of the names. */
export function partNamed(outline: Outline, names: readonly string[]): Part | undefined {
  for (const name of names) {
    const part = outline.parts.find((each) => each.name === name);
    if (part !== undefined) return part;
  }
  return undefined;
}

const PART_NAMES = /^(?:status|context|context and problem statement|decision|decision outcome)$/;

function partsOf(headings: readonly Heading[], prose: readonly Prose[]): readonly Part[] {
  const parts: Part[] = [];
  const open: { readonly heading: Heading; readonly from: number }[] = [];
  const close = (heading: Heading, from: number, to: number) => {
    const [name, remark] = nameAndRemark(heading.text);
    parts.push({ name, remark, heading, prose: prose.slice(from, to) });
  };
  for (const heading of headings) {
    const at = firstFrom(prose, heading.line);
    while ((open.at(-1)?.heading.depth ?? 0) >= heading.depth) {
      const ended = open.pop();
      if (ended !== undefined) close(ended.heading, ended.from, at);
    }
    open.push({ heading, from: at });
  }
  for (const { heading, from } of open) close(heading, from, prose.length);
  return parts.sort((a, b) => a.heading.line - b.heading.line);
}

function nameAndRemark(text: string): readonly [string, string] {
  const bare = text.replace(/^\d{1,4}(?:\.\d{1,4}){0,5}[.)]?\s+/, '');
  const colon = bare.indexOf(':');
  const name = colon === -1 ? bare : bare.slice(0, colon);
  return [name.trim().toLowerCase(), colon === -1 ? '' : bare.slice(colon + 1).trim()];
}

/** Index of the first paragraph on `line` or below it. */
function firstFrom(prose: readonly Prose[], line: number): number {
  let low = 0;
  let high = prose.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((prose[middle]?.startLine ?? 0) < line) low = middle + 1;
    else high = middle;
  }
  return low;
}

function tableFields(document: Document, headerEnd: number): readonly Field[] {
  const definitions = definitionsOf(document.tree);
  return document.tree.children.flatMap((node) => {
    if (node.type !== 'table' || (node.position?.start.line ?? 0) >= headerEnd) return [];
    return fieldsOfTable(
      node.children.map((row) => row.children.map((cell) => inlineText(cell, definitions))),
    );
  });
}

function headingSource(document: Document, heading: Heading): string {
  const node = document.tree.children.find(
    (each) => each.type === 'heading' && each.position?.start.line === heading.line,
  );
  return node === undefined ? heading.text : sourceOf(document, node);
}
