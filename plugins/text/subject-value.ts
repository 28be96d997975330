/** Reads `X = Y`, `X: Y`, `X is Y` as a subject and its value, or not at all. */
import { foldStatement } from './statement.ts';

export interface SubjectValue {
  readonly subject: string;
  readonly value: string;
}

const SUBJECT_LENGTH_MAX = 60;
const SUBJECT_WORDS_MAX = 8;
const VALUE_LENGTH_MAX = 80;
const VALUE_WORDS_MAX = 12;
const TEXT_LENGTH_MAX = 400;

/** Careful rather than complete: a wrong slot would make conflicts that are none. */
export function subjectValueOf(text: string): SubjectValue | undefined {
  const folded = foldStatement(text);
  if (folded.length > TEXT_LENGTH_MAX || /\?\s*$/.test(text)) return undefined;
  const split = splitAtEquals(folded) ?? splitAtColon(folded) ?? splitAtCopula(folded);
  if (split === undefined) return undefined;
  const subject = subjectOf(split[0]);
  const value = statedValue(split[1]);
  return subject === undefined || value === undefined ? undefined : { subject, value };
}

/** Y as a value, its reason cut off; nothing where it is denied, conditional, open or long. */
export function statedValue(text: string): string | undefined {
  if (text.length > TEXT_LENGTH_MAX) return undefined;
  const value = foldStatement(
    text
      .replace(/^(?:now|currently)\s+/i, '')
      .replace(/^made (?:of|from|out of)\s+/i, '')
      .replace(/(?:,?\s+because\b|[,;]\s+(?:since|so|as|which)\b).*$/i, ''),
  );
  if (value === '' || value.length > VALUE_LENGTH_MAX) return undefined;
  if (value.split(' ').length > VALUE_WORDS_MAX) return undefined;
  return DENIED.test(value) || isUnsettled(value) ? undefined : value;
}

const DENIED = /^(?:not|never|no|neither|hardly|rarely|nothing|none)\b|\b(?:not|never)\b|n['’]t\b/i;
/** Whether a text leaves open what it says: a guess, a condition, an alternative. */
export function isUnsettled(text: string): boolean {
  return UNSETTLED.test(text);
}

const UNSETTLED = new RegExp(
  '\\b(?:unless|except|if|until|when|whether|but|or|probably|perhaps|maybe|possibly|likely|' +
    'unlikely|unclear|unknown|undecided|open|tbd|tbc|being|going|expected|supposed)\\b',
  'i',
);

/** Words that a name does not begin with. */
const NOT_FIRST = new Set(
  `i you he she it we they this that these those there here what which who whom whose where when
  why how if as no none not nobody nothing neither either one some any all each every both and or
  but so because since although though while unless until my your his her its our their let
  note todo fixme warning example edit update fyi re tl;dr hint tip caution important ps`.split(
    /\s+/,
  ),
);
/** Words that show a clause where a name should be. */
const NOT_INSIDE =
  /[,;()[\]?!]|\b(?:if|when|because|that|which|who|while|although|unless|not|never|said|says|thinks?|thought|believes?|hopes?|guess|suggests?|means|shows?|is|are|was|were|will|would|should|must|shall|can|could|may|might)\b|n['’]t\b/i;
/** Names that stand for no thing of their own. */
const TOO_GENERAL = new Set(
  `decision requirement constraint fact goal plan idea problem question point answer reason thing
  result aim issue option status rest other others same value choice conclusion`.split(/\s+/),
);

/** X as a name, its article cut off; nothing where it is a clause, a pronoun, or no name. */
export function subjectOf(text: string): string | undefined {
  const subject = foldStatement(text).replace(/^(?:the|an?)\s+/i, '');
  const words = subject.split(' ');
  const first = (words[0] ?? '').toLowerCase();
  if (subject.length > SUBJECT_LENGTH_MAX || words.length > SUBJECT_WORDS_MAX) return undefined;
  if (!/\p{L}/u.test(subject) || NOT_FIRST.has(first) || NOT_INSIDE.test(subject)) return undefined;
  return TOO_GENERAL.has(subject.toLowerCase()) ? undefined : subject;
}

type Split = readonly [string, string];

/** A lone equals sign: not part of `==`, `<=`, `>=`, `!=`, `=>`, `:=`, `+=`. */
function splitAtEquals(text: string): Split | undefined {
  const found = /(?<![=<>!:+*/-])=(?![=>])/.exec(text);
  return found === null ? undefined : [text.slice(0, found.index), text.slice(found.index + 1)];
}

function splitAtColon(text: string): Split | undefined {
  const index = text.indexOf(': ');
  return index === -1 ? undefined : [text.slice(0, index), text.slice(index + 2)];
}

function splitAtCopula(text: string): Split | undefined {
  const found = / (?:is|are) /.exec(text);
  if (found === null) return undefined;
  return [text.slice(0, found.index), text.slice(found.index + found[0].length)];
}
