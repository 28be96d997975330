/** What a candidate's own source says of its standing, where that is a reason to look twice. */
import type { QueueEntryJson } from '../http/queue.ts';

const SETTLED = new Set(['accepted', 'approved', 'decided', 'adopted']);

/** Such as "superseded by 0015-dns-infrastructure"; none where the source stands by it or is silent. */
export function ownWordOf({ stated }: Pick<QueueEntryJson, 'stated'>): string | undefined {
  const status = String(stated.stated_status ?? '');
  const by = [stated.stated_superseded_by ?? []].flat().join(', ');
  if (by === '') return status === '' || SETTLED.has(status) ? undefined : status;
  return `${status === '' ? 'superseded' : status} by ${by}`;
}
