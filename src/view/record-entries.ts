/** The records that a pack may serve, section by section, best first; and why the others may not. */
import { byText, GLOBAL_PROJECT } from '../model/names.ts';
import type { KnowledgeRecord, ProjectId, RecordId } from '../plugin.ts';
import { type Card, type Cards, cardsOf, type Serving } from './cards.ts';
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
import { effectiveConfidence, reinforcementOf } from './reinforcement.ts';
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
  const matches = matchesOf(cards, new Set(tokenize(ask.prompt)));
  const reinforced = reinforcementOf(view);
  const bySection = new Map<SectionName, Ranked[]>();
  const look = (at: number, match: Match | undefined): void => {
    const card = cards.all[at];
    if (card === undefined) return;
    const { record } = card.served;
    const section = sectionOf(record, project);
    const reason = refusalOf(record, { section, match, project, today: ask.today });
    if (reason === 'candidate' || (reason !== undefined && match === undefined)) outs.count(reason);
    else if (reason !== undefined)
      outs.name({ id: record.id, reason, ...(section && { section }) });
    if (reason !== undefined || section === undefined) return;
    const ranked = bySection.get(section) ?? [];
    bySection.set(section, ranked);
    ranked.push(rankedOf(card, match, reinforced.get(card.served.record.id)?.count ?? 0));
  };
  for (const [at, match] of matches) look(at, match);
  const unmatched = cards.standing.filter((at) => !matches.has(at));
  for (const at of unmatched) look(at, undefined);
  outs.count('irrelevant', cards.all.length - matches.size - unmatched.length);
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
  overlap: number;
  tags: number;
  isTelling: boolean;
}

/** What a record shares with the prompt, for those that share anything; by place in `cards.all`. */
function matchesOf(cards: Cards, promptStems: ReadonlySet<string>): ReadonlyMap<number, Match> {
  const telling = Math.max(PACK.tellingRecords, PACK.tellingShare * cards.all.length);
  const half = PACK.promptShare * promptStems.size;
  const matches = new Map<number, Match>();
  const matchAt = (at: number): Match => {
    const match = matches.get(at) ?? { overlap: 0, tags: 0, isTelling: false };
    matches.set(at, match);
    return match;
  };
  for (const stem of promptStems) {
    const places = cards.byStem.get(stem) ?? [];
    for (const at of places) {
      const match = matchAt(at);
      match.overlap += 1;
      match.isTelling ||= places.length <= telling || match.overlap >= half;
    }
    for (const at of cards.byTagStem.get(stem) ?? []) matchAt(at).tags += 1;
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
  if (match !== undefined && (match.overlap + match.tags > 1 || match.isTelling)) return undefined;
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
  readonly card: Card;
  readonly density: number;
  readonly overlap: number;
  readonly tags: number;
  readonly confidence: number;
}

function rankedOf(card: Card, match: Match | undefined, references: number): Ranked {
  const { record } = card.served;
  const { overlap, tags } = match ?? { overlap: 0, tags: 0 };
  return {
    card,
    density: card.stems.size === 0 ? 0 : overlap / card.stems.size,
    overlap,
    tags,
    confidence: effectiveConfidence(record, references),
  };
}

function compareRanked(a: Ranked, b: Ranked): number {
  return (
    b.density - a.density ||
    b.overlap - a.overlap ||
    b.tags - a.tags ||
    b.confidence - a.confidence ||
    byText(a.card.served.record.id, b.card.served.record.id)
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
  const most = Math.min(PACK.entriesMax, Math.ceil(given.ask.budget / PACK.entryCharsLeast));
  for (const each of [...ranked].sort(compareRanked)) {
    const { id } = each.card.served.record;
    if (entries.length >= most) {
      given.outs.name({ id, reason: 'budget', section });
      continue;
    }
    const { sayingKey } = each.card;
    const other = given.said.get(sayingKey);
    if (other !== undefined) {
      given.outs.name({ id, reason: 'duplicate', section, insteadOf: other });
      continue;
    }
    given.said.set(sayingKey, id);
    entries.push(entryOf(each, given));
  }
  return entries;
}

function entryOf({ card, ...ranked }: Ranked, given: Offering): PackEntry {
  const { density, overlap, tags, confidence } = ranked;
  const { record } = card.served;
  const serving = servingOf(card, given);
  return {
    id: record.id,
    path: record.path,
    layer: record.type,
    ...serving,
    score: Math.round(density * 1_000) / 1_000,
    terms: { density, overlap, tags, confidence },
    isRelevant: overlap > 0 || tags > 0,
  };
}

/** Label and text are the same for every prompt, so they are made once a day. */
function servingOf(card: Card, { view, ask: { today }, cards }: Offering): Serving {
  const { servings } = cards;
  if (servings.today !== today) {
    servings.byId.clear();
    servings.today = today;
  }
  const { record } = card.served;
  const known = servings.byId.get(record.id);
  if (known !== undefined) return known;
  const date = dayOf(view, record.path);
  const notes = recordNotes(card, { cards, today });
  const name = record.type === 'state' ? 'state' : `${record.type} ${record.kind}`;
  const label = [name, record.id, record.path, date, ...notes].filter((part) => part !== '');
  const said = servedLine(cut(card.saying, PACK.entryChars)) + relationsOf(record, view, today);
  const text = `- [${label.map(servedLabel).join(' · ')}] ${said}\n`;
  const serving = { text, date, notes };
  servings.byId.set(record.id, serving);
  return serving;
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
