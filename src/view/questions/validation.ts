/** Validation claims: those that nothing supports, and what stands behind one. */
import type { RecordId } from '../../plugin.ts';
import {
  bearersOf,
  type Facts,
  type ProjectAsk,
  type RecordAsk,
  type RecordView,
  recordsOf,
  recordView,
  type Scope,
  targetsOf,
  viewsOf,
} from './facts.ts';

export interface UnsupportedClaim {
  readonly claim: RecordView;
  /** Candidates that would support it. */
  readonly proposed: readonly RecordView[];
}

/** Validation claims of a project without a supporting result. */
export function unsupportedClaims(facts: Facts, ask: ProjectAsk): readonly UnsupportedClaim[] {
  return recordsOf(facts, ask, ['validation_claim'])
    .filter(({ record }) => supportOf(facts, record.id, ask).length === 0)
    .map((served) => ({
      claim: recordView(facts, served),
      proposed: viewsOf(facts, supportOf(facts, served.record.id, { includeCandidates: true })),
    }));
}

/** Results behind a claim, whichever of the two says so; a model alone is no result. */
function supportOf(facts: Facts, id: RecordId, scope: Scope): readonly RecordId[] {
  const ends = [
    ...targetsOf(facts, id, ['validated_by', 'evidenced_by'], scope),
    ...bearersOf(facts, id, ['supports'], scope),
  ];
  return ends.filter((end) => facts.graph.nodes.get(end)?.record.kind === 'result');
}

export interface Backing {
  readonly claim: RecordView;
  readonly results: readonly RecordView[];
  /** Models that analyse the claim or gave its results. */
  readonly models: readonly RecordView[];
  readonly others: readonly RecordView[];
}

/** Results and models behind a claim. */
export function backingOf(facts: Facts, { record, ...scope }: RecordAsk): Backing {
  const direct = [
    ...targetsOf(
      facts,
      record.record.id,
      ['validated_by', 'evidenced_by', 'analyzed_by', 'described_by'],
      scope,
    ),
    ...bearersOf(facts, record.record.id, ['supports'], scope),
  ];
  const kindOf = (id: RecordId): string => facts.graph.nodes.get(id)?.record.kind ?? '';
  const results = direct.filter((id) => kindOf(id) === 'result');
  const behind = results.flatMap((id) =>
    targetsOf(facts, id, ['analyzed_by', 'depends_on', 'evidenced_by'], scope),
  );
  const models = [...direct, ...behind].filter((id) => kindOf(id) === 'analysis_model');
  const known = new Set([...results, ...models]);
  return {
    claim: recordView(facts, record),
    results: viewsOf(facts, results),
    models: viewsOf(facts, models),
    others: viewsOf(
      facts,
      direct.filter((id) => !known.has(id)),
    ),
  };
}
