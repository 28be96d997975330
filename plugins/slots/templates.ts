/** Sentences of a store's own, as `{subject} was born in the city of {value}`: no expressions. */
import { foldStatement } from '../text/statement.ts';

export interface Template {
  /** What is said, without its two places, folded: the relation that the slot is named by. */
  readonly relation: string;
  readonly read: (
    statement: string,
  ) => { readonly subject: string; readonly value: string } | undefined;
}

export const TEMPLATES_MAX = 200;
const TEMPLATE_LENGTH_MAX = 200;
const PLACES = /\{(subject|value)\}/g;

/** Throws with a plain message when the text is no template. */
export function templateOf(text: string): Template {
  const folded = text.replace(/\s+/g, ' ').trim();
  const places = [...folded.matchAll(PLACES)];
  const [first, second] = places;
  const names = places.map((place) => place[1]).sort();
  if (first === undefined || second === undefined || names.join() !== 'subject,value') {
    throw new Error(
      `Expected {subject} and {value} once each in a pattern, found ${JSON.stringify(text.slice(0, 80))}.`,
    );
  }
  const head = folded.slice(0, first.index).toLowerCase();
  const middle = folded.slice(first.index + first[0].length, second.index).toLowerCase();
  const tail = folded
    .slice(second.index + second[0].length)
    .toLowerCase()
    .replace(/[\s.;,:!?]+$/, '');
  if (middle.trim() === '' || folded.length > TEMPLATE_LENGTH_MAX) {
    throw new Error(
      `Expected words between {subject} and {value} and at most ${TEMPLATE_LENGTH_MAX} characters in a pattern, found ${JSON.stringify(text.slice(0, 80))}.`,
    );
  }
  const relation = foldStatement(`${head} … ${middle} … ${tail}`.replace(/[\s…]+/g, ' '));
  return {
    relation,
    read(statement) {
      const lower = statement.toLowerCase();
      // Lengths differ where a letter folds to two; such a statement is left alone.
      if (lower.length !== statement.length) return undefined;
      if (!lower.startsWith(head) || !lower.endsWith(tail)) return undefined;
      const at = lower.indexOf(middle, head.length + 1);
      const end = statement.length - tail.length;
      if (at === -1 || at + middle.length >= end) return undefined;
      const one = statement.slice(head.length, at).trim();
      const two = statement.slice(at + middle.length, end).trim();
      if (one === '' || two === '') return undefined;
      return first[1] === 'subject' ? { subject: one, value: two } : { subject: two, value: one };
    },
  };
}
