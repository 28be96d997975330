/** The text between headings, as written. */
import type { Root } from 'mdast';
import type { Section } from '../../src/plugin.ts';
import type { MarkedHeading } from './headings.ts';

/**
 * One section before the first heading if anything is written there, and one for each heading.
 * Blank lines around a section's text are not part of it. A heading with nothing below it has a
 * section of no lines: its text is empty and `endLine` is `startLine - 1`.
 */
export function sectionsOf(
  text: string,
  tree: Root,
  headings: readonly MarkedHeading[],
): readonly Section[] {
  const lines = linesOf(text);
  const first = tree.children[0];
  const preambleLine = first?.type === 'yaml' ? (first.position?.end.line ?? 0) + 1 : 1;
  const lastLineOf = (index: number) => (headings[index]?.heading.line ?? lines.length + 1) - 1;
  const preamble = sectionIn(text, lines, preambleLine, lastLineOf(0), [], '');
  const sections = preamble.text === '' ? [] : [preamble];
  const path: { readonly depth: number; readonly text: string }[] = [];
  for (const [index, { heading, endLine }] of headings.entries()) {
    while ((path.at(-1)?.depth ?? 0) >= heading.depth) path.pop();
    path.push(heading);
    const titles = path.map((each) => each.text);
    const last = lastLineOf(index + 1);
    sections.push(sectionIn(text, lines, endLine + 1, last, titles, heading.slug));
  }
  return sections;
}

interface Line {
  readonly start: number;
  /** Without the line's ending. */
  readonly end: number;
}

function sectionIn(
  text: string,
  lines: readonly Line[],
  firstLine: number,
  lastLine: number,
  headingPath: readonly string[],
  slug: string,
): Section {
  let startLine = firstLine;
  let endLine = lastLine;
  while (startLine <= endLine && isBlank(text, lines[startLine - 1])) startLine += 1;
  while (endLine >= startLine && isBlank(text, lines[endLine - 1])) endLine -= 1;
  if (endLine < startLine) {
    return { headingPath, slug, startLine: firstLine, endLine: firstLine - 1, text: '' };
  }
  const written = text.slice(lines[startLine - 1]?.start, lines[endLine - 1]?.end);
  return { headingPath, slug, startLine, endLine, text: written };
}

function isBlank(text: string, line: Line | undefined): boolean {
  return line === undefined || text.slice(line.start, line.end).trim() === '';
}

/** Lines as the Markdown reader counts them: ended by CRLF, LF or CR. */
function linesOf(text: string): readonly Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (const ending of text.matchAll(/\r\n|\n|\r/g)) {
    lines.push({ start, end: ending.index });
    start = ending.index + ending[0].length;
  }
  lines.push({ start, end: text.length });
  return lines;
}
