/** Requirements, who satisfies them, and the constraints that bind a part. */
import type { RecordId, Relation } from '../../plugin.ts';
import {
  bearersOf,
  bySubject,
  type Facts,
  type ProjectAsk,
  partsOf,
  type RecordAsk,
  type RecordView,
  recordsOf,
  recordView,
  targetsOf,
  viewsOf,
  wholesOf,
} from './facts.ts';

/** A record and the one that it bears on: the one asked about, a part of it, or what it lies within. */
export interface Bearing {
  readonly record: RecordView;
  readonly on: RecordView;
  readonly reach: 'itself' | 'part' | 'whole';
}

/** The ends of a relation from a record, from its parts, and from what it lies within. */
export function bearings(
  facts: Facts,
  { record, ...scope }: RecordAsk,
  relation: Relation,
  reaches: readonly Bearing['reach'][],
): readonly Bearing[] {
  const { id } = record.record;
  const ends: readonly (readonly [Bearing['reach'], readonly RecordId[]])[] = [
    ['itself', [id]],
    ['part', partsOf(facts, id, scope)],
    ['whole', wholesOf(facts, id, scope)],
  ];
  return ends
    .filter(([reach]) => reaches.includes(reach))
    .flatMap(([reach, bearers]) =>
      viewsOf(facts, bearers).flatMap((on) =>
        viewsOf(facts, targetsOf(facts, on.id, [relation], scope)).map((end) => ({
          record: end,
          on,
          reach,
        })),
      ),
    );
}

/** Requirements that a component satisfies, by itself or by its parts. */
export function satisfiedRequirements(facts: Facts, ask: RecordAsk): readonly Bearing[] {
  return bearings(facts, ask, 'satisfies', ['itself', 'part']);
}

export interface UnsatisfiedRequirement {
  readonly requirement: RecordView;
  /** Candidates that would satisfy it, or that say so of an active record. */
  readonly proposed: readonly RecordView[];
}

/** Requirements of a project that nothing satisfies. */
export function unsatisfiedRequirements(
  facts: Facts,
  ask: ProjectAsk,
): readonly UnsatisfiedRequirement[] {
  return recordsOf(facts, ask, ['requirement'])
    .filter(({ record }) => bearersOf(facts, record.id, ['satisfies'], ask).length === 0)
    .map((served) => ({
      requirement: recordView(facts, served),
      proposed: viewsOf(
        facts,
        bearersOf(facts, served.record.id, ['satisfies'], { includeCandidates: true }),
      ),
    }))
    .sort((a, b) => bySubject(a.requirement, b.requirement));
}

/** Constraints on a component: its own and those of what it lies within. */
export function constraintsOn(facts: Facts, ask: RecordAsk): readonly Bearing[] {
  return bearings(facts, ask, 'constrained_by', ['itself', 'whole']);
}
