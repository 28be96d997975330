/** What a claim's one sentence may look like (domain.md §5). */
import type { Problem } from '../../src/plugin.ts';

/** In UTF-16 code units, after folding. */
export const STATEMENT_LENGTH_MIN = 8;
export const STATEMENT_LENGTH_MAX = 280;
const SUBJECT_LENGTH_MAX = 80;

const CLOSING = new Set(' .,;:!?…。，；：！？');

/** White space folded to single spaces, outer white space and closing punctuation cut. */
export function foldStatement(text: string): string {
  const folded = text.replace(/\s+/g, ' ').trim();
  let end = folded.length;
  while (end > 0 && CLOSING.has(folded[end - 1] ?? '')) end -= 1;
  return folded.slice(0, end);
}

/** @param statement folded */
export function fitsStatement(statement: string): boolean {
  return statement.length >= STATEMENT_LENGTH_MIN && statement.length <= STATEMENT_LENGTH_MAX;
}

/** The problem to report for a folded statement that is too short or too long. */
export function lengthProblem(statement: string, line: number): Omit<Problem, 'path'> {
  const shown = statement.length > 40 ? `${statement.slice(0, 40).trimEnd()}…` : statement;
  const limits = `${STATEMENT_LENGTH_MIN} to ${STATEMENT_LENGTH_MAX}`;
  const advice =
    statement.length < STATEMENT_LENGTH_MIN ? 'Say it in a sentence' : 'Say it shorter';
  return {
    line,
    rule: 'claim-length',
    message:
      `Expected a statement of ${limits} characters, found ${statement.length} ` +
      `("${shown}"). ${advice}.`,
  };
}

/** A subject from words that name no shorter one: folded, cut at a word where it is longer. */
export function foldSubject(text: string, lengthMax = SUBJECT_LENGTH_MAX): string {
  const folded = foldStatement(text);
  if (folded.length <= lengthMax) return folded;
  const cut = folded.slice(0, lengthMax + 1);
  const space = cut.lastIndexOf(' ');
  return foldStatement(wellFormed(space > 0 ? cut.slice(0, space) : cut.slice(0, -1)));
}

/** Drops half of a surrogate pair that a cut left at the end. */
function wellFormed(text: string): string {
  return /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text;
}
