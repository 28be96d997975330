/** The records that a pack may serve, section by section, best first; and why the others may not. */
import { byText, foldStatement, GLOBAL_PROJECT } from '../model/names.ts';
import type { ServedRecord } from '../model/snapshot.ts';
import type { KnowledgeRecord, ProjectId, RecordId } from '../plugin.ts';
import { type Card, type Cards, cardsOf } from './cards.ts';
import type { OutsBuilder, Reason } from './left-out.ts';
import {
  type ContextAsk,
  PACK,
  type PackEntry,
  SECTIONS,
  type SectionName,
  STANDING_SECTIONS,
} from './pack.ts';
import { recordNotes } from './record-notes.ts';
import { cut, servedLabel, servedLine } from './served-text.ts';
import { tokenize } from './tokenize.ts';
import { dayOf, isExpired, type View } from './view.ts';

export interface RecordAsk {
  readonly view: View;
  readonly ask: ContextAsk;
  readonly project: ProjectId | undefined;
  readonly outs: OutsBuilder;
}

export interface RecordsOffered {
  readonly sections: ReadonlyMap<SectionName, readonly PackEntry[]>;
  /** How many records were looked at. */
  readonly considered: number;
}

/** Candidates are never among them (invariant 13). */
export function recordEntries(given: RecordAsk): RecordsOffered {
  const { view, ask, project, outs } = given;
  const cards = cardsOf(view.settlement);
  const promptStems = new Set(tokenize(ask.prompt));
  const matches = matchesOf(cards, promptStems);
  const bySection = new Map<SectionName, Ranked[]>();
  for (const [at, card] of cards.all.entries()) {
    const { record } = card.served;
    const match = matches.get(at);
    const section = sectionOf(record, project);
    const reason = refusalOf(record, { section, match, project, today: ask.today });
    if (reason === 'candidate' || (reason !== undefined && match === undefined)) outs.count(reason);
    else if (reason !== undefined)
      outs.name({ id: record.id, reason, ...(section && { section }) });
    if (reason !== undefined || section === undefined) continue;
    const ranked = bySection.get(section) ?? [];
    bySection.set(section, ranked);
    ranked.push(rankedOf(card, match, { ask, promptStems }));
  }
  const sections = new Map<SectionName, readonly PackEntry[]>();
  const said = new Map<string, string>();
  for (const { name } of SECTIONS) {
    const ranked = bySection.get(name);
    if (ranked !== undefined)
      sections.set(name, entriesOf(name, ranked, { ...given, cards, said }));
  }
  return { sections, considered: cards.all.length };
}

interface Match {
  readonly overlap: number;
  readonly isTelling: boolean;
}

/** How many stems of the prompt a record has, for those that have any. */
function matchesOf(cards: Cards, promptStems: ReadonlySet<string>): ReadonlyMap<number, Match> {
  const telling = Math.max(PACK.tellingRecords, PACK.tellingShare * cards.all.length);
  const matches = new Map<number, Match>();
  for (const stem of promptStems) {
    const places = cards.byStem.get(stem) ?? [];
    const isTelling = places.length <= telling;
    for (const at of places) {
      const before = matches.get(at);
      matches.set(at, {
        overlap: (before?.overlap ?? 0) + 1,
        isTelling: isTelling || before?.isTelling === true,
      });
    }
  }
  return matches;
}

interface Asked {
  readonly section: SectionName | undefined;
  readonly match: Match | undefined;
  readonly project: ProjectId | undefined;
  readonly today: string;
}

function refusalOf(record: KnowledgeRecord, asked: Asked): Reason | undefined {
  const { section, match, project, today } = asked;
  if (record.status === 'candidate') return 'candidate';
  if (section === undefined) return 'scope';
  if (record.status === 'superseded' || record.status === 'graduated') return 'superseded';
  if (record.status !== 'active') return 'rejected';
  if (isExpired(record, today)) return 'expired';
  if (match !== undefined && (match.overlap > 1 || match.isTelling)) return undefined;
  const isAtHome = record.project === project || record.project === GLOBAL_PROJECT;
  return isAtHome && STANDING_SECTIONS.has(section) ? undefined : 'irrelevant';
}

/** Without a known project, the records of every project may answer the prompt. */
function sectionOf(
  record: KnowledgeRecord,
  project: ProjectId | undefined,
): SectionName | undefined {
  const isGlobal = record.project === GLOBAL_PROJECT;
  if (project !== undefined && record.project !== project && !isGlobal) return undefined;
  if (record.type === 'state') return 'state';
  if (record.kind === 'identity' || record.kind === 'preference') return 'preferences';
  if (isGlobal) return 'knowledge';
  return record.type === 'entity' ? 'entities' : 'memories';
}

interface Ranked {
  readonly served: ServedRecord;
  readonly density: number;
  readonly overlap: number;
  readonly tags: number;
  readonly confidence: number;
}

function rankedOf(
  { served, stems, tagStems }: Card,
  match: Match | undefined,
  { ask, promptStems }: { ask: ContextAsk; promptStems: ReadonlySet<string> },
): Ranked {
  const { id, confidence } = served.record;
  const isTagged = (tag: ReadonlySet<string>) => [...tag].some((stem) => promptStems.has(stem));
  let overlap = 0;
  if (match !== undefined) for (const stem of stems) if (promptStems.has(stem)) overlap += 1;
  return {
    served,
    density: stems.size === 0 ? 0 : overlap / stems.size,
    overlap,
    tags: match === undefined ? 0 : tagStems.filter(isTagged).length,
    confidence: ask.confidenceOf?.(id) ?? confidence,
  };
}

function compareRanked(a: Ranked, b: Ranked): number {
  return (
    b.density - a.density ||
    b.overlap - a.overlap ||
    b.tags - a.tags ||
    b.confidence - a.confidence ||
    byText(a.served.record.id, b.served.record.id)
  );
}

interface Offering extends RecordAsk {
  readonly cards: Cards;
  /** What higher entries say, by whom. */
  readonly said: Map<string, string>;
}

function entriesOf(
  section: SectionName,
  ranked: readonly Ranked[],
  given: Offering,
): readonly PackEntry[] {
  const entries: PackEntry[] = [];
  for (const each of [...ranked].sort(compareRanked)) {
    const { id } = each.served.record;
    if (entries.length >= PACK.entriesMax) {
      given.outs.name({ id, reason: 'budget', section });
      continue;
    }
    const said = saying(each.served.record);
    const key = `${each.served.record.project}\0${foldStatement(said).toLowerCase()}`;
    const other = given.said.get(key);
    if (other !== undefined) {
      given.outs.name({ id, reason: 'duplicate', section, insteadOf: other });
      continue;
    }
    given.said.set(key, id);
    entries.push(entryOf(each, said, given));
  }
  return entries;
}

function entryOf(ranked: Ranked, said: string, { view, ask, cards }: Offering): PackEntry {
  const { served, density, overlap, tags, confidence } = ranked;
  const { record } = served;
  const date = dayOf(view, record.path);
  const notes = recordNotes(served, { cards, today: ask.today });
  const name = record.type === 'state' ? 'state' : `${record.type} ${record.kind}`;
  const label = [name, record.id, record.path, date, ...notes].filter((part) => part !== '');
  const text = servedLine(cut(said, PACK.entryChars)) + relationsOf(record, view, ask.today);
  return {
    id: record.id,
    path: record.path,
    date,
    layer: record.type,
    text: `- [${label.map(servedLabel).join(' · ')}] ${text}\n`,
    score: Math.round(density * 1_000) / 1_000,
    terms: { density, overlap, tags, confidence },
    isRelevant: overlap > 0 || tags > 0,
    notes,
  };
}

function saying(record: KnowledgeRecord): string {
  const { type, subject, value, text } = record;
  if (type === 'state') {
    return text === value ? `${subject}: ${value}` : `${subject}: ${value ?? ''} (${text})`;
  }
  const hasValue = value === undefined || text.includes(value);
  return hasValue ? text : `${text} (${subject}: ${value})`;
}

/** Relations to what may itself be served; a candidate's words reach no pack by this road either. */
function relationsOf(record: KnowledgeRecord, view: View, today: string): string {
  const shown = record.relations.flatMap((relation) => {
    const [, name, id] = /^\s*([a-z_]+)\s*:\s*(\S+)\s*$/.exec(relation) ?? [];
    const target = view.settlement.records.get(id as RecordId)?.record;
    if (name === undefined || target?.status !== 'active' || isExpired(target, today)) return [];
    return [servedLine(`${name.replaceAll('_', ' ')} ${cut(target.subject, 60)} (${target.id})`)];
  });
  const all = shown.slice(0, PACK.relationsMax).join('; ');
  return all === '' ? '' : ` — ${all}`;
}
