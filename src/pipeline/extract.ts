/** The second stage: a document to claims, each checked against the limits of domain.md §5. */
import { claimFault } from '../model/claims.ts';
import { byText } from '../model/names.ts';
import type { FoundClaim } from '../model/snapshot.ts';
import type { Claim, Document, Plugin, Problem } from '../plugin.ts';
import { inOrder, pluginFailure } from './parse.ts';

export const EVIDENCE_CHARS_MAX = 4_000;

export interface Extracted {
  readonly claims: readonly FoundClaim[];
  readonly problems: readonly Problem[];
  readonly isWhole: boolean;
}

export function extract(
  document: Document,
  plugins: readonly Plugin[],
  claimsMax: number,
): Extracted {
  const claims: FoundClaim[] = [];
  const problems: Problem[] = [];
  let isWhole = true;
  for (const plugin of inOrder(plugins)) {
    if (plugin.extract === undefined) continue;
    try {
      const found = plugin.extract(document, (problem) => {
        problems.push({ ...problem, path: document.path });
      });
      const extractor = `${plugin.name}@${plugin.version}`;
      for (const claim of found) {
        const fault = claimFault(claim);
        if (fault === undefined) claims.push({ claim: bounded(claim), extractor });
        else problems.push({ path: document.path, ...lineOf(claim), ...fault });
      }
    } catch (error) {
      problems.push(pluginFailure(plugin, document.path, error));
      isWhole = false;
    }
  }
  claims.sort(byPlace);
  if (claims.length <= claimsMax) return { claims, problems, isWhole };
  problems.push({
    path: document.path,
    rule: 'too-many-claims',
    message: `Expected at most ${claimsMax} claims in one document, found ${claims.length}. The rest is not read; split the document.`,
  });
  return { claims: claims.slice(0, claimsMax), problems, isWhole: false };
}

// A plugin may be wrong about anything, the place too.
function lineOf(claim: Claim): { line?: number } {
  const line: unknown = claim?.place?.line;
  return typeof line === 'number' ? { line } : {};
}

function bounded(claim: Claim): Claim {
  return claim.evidence.length <= EVIDENCE_CHARS_MAX
    ? claim
    : { ...claim, evidence: claim.evidence.slice(0, EVIDENCE_CHARS_MAX) };
}

function byPlace(a: FoundClaim, b: FoundClaim): number {
  return (
    a.claim.place.line - b.claim.place.line ||
    byText(a.claim.rule, b.claim.rule) ||
    byText(a.claim.statement, b.claim.statement) ||
    byText(a.extractor, b.extractor) ||
    byText(JSON.stringify(a.claim), JSON.stringify(b.claim))
  );
}
