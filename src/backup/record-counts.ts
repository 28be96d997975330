/** How many records of each kind and status a tree holds, as their files say. */
import { roleOf } from '../model/layout.ts';
import { readRecord } from '../model/records.ts';
import type { StorePath } from '../plugin.ts';

/** Whether a file counts. */
export function isRecordFile(path: StorePath): boolean {
  const { role } = roleOf(path);
  return role === 'record' || role === 'state';
}

/** `decision/active` and the like, sorted; files that cannot be read count as `unreadable`. */
export function recordCounts(
  files: Iterable<readonly [StorePath, string]>,
): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const [path, text] of files) {
    const name = nameOf(path, text);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function nameOf(path: StorePath, text: string): string {
  const place = roleOf(path);
  if (place.role === 'state') return `state-${place.category}/active`;
  const read = readRecord(path, text);
  return 'problem' in read ? 'unreadable' : `${read.record.kind}/${read.record.status}`;
}
