/**
 * The headings of a document: those that divide it, not those inside quotes, lists or footnotes.
 */
import type { Root } from 'mdast';
import type { Heading } from '../../src/plugin.ts';
import type { Definitions } from '../text/definitions.ts';
import { inlineText } from '../text/inline-text.ts';
import { slugger } from './slugs.ts';

export interface MarkedHeading {
  readonly heading: Heading;
  /** The heading's last line: an underlined one has two or more. */
  readonly endLine: number;
}

export function headingsOf(tree: Root, definitions: Definitions): readonly MarkedHeading[] {
  const slugOf = slugger();
  const headings: MarkedHeading[] = [];
  for (const node of tree.children) {
    if (node.type !== 'heading') continue;
    const text = inlineText(node, definitions).text.replace(/\s+/g, ' ').trim();
    const line = node.position?.start.line ?? 1;
    const heading = { depth: node.depth, text, slug: slugOf(text), line };
    headings.push({ heading, endLine: node.position?.end.line ?? line });
  }
  return headings;
}
