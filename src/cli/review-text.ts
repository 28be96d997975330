/** Text on a terminal: what hides in it made visible, its width, and lines folded to fit. */

export type Style = 'bold' | 'dim' | 'inverse' | 'red' | 'green' | 'yellow' | 'cyan';

export interface Span {
  readonly text: string;
  readonly style?: Style;
}

export type Line = readonly Span[];

// Controls, formats (also those that reorder), what has no character, blanks that look like none,
// and the variation selectors that carry text unseen.
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u115f\u1160\u2028\u2029\u3164\uffa0]|\u034f|[\u{e0100}-\u{e01ef}]/gu;
const WIDE =
  /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;
const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** One line in which nothing hides and nothing steers a terminal: `<U+202E>` for what would. */
export function visible(text: string): string {
  return withMarks(text.replace(/\s+/gu, ' '));
}

/** As `visible`, every blank as it was written and `⏎` for an end of line: for text being edited. */
export function visibleAsTyped(text: string): string {
  return withMarks(text.replace(/\r?\n/gu, '⏎'));
}

/** The lines of a quoted passage, each made visible, without the indentation that all share. */
export function visibleLines(text: string): readonly string[] {
  const lines = text.split(/\r?\n/u).map((line) => withMarks(line.replace(/\s/gu, ' ').trimEnd()));
  const filled = lines.filter((line) => line !== '');
  const shared = Math.min(...filled.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(shared));
}

/** Columns that a text takes. */
export function cells(text: string): number {
  let count = 0;
  for (const grapheme of graphemes(text)) count += WIDE.test(grapheme) ? 2 : 1;
  return count;
}

/** What people see as single characters. */
export function graphemes(text: string): readonly string[] {
  return [...GRAPHEMES.segment(text)].map(({ segment }) => segment);
}

/** The start of a line that fits, with `…` where something was left out. */
export function cut(line: Line, width: number): Line {
  if (cells(line.map(({ text }) => text).join('')) <= width) return line;
  const kept: Span[] = [];
  let room = width - 1;
  for (const span of line) {
    let text = '';
    for (const grapheme of graphemes(span.text)) {
      room -= cells(grapheme);
      if (room < 0) return [...kept, { ...span, text: `${text}…` }];
      text += grapheme;
    }
    kept.push({ ...span, text });
  }
  return kept;
}

/** Spans folded between words to lines of a width; a word that is longer is broken. */
export function folded(spans: readonly Span[], width: number): readonly Line[] {
  const lines: Line[] = [];
  let line: readonly Span[] = [];
  let gap: readonly Span[] = [];
  let word: readonly Span[] = [];
  const endWord = () => {
    if (word.length === 0) return;
    const used = size(line) + size(gap);
    if (used + size(word) <= width) line = joined([...line, ...gap, ...word]);
    else {
      if (line.length > 0) lines.push(line);
      const pieces = broken(word, width);
      lines.push(...pieces.slice(0, -1));
      line = pieces.at(-1) ?? [];
    }
    [gap, word] = [[], []];
  };
  for (const span of spans) {
    for (const text of span.text.split(/( +)/u).filter((each) => each !== '')) {
      // A marked blank is the cursor: it shows, so it counts as a word's.
      const isGap = /^ +$/u.test(text) && span.style !== 'inverse';
      if (isGap) endWord();
      if (isGap) gap = [...gap, { ...span, text }];
      else word = [...word, { ...span, text }];
    }
  }
  endWord();
  return [...lines, line];
}

function size(line: Line): number {
  return line.reduce((sum, { text }) => sum + cells(text), 0);
}

/** Neighbours of one style as one span. */
function joined(spans: readonly Span[]): Line {
  const line: Span[] = [];
  for (const span of spans) {
    const last = line.at(-1);
    if (last !== undefined && last.style === span.style) {
      line[line.length - 1] = { ...last, text: last.text + span.text };
    } else line.push(span);
  }
  return line;
}

function broken(word: Line, width: number): readonly Line[] {
  const lines: Span[][] = [[]];
  let room = width;
  for (const span of word) {
    for (const text of graphemes(span.text)) {
      room -= cells(text);
      if (room < 0) {
        lines.push([]);
        room = width - cells(text);
      }
      lines.at(-1)?.push({ ...span, text });
    }
  }
  return lines.map(joined);
}

function withMarks(text: string): string {
  return text.replace(HIDDEN, (hidden) => {
    const code = hidden.codePointAt(0) ?? 0;
    return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
  });
}
