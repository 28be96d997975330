/** One line of text being typed: what stands before the cursor and after it. */
import { graphemes } from './review-text.ts';

export interface TypedLine {
  readonly before: string;
  readonly after: string;
}

/** A key as a terminal gives it: its name where it has one, what it types where it types something. */
export interface Key {
  readonly name: string;
  readonly text?: string;
  readonly isCtrl?: boolean;
}

export function typedLine(text: string): TypedLine {
  return { before: text, after: '' };
}

export function textOf({ before, after }: TypedLine): string {
  return before + after;
}

/** The line after a key; the same line for a key that means nothing here. */
export function typed(line: TypedLine, key: Key): TypedLine {
  const { before, after } = line;
  if (key.text !== undefined) return { before: before + key.text, after };
  const last = graphemes(before).at(-1) ?? '';
  const [first = ''] = graphemes(after);
  const withoutWord = before.replace(/\S+\s*$/u, '');
  switch (key.isCtrl === true ? `ctrl-${key.name}` : key.name) {
    case 'left':
      return { before: before.slice(0, before.length - last.length), after: last + after };
    case 'right':
      return { before: before + first, after: after.slice(first.length) };
    case 'ctrl-left':
      return { before: withoutWord, after: before.slice(withoutWord.length) + after };
    case 'ctrl-right': {
      const word = /^\s*\S+/u.exec(after)?.[0] ?? after;
      return { before: before + word, after: after.slice(word.length) };
    }
    case 'home':
    case 'ctrl-a':
      return { before: '', after: before + after };
    case 'end':
    case 'ctrl-e':
      return { before: before + after, after: '' };
    case 'backspace':
    case 'ctrl-h':
      return { before: before.slice(0, before.length - last.length), after };
    case 'delete':
      return { before, after: after.slice(first.length) };
    case 'ctrl-w':
      return { before: withoutWord, after };
    case 'ctrl-u':
      return { before: '', after };
    case 'ctrl-k':
      return { before, after: '' };
    default:
      return line;
  }
}
