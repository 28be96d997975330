/** The overview of a project that a person would want: on one page, with where to look next. */
import { byText } from '../../model/names.ts';
import type { KnowledgeRecord } from '../../plugin.ts';
import { type Changes, changesSince } from './changes.ts';
import {
  counts,
  type Facts,
  type ProjectAsk,
  type RecordView,
  recordsOf,
  viewsOf,
} from './facts.ts';
import { conflictsAndGaps, type OpenConflict } from './gaps.ts';
import { type Contents, systemMap } from './structure.ts';

export interface Overview {
  readonly project: { readonly id: string; readonly title: string; readonly description: string };
  /** Trusted state, by category and key. */
  readonly state: readonly RecordView[];
  readonly systems: readonly Contents[];
  readonly decisions: readonly RecordView[];
  readonly requirements: { readonly total: number; readonly unsatisfied: readonly RecordView[] };
  readonly constraints: readonly RecordView[];
  /** Records that count, by kind. */
  readonly counts: readonly { readonly kind: KnowledgeRecord['kind']; readonly count: number }[];
  /** Candidates that await a decision, and claims that wait behind them. */
  readonly queue: { readonly open: number; readonly held: number };
  readonly conflicts: readonly OpenConflict[];
  /** How many there are of each gap; the question about conflicts and gaps lists them. */
  readonly gaps: Readonly<Record<string, number>>;
  /** The latest changes of sources, records and state. */
  readonly latest: Changes['files'];
}

const LATEST_MAX = 10;

export function overviewOf(facts: Facts, ask: ProjectAsk): Overview {
  const { project } = ask;
  const own = [...facts.graph.nodes.values()].filter(({ record }) => record.project === project);
  const entry = facts.settlement.registry.projects.get(project);
  const requirements = recordsOf(facts, ask, ['requirement']);
  const { conflicts, ...gaps } = conflictsAndGaps(facts, ask);
  const idsOf = (served: typeof own) => served.map(({ record }) => record.id);
  const kinds = new Map<KnowledgeRecord['kind'], number>();
  for (const { record } of own) {
    const isCounted = record.type !== 'state' && counts(facts, record.id, ask);
    if (isCounted) kinds.set(record.kind, (kinds.get(record.kind) ?? 0) + 1);
  }
  return {
    project: {
      id: project,
      title: entry?.title ?? project,
      description: entry?.description ?? '',
    },
    state: own
      .filter(({ record }) => record.type === 'state')
      .sort((a, b) => byText(a.record.id, b.record.id))
      .flatMap(({ record }) => viewsOf(facts, [record.id])),
    systems: systemMap(facts, ask).systems,
    decisions: viewsOf(facts, idsOf([...recordsOf(facts, ask, ['decision'])])),
    requirements: {
      total: requirements.length,
      unsatisfied: gaps.unsatisfiedRequirements.map(({ requirement }) => requirement),
    },
    constraints: viewsOf(facts, idsOf([...recordsOf(facts, ask, ['constraint'])])),
    counts: [...kinds]
      .map(([kind, count]) => ({ kind, count }))
      .sort((a, b) => byText(a.kind, b.kind)),
    queue: {
      open: own.filter(({ record }) => record.status === 'candidate').length,
      held: facts.settlement.held.get(project) ?? 0,
    },
    conflicts,
    gaps: Object.fromEntries(Object.entries(gaps).map(([name, found]) => [name, found.length])),
    latest: (changesSince(facts, { ...ask, since: '' })?.files ?? []).slice(0, LATEST_MAX),
  };
}
