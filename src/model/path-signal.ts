/** What a path says of how far its text is to be trusted (domain.md §5); used for priors and ranking. */

export const HIGH_SIGNAL = 1.18;
export const LOW_SIGNAL = 0.72;

const HIGH =
  /(?:^|[^a-z0-9])(?:status|decisions?|requirements?|roadmap|charter|system-map|contracts?|schema|architecture|workflow|error-budget|comparison-matrix|selection-decision)(?=$|[^a-z0-9])/;
const LOW = /(?:^|[^a-z0-9])(?:archive|history|pre-cleanup|pre-migration|reviews?)(?=$|[^a-z0-9])/;

/** Which signals a path carries: whole words of it, in any case, joined by `-`, `_` or blanks. */
export function pathSignals(path: string): { readonly isHigh: boolean; readonly isLow: boolean } {
  const folded = path.toLowerCase().replace(/[\s_]+/g, '-');
  return { isHigh: HIGH.test(folded), isLow: LOW.test(folded) };
}

/** The factor of a path: 1.18 for a high signal, 0.72 for a low one, both multiplied. */
export function pathSignal(path: string): number {
  const { isHigh, isLow } = pathSignals(path);
  return (isHigh ? HIGH_SIGNAL : 1) * (isLow ? LOW_SIGNAL : 1);
}
