/** The status that a record's authors state. */
import { fieldNamed, textOf } from './fields.ts';
import { type Outline, partNamed } from './outline.ts';

export interface StatedStatus {
  /** Lower case, in the authors' word: `accepted`, `partly superseded`. */
  readonly word: string;
  /** As written; empty where it stands in frontmatter. */
  readonly source: string;
}

const KNOWN = [
  'proposed',
  'proposal',
  'draft',
  'pending',
  'accepted',
  'approved',
  'agreed',
  'adopted',
  'decided',
  'implemented',
  'demonstrated',
  'active',
  'final',
  'done',
  'open',
  'provisional',
  'experimental',
  'in progress',
  'in review',
  'in discussion',
  'under review',
  'on hold',
  'stalled',
  'deferred',
  'postponed',
];
/** After these nothing comes; one of them wins over a status that was left standing above it. */
const LAST = [
  'superseded',
  'superceded',
  'deprecated',
  'rejected',
  'declined',
  'withdrawn',
  'retired',
  'obsolete',
  'obsoleted',
  'replaced',
  'abandoned',
];

const DEGREE = '(?:(?:partly|partially|in part|mostly)\\s+)?';
const WORD = `${DEGREE}(?:${[...KNOWN, ...LAST].join('|')})`;
const OPENING = new RegExp(`^(${WORD})\\b(?!\\s+by\\b)`, 'i');
const LAST_OPENING = new RegExp(`^(${DEGREE}(?:${LAST.join('|')}))\\b`, 'i');
const SAID = new RegExp(`\\b(?:is|was|been|now|status:?)\\s+(${WORD})\\b`, 'i');
const SUCCEEDED = /\b((?:(?:partly|partially|in part)\s+)?(?:superseded|superceded))\s+by\b/i;
const FUTURE = /\b(?:will|may|might|could|would|should|to|not|never)\s+(?:\w+\s+){0,2}$/i;
const WORDS_MAX = 3;

/** From frontmatter, a header field, or the part called status, in this order. */
export function statusOf(outline: Outline): StatedStatus | undefined {
  const field = fieldNamed(outline, ['status', 'decision status', 'adr status']);
  if (field !== undefined) {
    const word = statusWord(textOf(field));
    if (word !== undefined) return { word, source: field.source };
  }
  const part = partNamed(outline, ['status', 'decision status']);
  if (part === undefined) return undefined;
  const text = [part.remark, ...part.prose.map((prose) => prose.inline.text)].join('\n').trim();
  const word = statusWord(text);
  const written = part.prose.map((prose) => prose.source).join('\n\n');
  return word === undefined ? undefined : { word, source: written || part.heading.text };
}

export function isKnownStatus(word: string): boolean {
  return new RegExp(`^${WORD}$`, 'i').test(word);
}

/** Whether a record with this status is no longer in force. */
export function isLast(word: string): boolean {
  return LAST_OPENING.test(word);
}

function statusWord(text: string): string | undefined {
  if (isChoice(text)) return undefined;
  const lines = text
    .split(/[\n\u2029]/)
    .map((line) => line.replace(/^(?:[^\p{L}\p{N}]|status\s*:)+/iu, '').trim())
    .filter((line) => line !== '');
  const dated = latestDated(lines);
  const last = lines.find((line) => LAST_OPENING.test(line));
  const succeeded = SUCCEEDED.exec(text);
  const isSucceeded = succeeded !== null && !FUTURE.test(text.slice(0, succeeded.index));
  const chosen =
    dated ??
    LAST_OPENING.exec(last ?? '')?.[1] ??
    (isSucceeded ? succeeded[1] : undefined) ??
    firstMatch(lines, OPENING) ??
    firstMatch(lines, SAID) ??
    shortLine(lines[0]);
  return chosen?.toLowerCase().replace(/\s+/g, ' ').replace('superceded', 'superseded');
}

/** `[proposed | accepted | …]`, left over from a template, states nothing. */
function isChoice(text: string): boolean {
  return /[{}]/.test(text) || (text.includes('|') && text.split('|').length > 2);
}

/** Of a history, each line with its day, the latest line's status. */
function latestDated(lines: readonly string[]): string | undefined {
  const entries = lines.flatMap((line) => {
    const date = /\b\d{4}-\d{2}-\d{2}\b/.exec(line)?.[0];
    const rest = line.replace(date ?? '', '').replace(/^[^\p{L}]+/u, '');
    const word = (LAST_OPENING.exec(rest) ?? OPENING.exec(rest))?.[1];
    return date === undefined || word === undefined ? [] : [{ date, word }];
  });
  if (entries.length < 2) return undefined;
  return entries.reduce((latest, entry) => (entry.date >= latest.date ? entry : latest)).word;
}

function firstMatch(lines: readonly string[], pattern: RegExp): string | undefined {
  for (const line of lines) {
    const word = pattern.exec(line)?.[1];
    if (word !== undefined) return word;
  }
  return undefined;
}

function shortLine(line: string | undefined): string | undefined {
  const bare = line?.replace(/[^\p{L}\p{N}\s-]+$/u, '') ?? '';
  const isShort = bare !== '' && bare.split(/\s+/).length <= WORDS_MAX && bare.length <= 40;
  return isShort && /^[\p{L}\s-]+$/u.test(bare) ? bare : undefined;
}
