/** The prose of a document: its paragraphs, wherever they stand, and nothing else. */
import type { Blockquote, List, ListItem, Nodes, Root } from 'mdast';
import type { Document, Heading } from '../../src/plugin.ts';
import { contextPacks, touchesPack } from './context-packs.ts';
import { definitionsOf } from './definitions.ts';
import { type InlineText, inlineText } from './inline-text.ts';

export interface Prose {
  readonly inline: InlineText;
  /** Markdown as written. */
  readonly source: string;
  /** First and last line; first line of the document is 1. */
  readonly startLine: number;
  readonly endLine: number;
  /** Slug of the heading it stands under; empty before the first. */
  readonly slug: string;
  readonly isQuoted: boolean;
  /** For a paragraph of a list: where the outermost list begins, as an offset. */
  readonly list?: number;
}

/**
 * Paragraphs in document order, quoted ones marked. Code, HTML, tables, footnotes, headings and
 * whatever belongs to a context pack are not among them.
 */
export function proseOf(document: Document): readonly Prose[] {
  const packs = contextPacks(document.text);
  const definitions = definitionsOf(document.tree);
  const prose: Prose[] = [];
  const waiting: Waiting[] = [{ node: document.tree, isQuoted: false }];
  for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
    const { node } = step;
    if (node.type === 'paragraph') {
      const startLine = node.position?.start.line ?? 1;
      const endLine = node.position?.end.line ?? startLine;
      if (touchesPack(packs, startLine, endLine)) continue;
      const inline = inlineText(node, definitions);
      if (inline.text.trim() === '') continue;
      const slug = headingAt(document.headings, startLine)?.slug ?? '';
      const source = sourceOf(document, node);
      prose.push({ inline, source, startLine, endLine, slug, ...placeOf(step) });
    } else if (isContainer(node)) {
      const isQuoted = step.isQuoted || node.type === 'blockquote';
      const list = step.list ?? (node.type === 'list' ? (node.position?.start.offset ?? 0) : null);
      for (let index = node.children.length - 1; index >= 0; index -= 1) {
        const child = node.children[index];
        if (child === undefined) continue;
        waiting.push({ node: child, isQuoted, ...(list === null ? {} : { list }) });
      }
    }
  }
  return prose;
}

/** The node's Markdown as written. */
export function sourceOf(document: Document, node: Nodes): string {
  const { position } = node;
  return document.text.slice(position?.start.offset ?? 0, position?.end.offset ?? 0);
}

/** The last heading that begins on `line` or before it. */
export function headingAt(headings: readonly Heading[], line: number): Heading | undefined {
  let low = 0;
  let high = headings.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((headings[middle]?.line ?? 0) <= line) low = middle + 1;
    else high = middle;
  }
  return headings[low - 1];
}

/** Whether paragraphs may stand in the node. */
export function isContainer(node: Nodes): node is Root | List | ListItem | Blockquote {
  return ['root', 'list', 'listItem', 'blockquote'].includes(node.type);
}

interface Waiting {
  readonly node: Nodes;
  readonly isQuoted: boolean;
  readonly list?: number;
}

function placeOf(step: Waiting): Pick<Prose, 'isQuoted' | 'list'> {
  return { isQuoted: step.isQuoted, ...(step.list === undefined ? {} : { list: step.list }) };
}
