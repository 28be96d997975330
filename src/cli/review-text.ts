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
  let line: Span[] = [];
  let used = 0;
  const end = () => {
    lines.push(trimmed(line));
    line = [];
    used = 0;
  };
  for (const span of spans) {
    for (const token of span.text.split(/( +)/u).filter((each) => each !== '')) {
      for (const piece of pieces(token, width)) {
        const size = cells(piece);
        if (used + size > width && used > 0) end();
        if (used === 0 && piece.trim() === '' && lines.length > 0) continue;
        line.push({ ...span, text: piece });
        used += size;
      }
    }
  }
  end();
  return lines;
}

function pieces(token: string, width: number): readonly string[] {
  if (cells(token) <= width) return [token];
  const found: string[] = [];
  let piece = '';
  for (const grapheme of graphemes(token)) {
    if (cells(piece) + cells(grapheme) > width) {
      found.push(piece);
      piece = '';
    }
    piece += grapheme;
  }
  return [...found, piece];
}

// A blank where a line was folded shows nothing; one that has a style would show.
function trimmed(line: readonly Span[]): Line {
  const last = line.at(-1);
  if (last === undefined || last.style === 'inverse' || last.text.trim() !== '') return line;
  return line.slice(0, -1);
}

function withMarks(text: string): string {
  return text.replace(HIDDEN, (hidden) => {
    const code = hidden.codePointAt(0) ?? 0;
    return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
  });
}
