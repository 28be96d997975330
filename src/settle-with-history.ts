/** Settling, with what history says of the files that can't be read now. */
import { roleOf } from './model/layout.ts';
import type { Settlement, Snapshot } from './model/snapshot.ts';
import type { Memo } from './pipeline/memo.ts';
import { settle } from './pipeline/settle.ts';
import type { StorePath } from './plugin.ts';
import type { LastGood } from './standing.ts';

/** The settlement in which records and state that can't be read are served in their last good version. */
export async function settleWithHistory(
  snapshot: Snapshot,
  memo: Memo,
  history: LastGood,
): Promise<Settlement> {
  const settlement = settle(snapshot, memo);
  const lastGood = new Map<StorePath, string>();
  const served = new Set([...settlement.records.values()].map(({ record }) => record.path));
  for (const { path } of settlement.problems) {
    // What is served is readable, whatever else is odd about it.
    if (served.has(path)) continue;
    const oid = snapshot.files.get(path)?.oid;
    const { role } = roleOf(path);
    if (oid === undefined || (role !== 'record' && role !== 'state')) continue;
    const text = await history.text(path, oid);
    if (text !== undefined) lastGood.set(path, text);
  }
  return lastGood.size === 0 ? settlement : settle({ ...snapshot, lastGood }, memo);
}
