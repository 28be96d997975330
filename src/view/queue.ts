/** The review queue: candidates in one order, with what a reviewer needs to decide. */
import { byText } from '../model/names.ts';
import type { ServedRecord } from '../model/snapshot.ts';
import type { ProjectId } from '../plugin.ts';
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
  /** UTC time of the oldest entry; absent when the queue is empty. */
  readonly oldest?: string;
}

/** Candidates of one project or all: conflict warnings first, then confidence, then freshness, then id. */
export function queueOf(view: View, project?: ProjectId): Queue {
  const { records, warnings, held } = view.settlement;
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
    ...(oldest === undefined ? {} : { oldest }),
  };
}

function compareEntries(a: QueueEntry, b: QueueEntry): number {
  return (
    Number(b.warnings.length > 0) - Number(a.warnings.length > 0) ||
    b.served.record.confidence - a.served.record.confidence ||
    byText(b.since, a.since) ||
    byText(a.served.record.id, b.served.record.id)
  );
}
