/** Counting what became of claims, rule by rule. */
import { byText } from './names.ts';
import type { ClaimOutcome, Tally } from './snapshot.ts';

/** One row for each rule, in order of its name. */
export function tallyOf(outcomes: Iterable<ClaimOutcome>): readonly Tally[] {
  const rows = new Map<string, Tally>();
  for (const { rule, end } of outcomes) {
    const row = rows.get(rule) ?? { rule, found: 0, admitted: 0, held: 0, merged: 0, refused: 0 };
    rows.set(rule, { ...row, found: row.found + 1, [end]: row[end] + 1 });
  }
  return [...rows.values()].sort((a, b) => byText(a.rule, b.rule));
}

/** The outcomes of a project's documents below the roots of some labels. */
export function outcomesBelow(
  outcomes: readonly ClaimOutcome[],
  project: string,
  labels: Iterable<string>,
): readonly ClaimOutcome[] {
  const folders = [...labels].map((label) => `projects/${project}/sources/${label}/`);
  return outcomes.filter(({ path }) => folders.some((folder) => path.startsWith(folder)));
}
