/** Which backups stay and which may go: a plan, made from what is there. */
import type { Stamp } from './manifest.ts';
import { byStamp, type ListedBackup } from './place.ts';

export interface RetentionPolicy {
  /** How many of the last days, weeks and months keep their newest backup. */
  readonly days: number;
  readonly weeks: number;
  readonly months: number;
}

export const RETENTION: RetentionPolicy = { days: 7, weeks: 4, months: 6 };

export interface KeptBackup {
  readonly stamp: Stamp;
  /** `newest-valid`, `day 2026-04-09`, `week 2026-04-06`, `month 2026-04`, `needed by …`, `unreadable`. */
  readonly reasons: readonly string[];
}

export interface CleanupPlan {
  readonly keep: readonly KeptBackup[];
  readonly remove: readonly { readonly stamp: Stamp; readonly bytes: number }[];
  /** Bytes that removing frees. */
  readonly bytes: number;
}

/**
 * Counts back over days, weeks (from Monday) and months that have a backup, in UTC. Kept besides: the
 * newest valid one, whatever its age; what a kept one builds upon; what cannot be read, which a person
 * should look at first.
 * @param isValid whether a backup was found sound just now
 */
export function planCleanup(
  listed: readonly ListedBackup[],
  isValid: (stamp: Stamp) => boolean,
  policy: RetentionPolicy = RETENTION,
): CleanupPlan {
  const newestFirst = [...listed].sort((a, b) => byStamp(b.stamp, a.stamp));
  const reasons = new Map<Stamp, string[]>();
  const keep = (stamp: Stamp, reason: string): void => {
    reasons.set(stamp, [...(reasons.get(stamp) ?? []), reason]);
  };
  const readable = newestFirst.filter((each) => 'manifest' in each && isValid(each.stamp));
  const [newest] = readable;
  if (newest !== undefined) keep(newest.stamp, 'newest-valid');
  for (const each of newestFirst) if ('fault' in each) keep(each.stamp, 'unreadable');
  const periods = [
    { name: 'day', count: policy.days, of: dayOf },
    { name: 'week', count: policy.weeks, of: weekOf },
    { name: 'month', count: policy.months, of: (stamp: Stamp) => dayOf(stamp).slice(0, 7) },
  ];
  for (const { name, count, of } of periods) {
    const seen = new Set<string>();
    for (const { stamp } of readable) {
      const period = of(stamp);
      if (seen.has(period)) continue;
      if (seen.size === count) break;
      seen.add(period);
      keep(stamp, `${name} ${period}`);
    }
  }
  keepParents(newestFirst, reasons, keep);
  const remove = newestFirst.flatMap((each) =>
    'manifest' in each && !reasons.has(each.stamp)
      ? [{ stamp: each.stamp, bytes: each.manifest.bundle.bytes }]
      : [],
  );
  return {
    keep: newestFirst.flatMap(({ stamp }) => {
      const found = reasons.get(stamp);
      return found === undefined ? [] : [{ stamp, reasons: found }];
    }),
    remove,
    bytes: remove.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Newest first, so that a parent kept for its child keeps its own parent in turn. */
function keepParents(
  newestFirst: readonly ListedBackup[],
  reasons: ReadonlyMap<Stamp, readonly string[]>,
  keep: (stamp: Stamp, reason: string) => void,
): void {
  for (const each of newestFirst) {
    if (!('manifest' in each) || !reasons.has(each.stamp)) continue;
    const { parent } = each.manifest;
    if (parent !== undefined) keep(parent, `needed by ${each.stamp}`);
  }
}

/** `2026-04-09` of `20260409T101500Z`. */
function dayOf(stamp: Stamp): string {
  return `${stamp.slice(0, 4)}-${stamp.slice(4, 6)}-${stamp.slice(6, 8)}`;
}

/** The Monday of its week. */
function weekOf(stamp: Stamp): string {
  const day = new Date(`${dayOf(stamp)}T00:00:00Z`);
  const sinceMonday = (day.getUTCDay() + 6) % 7;
  return new Date(day.getTime() - sinceMonday * 86_400_000).toISOString().slice(0, 10);
}
