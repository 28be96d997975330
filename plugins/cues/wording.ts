/** Subject, value and statement of a claim that a heading or callout opens. */
import type { Lead } from '../text/lead.ts';
import { foldStatement, foldSubject } from '../text/statement.ts';
import { subjectValueOf } from '../text/subject-value.ts';
import { isSentence } from './is-sentence.ts';

export interface Wording {
  readonly subject: string;
  readonly value?: string;
  /** Folded; its length is not checked. */
  readonly statement: string;
}

const FRAGMENT_WORDS_MAX = 8;
/** "mass below 40 kg", "stiffness ≥ 12 N/µm": a name and its limit say enough. */
const LIMIT =
  /\S.{0,200}?(?:[<>≤≥±]|\b(?:below|above|under|less than|more than|at least|at most|between|within|up to|maximum|minimum|max|min)\b)[^.]{0,20}?\d/i;

/**
 * A cue that says something is the statement itself. One that only names its subject takes the
 * first sentence below it; a few words there that are no sentence ("GF-PTFE") are its value.
 * @param cue what stands behind the cue word
 * @param lead the sentence that follows; absent where nothing does
 */
export function wordingOf(
  cue: string,
  lead: Pick<Lead, 'sentence' | 'isClosed' | 'isQuestion'> | undefined,
): Wording | undefined {
  const name = foldStatement(cue);
  const isQuestion = /\?\s*$/.test(cue);
  const assigned = isQuestion ? undefined : subjectValueOf(name);
  if (assigned !== undefined) return { ...assigned, statement: name };
  if (!isQuestion && (isSentence(cue) || LIMIT.test(name)))
    return { subject: foldSubject(name), statement: name };
  if (lead === undefined || lead.sentence === '') {
    return isQuestion || name === '' ? undefined : { subject: foldSubject(name), statement: name };
  }
  // What is still asked below the heading is not settled, whatever the heading calls it.
  if (lead.isQuestion) return undefined;
  const { sentence } = lead;
  const said = subjectValueOf(sentence);
  if (name === '') {
    return { ...(said ?? { subject: foldSubject(sentence) }), statement: sentence };
  }
  const subject = foldSubject(name);
  if (said === undefined && !isQuestion && !lead.isClosed && isFragment(sentence)) {
    return { subject, value: sentence, statement: `${name}: ${sentence}` };
  }
  const speaksOfIt = said !== undefined && isSameName(said.subject, subject, sentence);
  return { subject, ...(speaksOfIt ? { value: said.value } : {}), statement: sentence };
}

function isFragment(sentence: string): boolean {
  return !isSentence(sentence) && sentence.split(' ').length <= FRAGMENT_WORDS_MAX;
}

/** Equal but for case, article and plural; "pads are made of X" also speaks of "pad material". */
function isSameName(said: string, subject: string, sentence: string): boolean {
  const name = nameKey(subject);
  if (nameKey(said) === name) return true;
  return (
    /\b(?:is|are) made (?:of|from|out of)\b/i.test(sentence) && `${nameKey(said)} material` === name
  );
}

function nameKey(name: string): string {
  return name
    .toLowerCase()
    .replace(/^(?:the|an?)\s+/, '')
    .split(/[\s_-]+/)
    .map((word) => (word.length > 3 ? word.replace(/(?<!s)s$/, '') : word))
    .join(' ');
}
