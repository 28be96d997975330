/** What a section says first: the sentence to take as its statement. */
import type { Prose } from './prose.ts';
import { sentencesOf } from './sentences.ts';
import { foldStatement, STATEMENT_LENGTH_MAX, STATEMENT_LENGTH_MIN } from './statement.ts';

export interface Lead {
  /** Folded. One sentence, or the entries of a list joined by semicolons. */
  readonly sentence: string;
  /** Whether the sentence was closed by a full stop or its like. */
  readonly isClosed: boolean;
  readonly isQuestion: boolean;
  /** The whole first paragraph, folded. */
  readonly paragraph: string;
  /** Markdown as written of what was read. */
  readonly source: string;
  readonly line: number;
  readonly slug: string;
}

/**
 * The first sentence of the first paragraph; a sentence that opens a list takes the entries along
 * when all of them fit, as does a list without one. Short openings ("Yes.") take the next
 * sentence along.
 * @param prose paragraphs of one section, in order
 */
export function leadOf(prose: readonly Prose[]): Lead | undefined {
  const first = prose[0];
  if (first === undefined) return undefined;
  const paragraph = foldStatement(first.inline.text);
  const place = { paragraph, line: first.startLine, slug: first.slug };
  const opening = first.list === undefined ? firstSentence(first.inline.text) : '';
  const opensList = first.list === undefined && /:\s*$/.test(opening);
  if (first.list === undefined && !opensList) {
    return { ...place, ...closedSentence(opening), source: first.source };
  }
  const entries = entriesFrom(prose, first.list === undefined ? 1 : 0);
  const listed = entries.map((entry) => foldStatement(entry.inline.text)).join('; ');
  const joined = opensList ? `${opening.trim()} ${listed}` : listed;
  if (entries.length > 0 && foldStatement(joined).length <= STATEMENT_LENGTH_MAX) {
    const read = opensList ? [first, ...entries] : entries;
    const source = read.map((each) => each.source).join('\n');
    return { ...place, ...closedSentence(joined), source };
  }
  const said = opensList
    ? foldStatement(opening).replace(/,? because$/i, '')
    : firstSentence(first.inline.text);
  return { ...place, ...closedSentence(said), source: first.source };
}

/** The sentence folded, and what closed it. */
export function closedSentence(
  sentence: string,
): Pick<Lead, 'sentence' | 'isClosed' | 'isQuestion'> {
  return {
    sentence: foldStatement(sentence),
    isClosed: /[.!。！]["'”’)\]]*\s*$/.test(sentence),
    isQuestion: /[?？]["'”’)\]]*\s*$/.test(sentence),
  };
}

function firstSentence(text: string): string {
  const sentences = sentencesOf(text);
  const start = sentences[0]?.start ?? 0;
  for (const { end } of sentences) {
    const sentence = text.slice(start, end);
    if (foldStatement(sentence).length >= STATEMENT_LENGTH_MIN) return sentence;
  }
  return text;
}

function entriesFrom(prose: readonly Prose[], from: number): readonly Prose[] {
  const list = prose[from]?.list;
  if (list === undefined) return [];
  let to = from;
  while (prose[to]?.list === list) to += 1;
  return prose.slice(from, to);
}
