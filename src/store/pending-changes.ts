/** What a commit has to contain for the branch to equal the folder. */
import { roleOf } from '../model/layout.ts';
import type { Oid, StorePath } from '../plugin.ts';
import type { CommitChange } from './commit.ts';
import { isIgnoredPath } from './ignored-path.ts';
import type { Scan } from './scan.ts';
import { isBelow } from './scan-walk.ts';

/**
 * The difference between a scan and the files of a commit, sorted by path.
 * What could not be looked at, and what a scan passes over, is never removed. What waits in the drop
 * box is never added: it becomes a capture without its secrets, and git would remember them.
 */
export function pendingChanges(
  scan: Pick<Scan, 'entries' | 'unreadPlaces' | 'gitIgnored'>,
  committed: ReadonlyMap<StorePath, Oid>,
): readonly CommitChange[] {
  const changes: CommitChange[] = [];
  for (const [path, { oid }] of scan.entries) {
    if (committed.get(path) !== oid && roleOf(path).role !== 'inbox') changes.push({ path, oid });
  }
  const unread = new Set<string>(scan.unreadPlaces);
  for (const path of committed.keys()) {
    if (scan.entries.has(path) || scan.gitIgnored.has(path) || isIgnoredPath(path)) continue;
    if (!unread.has('') && !isBelow(unread, path)) changes.push({ path, oid: null });
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}
