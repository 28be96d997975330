/** Which records a record replaces, and which replace it, as its authors say. */
import type { InlineText } from '../text/inline-text.ts';
import { sentencesOf } from '../text/sentences.ts';
import { type Field, plainInline } from './fields.ts';
import type { RecordName } from './name.ts';
import { type Outline, partNamed } from './outline.ts';
import { distinct, referencesIn } from './references.ts';
import { isLast, type StatedStatus } from './status.ts';

export interface Supersession {
  /** Numbers or names of files (see `referencesIn`), sorted. */
  readonly supersedes: readonly string[];
  readonly supersededBy: readonly string[];
}

interface Read {
  readonly name: RecordName;
  readonly status: StatedStatus | undefined;
}

type Direction = 'supersedes' | 'supersededBy';

interface Mention {
  readonly direction: Direction;
  readonly reference: string;
}

const FIELDS: ReadonlyMap<string, Direction> = new Map([
  ['supersedes', 'supersedes'],
  ['supercedes', 'supersedes'],
  ['replaces', 'supersedes'],
  ['obsoletes', 'supersedes'],
  ['superseded by', 'supersededBy'],
  ['superceded by', 'supersededBy'],
  ['replaced by', 'supersededBy'],
  ['obsoleted by', 'supersededBy'],
]);

/**
 * Read from fields of those names, whole; from status and status note; from paragraphs that begin
 * with the verb; and from sentences whose subject is this record. Where the status says superseded
 * and nothing of that names a successor, any sentence that says "superseded by" may.
 */
export function supersessionOf(outline: Outline, { name, status }: Read): Supersession {
  const mentions = [
    ...outline.fields.flatMap((field) => mentionsInField(field, name)),
    ...mentionsInStatus(outline, { name, status }),
    ...outline.prose.flatMap(({ inline }) => mentionsInText(inline, name, speaksOfThis)),
  ];
  const isSuperseded = /superseded|replaced|obsoleted/.test(status?.word ?? '');
  if (isSuperseded && !mentions.some(({ direction }) => direction === 'supersededBy')) {
    const passive = outline.prose.flatMap(({ inline }) => mentionsInText(inline, name, saysBy));
    mentions.push(...passive.filter(({ direction }) => direction === 'supersededBy'));
  }
  const referencesOf = (wanted: Direction) =>
    distinct(
      mentions.filter(({ direction }) => direction === wanted).map(({ reference }) => reference),
      name,
    );
  return { supersedes: referencesOf('supersedes'), supersededBy: referencesOf('supersededBy') };
}

function mentionsInField(field: Field, own: RecordName): readonly Mention[] {
  const direction = FIELDS.get(field.name);
  if (direction === undefined) return [];
  const references = referencesIn(field.inline, field.start, field.end, own);
  return references.map(({ name }) => ({ direction, reference: name }));
}

/** Here every verb counts; in a record out of force all that follows "replaced by" does. */
function mentionsInStatus(outline: Outline, { name, status }: Read): readonly Mention[] {
  const fields = outline.fields.filter(({ name: each }) => /^(?:status|status note)$/.test(each));
  const part = partNamed(outline, ['status', 'decision status']);
  const isOver = status !== undefined && isLast(status.word);
  const texts = [
    ...fields.map(({ inline, start, end }) => ({ inline, start, end })),
    ...(part?.prose ?? []).map(({ inline }) => ({ inline, start: 0, end: inline.text.length })),
    ...(part === undefined ? [] : [whole(plainInline(part.remark))]),
  ];
  return texts.flatMap(({ inline, start, end }) => {
    const ranges = isOver ? [{ start, end }] : sentencesIn(inline, start, end);
    return ranges.flatMap((range) => mentionsIn(inline, range.start, range.end, name));
  });
}

function mentionsInText(
  inline: InlineText,
  own: RecordName,
  isMeant: (before: string) => boolean,
): readonly Mention[] {
  if (!VERB.test(inline.masked)) return [];
  return sentencesOf(inline.text).flatMap(({ start, end }) =>
    mentionsIn(inline, start, end, own, isMeant),
  );
}

const VERB = /supersed|superced|replace|obsolete/i;
const PASSIVE = '(?:superseded|superceded|replaced|obsoleted)(?:\\s+\\w+)?\\s+by\\b';
const ACTIVE = '(?:supersedes|supercedes|supersede|replaces|obsoletes)\\b';
const OTHER =
  '(?:amend(?:s|ed)|refine[sd]|extend(?:s|ed)|relate[sd] to|depends on|clarifie[sd])\\b';
const VERBS = new RegExp(`\\b(?:(${PASSIVE})|(${ACTIVE})|${OTHER})`, 'gi');
/** What is only to come, or denied. */
const NOT_SO =
  /\b(?:will|may|might|could|would|should|to|can|not|never|n['’]t)\s+(?:\w+\s+){0,2}$/i;
const THIS_RECORD =
  /\bthis\s+(?:\w+\s+){0,3}?(?:ADR|RFC|decision|record|document|proposal)\b|^[^\p{L}]*$/iu;

function speaksOfThis(before: string): boolean {
  return THIS_RECORD.test(before);
}

function saysBy(): boolean {
  return true;
}

/** What may stand between two records of one list. */
const BETWEEN = /^[\s,;&()[\]]*(?:and|or|also|plus|as well as)?[\s,;&()[\]]*(?:by\s+)?$/i;

/** Behind each verb, before the next: the first record named, and those listed with it. */
function mentionsIn(
  inline: InlineText,
  start: number,
  end: number,
  own: RecordName,
  isMeant: (before: string) => boolean = () => true,
): readonly Mention[] {
  const text = inline.masked.slice(start, end);
  const verbs = [...text.matchAll(VERBS)];
  return verbs.flatMap((verb, index) => {
    const before = text.slice(0, verb.index);
    const isOther = verb[1] === undefined && verb[2] === undefined;
    if (isOther || NOT_SO.test(before.slice(-60)) || !isMeant(before)) return [];
    const from = start + verb.index + verb[0].length;
    const to = start + (verbs[index + 1]?.index ?? text.length);
    const direction: Direction = verb[1] === undefined ? 'supersedes' : 'supersededBy';
    const references = referencesIn(inline, from, to, own);
    const unlisted = references.findIndex((each, next) => {
      const gap = inline.text.slice(references[next - 1]?.end ?? each.start, each.start);
      return !BETWEEN.test(gap);
    });
    const kept = unlisted === -1 ? references : references.slice(0, unlisted);
    return kept.map(({ name }) => ({ direction, reference: name }));
  });
}

function sentencesIn(inline: InlineText, start: number, end: number) {
  return sentencesOf(inline.text.slice(start, end)).map((sentence) => ({
    start: start + sentence.start,
    end: start + sentence.end,
  }));
}

function whole(inline: InlineText) {
  return { inline, start: 0, end: inline.text.length };
}
