/** A document's sections as passages: what is found, cited and served. */
import type { Section } from '../plugin.ts';

export interface Passage {
  /** Titles from the outermost heading to the section's own. */
  readonly headingPath: readonly string[];
  /** Slug of the section's own heading; empty before the first heading. */
  readonly slug: string;
  /** Lines of the text, both included; first line is 1. Of a bare heading, the line behind it. */
  readonly startLine: number;
  readonly endLine: number;
  /** Place in the document, from 0. */
  readonly ordinal: number;
  /** Markdown as written, without blank lines around it; empty for a bare heading. */
  readonly text: string;
}

/** Passages are filled up to this, and a block that is not much longer stays whole. */
export const PASSAGE_CHARACTERS = 800;
const BLOCK_CHARACTERS_MAX = 1_200;

/**
 * The passages in reading order. They never cross a heading and never overlap, and every line that
 * is not blank is in one. A section is divided between blocks (a fence counts as one), a long block
 * between lines, a long line between sentences, a long sentence between words.
 * A heading with neither text nor a heading below it gives a passage without text, to be found by.
 */
export function passages(sections: readonly Section[]): readonly Passage[] {
  const found = sections.flatMap((section, index) => {
    const pieces = joined(blocksOf(section).flatMap(divided));
    if (pieces.length > 0) return pieces.map((piece) => ({ section, ...piece }));
    if (section.headingPath.length === 0 || isParent(section, sections[index + 1])) return [];
    const line = section.startLine;
    return [{ section, text: '', startLine: line, endLine: line }];
  });
  return found.map(({ section, text, startLine, endLine }, ordinal) => ({
    headingPath: section.headingPath,
    slug: section.slug,
    startLine,
    endLine,
    ordinal,
    text,
  }));
}

/** Its title is in the heading path of the section below, and found there. */
function isParent(section: Section, next: Section | undefined): boolean {
  return (
    next !== undefined &&
    next.headingPath.length > section.headingPath.length &&
    section.headingPath.every((title, depth) => title === next.headingPath[depth])
  );
}

interface Piece {
  readonly text: string;
  readonly startLine: number;
  readonly endLine: number;
  /** What stands between this piece and the one before it. */
  readonly glue: string;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})/;

function blocksOf(section: Section): readonly Piece[] {
  const lines = section.text.split(/\r?\n/);
  const blocks: Piece[] = [];
  let start = 0;
  let fence = '';
  let blank = '';
  const close = (end: number) => {
    if (end > start) {
      const text = lines.slice(start, end).join('\n');
      const startLine = section.startLine + start;
      blocks.push({ text, startLine, endLine: section.startLine + end - 1, glue: `\n${blank}` });
      blank = '';
    }
  };
  for (const [index, line] of lines.entries()) {
    fence = fenceAfter(fence, line);
    if (fence !== '' || line.trim() !== '') continue;
    close(index);
    start = index + 1;
    blank += '\n';
  }
  close(lines.length);
  return withoutBlankEnds(blocks);
}

/** The fence that is open behind the line; empty for none. */
function fenceAfter(open: string, line: string): string {
  const mark = FENCE.exec(line)?.[1] ?? '';
  if (open === '') return mark;
  const isEnd = mark.startsWith(open) && line.trim() === mark;
  return isEnd ? '' : open;
}

/** A fence that is never closed may end in blank lines. */
function withoutBlankEnds(blocks: readonly Piece[]): readonly Piece[] {
  return blocks.map((block) => {
    const text = block.text.replace(/\s+$/, '');
    const cut = block.text.slice(text.length).split('\n').length - 1;
    return { ...block, text, endLine: block.endLine - cut };
  });
}

function divided(block: Piece): readonly Piece[] {
  if (block.text.length <= BLOCK_CHARACTERS_MAX) return [block];
  const lines = block.text.split('\n').map((text, index) => ({
    text,
    startLine: block.startLine + index,
    endLine: block.startLine + index,
    glue: index === 0 ? block.glue : '\n',
  }));
  return lines.flatMap((line) =>
    line.text.length <= BLOCK_CHARACTERS_MAX
      ? [line]
      : sentences(line.text).map((text, index) => ({
          ...line,
          text,
          glue: index === 0 ? line.glue : '',
        })),
  );
}

/** Parts that together are the text: sentences, and pieces of a sentence that is too long itself. */
function sentences(text: string): readonly string[] {
  return text
    .split(/(?<=[.!?]\s+)(?=\S)|(?<=[。！？])/u)
    .flatMap((sentence) =>
      sentence.length <= BLOCK_CHARACTERS_MAX ? [sentence] : wordWise(sentence),
    );
}

function wordWise(text: string): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > PASSAGE_CHARACTERS) {
    const space = rest.lastIndexOf(' ', PASSAGE_CHARACTERS - 1) + 1;
    // Not between the two halves of a character beyond the basic plane.
    const hard = PASSAGE_CHARACTERS - (isHighHalf(rest.charCodeAt(PASSAGE_CHARACTERS - 1)) ? 1 : 0);
    const cut = space > PASSAGE_CHARACTERS / 2 ? space : hard;
    parts.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  return [...parts, rest];
}

function isHighHalf(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}

/** Fills passages with pieces in their order; a passage is closed when the next doesn't fit. */
function joined(pieces: readonly Piece[]): readonly Piece[] {
  const result: Piece[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    const length = (last?.text.length ?? 0) + piece.glue.length + piece.text.length;
    if (last === undefined || length > PASSAGE_CHARACTERS) {
      if (piece.text.trim() !== '') result.push(piece);
      continue;
    }
    result[result.length - 1] = {
      ...last,
      text: last.text + piece.glue + piece.text,
      endLine: piece.endLine,
    };
  }
  return result.map((piece) => ({ ...piece, text: piece.text.replace(/\s+$/, '') }));
}
