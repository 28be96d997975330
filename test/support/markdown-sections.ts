/** Markdown divided at its ATX headings: enough of a parser to measure passages with. */
import type { Section } from '../../src/plugin.ts';

export function markdownSections(text: string): readonly Section[] {
  const lines = text.split('\n');
  const sections: Section[] = [];
  let path: string[] = [];
  let start = 0;
  let isFenced = false;
  const close = (end: number) => {
    const body = lines.slice(start, end);
    const slug = (path.at(-1) ?? '').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-');
    const headingPath = [...path];
    sections.push({ headingPath, slug, startLine: start + 1, endLine: end, text: body.join('\n') });
  };
  for (const [index, line] of lines.entries()) {
    if (/^ {0,3}(```|~~~)/.test(line)) isFenced = !isFenced;
    const heading = isFenced ? null : /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    if (heading === null) continue;
    close(index);
    const depth = heading[1]?.length ?? 1;
    path = [...path.slice(0, depth - 1), heading[2] ?? ''];
    start = index + 1;
  }
  close(lines.length);
  return sections;
}
