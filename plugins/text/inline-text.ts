/** Plain text of a paragraph or heading, with what its Markdown said kept beside it. */
import type { Nodes, Parents } from 'mdast';
import type { Definitions } from './definitions.ts';
import { parseWikilink, WIKILINK } from './wikilink.ts';

export interface InlineLink {
  /** Offsets into `text`; the end is not included. */
  readonly start: number;
  readonly end: number;
  /** As written: an address, a path, or the name in a wikilink. */
  readonly target: string;
}

/** Offsets of `text` and `masked` agree. */
export interface InlineText {
  /** Markdown marks, HTML, images, footnote marks and struck-out text removed. */
  readonly text: string;
  /** The same, with inline code blanked out by NUL characters. */
  readonly masked: string;
  readonly links: readonly InlineLink[];
  /** Where each line and each piece of `text` begins, in order; first line is 1. */
  readonly pieces: readonly { readonly offset: number; readonly line: number }[];
}

/** A hard line break; white space to every expression, and the end of a sentence. */
export const HARD_BREAK = '\u2029';

export function inlineText(parent: Parents, definitions: Definitions = new Map()): InlineText {
  let text = '';
  let masked = '';
  const links: InlineLink[] = [];
  const pieces: { offset: number; line: number }[] = [];
  const add = (piece: string, line: number, isCode = false) => {
    if (piece === '') return;
    let number = line;
    pieces.push({ offset: text.length, line });
    for (let at = piece.indexOf('\n'); at !== -1; at = piece.indexOf('\n', at + 1)) {
      number += 1;
      pieces.push({ offset: text.length + at + 1, line: number });
    }
    text += piece;
    masked += isCode ? '\0'.repeat(piece.length) : piece;
  };
  const addText = (value: string, firstLine: number) => {
    let from = 0;
    let line = firstLine;
    for (const match of value.matchAll(WIKILINK)) {
      const link = parseWikilink(match[1] ?? '');
      add(value.slice(from, match.index), line);
      line += countNewlines(value, from, match.index);
      const start = text.length;
      add(link.alias ?? (link.target === '' ? (link.anchor ?? '') : link.target), line);
      links.push({ start, end: text.length, target: link.target });
      from = match.index + match[0].length;
    }
    add(value.slice(from), line);
  };

  const steps: Step[] = [{ node: parent }];
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    if ('closes' in step) {
      links.push({ start: step.start, end: text.length, target: step.closes });
      continue;
    }
    const { node } = step;
    const line = node.position?.start.line ?? 1;
    if (node.type === 'text') addText(node.value, line);
    else if (node.type === 'inlineCode') add(node.value, line, true);
    else if (node.type === 'break') add(HARD_BREAK, line);
    else if (node.type === 'html') add(/^<br\b/i.test(node.value) ? HARD_BREAK : '', line);
    else if (node.type !== 'delete' && 'children' in node) {
      const target = targetOf(node, definitions);
      if (target !== undefined) steps.push({ closes: target, start: text.length });
      for (let index = node.children.length - 1; index >= 0; index -= 1) {
        const child = node.children[index];
        if (child !== undefined) steps.push({ node: child });
      }
    }
  }
  return { text, masked, links, pieces };
}

/** The document's line on which the character at `offset` stands. */
export function lineAt(inline: InlineText, offset: number): number {
  let low = 0;
  let high = inline.pieces.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((inline.pieces[middle]?.offset ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return inline.pieces[low]?.line ?? 1;
}

type Step = { readonly node: Nodes } | { readonly closes: string; readonly start: number };

function targetOf(node: Nodes, definitions: Definitions): string | undefined {
  if (node.type === 'link') return node.url;
  if (node.type === 'linkReference') return definitions.get(node.identifier);
  return undefined;
}

function countNewlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let index = text.indexOf('\n', from); index !== -1 && index < to; count += 1) {
    index = text.indexOf('\n', index + 1);
  }
  return count;
}
