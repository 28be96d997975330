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
  readonly byStem: Map<string, number[]>;
  /** Sum of the weights of a member's stems; filled on first use. */
  readonly weights: number[];
}

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
    for (const stem of stemsWithSubject(record)) {
      const places = group.byStem.get(stem);
      if (places === undefined) group.byStem.set(stem, [place]);
      else places.push(place);
    }
  }
  for (const group of groups.values()) {
    for (const { record } of group.members) {
      const stems = stemsWithSubject(record);
      group.weights.push(stems.reduce((sum, stem) => sum + weightOf(group, stem), 0));
    }
  }
  return groups;
}

function stemsWithSubject(record: KnowledgeRecord): readonly string[] {
  return [...new Set([...recordStems(record), ...subjectStems(record)])];
}

const subjects = new WeakMap<KnowledgeRecord, readonly string[]>();

function subjectStems(record: KnowledgeRecord): readonly string[] {
  const known = subjects.get(record) ?? stemsOf(record.subject);
  subjects.set(record, known);
  return known;
}

function weightOf({ members, byStem }: Group, stem: string): number {
  return Math.log(1 + members.length / (0.5 + (byStem.get(stem)?.length ?? 0)));
}

function bestIn(
  group: Group,
  record: KnowledgeRecord,
): { readonly served: ServedRecord; readonly likeness: number } | undefined {
  const shared = new Float64Array(group.members.length);
  let own = 0;
  for (const stem of stemsWithSubject(record)) {
    const weight = weightOf(group, stem);
    own += weight;
    for (const place of group.byStem.get(stem) ?? []) {
      shared[place] = (shared[place] ?? 0) + weight;
    }
  }
  let best = -1;
  let likeness = 0;
  for (const [place, weight] of shared.entries()) {
    // Dice: twice what is shared over what both say.
    const alike = weight === 0 ? 0 : (2 * weight) / (own + (group.weights[place] ?? 0));
    if (alike > likeness) [best, likeness] = [place, alike];
  }
  const served = group.members[best];
  if (served === undefined || likeness < LIKENESS_MIN) return undefined;
  return { served, likeness: Math.round(likeness * 1_000) / 1_000 };
}
