/** What one plain sentence says of what: "S is V", "S = V", "use V for S", and their denials. */
import { sentencesOf } from '../text/sentences.ts';
import { foldStatement } from '../text/statement.ts';
import { statedValue, subjectOf } from '../text/subject-value.ts';
import { singular } from './fold.ts';

export interface Said {
  readonly how:
    | 'assignment'
    | 'label'
    | 'copula'
    | 'made'
    | 'by'
    | 'limit'
    | 'use'
    | 'supply'
    | 'preference';
  readonly subject: string;
  readonly value: string;
  readonly isDenied: boolean;
  /** One thing that the reader is expected to know: "the mirror", not "mirrors" or "a mirror". */
  readonly isDefinite: boolean;
}

const SENTENCE_LENGTH_MAX = 280;

/** The first sentence of a text as it is read; empty where it only supposes, guesses or asks. */
export function plainSentence(text: string): string {
  const start = text.slice(0, SENTENCE_LENGTH_MAX + 1);
  const first = sentencesOf(start)[0];
  if (first === undefined || first.end > SENTENCE_LENGTH_MAX) return '';
  const sentence = start.slice(first.start, first.end);
  const isProse = !/\?["'”’)]*$|\{[{%<]|\+\+\+|<\w/.test(sentence);
  if (!isProse || SUPPOSED.test(sentence)) return '';
  return foldStatement(sentence.replace(/[`*]/g, ''));
}

const SUPPOSED =
  /\b(?:if|unless|when|whenever|while|until|once|provided|depending|perhaps|maybe|probably|possibly|may|might|could|would|should|think|thinks|believe|guess|assume|assuming|propos\w+|suggest\w*|consider\w*|planned|used to|formerly|previously|originally|initially|temporarily|for now|for example|e\.g|one of)\b/i;

/** @param sentence as `plainSentence` gives it */
export function saidBy(sentence: string): Said | undefined {
  if (sentence === '') return undefined;
  for (const [sign, read] of READERS) {
    const said = sign.test(sentence) ? read(sentence) : undefined;
    if (said !== undefined) return said;
  }
  return undefined;
}

/** "the exporter does not support SVG" without its denial; equal to its opposite's. */
export function withoutDenial(sentence: string): { words: readonly string[]; isDenied: boolean } {
  const denials = sentence.match(DENIAL) ?? [];
  const words = sentence
    .toLowerCase()
    .replace(DENIAL, ' ')
    .replace(MODAL, ' ')
    .split(/[^\p{L}\p{N}.+#%°]+/u)
    .filter((word) => word !== '' && !['the', 'a', 'an', 'we', 'i'].includes(word))
    .map((word) => singular(word.replace(/(?<=ch|sh|ss|x)es$/, '')));
  return { words: denials.length > 1 ? [] : words, isDenied: denials.length === 1 };
}

const DENIAL =
  /\b(?:(?:do|does|did|is|are|was|were|must|shall|will|need|can|has|have)(?:\s+not|n['’]t)|not|never|no longer|cannot)\b/gi;
const MODAL = /\b(?:do|does|is|are|must|shall|will|be|need(?:s)? to|ha(?:s|ve) to)\b/g;

type Reader = (sentence: string) => Said | undefined;

/** Each with a word that it can't do without, which is quicker to look for. */
const READERS: readonly (readonly [RegExp, Reader])[] = [
  [/prefer/i, preference],
  [/\s(?:for|as)\s/i, use],
  [/\sby\s/i, by],
  [/\s(?:suppl|deliver|manufactur)/i, supply],
  [/\d/, limit],
  [/[=:]/, assignment],
  [/\s(?:is|are|be)/i, copula],
];

function said(
  how: Said['how'],
  [subject, value]: readonly [string | undefined, string | undefined],
  more: Partial<Pick<Said, 'isDenied' | 'isDefinite'>> = {},
): Said | undefined {
  const name = subject === undefined ? undefined : subjectOf(subject);
  const stated = value === undefined ? undefined : statedValue(value);
  if (name === undefined || stated === undefined || POINTING.test(name)) return undefined;
  return { how, subject: name, value: stated, isDenied: false, isDefinite: false, ...more };
}

/** Names that mean something else in each place: "the name of this format". */
const POINTING = /\b(?:this|that|these|those|its|their|his|her|following|above|below|same)\b/i;

function preference(sentence: string): Said | undefined {
  const found =
    /^(?:I|we|the user|they)\s+(?:(?:strongly|generally|usually|always|still)\s+)?prefers?\s+(.{1,60}?)\s+(?:over|rather than|instead of|to)\s+(.{1,60})$/i.exec(
      sentence,
    );
  const [, preferred, other] = found ?? [];
  if (preferred === undefined || other === undefined) return undefined;
  const pair = [preferred, other].map((each) => each.toLowerCase()).sort();
  return said('preference', [`choice of ${pair.join(' and ')}`, preferred]);
}

function use(sentence: string): Said | undefined {
  const found =
    /^(?:(?:we|I)\s+)?(?:(?:(?:have\s+)?(?:decided|agreed)|will|shall|do|must)\s+)?((?:not|never|don['’]t)\s+)?(?:to\s+)?(?:use|adopt|choose|select|pick|go with)\s+(.{1,80}?)\s+(?:for|as)\s+(.{1,60})$/i.exec(
      sentence,
    );
  return said('use', [found?.[3], found?.[2]], { isDenied: found?.[1] !== undefined });
}

/** Who did it, by the verb: "supplied by Schott" names the supplier. */
const BY: Readonly<Record<string, string>> = {
  supplied: 'supplier',
  delivered: 'supplier',
  provided: 'supplier',
  manufactured: 'manufacturer',
  made: 'manufacturer',
  built: 'builder',
  designed: 'designer',
  developed: 'developer',
  founded: 'founder',
  written: 'author',
  owned: 'owner',
  led: 'lead',
  maintained: 'maintainer',
  chaired: 'chairperson',
  directed: 'director',
};
const BY_SENTENCE = new RegExp(
  `^(.{1,60}?)\\s+(?:is|are|was|were|will be)\\s+(${Object.keys(BY).join('|')})\\s+by\\s+(.{1,60})$`,
  'i',
);

function by(sentence: string): Said | undefined {
  const [, thing, verb, who] = BY_SENTENCE.exec(sentence) ?? [];
  const role = BY[(verb ?? '').toLowerCase()];
  const name = thing === undefined ? undefined : subjectOf(thing);
  return role === undefined || name === undefined
    ? undefined
    : said('by', [`${name} ${role}`, who]);
}

function supply(sentence: string): Said | undefined {
  const found =
    /^(.{1,60}?)\s+(?:(?:will|shall)\s+)?(?:supply|supplies|deliver|delivers|manufacture|manufactures)\s+(?:us with\s+)?(.{1,60})$/i.exec(
      sentence,
    );
  return said('supply', [found?.[2]?.replace(/^(?:all|our)\s+(?:the\s+)?/i, ''), found?.[1]]);
}

function limit(sentence: string): Said | undefined {
  const found =
    /^(.{1,60}?)\s+(?:(?:shall|must|will|can|has to|have to)\s+)?(?:(?:be|stay|remain)\s+)?((?:[≤≥<>]=?|at most|at least|(?:no|not) (?:more|less) than|below|under|above|less than|more than|up to|(?:not|never|cannot) exceed|max(?:imum)?|min(?:imum)?)\s*[+-]?\d.*)$/i.exec(
      sentence,
    );
  const subject = found?.[1]?.replace(/\s+(?:is|are)$/i, '').replace(/[:=]\s*$/, '');
  const name = subject === undefined ? undefined : subjectOf(subject);
  const value = found?.[2];
  if (name === undefined || value === undefined || value.length > 80) return undefined;
  return { how: 'limit', subject: name, value, isDenied: false, isDefinite: true };
}

const LABEL =
  /^(?:\p{L}+\s#?\d+|(?:steps?|weeks?|days?|items?|actions?|tasks?|sections?|chapters?|tables?|figures?|fig|part|appendix|phase|round|option|alternative|q[1-4]|v?\d[\d.]*)(?:\s+(?:\d[\d.]*|[a-z]))?)$/iu;

/** Whether a subject is a place in a list or plan, "sprint 12": what follows is not its value. */
export function isLabel(subject: string): boolean {
  return LABEL.test(foldStatement(subject));
}

function assignment(sentence: string): Said | undefined {
  const equals = /(?<![=<>!:+*/-])=(?![=>])/.exec(sentence)?.index ?? -1;
  const colon = sentence.indexOf(': ');
  const at = equals === -1 ? colon : equals;
  if (at === -1) return undefined;
  const subject = sentence.slice(0, at);
  if (isLabel(subject)) return undefined;
  return said(equals === -1 ? 'label' : 'assignment', [subject, sentence.slice(at + 1)]);
}

const COPULA =
  /^(.{1,80}?)\s(?:(is|are)(n['’]t)?|(?:must|shall|will|need|has to|have to|needs to|need to)(\s(?:not|never))?\sbe)\s(?:(not|never|no longer)\s)?(.+)$/i;

function copula(sentence: string): Said | undefined {
  const found = COPULA.exec(sentence);
  if (found === null) return undefined;
  const [, subject = '', verb = '', contracted, modalDenial, denial, value = ''] = found;
  const isMade = /^made (?:of|from|out of)\s/i.test(value);
  const isDenied = [contracted, modalDenial, denial].some((each) => each !== undefined);
  const isDefinite = /^(?:the\s|[^ ]+['’]s\s)/i.test(subject) && verb.toLowerCase() !== 'are';
  return said(isMade ? 'made' : 'copula', [subject, value], { isDenied, isDefinite });
}
