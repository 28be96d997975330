/** Claims of sentences such as "I prefer X", "decided to X", "the requirement is X". */
import type { Claim, Document } from '../../src/plugin.ts';
import { lineAt } from '../text/inline-text.ts';
import type { Prose } from '../text/prose.ts';
import { relationsOfProse, statedField } from '../text/relations.ts';
import { type Sentence, sentencesOf } from '../text/sentences.ts';
import { fitsStatement, foldStatement, foldSubject, lengthProblem } from '../text/statement.ts';
import { statedValue, subjectValueOf } from '../text/subject-value.ts';
import { tagsField } from '../text/tags.ts';
import type { Reading } from './reading.ts';

interface SentenceCue {
  readonly rule: string;
  readonly kind: 'preference' | 'adaptation' | 'project';
  readonly prior: number;
  /** Ends where X begins; a first group names X's own subject. */
  readonly cue: RegExp;
  /** What X does not begin with. */
  readonly notBefore?: RegExp;
}

const ADVERBS =
  '(?:(?:strongly|generally|usually|always|really|also|still|much|would|do|then|now|finally|today|unanimously|together)\\s+){0,3}';

const SENTENCE_CUES: readonly SentenceCue[] = [
  {
    rule: 'preference_sentence',
    kind: 'preference',
    prior: 0.5,
    cue: new RegExp(`\\b(?:I(?:['’]d)?|the user)\\s+${ADVERBS}prefers?\\s+(?=\\S)`, 'i'),
  },
  {
    rule: 'decided_to_sentence',
    kind: 'adaptation',
    prior: 0.5,
    cue: new RegExp(`\\bdecided\\s+${ADVERBS}(?=(?:not\\s+)?to\\s+\\S)`, 'i'),
  },
  {
    rule: 'requirement_sentence',
    kind: 'project',
    prior: 0.55,
    cue: /\bthe\s+(?:(?:key|main|only|hard|current|new|first|second|next|other)\s+)?requirement(?:\s+(?:for|on|of)\s+([^.,;:]{1,60}?))?\s+is\s+(?:that\s+)?(?=\S)/i,
    notBefore:
      /^(?:not|never|no longer|un\w+|met|satisfied|fulfilled|tb[dc]|open|missing|still|being|in|under|listed|described|given|from)\b/i,
  },
];

/** A cue behind one of these is a case thought of, not a thing said. */
const SUPPOSED =
  /(?:\b(?:if|whether|unless|suppose|imagine|assuming|until|once|when|before|might have|may have|would have|could have)\b|(?:\bnot|\bnever|n['’]t|\bnobody|\bno one|\bnone|\byet to)\b)(?:\s+[\w'’]+){0,3}\s*$/i;

export function sentenceClaims(reading: Reading): readonly Claim[] {
  const claims: Claim[] = [];
  for (const prose of reading.prose) {
    if (prose.isQuoted || !MAY_HOLD_CUE.test(prose.inline.masked)) continue;
    for (const sentence of sentencesOf(prose.inline.text)) {
      for (const cue of SENTENCE_CUES) {
        const claim = sentenceClaim(reading, prose, sentence, cue);
        if (claim !== undefined) claims.push(claim);
      }
    }
  }
  return claims;
}

const MAY_HOLD_CUE = /\b(?:prefers?|decided|requirement)\b/i;

function sentenceClaim(
  reading: Reading,
  prose: Prose,
  { start, end }: Sentence,
  { rule, kind, prior, cue, notBefore }: SentenceCue,
): Claim | undefined {
  const masked = prose.inline.masked.slice(start, end);
  const found = cue.exec(masked);
  if (found === null || /\?["'”’)]*$/.test(masked)) return undefined;
  if (/^I\b/.test(found[0]) && isAgents(reading.document, prose)) return undefined;
  const before = masked.slice(0, found.index);
  if (SUPPOSED.test(before.slice(-80)) || isInsideQuotes(before)) return undefined;
  const restStart = found.index + found[0].length;
  const rest = prose.inline.text.slice(start + restStart, end).replace(/^to\s+/i, '');
  if (foldStatement(rest) === '' || notBefore?.test(rest) === true) return undefined;
  const whole = foldStatement(prose.inline.text.slice(start, end));
  const fromCue = foldStatement(prose.inline.text.slice(start + found.index, end));
  const statement = fitsStatement(whole) ? whole : fromCue;
  const line = lineAt(prose.inline, start + found.index);
  if (!fitsStatement(statement)) {
    reading.report(lengthProblem(statement, line));
    return undefined;
  }
  return {
    type: 'memory',
    kind,
    ...subjectAndValue(rest, found[1]),
    statement,
    rule,
    prior,
    place: { line, slug: prose.slug },
    evidence: prose.source,
    ...tagsField(reading.tags),
    ...statedField(relationsOfProse([prose])),
  };
}

function subjectAndValue(
  rest: string,
  named: string | undefined,
): Pick<Claim, 'subject' | 'value'> {
  if (named === undefined) return subjectValueOf(rest) ?? { subject: foldSubject(rest) };
  const value = statedValue(rest);
  const subject = foldSubject(named.replace(/\0/g, '').replace(/^(?:the|an?)\s+/i, ''));
  return { subject: subject === '' ? foldSubject(rest) : subject, ...(value ? { value } : {}) };
}

/** In a capture, the "I" of the response is the agent, whose preferences are nobody's. */
function isAgents({ path, headings }: Document, { startLine }: Prose): boolean {
  if (!path.startsWith('captures/')) return false;
  const response = headings.find(({ depth, text }) => depth === 2 && text === 'Response');
  return response !== undefined && startLine > response.line;
}

/** Whether a double quotation mark stands open at the end of the text. */
function isInsideQuotes(before: string): boolean {
  const straight = before.split('"').length - 1;
  const opened = before.split('“').length - before.split('”').length;
  return straight % 2 === 1 || opened > 0;
}
