/**
 * What was decided, and what was said of it before: the values that must not be served as current.
 *
 * A slot's present value is that of its highest active record (state, entity, memory). Former values
 * are those of records it superseded, of lower or undecided records of the same slot, and of claims
 * in documents. Slots are compared by project and folded subject; precision before recall.
 */
import { byText, foldName, foldStatement } from '../model/names.ts';
import type { ParsedFile, ServedRecord, Settlement } from '../model/snapshot.ts';
import type { KnowledgeRecord, RecordId } from '../plugin.ts';
import { projectOfDocument } from './search-documents.ts';
import { fold, tokenize } from './tokenize.ts';
import { isExpired } from './view.ts';

export interface Ruling {
  /** The record that says what holds now. */
  readonly by: KnowledgeRecord;
  /** What held before, as it was written; for a record without a value, its sentence. */
  readonly former: string;
  /** The record that said so, where one did. */
  readonly formerId?: RecordId;
  /** Words that a text must have to say the former, and the present value: folded, between blanks. */
  readonly needle: string;
  readonly present: string;
  readonly subject: ReadonlySet<string>;
}

export interface Finding {
  readonly ruling: Ruling;
  /** The text says what holds now as well. */
  readonly saysCurrent: boolean;
  /** The text is about the slot, not only in the same words. */
  readonly isAbout: boolean;
}

export interface Rulings {
  /** By the rarest pair of words of the needle, or its one word. */
  readonly byPart: ReadonlyMap<string, readonly Ruling[]>;
  /** Needles in a script without spaces, which may stand anywhere. */
  readonly anywhere: readonly Ruling[];
  /** Short state values by a stem of their subject, with all of its stems; two or more. */
  readonly states: ReadonlyMap<
    string,
    readonly { by: KnowledgeRecord; subject: readonly string[] }[]
  >;
}

/** Every ruling of a settlement. */
export function rulingsOf(settlement: Settlement): Rulings {
  const found = new Map<string, Ruling>();
  const add = (by: KnowledgeRecord, values: Values, formerId?: RecordId): void => {
    const needle = spaced(values.former);
    const present = spaced(values.present);
    if (needle.trim() === '' || needle === present) return;
    const ruling = {
      by,
      former: foldStatement(values.former),
      ...(formerId === undefined ? {} : { formerId }),
      needle,
      present,
      subject: new Set(tokenize(by.subject)),
    };
    const key = `${by.id}\0${needle}`;
    if (!found.has(key)) found.set(key, ruling);
  };
  const { records } = settlement;
  const superseders = supersedersOf(records);
  for (const { record } of records.values()) {
    const by = successorOf(record, records, superseders);
    if (by !== undefined) add(by, valuesOf(record, by), record.id);
  }
  const slots = highestBySlot(records);
  for (const { record } of records.values()) {
    const highest = slots.get(slotOf(record.project, record.subject));
    if (highest === undefined || record.value === undefined || record.id === highest.id) continue;
    // Between equals neither holds; that is a conflict, and shown as one.
    if (record.status === 'active' && layerRank(record) === layerRank(highest)) continue;
    add(highest, valuesOf(record, highest), record.id);
  }
  for (const parsed of settlement.documents.values()) {
    for (const { subject, value } of valuesClaimed(parsed)) {
      const highest = slots.get(`${projectOfDocument(settlement, parsed)}\0${subject}`);
      if (highest !== undefined) add(highest, { former: value, present: said(highest) });
    }
  }
  const rulings = [...found.values()];
  return {
    byPart: byRarestPart(rulings.filter(({ needle }) => !WITHOUT_SPACES.test(needle))),
    anywhere: rulings.filter(({ needle }) => WITHOUT_SPACES.test(needle)),
    states: shortStates(records),
  };
}

// Parsed files outlive settlements, and so does what is read from them.
const CLAIMED = new WeakMap<ParsedFile, readonly { subject: string; value: string }[]>();

function valuesClaimed(parsed: ParsedFile): readonly { subject: string; value: string }[] {
  const known = CLAIMED.get(parsed);
  if (known !== undefined) return known;
  const values = parsed.claims.flatMap(({ claim: { subject, value } }) =>
    value === undefined ? [] : [{ subject: foldName(subject), value }],
  );
  CLAIMED.set(parsed, values);
  return values;
}

function shortStates(records: ReadonlyMap<RecordId, ServedRecord>): Rulings['states'] {
  const states = new Map<string, { by: KnowledgeRecord; subject: readonly string[] }[]>();
  for (const { record: by } of records.values()) {
    if (by.type !== 'state' || (by.value?.length ?? 0) > STATE_VALUE_CHARS) continue;
    const subject = [...new Set(tokenize(by.subject.replace(/[-_]+/g, ' ')))];
    const [first] = subject;
    if (first === undefined || subject.length < 2) continue;
    states.set(first, [...(states.get(first) ?? []), { by, subject }]);
  }
  return states;
}

const STATE_VALUE_CHARS = 80;

/** A text with its stems, which are counted once. */
export interface Said {
  readonly text: string;
  readonly stems: ReadonlySet<string>;
}

/** The former values that a text states, of rulings that hold on a day. */
export function findingsIn(
  rulings: Rulings,
  { text, stems }: Said,
  given: { readonly today: string; readonly subjectShare: number; readonly except?: RecordId },
): readonly Finding[] {
  const { byPart, anywhere } = rulings;
  if (byPart.size === 0 && anywhere.length === 0) return [];
  const words = spaced(text);
  const findings: Finding[] = [];
  const look = (ruling: Ruling, needle: string): void => {
    const { by, subject } = ruling;
    if (by.id === given.except || isExpired(by, given.today) || !words.includes(needle)) return;
    let shared = 0;
    for (const stem of subject) if (stems.has(stem)) shared += 1;
    const isSentence = needle.split(' ').length > SENTENCE_WORDS;
    const isAbout = isSentence || shared >= given.subjectShare * subject.size;
    // A word such as "yes" or "12" says nothing without its subject.
    if (!isAbout && needle.trim().length < TELLING_CHARS) return;
    findings.push({ ruling, saysCurrent: states(words, ruling.present), isAbout });
  };
  for (const part of new Set(partsOf(words))) {
    for (const ruling of byPart.get(part) ?? []) look(ruling, ruling.needle);
  }
  for (const ruling of anywhere) look(ruling, ruling.needle.trim());
  return findings.sort((a, b) => byText(a.ruling.by.id, b.ruling.by.id));
}

/** State entries that a text is about by every word of their key, and whose value it does not have. */
export function statesUnsaid(
  rulings: Rulings,
  { stems }: Said,
  today: string,
): readonly KnowledgeRecord[] {
  if (rulings.states.size === 0) return [];
  const unsaid: KnowledgeRecord[] = [];
  for (const stem of stems) {
    for (const { by, subject } of rulings.states.get(stem) ?? []) {
      if (isExpired(by, today) || !subject.every((each) => stems.has(each))) continue;
      const value = tokenize(by.value ?? by.text);
      if (!value.every((each) => stems.has(each))) unsaid.push(by);
    }
  }
  return unsaid.sort((a, b) => byText(a.id, b.id));
}

const SENTENCE_WORDS = 6;
const TELLING_CHARS = 4;

/** Lower case, words and numbers between single blanks, a unit apart from its number. */
export function spaced(text: string): string {
  const words = fold(text)
    .replace(/(?<=\p{N})(?=\p{L})|(?<=\p{L})(?=\p{N})/gu, ' ')
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim();
  return ` ${words} `;
}

interface Values {
  readonly former: string;
  readonly present: string;
}

/** What a record said and its successor says; of two sentences that begin or end alike, what differs. */
function valuesOf(before: KnowledgeRecord, by: KnowledgeRecord): Values {
  if (before.value !== undefined) return { former: before.value, present: said(by) };
  const old = before.text.trim().split(/\s+/);
  const now = by.text.trim().split(/\s+/);
  const shortest = Math.min(old.length, now.length);
  let start = 0;
  while (start < shortest && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < shortest - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  const former = old.slice(start, old.length - end).join(' ');
  const isAlike = start + end >= ALIKE_WORDS && spaced(former).trim() !== '';
  if (!isAlike) return { former: before.text, present: said(by) };
  return { former, present: now.slice(start, now.length - end).join(' ') };
}

const ALIKE_WORDS = 3;

function said(record: KnowledgeRecord): string {
  return record.value ?? record.text;
}

function states(words: string, present: string): boolean {
  if (present.trim() === '') return false;
  return words.includes(WITHOUT_SPACES.test(present) ? present.trim() : present);
}

const WITHOUT_SPACES =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

/** The active record at the end of the chain that a superseded one starts; none when it ends elsewhere. */
function successorOf(
  record: KnowledgeRecord,
  records: ReadonlyMap<RecordId, ServedRecord>,
  superseders: ReadonlyMap<RecordId, RecordId>,
): KnowledgeRecord | undefined {
  if (record.status !== 'superseded') return undefined;
  const seen = new Set<RecordId>([record.id]);
  let next = record.supersededBy ?? superseders.get(record.id);
  while (next !== undefined && !seen.has(next)) {
    seen.add(next);
    const found = records.get(next)?.record;
    if (found?.status === 'active') return found;
    next = found?.supersededBy ?? superseders.get(next);
  }
  return undefined;
}

function supersedersOf(
  records: ReadonlyMap<RecordId, ServedRecord>,
): ReadonlyMap<RecordId, RecordId> {
  const superseders = new Map<RecordId, RecordId>();
  for (const { record } of records.values()) {
    if (record.status === 'candidate' || record.status === 'invalid') continue;
    for (const id of record.supersedes) superseders.set(id, record.id);
  }
  return superseders;
}

function highestBySlot(
  records: ReadonlyMap<RecordId, ServedRecord>,
): ReadonlyMap<string, KnowledgeRecord> {
  const slots = new Map<string, KnowledgeRecord>();
  for (const { record } of records.values()) {
    if (record.status !== 'active' || record.value === undefined) continue;
    const slot = slotOf(record.project, record.subject);
    const before = slots.get(slot);
    if (before === undefined || layerRank(record) > layerRank(before)) slots.set(slot, record);
  }
  return slots;
}

function slotOf(project: string, subject: string): string {
  return `${project}\0${foldName(subject)}`;
}

/** Serving order when two layers speak about the same slot (domain.md §1). */
export function layerRank({ type }: Pick<KnowledgeRecord, 'type'>): number {
  return type === 'state' ? 3 : type === 'entity' ? 2 : 1;
}

function byRarestPart(rulings: readonly Ruling[]): ReadonlyMap<string, readonly Ruling[]> {
  const counts = new Map<string, number>();
  for (const { needle } of rulings) {
    for (const part of partsOf(needle)) counts.set(part, (counts.get(part) ?? 0) + 1);
  }
  const byPart = new Map<string, Ruling[]>();
  for (const ruling of rulings) {
    const parts = partsOf(ruling.needle);
    const pairs = parts.filter((part) => part.includes(' '));
    const [first = '', ...others] = pairs.length > 0 ? pairs : parts;
    const rarest = others.reduce(
      (best, part) => ((counts.get(part) ?? 0) < (counts.get(best) ?? 0) ? part : best),
      first,
    );
    const known = byPart.get(rarest);
    if (known === undefined) byPart.set(rarest, [ruling]);
    else known.push(ruling);
  }
  return byPart;
}

/** Words, and pairs of neighbours, of words between blanks. */
function partsOf(words: string): readonly string[] {
  const single = words.trim().split(' ');
  const pairs = single.slice(1).map((word, at) => `${single[at]} ${word}`);
  return [...single, ...pairs];
}
