/** A reader's question to a view: the index, ranked, with what is current told from what is not. */
import type { ProjectId, RecordId } from '../plugin.ts';
import type { Standing } from './rank.ts';
import { type RankedAnswer, search } from './search.ts';
import type { Layer } from './search-index.ts';
import type { Semantic } from './semantic.ts';
import { isExpired, type View } from './view.ts';

export interface Query {
  readonly text: string;
  /** Canonical; only its documents and global ones are then searched. */
  readonly project?: ProjectId;
  readonly layers?: readonly Layer[];
  readonly kinds?: readonly string[];
  readonly tags?: readonly string[];
  /** Of records; absent = active ones. Passages have none and are found unless `layers` says else. */
  readonly statuses?: readonly string[];
  /** 1 to 1,000. */
  readonly limit: number;
  /** `2026-11-22`; what is expired is judged by it. */
  readonly today: string;
  readonly semantic?: Semantic | undefined;
}

/** The status that documents without one are indexed under. */
const NO_STATUS = '';

/** The best matches; deterministic for a view, a query and a day. */
export function query(view: View, asked: Query): RankedAnswer {
  const { text, project, layers, kinds, tags, limit, today, semantic } = asked;
  const statuses = asked.statuses ?? ['active', NO_STATUS];
  return search(view.index, {
    text,
    ...(project === undefined ? {} : { project }),
    ...(layers === undefined ? {} : { layers }),
    ...(kinds === undefined ? {} : { kinds }),
    ...(tags === undefined ? {} : { tags }),
    statuses,
    semantic,
    limit,
    standing: ({ id }) => standingOf(view, id as RecordId, today),
  });
}

function standingOf(view: View, id: RecordId, today: string): Standing | undefined {
  const served = view.settlement.records.get(id);
  if (served === undefined) return undefined;
  if (isExpired(served.record, today)) return 'expired';
  return served.isUnsupported ? 'unsupported' : undefined;
}
