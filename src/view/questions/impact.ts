/** What a change of one record would reach: the outbound walk, at most three steps. */
import { byText } from '../../model/names.ts';
import type { RecordId, Relation } from '../../plugin.ts';
import {
  edgesFrom,
  edgesTo,
  type Facts,
  type RecordAsk,
  type RecordView,
  recordView,
  type Scope,
} from './facts.ts';

export const IMPACT_DEPTH_MAX = 3;

/** Which end of a relation feels it when the other changes. */
type Reach = 'target' | 'bearer' | 'both' | 'none';

// "Outbound" is away from what changes, along the meaning of the relation and not along its arrow:
// a component bears `affected_by_decision`, yet it is the decision that reaches the component.
const REACH: Readonly<Record<Relation, Reach>> = {
  contains: 'both',
  part_of: 'both',
  interfaces_with: 'both',
  satisfies: 'both',
  constrained_by: 'bearer',
  affected_by_decision: 'bearer',
  based_on_assumption: 'bearer',
  supersedes: 'none',
  analyzed_by: 'both',
  validated_by: 'bearer',
  supports: 'target',
  conflicts_with: 'none',
  depends_on: 'bearer',
  described_by: 'target',
  updated_by_session: 'none',
  evidenced_by: 'bearer',
  summarized_in: 'target',
  uses_material: 'bearer',
};

const RELATIONS = Object.keys(REACH) as readonly Relation[];
const TO_TARGET = RELATIONS.filter((each) => REACH[each] === 'target' || REACH[each] === 'both');
const TO_BEARER = RELATIONS.filter((each) => REACH[each] === 'bearer' || REACH[each] === 'both');

export interface Impact {
  readonly record: RecordView;
  /** 1 to 3. */
  readonly depth: number;
  /** The relation that carries the change, and the record that it comes from. */
  readonly because: {
    readonly relation: Relation;
    readonly of: RecordId;
    /** True where `of` bears the relation, false where this record does. */
    readonly toTarget: boolean;
  };
}

/** The impact of changing a record, nearest first; each record once, by its shortest way. */
export function impactOf(facts: Facts, { record, ...scope }: RecordAsk): readonly Impact[] {
  const found = new Map<RecordId, Impact>();
  let edge: readonly RecordId[] = [record.record.id];
  for (let depth = 1; depth <= IMPACT_DEPTH_MAX; depth += 1) {
    const next: RecordId[] = [];
    for (const id of edge) {
      const because = found.get(id)?.because;
      const isThrough = because?.toTarget === true ? because.relation : undefined;
      for (const { relation, end, toTarget } of stepsFrom(facts, id, scope)) {
        // A bolt reaches its cell, and not by that every other part of the cell.
        if (relation === isThrough && !toTarget && relation !== 'interfaces_with') continue;
        const served = facts.graph.nodes.get(end);
        if (end === record.record.id || found.has(end) || served === undefined) continue;
        found.set(end, {
          record: recordView(facts, served),
          depth,
          because: { relation, of: id, toTarget },
        });
        next.push(end);
      }
    }
    edge = next.sort(byText);
  }
  return [...found.values()];
}

interface Step {
  readonly relation: Relation;
  readonly end: RecordId;
  readonly toTarget: boolean;
}

function stepsFrom(facts: Facts, id: RecordId, scope: Scope): readonly Step[] {
  const steps: readonly Step[] = [
    ...edgesFrom(facts, id, TO_TARGET, scope).map(({ relation, to }) => ({
      relation,
      end: to,
      toTarget: true,
    })),
    ...edgesTo(facts, id, TO_BEARER, scope).map(({ relation, from }) => ({
      relation,
      end: from,
      toTarget: false,
    })),
  ];
  return steps.toSorted((a, b) => byText(a.end, b.end) || byText(a.relation, b.relation));
}
