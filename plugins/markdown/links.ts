/** Links of a document: Markdown's own and Obsidian's wikilinks and embeds. */
import type { Nodes, Root } from 'mdast';
import type { Link } from '../../src/plugin.ts';
import { definitionsOf } from '../text/definitions.ts';
import { walk } from '../text/walk.ts';
import { parseWikilink, WIKILINK } from '../text/wikilink.ts';

/** In document order. Pictures are not links; nothing in code, HTML or frontmatter is one. */
export function linksOf(text: string, tree: Root): readonly Link[] {
  const definitions = definitionsOf(tree);
  const found: Found[] = [];
  const closed: Range[] = [];
  walk(tree, (node) => {
    const range = rangeOf(node);
    if (CLOSED.has(node.type)) closed.push(range);
    const url = urlOf(node, definitions);
    if (url !== undefined) found.push({ ...range, link: markdownLink(url, node) });
    return undefined;
  });
  found.push(...wikilinksOf(text, closed));
  return found.sort((a, b) => a.start - b.start || a.end - b.end).map(({ link }) => link);
}

interface Range {
  readonly start: number;
  readonly end: number;
}

interface Found extends Range {
  readonly link: Link;
}

/** Nodes whose text holds no wikilinks; `[[x]](y)` is an ordinary link. */
const CLOSED = new Set(['code', 'inlineCode', 'html', 'yaml', 'link', 'definition', 'image']);

function urlOf(node: Nodes, definitions: ReadonlyMap<string, string>): string | undefined {
  if (node.type === 'link') return node.url;
  return node.type === 'linkReference' ? definitions.get(node.identifier) : undefined;
}

function markdownLink(url: string, node: Nodes): Link {
  const hash = url.indexOf('#');
  const anchor = hash === -1 ? '' : url.slice(hash + 1);
  return {
    type: 'link',
    target: hash === -1 ? url : url.slice(0, hash),
    ...(anchor === '' ? {} : { anchor }),
    line: node.position?.start.line ?? 1,
  };
}

/**
 * Read from the text itself: to a Markdown reader they are brackets, torn apart by any emphasis.
 */
function wikilinksOf(text: string, closed: readonly Range[]): readonly Found[] {
  const found: Found[] = [];
  let line = 1;
  let counted = 0;
  let next = 0;
  let closedUntil = 0;
  for (const match of text.matchAll(WIKILINK)) {
    const start = match.index;
    for (; (closed[next]?.start ?? text.length) <= start; next += 1) {
      closedUntil = Math.max(closedUntil, closed[next]?.end ?? 0);
    }
    if (start < closedUntil || text[start - 1] === '\\') continue;
    for (const ending of text.slice(counted, start).matchAll(/\r\n|\n|\r/g)) line += ending ? 1 : 0;
    counted = start;
    const { target, anchor } = parseWikilink(match[1] ?? '');
    const link: Link = { type: 'wikilink', target, ...(anchor ? { anchor } : {}), line };
    found.push({ start, end: start + match[0].length, link });
  }
  return found;
}

function rangeOf(node: Nodes): Range {
  return { start: node.position?.start.offset ?? 0, end: node.position?.end.offset ?? 0 };
}
