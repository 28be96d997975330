/** What a reader must know about a record beside its text: disputes, former values, missing evidence. */
import type { ServedConflict } from '../model/snapshot.ts';
import type { KnowledgeRecord } from '../plugin.ts';
import type { Card, Cards } from './cards.ts';
import { PACK } from './pack.ts';
import { findingsIn, layerRank } from './rulings.ts';
import { cut } from './served-text.ts';
import { isExpired } from './view.ts';

const VALUE_CHARS = 120;

interface NotesAsk {
  readonly cards: Cards;
  readonly today: string;
}

export function recordNotes(card: Card, ask: NotesAsk): readonly string[] {
  const { served } = card;
  const { record } = served;
  const conflicts = ask.cards.conflicts.get(record.id) ?? [];
  const disputes = conflicts.flatMap((conflict) => disputeNote(record, conflict, ask));
  return [
    ...disputes,
    ...(disputes.length > 0 ? [] : formerNotes(card, ask)),
    ...(served.isUnsupported ? ['unsupported: its source no longer says so'] : []),
    ...(served.isStale ? ['stale: its file cannot be read, last good version'] : []),
  ];
}

/** Both sides by name, the higher layer as what holds (domain.md §6). */
function disputeNote(
  record: KnowledgeRecord,
  { id, conflict }: ServedConflict,
  { cards, today }: NotesAsk,
): readonly string[] {
  const values = conflict.members.map(({ value }) => cut(value, VALUE_CHARS));
  if (values.length > 1 && conflict.members.every((member) => member.id === record.id)) {
    return [`disputed (${id}): another store has it otherwise: ${values.join('; or ')}; undecided`];
  }
  const others = conflict.members.flatMap((member) => {
    const other = cards.records.get(member.id)?.record;
    const isServed = other?.status === 'active' && !isExpired(other, today);
    return isServed && other.id !== record.id ? [{ other, value: member.value }] : [];
  });
  if (others.length === 0) return [];
  const sides = others.map(({ other, value }) => `${other.id} says ${cut(value, VALUE_CHARS)}`);
  const ranks = others.map(({ other }) => layerRank(other));
  const own = layerRank(record);
  const standing = ranks.every((rank) => rank < own)
    ? 'this is of the higher layer and current'
    : ranks.some((rank) => rank > own)
      ? 'the higher layer is current'
      : 'undecided between equals';
  return [`disputed (${id}): ${sides.join(', ')}; ${standing}`];
}

/** An active record that still says what a decision replaced. */
function formerNotes(
  { served: { record }, stems }: Card,
  { cards, today }: NotesAsk,
): readonly string[] {
  const text = `${record.subject}\n${record.value ?? ''}\n${record.text}`;
  const { subjectShare } = PACK;
  const said = { text, stems };
  const findings = findingsIn(cards.rulings, said, { today, subjectShare, except: record.id });
  return findings
    .filter(({ isAbout, ruling }) => isAbout && ruling.by.project === record.project)
    .map(({ ruling: { by, former } }) => supersededNote(by, former));
}

/** `superseded: "GF-PTFE" gave way to "Zerodur" (dec-…)`. */
export function supersededNote(by: KnowledgeRecord, former: string): string {
  const now = cut(by.value ?? by.text, VALUE_CHARS);
  return `superseded: "${cut(former, VALUE_CHARS)}" gave way to "${now}" (${by.id})`;
}
