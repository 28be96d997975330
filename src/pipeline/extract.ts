/** The second stage: a document to claims, each checked against the limits of domain.md §5. */
import { isEntityKind, isMemoryKind, KINDS } from '../model/kinds.ts';
import { byText, foldStatement, quote } from '../model/names.ts';
import type { FoundClaim } from '../model/snapshot.ts';
import type { Claim, Document, Plugin, Problem } from '../plugin.ts';
import { pluginFailure } from './parse.ts';

export const STATEMENT_CHARS_MIN = 8;
export const STATEMENT_CHARS_MAX = 280;
export const SUBJECT_CHARS_MAX = 200;
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
  for (const plugin of plugins) {
    if (plugin.extract === undefined) continue;
    try {
      const found = plugin.extract(document, (problem) => {
        problems.push({ path: document.path, ...problem });
      });
      const extractor = `${plugin.name}@${plugin.version}`;
      for (const claim of found) {
        const fault = claimFault(claim);
        if (fault === undefined) claims.push({ claim: bounded(claim), extractor });
        else problems.push({ path: document.path, line: claim.place.line, ...fault });
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
  return { claims: claims.slice(0, claimsMax), problems, isWhole };
}

function claimFault(claim: Claim): { rule: string; message: string } | undefined {
  const kinds: readonly string[] = KINDS[claim.type] ?? [];
  const isKnown = claim.type === 'memory' ? isMemoryKind(claim.kind) : isEntityKind(claim.kind);
  if (!isKnown) {
    const message = `Expected a ${claim.type} kind, one of ${kinds.join(', ')}; found ${quote(claim.kind)} (${claim.rule}).`;
    return { rule: 'unknown-kind', message };
  }
  const length = foldStatement(claim.statement).length;
  if (length < STATEMENT_CHARS_MIN || length > STATEMENT_CHARS_MAX) {
    const message = `Expected a statement of ${STATEMENT_CHARS_MIN} to ${STATEMENT_CHARS_MAX} characters, found ${length} (${claim.rule}). Say it shorter or longer.`;
    return { rule: 'claim-length', message };
  }
  const subject = foldStatement(claim.subject).length;
  if (subject === 0 || subject > SUBJECT_CHARS_MAX) {
    const message = `Expected a subject of 1 to ${SUBJECT_CHARS_MAX} characters, found ${subject} (${claim.rule}).`;
    return { rule: 'claim-length', message };
  }
  return undefined;
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
    byText(a.extractor, b.extractor)
  );
}
