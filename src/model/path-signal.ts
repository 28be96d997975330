/** What a path says of how far its text is to be trusted (domain.md §5); used for priors and ranking. */
import type { StorePath } from '../plugin.ts';

export const HIGH_SIGNAL = 1.18;
export const LOW_SIGNAL = 0.72;

const HIGH =
  /(?:^|[^a-z0-9])(?:status|decisions?|requirements?|roadmap|charter|system-map|contracts?|schema|architecture|workflow|error-budget|comparison-matrix|selection-decision)(?=$|[^a-z0-9])/;
const LOW = /(?:^|[^a-z0-9])(?:archive|history|pre-cleanup|pre-migration|reviews?)(?=$|[^a-z0-9])/;

/** The factor of a path: 1.18 for a high signal, 0.72 for a low one, both multiplied. */
export function pathSignal(path: StorePath): number {
  const folded = path.toLowerCase().replace(/[\s_]+/g, '-');
  return (HIGH.test(folded) ? HIGH_SIGNAL : 1) * (LOW.test(folded) ? LOW_SIGNAL : 1);
}
