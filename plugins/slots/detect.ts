/** Claims that meet in a slot and can't both hold, as conflicts; candidates only as what they would bring. */
import type { DetectedConflict, KnowledgeRecord, Records } from '../../src/plugin.ts';
import type { Graph } from './graph.ts';
import type { Names, ReadRecord } from './named-values.ts';
import { type SlotClaim, slotClaims } from './slot-claims.ts';
import { deniesWhat, type Trust, type Value, valueKey, valuesClash } from './value.ts';

/** Distinct values of one slot that are compared with each other; more are compared with these. */
const COMPARED_MAX = 16;

/**
 * One conflict for each slot that active records claim differently, and one for each candidate
 * with the active records that it speaks against. Order of records changes nothing.
 */
export function detect(records: Records, read: ReadRecord): DetectedConflict[] {
  const live = new Map(
    [...records].filter(([, record]) => isLive(record)).sort(([a], [b]) => compare(a, b)),
  );
  const { claims, graph } = slotClaims(live, read);
  const found: Disagreement[] = [];
  for (const [slot, meeting] of groupBy(claims, (claim) => claim.slot)) {
    if (meeting.length > 1) found.push(...disagreements(slot, meeting, graph));
  }
  return distinct(found).map(toConflict);
}

function isLive({ status }: KnowledgeRecord): boolean {
  return status === 'active' || status === 'candidate';
}

interface Disagreement {
  readonly slot: string;
  readonly claims: readonly SlotClaim[];
}

function disagreements(
  slot: string,
  meeting: readonly SlotClaim[],
  graph: Graph,
): readonly Disagreement[] {
  const alike = [...groupBy(meeting, signature)].sort(([a], [b]) => compare(a, b));
  if (alike.length < 2) return [];
  const groups = alike.map(([, claims]) => claims);
  const active = new Set<SlotClaim>();
  const against = new Map<SlotClaim, Set<SlotClaim>>();
  const isSettled = ([claim]: readonly SlotClaim[]) => claim !== undefined && active.has(claim);
  groups.forEach((some, at) => {
    for (const others of groups.slice(0, Math.min(at, COMPARED_MAX))) {
      const [one, two] = [some[0], others[0]];
      // Nothing more is to be learnt of two whose every record is in the conflict already.
      if (some.length + others.length === 2 && isSettled(some) && isSettled(others)) continue;
      if (one === undefined || two === undefined || !claimsClash(one, two, graph)) continue;
      addOpponents(some, others, { active, against });
      addOpponents(others, some, { active, against });
    }
  });
  const open = active.size === 0 ? [] : [{ slot, claims: [...active] }];
  const warned = [...against].map(([claim, opponents]) => ({
    slot,
    claims: [claim, ...opponents],
  }));
  return [...open, ...warned];
}

function addOpponents(
  mine: readonly SlotClaim[],
  theirs: readonly SlotClaim[],
  to: { readonly active: Set<SlotClaim>; readonly against: Map<SlotClaim, Set<SlotClaim>> },
): void {
  const opponents = theirs.filter((each) => !each.isCandidate);
  for (const claim of mine) {
    if (!opponents.some(({ id }) => id !== claim.id)) continue;
    if (claim.isCandidate) addAll(to.against, claim, opponents);
    else to.active.add(claim);
  }
}

function addAll<Key, Value>(map: Map<Key, Set<Value>>, key: Key, values: readonly Value[]): void {
  const set = map.get(key) ?? new Set<Value>();
  for (const value of values) set.add(value);
  map.set(key, set);
}

/** Claims with the same one are treated alike: comparing one of them is comparing all. */
function signature(claim: SlotClaim): string {
  const { said, isCandidate, isGuest, affects, whole } = claim;
  const { value, isDenied, trust, names } = said;
  return JSON.stringify([
    valueKey(value),
    isDenied,
    trust,
    names,
    isCandidate,
    isGuest,
    affects,
    whole,
  ]);
}

function claimsClash(a: SlotClaim, b: SlotClaim, graph: Graph): boolean {
  if ((a.isCandidate && b.isCandidate) || (a.isGuest && b.isGuest)) return false;
  if (a.affects.length > 0 && b.affects.length > 0) {
    if (!a.affects.some((id) => b.affects.includes(id))) return false;
  }
  if (a.whole !== undefined && b.whole !== undefined && graph.isWithin(a.whole, b.whole)) {
    return false;
  }
  return valuesDiffer(a.said, b.said);
}

function valuesDiffer(a: SlotClaim['said'], b: SlotClaim['said']): boolean {
  if (a.isDenied !== b.isDenied) {
    const [denied, said] = a.isDenied ? [a, b] : [b, a];
    return deniesWhat(denied.value, said.value);
  }
  if (a.isDenied) return false;
  const trust = TRUSTS[Math.max(TRUSTS.indexOf(a.trust), TRUSTS.indexOf(b.trust))] ?? 'described';
  const isState = [a, b].every(({ names, trust: own }) => names === 'states' || own === 'assigned');
  const hasState = a.names === 'states' || b.names === 'states';
  const isAttribute = areNamesExclusive(a, b);
  return valuesClash(a.value, b.value, { trust, isAttribute, isState: isState && hasState });
}

/** From the firmest to the weakest; two claims are compared by the weaker of theirs. */
const TRUSTS: readonly Trust[] = ['exact', 'assigned', 'declared', 'described'];

function areNamesExclusive(a: SlotClaim['said'], b: SlotClaim['said']): boolean {
  const both: readonly Names[] = [a.names, b.names];
  if (both.includes('none')) return false;
  if (both.every((names) => names === 'any' || names === 'states')) return true;
  const areProper = [a, b].every(({ value }) => value.sort === 'words' && value.isProper);
  return areProper || (both.includes('alike') && headOf(a.value) === headOf(b.value));
}

function headOf(value: Value): string {
  return value.sort === 'words' && value.all.length > 1 ? (value.all.at(-1) ?? '') : '';
}

/** Records that meet under several names have one conflict: where most of them meet, else nearest. */
function distinct(found: readonly Disagreement[]): readonly Disagreement[] {
  const distance = ({ claims }: Disagreement) =>
    claims.reduce((sum, claim) => sum + claim.distance, 0) / claims.length;
  const nearest = [...found].sort(
    (a, b) =>
      b.claims.length - a.claims.length || distance(a) - distance(b) || compare(a.slot, b.slot),
  );
  const kept = new Map<string, Set<string>[]>();
  return nearest.filter(({ claims }) => {
    const members = new Set<string>(claims.map(({ id }) => id));
    const [first = ''] = members;
    const isKnown = (kept.get(first) ?? []).some((more) =>
      [...members].every((id) => more.has(id)),
    );
    if (isKnown) return false;
    for (const id of members) {
      const more = kept.get(id);
      if (more === undefined) kept.set(id, [members]);
      else more.push(members);
    }
    return true;
  });
}

function toConflict({ slot, claims }: Disagreement): DetectedConflict {
  const byId = new Map<string, SlotClaim>();
  const sorted = [...claims].sort(
    (a, b) => compare(a.id, b.id) || compare(a.said.shown, b.said.shown) || a.distance - b.distance,
  );
  for (const claim of sorted) if (!byId.has(claim.id)) byId.set(claim.id, claim);
  const members = [...byId.values()];
  const [family = '', , ...name] = slot.split('|');
  const project = members[0]?.project;
  if (project === undefined) throw new TypeError(`a conflict without members in ${slot}`);
  const values = new Set(members.map(({ said }) => said.shown));
  const what = members.some(({ said }) => said.isDenied)
    ? 'One record denies what another says'
    : `${values.size} values are claimed`;
  return {
    slot,
    project,
    members: members.map(({ id, said }) => ({ id, value: said.shown })),
    reason: `${what} for the ${family} "${name.join(', ')}".`,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function groupBy<Value>(
  values: Iterable<Value>,
  keyOf: (value: Value) => string,
): ReadonlyMap<string, readonly Value[]> {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
