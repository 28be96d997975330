/** The active record that is most like a candidate: what a reviewer compares it with. */
import type { ServedRecord, Settlement } from '../model/snapshot.ts';
import type { KnowledgeRecord } from '../plugin.ts';
import { type DifferencePart, difference } from './difference.ts';
import { recordStems, stemsOf } from './stems.ts';
import type { View } from './view.ts';

export interface Nearest {
  readonly served: ServedRecord;
  /** 0 to 1: how much of what the two say is shared, rare words counting more. */
  readonly likeness: number;
  /** From the active record's text to the candidate's. */
  readonly difference: readonly DifferencePart[];
}

/** Below this nothing is worth comparing. */
export const LIKENESS_MIN = 0.25;

const computed = new WeakMap<Settlement, ReadonlyMap<string, Group>>();

/** The active record of the same project and kind with most in common; none when none has enough. */
export function nearestOf(view: View, served: ServedRecord): Nearest | undefined {
  const groups = computed.get(view.settlement) ?? groupsOf(view.settlement);
  computed.set(view.settlement, groups);
  const { record } = served;
  const group = groups.get(groupKey(record));
  if (group === undefined) return undefined;
  const best = bestIn(group, record);
  if (best === undefined) return undefined;
  const { text } = best.served.record;
  return { ...best, difference: difference(text, record.text) };
}

/** Active records of one project and kind, by the stems of subject and text. */
interface Group {
  readonly members: ServedRecord[];
  readonly byStem: Map<string, Posting>;
  /** Sum of the weights of each member's stems. */
  readonly weights: number[];
}

interface Posting {
  /** Members that say it. */
  readonly places: number[];
  /** Rarer is heavier; 0 for what so many say that it tells nothing apart. */
  weight: number;
}

/** In groups from this size on, a stem that more than this share of members say weighs nothing. */
const LARGE_GROUP = 100;
const COMMON_SHARE = 0.2;

function groupKey({ project, type, kind }: KnowledgeRecord): string {
  return `${project} ${type} ${kind}`;
}

function groupsOf(settlement: Settlement): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const served of settlement.records.values()) {
    const { record } = served;
    if (record.status !== 'active' || record.type === 'state') continue;
    const key = groupKey(record);
    const group: Group = groups.get(key) ?? { members: [], byStem: new Map(), weights: [] };
    groups.set(key, group);
    const place = group.members.push(served) - 1;
    for (const stem of comparedStems(record)) {
      const posting = group.byStem.get(stem);
      if (posting === undefined) group.byStem.set(stem, { places: [place], weight: 0 });
      else posting.places.push(place);
    }
  }
  for (const group of groups.values()) weigh(group);
  return groups;
}

function weigh({ members, byStem, weights }: Group): void {
  weights.length = members.length;
  weights.fill(0);
  for (const posting of byStem.values()) {
    const count = posting.places.length;
    const isCommon = members.length >= LARGE_GROUP && count > members.length * COMMON_SHARE;
    posting.weight = isCommon ? 0 : rarity(members.length, count);
    for (const place of posting.places) weights[place] = (weights[place] ?? 0) + posting.weight;
  }
}

function rarity(members: number, count: number): number {
  return Math.log(1 + members / (0.5 + count));
}

const compared = new WeakMap<KnowledgeRecord, readonly string[]>();

function comparedStems(record: KnowledgeRecord): readonly string[] {
  const known = compared.get(record);
  if (known !== undefined) return known;
  const stems = [...new Set([...recordStems(record), ...stemsOf(record.subject)])];
  compared.set(record, stems);
  return stems;
}

function bestIn(
  { members, byStem, weights }: Group,
  record: KnowledgeRecord,
): { readonly served: ServedRecord; readonly likeness: number } | undefined {
  const shared = new Float64Array(members.length);
  let own = 0;
  for (const stem of comparedStems(record)) {
    const posting = byStem.get(stem);
    own += posting === undefined ? rarity(members.length, 0) : posting.weight;
    if (posting === undefined || posting.weight === 0) continue;
    for (const place of posting.places) shared[place] = (shared[place] ?? 0) + posting.weight;
  }
  let best = -1;
  let likeness = 0;
  for (let place = 0; place < shared.length; place += 1) {
    const weight = shared[place] ?? 0;
    if (weight === 0) continue;
    // Dice: twice what is shared over what both say.
    const alike = (2 * weight) / (own + (weights[place] ?? 0));
    if (alike > likeness) [best, likeness] = [place, alike];
  }
  const served = members[best];
  if (served === undefined || likeness < LIKENESS_MIN) return undefined;
  return { served, likeness: Math.round(likeness * 1_000) / 1_000 };
}
