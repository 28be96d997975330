/** Decisions: what they affect, what they rest on, and how they gave way to each other. */
import { byText } from '../../model/names.ts';
import type { ServedRecord } from '../../model/snapshot.ts';
import type { RecordId } from '../../plugin.ts';
import { isExpired } from '../view.ts';
import {
  counts,
  type Facts,
  type ProjectAsk,
  type RecordAsk,
  type RecordView,
  reached,
  recordView,
  viewsOf,
} from './facts.ts';
import { type Bearing, bearings } from './requirements.ts';

/** Decisions that affect a subsystem or component: itself, its parts, and what it lies within. */
export function decisionsAffecting(facts: Facts, ask: RecordAsk): readonly Bearing[] {
  return bearings(facts, ask, 'affected_by_decision', ['itself', 'part', 'whole']);
}

/** Why an assumption is not to be relied on. */
export type Flag = 'flagged' | 'not-active' | 'disputed' | 'expired' | 'unsupported';

export interface ShakyAssumption {
  readonly assumption: RecordView;
  readonly flags: readonly Flag[];
  readonly decisions: readonly RecordView[];
}

/** Tags by which people flag an assumption themselves. */
const FLAG_TAGS: readonly string[] = ['flagged', 'at-risk', 'unverified', 'doubtful'];

/** Decisions of a project that rest on a flagged assumption, by assumption. */
export function decisionsOnFlaggedAssumptions(
  facts: Facts,
  ask: ProjectAsk,
): readonly ShakyAssumption[] {
  const found: ShakyAssumption[] = [];
  for (const served of facts.graph.nodes.values()) {
    if (served.record.kind !== 'assumption') continue;
    const flags = flagsOf(facts, served);
    const decisions = (facts.graph.inbound.get(served.record.id) ?? []).filter(
      ({ relation, from, saidBy }) =>
        relation === 'based_on_assumption' &&
        facts.graph.nodes.get(from)?.record.project === ask.project &&
        counts(facts, from, ask) &&
        counts(facts, saidBy, ask),
    );
    if (flags.length === 0 || decisions.length === 0) continue;
    found.push({
      assumption: recordView(facts, served),
      flags,
      decisions: viewsOf(
        facts,
        decisions.map(({ from }) => from),
      ),
    });
  }
  return found.sort((a, b) => byText(a.assumption.subject, b.assumption.subject));
}

function flagsOf(facts: Facts, { record, isUnsupported }: ServedRecord): readonly Flag[] {
  const flags: Flag[] = [];
  if (record.tags.some((tag) => FLAG_TAGS.includes(tag.toLowerCase()))) flags.push('flagged');
  if (record.status !== 'active') flags.push('not-active');
  if (record.conflicts.length > 0) flags.push('disputed');
  if (isExpired(record, facts.today)) flags.push('expired');
  if (isUnsupported) flags.push('unsupported');
  return flags;
}

export interface HistoryStep {
  readonly record: RecordView;
  readonly supersedes: readonly RecordId[];
  readonly supersededBy: readonly RecordId[];
  /** The last commit that touched its file, and when (UTC); absent before it is committed. */
  readonly touched?: { readonly commit: string; readonly date: string };
  /** The day that its authors give. */
  readonly statedDate?: string;
}

/** The history of a decision: all it replaced and all that replaced it, oldest first, whatever their status. */
export function decisionHistory(facts: Facts, { record }: RecordAsk): readonly HistoryStep[] {
  const older = (id: RecordId): readonly RecordId[] => supersessionOf(facts, id).supersedes;
  const newer = (id: RecordId): readonly RecordId[] => supersessionOf(facts, id).supersededBy;
  const chain = [
    record.record.id,
    ...reached(record.record.id, (id) => [...older(id), ...newer(id)]),
  ];
  const steps = new Map<RecordId, HistoryStep>();
  // A record stands behind all that it replaced; a circle is broken where it is met.
  const place = (id: RecordId, above: readonly RecordId[]): void => {
    if (steps.has(id) || above.includes(id)) return;
    for (const each of older(id)) place(each, [...above, id]);
    const served = facts.graph.nodes.get(id);
    if (served !== undefined) steps.set(id, historyStep(facts, served));
  };
  for (const id of chain.sort((a, b) => byText(ageKey(facts, a), ageKey(facts, b)))) place(id, []);
  return [...steps.values()];
}

function supersessionOf(
  facts: Facts,
  id: RecordId,
): Pick<HistoryStep, 'supersedes' | 'supersededBy'> {
  const { outbound, inbound } = facts.graph;
  const isSupersession = ({ relation }: { readonly relation: string }): boolean =>
    relation === 'supersedes';
  return {
    supersedes: (outbound.get(id) ?? []).filter(isSupersession).map(({ to }) => to),
    supersededBy: (inbound.get(id) ?? []).filter(isSupersession).map(({ from }) => from),
  };
}

function ageKey(facts: Facts, id: RecordId): string {
  return `${statedDateOf(facts.graph.nodes.get(id)) ?? ''} ${id}`;
}

function historyStep(facts: Facts, served: ServedRecord): HistoryStep {
  const touch = facts.touches.get(served.record.path);
  const statedDate = statedDateOf(served);
  return {
    record: recordView(facts, served),
    ...supersessionOf(facts, served.record.id),
    ...(touch === undefined ? {} : { touched: { commit: touch.commit, date: touch.date } }),
    ...(statedDate === undefined ? {} : { statedDate }),
  };
}

function statedDateOf(served: ServedRecord | undefined): string | undefined {
  const stated = served?.stated.stated_date;
  return typeof stated === 'string' ? stated : undefined;
}
