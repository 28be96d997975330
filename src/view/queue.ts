/** The review queue: candidates in one order, with what a reviewer needs to decide. */
import { byText } from '../model/names.ts';
import type { ServedRecord } from '../model/snapshot.ts';
import type { ProjectId, RecordId } from '../plugin.ts';
import { type Evidence, evidenceOf } from './evidence.ts';
import { type Nearest, nearestOf } from './nearest.ts';
import type { View } from './view.ts';

export interface QueueEntry {
  readonly served: ServedRecord;
  /** Slots that it would contradict an active record in. */
  readonly warnings: readonly string[];
  /** UTC time of the commit that brought it. */
  readonly since: string;
}

export interface Queue {
  readonly entries: readonly QueueEntry[];
  /** Undecided claims beyond the limit, which wait. */
  readonly held: number;
  /** Conflicts that are open, those that a merge left among them: they await a decision as well. */
  readonly openConflicts: number;
  /** UTC time of the oldest entry; absent when the queue is empty. */
  readonly oldest?: string;
}

/** An active record that a candidate would contradict once promoted. */
export interface Opposed {
  readonly slot: string;
  readonly id: RecordId;
  readonly value: string;
  readonly reason: string;
}

/** An entry with all that a decision needs. */
export interface QueueItem extends QueueEntry {
  readonly opposed: readonly Opposed[];
  readonly evidence: readonly Evidence[];
  readonly nearest?: Nearest;
}

export interface QueueGroup {
  readonly name: string;
  readonly project: ProjectId;
  /** In the order of the queue. */
  readonly ids: readonly RecordId[];
}

export interface ReviewAsk {
  readonly project?: ProjectId;
  /** Entries passed over; default 0. */
  readonly offset?: number;
  /** Entries shown; default all. */
  readonly limit?: number;
}

export interface Review {
  readonly items: readonly QueueItem[];
  /** All that are open, shown here or not: the one count of the queue. */
  readonly count: number;
  readonly held: number;
  readonly openConflicts: number;
  readonly oldest?: string;
  /** By the file or memory that they come from; an item of two sources is in both groups. */
  readonly bySource: readonly QueueGroup[];
  readonly bySubject: readonly QueueGroup[];
}

/** Candidates of one project or all: conflict warnings first, then confidence, then freshness, then id. */
export function queueOf(view: View, project?: ProjectId): Queue {
  const { records, warnings, held, conflicts } = view.settlement;
  const entries: QueueEntry[] = [];
  for (const served of records.values()) {
    const { record } = served;
    if (record.status !== 'candidate' || record.type === 'state') continue;
    if (project !== undefined && record.project !== project) continue;
    const slots = (warnings.get(record.id) ?? []).map((conflict) => conflict.slot);
    entries.push({ served, warnings: slots, since: view.touches.get(record.path)?.date ?? '' });
  }
  entries.sort(compareEntries);
  const waiting = [...held].filter(([id]) => project === undefined || id === project);
  const times = entries.map((entry) => entry.since).filter((since) => since !== '');
  const oldest = times.sort(byText)[0];
  return {
    entries,
    held: waiting.reduce((sum, [, count]) => sum + count, 0),
    openConflicts: conflicts.filter(
      ({ status, conflict }) =>
        status === 'open' && (project === undefined || conflict.project === project),
    ).length,
    ...(oldest === undefined ? {} : { oldest }),
  };
}

/** The queue as it is worked through: the same entries in the same order, some of them in full. */
export function reviewOf(view: View, ask: ReviewAsk = {}): Review {
  const { entries, ...rest } = queueOf(view, ask.project);
  const from = ask.offset ?? 0;
  const shown = entries.slice(from, ask.limit === undefined ? undefined : from + ask.limit);
  return {
    items: shown.map((entry) => itemOf(view, entry)),
    count: entries.length,
    ...rest,
    bySource: groups(entries, ({ origins }) => origins.map(sourceOf)),
    bySubject: groups(entries, ({ subject }) => [subject]),
  };
}

/** One candidate in full; also for a record that is no longer in the queue. */
export function itemOf(view: View, entry: QueueEntry): QueueItem {
  const { served } = entry;
  const nearest = nearestOf(view, served);
  return {
    ...entry,
    opposed: opposedTo(view, served.record.id),
    evidence: evidenceOf(view, served),
    ...(nearest === undefined ? {} : { nearest }),
  };
}

function opposedTo(view: View, id: RecordId): readonly Opposed[] {
  const { records, warnings } = view.settlement;
  return (warnings.get(id) ?? []).flatMap(({ slot, reason, members }) =>
    members
      .filter((member) => member.id !== id && records.get(member.id)?.record.status === 'active')
      .map((member) => ({ slot, reason, id: member.id, value: member.value })),
  );
}

/** The file of an origin; other origins stand for themselves. */
function sourceOf(origin: string): string {
  const cut = origin.indexOf('#');
  return cut === -1 ? origin : origin.slice(0, cut);
}

type Grouping = (record: QueueEntry['served']['record']) => readonly string[];

/** Groups in the order of their first entries. */
function groups(entries: readonly QueueEntry[], namesOf: Grouping): readonly QueueGroup[] {
  const found = new Map<string, { name: string; project: ProjectId; ids: RecordId[] }>();
  for (const { served } of entries) {
    const { id, project } = served.record;
    for (const name of new Set(namesOf(served.record))) {
      const key = `${project}\0${name.toLowerCase()}`;
      const group = found.get(key) ?? { name, project, ids: [] };
      group.ids.push(id);
      found.set(key, group);
    }
  }
  return [...found.values()];
}

function compareEntries(a: QueueEntry, b: QueueEntry): number {
  return (
    Number(b.warnings.length > 0) - Number(a.warnings.length > 0) ||
    b.served.record.confidence - a.served.record.confidence ||
    byText(b.since, a.since) ||
    byText(a.served.record.id, b.served.record.id)
  );
}
