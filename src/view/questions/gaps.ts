/** Open conflicts and gaps of a project: what a person should look at next. */
import type { UnresolvedRelation } from '../../model/links.ts';
import { isExpired } from '../view.ts';
import { decisionsOnFlaggedAssumptions, type ShakyAssumption } from './decisions.ts';
import {
  counts,
  type Facts,
  type ProjectAsk,
  type RecordView,
  recordView,
  viewsOf,
} from './facts.ts';
import { type UnsatisfiedRequirement, unsatisfiedRequirements } from './requirements.ts';
import { systemMap } from './structure.ts';
import { type UnsupportedClaim, unsupportedClaims } from './validation.ts';

export interface OpenConflict {
  readonly id: string;
  readonly slot: string;
  readonly reason: string;
  readonly members: readonly { readonly record: RecordView; readonly value: string }[];
}

export interface Gaps {
  readonly conflicts: readonly OpenConflict[];
  readonly unsatisfiedRequirements: readonly UnsatisfiedRequirement[];
  readonly unsupportedClaims: readonly UnsupportedClaim[];
  readonly flaggedAssumptions: readonly ShakyAssumption[];
  /** Components and interfaces that nobody placed in a subsystem. */
  readonly unplaced: readonly RecordView[];
  /** Relations whose other end is not known, or could be several. */
  readonly unresolved: readonly {
    readonly record: RecordView;
    readonly relation: UnresolvedRelation;
  }[];
  /** Active records that no source states any more. */
  readonly unsupported: readonly RecordView[];
  /** Active records whose `valid_until` has passed. */
  readonly expired: readonly RecordView[];
}

export function conflictsAndGaps(facts: Facts, ask: ProjectAsk): Gaps {
  const own = [...facts.graph.nodes.values()].filter(
    ({ record }) => record.project === ask.project && counts(facts, record.id, ask),
  );
  const active = own.filter(({ record }) => record.status === 'active');
  const idsWhere = (test: (served: (typeof own)[number]) => boolean) =>
    active.filter(test).map(({ record }) => record.id);
  return {
    conflicts: openConflicts(facts, ask),
    unsatisfiedRequirements: unsatisfiedRequirements(facts, ask),
    unsupportedClaims: unsupportedClaims(facts, ask),
    flaggedAssumptions: decisionsOnFlaggedAssumptions(facts, ask),
    unplaced: systemMap(facts, ask).loose,
    unresolved: own.flatMap((served) =>
      (facts.settlement.unresolved.get(served.record.id) ?? []).map((relation) => ({
        record: recordView(facts, served),
        relation,
      })),
    ),
    unsupported: viewsOf(
      facts,
      idsWhere(({ isUnsupported }) => isUnsupported),
    ),
    expired: viewsOf(
      facts,
      idsWhere(({ record }) => isExpired(record, facts.today)),
    ),
  };
}

export function openConflicts(facts: Facts, { project }: ProjectAsk): readonly OpenConflict[] {
  return facts.settlement.conflicts
    .filter(({ status, conflict }) => status === 'open' && conflict.project === project)
    .map(({ id, conflict }) => ({
      id,
      slot: conflict.slot,
      reason: conflict.reason,
      members: conflict.members.flatMap(({ id: member, value }) =>
        viewsOf(facts, [member]).map((record) => ({ record, value })),
      ),
    }));
}
