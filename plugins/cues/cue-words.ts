/** The four words that open a heading or a callout, and what they give (domain.md §5). */
import type { Claim } from '../../src/plugin.ts';

export interface CueWord {
  readonly type: Claim['type'];
  readonly kind: Claim['kind'];
  readonly headingRule: string;
  readonly headingPrior: number;
}

export const CUE_WORDS: ReadonlyMap<string, CueWord> = new Map([
  ['decision', word('entity', 'decision', 'decision_heading', 0.7)],
  ['requirement', word('entity', 'requirement', 'requirement_heading', 0.7)],
  ['constraint', word('entity', 'constraint', 'constraint_heading', 0.7)],
  ['fact', word('memory', 'knowledge', 'fact_heading', 0.6)],
]);

function word(
  type: Claim['type'],
  kind: Claim['kind'],
  headingRule: string,
  headingPrior: number,
): CueWord {
  return { type, kind, headingRule, headingPrior };
}
