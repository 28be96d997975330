/** Callouts as Obsidian and GitHub write them: `> [!decision] title`, then quoted lines. */
import type { Blockquote } from 'mdast';
import type { Document } from '../../src/plugin.ts';
import { type Definitions, definitionsOf } from './definitions.ts';
import { inlineText } from './inline-text.ts';
import { isContainer, sourceOf } from './prose.ts';
import { walk } from './walk.ts';

export interface Callout {
  /** The word in the brackets, lower case. */
  readonly type: string;
  /** What follows on the same line, as plain text; empty where nothing does. */
  readonly title: string;
  /** Its first paragraph behind the title line, as plain text; empty where there is none. */
  readonly body: string;
  readonly startLine: number;
  readonly endLine: number;
  /** Markdown as written. */
  readonly source: string;
}

const MARK = /^\s*\[!([A-Za-z][\w-]{0,30})\][+-]?/;
const LINE_END = /\r\n|[\r\n\u2029]|$/;

/** Callouts in document order; one inside another quote is part of that quote and not given. */
export function calloutsOf(document: Document): readonly Callout[] {
  const definitions = definitionsOf(document.tree);
  const callouts: Callout[] = [];
  walk(document.tree, (node) => {
    if (node.type !== 'blockquote') return isContainer(node) ? undefined : 'skip';
    const callout = readCallout(document, node, definitions);
    if (callout !== undefined) callouts.push(callout);
    return 'skip';
  });
  return callouts;
}

function readCallout(
  document: Document,
  quote: Blockquote,
  definitions: Definitions,
): Callout | undefined {
  const [first, second] = quote.children;
  if (first?.type !== 'paragraph') return undefined;
  const { text, masked } = inlineText(first, definitions);
  const mark = MARK.exec(masked);
  if (mark === null) return undefined;
  const behind = text.slice(mark[0].length);
  const lineEnd = LINE_END.exec(behind);
  const rest = behind.slice((lineEnd?.index ?? 0) + (lineEnd?.[0].length ?? 0)).trim();
  const next = second?.type === 'paragraph' ? inlineText(second, definitions).text : '';
  return {
    type: (mark[1] ?? '').toLowerCase(),
    title: behind.slice(0, lineEnd?.index).trim(),
    body: rest === '' ? next.trim() : rest,
    startLine: quote.position?.start.line ?? 1,
    endLine: quote.position?.end.line ?? 1,
    source: sourceOf(document, quote),
  };
}
