/** Which name a record gives which value, and how far that may be held against another record. */
import type { KnowledgeRecord } from '../../src/plugin.ts';
import { foldStatement } from '../text/statement.ts';
import { foldName, singular } from './fold.ts';
import { ATTRIBUTES, EXCLUSIVE, NOT_FUNCTIONAL, STATES } from './lexicon.ts';
import { quantityOf } from './quantity.ts';
import { isLabel, plainSentence, type Said, saidBy, withoutDenial } from './said.ts';
import type { Template } from './templates.ts';
import { readValue, type Trust, type Value, wordsOf } from './value.ts';

/** Which names exclude each other as values: any; even states; names of things; those of one sort; none. */
export type Names = 'any' | 'states' | 'proper' | 'alike' | 'none';

export interface NamedValue {
  /** Folded. */
  readonly name: string;
  /** Other names that the same may be filed under. */
  readonly aliases: readonly string[];
  readonly value: Value;
  /** As people wrote it. */
  readonly shown: string;
  readonly isDenied: boolean;
  readonly trust: Trust;
  readonly names: Names;
}

const STATEMENT_LENGTH_MAX = 400;
const POLARITY_WORDS_MIN = 3;
const POLARITY_WORDS_MAX = 16;

/** What a record says, by the record. */
export type ReadRecord = (record: KnowledgeRecord) => NamedValue | undefined;

/** Reads each record once for as long as it is the same value: most are from round to round. */
export function recordReader(templates: readonly Template[]): ReadRecord {
  const known = new WeakMap<KnowledgeRecord, { readonly said: NamedValue | undefined }>();
  return (record) => {
    const before = known.get(record);
    if (before !== undefined) return before.said;
    const said = namedValue(record, templates);
    known.set(record, { said });
    return said;
  };
}

/** The one thing that a record says of a name; none where it can't be told with confidence. */
function namedValue(
  record: KnowledgeRecord,
  templates: readonly Template[],
): NamedValue | undefined {
  const templated = byTemplate(record, templates);
  if (templated !== undefined) return templated;
  const sentence = plainSentence(record.type === 'state' ? (record.value ?? '') : record.text);
  const said = saidBy(sentence);
  if (record.type === 'state') return ofState(record, said);
  if (record.value !== undefined) return ofValue(record, record.value, said);
  if (said !== undefined) return ofSaid(record, said);
  return ofMeasure(sentence) ?? ofPolarity(sentence);
}

function byTemplate(
  record: KnowledgeRecord,
  templates: readonly Template[],
): NamedValue | undefined {
  if (templates.length === 0 || record.text.length > STATEMENT_LENGTH_MAX) return undefined;
  const statement = foldStatement(record.text);
  for (const { relation, read } of templates) {
    const found = read(statement);
    if (found === undefined) continue;
    const value = measured(found.value) ?? wordsOf(found.value);
    if (value === undefined) return undefined;
    const name = `${foldName(found.subject)}|${relation}`;
    return named(name, { value, shown: found.value, trust: 'exact' });
  }
  return undefined;
}

function measured(text: string): Value | undefined {
  const value = readValue(text);
  return value?.sort === 'words' ? undefined : value;
}

function ofState(record: KnowledgeRecord, said: Said | undefined): NamedValue | undefined {
  const name = foldName(record.subject);
  const isSentence = said !== undefined && foldName(said.subject) === name;
  const shown = isSentence ? said.value : (record.value ?? '');
  const value = readValue(shown);
  if (value === undefined) return undefined;
  const isDenied = isSentence && said.isDenied;
  return named(name, { value, shown, trust: 'assigned', isDenied });
}

function ofValue(
  record: KnowledgeRecord,
  shown: string,
  said: Said | undefined,
): NamedValue | undefined {
  const isSaid = said !== undefined && foldName(said.value) === foldName(shown);
  const isPassive = said?.how === 'by' && foldName(shown).endsWith(foldName(said.value));
  if (said !== undefined && isPassive) return ofSaid(record, said);
  // Who supplies what: the vendor may stand in either field, the sentence tells.
  if (said?.how === 'supply' && foldName(said.subject) === foldName(shown)) {
    return ofSaid(record, said);
  }
  const value = readValue(shown);
  if (value === undefined) return undefined;
  const name = nameOf(record.subject);
  if (value.sort === 'words' && isListed(record)) return undefined;
  // A value typed by a person is meant as one; one that a cue found is weighed by its sentence.
  const isWeighed = isSaid && !said.isDenied && WEIGHED.has(said.how);
  if (!isWeighed || record.handAuthored) {
    return named(name, { value, shown, trust: 'assigned' });
  }
  return named(name, { value, shown, ...weightOf(record, said, name) });
}

function ofSaid(record: KnowledgeRecord, said: Said): NamedValue | undefined {
  const value = readValue(said.value);
  if (value === undefined || (said.how === 'limit' && value.sort !== 'quantity')) return undefined;
  const name = nameInContext(record, said);
  if (record.type === 'memory' && isLoose(said, name)) return undefined;
  const { isDenied, value: shown } = said;
  return named(name, { value, shown, isDenied, ...weightOf(record, said, name) });
}

/** A sentence around one quantity: only the same words around another speak against it. */
function ofMeasure(sentence: string): NamedValue | undefined {
  if (NOT_LASTING.test(sentence) || withoutDenial(sentence).isDenied) return undefined;
  const value = quantityOf(sentence);
  if (value === undefined || value === 'vague') return undefined;
  const around = value.about.split(' ').map(singular).join(' ');
  if (around.split(' ').length < MEASURE_WORDS_MIN || around.trimStart().startsWith('…'))
    return undefined;
  if (value.dimension === 'number' && !/\d \p{Ll}+s\b/u.test(sentence)) return undefined;
  return named(around, { value: { ...value, about: '' }, shown: sentence, trust: 'described' });
}

/** What happened, what someone did, and one thing of several: "has a 50 mm lens". */
const NOT_LASTING =
  /^(?:we|I|he|she|they)\b|\b(?:was|were|had|took|measured|met|spent|found|got|saw|ran|cost|paid|did)\b|\b(?:an?|another|one|first|second|third|each)\s+[\d~<>≤≥]|\b\w+ed\s+\d/i;
const MEASURE_WORDS_MIN = 3;

/** Sentences that say something of a thing, perhaps one of many; the others say which value it has. */
const WEIGHED: ReadonlySet<Said['how']> = new Set(['copula', 'label', 'made']);

/** A whole sentence as its own slot: only its denial, word for word, speaks against it. */
function ofPolarity(sentence: string): NamedValue | undefined {
  const { words, isDenied } = withoutDenial(sentence);
  if (words.length < POLARITY_WORDS_MIN || words.length > POLARITY_WORDS_MAX) return undefined;
  const isPredicate = true;
  const value: Value = {
    sort: 'words',
    all: words,
    entries: [words],
    isPredicate,
    isProper: false,
  };
  const name = words.join(' ');
  return { ...named(name, { value, shown: sentence, trust: 'described' }), isDenied };
}

function named(
  name: string,
  of: Pick<NamedValue, 'value' | 'shown' | 'trust'> &
    Partial<Pick<NamedValue, 'isDenied' | 'names' | 'aliases'>>,
): NamedValue {
  const about = of.value.sort === 'words' ? '' : of.value.about;
  const isDenied = of.isDenied ?? false;
  return {
    aliases: [],
    names: 'any',
    ...of,
    name: about === '' ? name : `${name}|${about}`,
    shown: isDenied ? `not ${of.shown}` : of.shown,
    isDenied,
  };
}

const SLOT_KINDS_OF_NAMES: ReadonlySet<string> = new Set([
  'decision',
  'assumption',
  'parameter',
  'vendor',
  'process',
  'identity',
]);

function weightOf(
  record: KnowledgeRecord,
  said: Said,
  name: string,
): Pick<NamedValue, 'trust' | 'names' | 'aliases'> {
  const isMaterial = ATTRIBUTES.has(lastWord(name)) && name.endsWith('material');
  const material = isMaterial ? [] : [`${name} material`];
  if (said.how === 'made') return { trust: 'assigned', names: 'any', aliases: material };
  if (said.how === 'use') return { trust: 'described', names: 'alike', aliases: [] };
  if (said.how === 'label' && record.type === 'memory') {
    const names = ATTRIBUTES.has(lastWord(name)) ? 'any' : 'proper';
    return { trust: 'described', names, aliases: [] };
  }
  if (said.how !== 'copula') return { trust: 'assigned', names: 'any', aliases: [] };
  // "The encoder is absolute" and "is optical" may both be so; an attribute has one name at a time.
  const isDecided = SLOT_KINDS_OF_NAMES.has(record.kind) && said.isDefinite;
  return { trust: isDecided ? 'declared' : 'described', names: namesOf(said, name), aliases: [] };
}

function namesOf(said: Said, name: string): Names {
  const subject = said.subject.toLowerCase();
  const related = /^(.+?) of /.exec(subject)?.[1] ?? /['’]s (.+)$/.exec(subject)?.[1];
  const head = lastWord(related ?? name);
  if (!said.isDefinite || NOT_FUNCTIONAL.has(head)) return 'none';
  if (STATES.has(head)) return 'states';
  if (ATTRIBUTES.has(head)) return 'any';
  return related === undefined ? 'none' : 'proper';
}

/** "Date: …" and "the result is …" say too little of what they speak to meet another's. */
function isLoose({ how, subject }: Said, name: string): boolean {
  if (how !== 'label' && how !== 'copula') return false;
  if (how === 'label' && !name.includes(' ')) return true;
  return NOT_FUNCTIONAL.has(lastWord(name)) || NOT_FUNCTIONAL.has(headBeforeOf(subject));
}

function headBeforeOf(subject: string): string {
  return lastWord(foldName(/^(.+?) of /i.exec(subject)?.[1] ?? ''));
}

/** "supplier of the mirror" and "the mirror's supplier" are the "mirror supplier". */
function nameOf(subject: string): string {
  const [, role = '', thing = ''] =
    /^(.{1,40}?) (?:of|for) (.+)$/i.exec(subject) ?? owned(subject) ?? [];
  const isAttribute = thing !== '' && ATTRIBUTES.has(lastWord(foldName(role)));
  return isAttribute ? `${foldName(thing)} ${foldName(role)}` : foldName(subject);
}

function owned(subject: string): readonly [string, string, string] | undefined {
  const found = /^(.{1,60}?)['’]s (.+)$/i.exec(subject);
  return found === null ? undefined : [found[0], found[2] ?? '', found[1] ?? ''];
}

/**
 * The name that a sentence speaks of. A subject of the record's own that the sentence doesn't
 * mention is its context, "north station" of "the pressure is 3 bar", and part of the name.
 */
function nameInContext(record: KnowledgeRecord, said: Said): string {
  const own = nameOf(record.subject);
  const name = nameOf(said.subject);
  const isOwn = own === name || own === `${name} material`;
  if (isOwn) return own;
  const isMentioned =
    own.includes(name) || isCutFrom(record) || foldName(record.text).includes(own);
  return isMentioned ? name : `${own} ${name}`;
}

/** "Sprint 12: finish the parser" is an entry of a list, whose number is no name. */
function isListed({ subject, text, handAuthored }: KnowledgeRecord): boolean {
  return !handAuthored && isLabel(subject) && /^\s*:/.test(text.slice(subject.length));
}

function isCutFrom({ subject, text }: KnowledgeRecord): boolean {
  return foldStatement(text).toLowerCase().includes(foldStatement(subject).toLowerCase());
}

function lastWord(name: string): string {
  return name.slice(name.lastIndexOf(' ') + 1);
}

/** Whether a value is the name of a material, whatever the sentence around it. */
export function isMaterial(value: Value): boolean {
  return value.sort === 'words' && (EXCLUSIVE[0]?.has(value.all.join('-')) ?? false);
}
