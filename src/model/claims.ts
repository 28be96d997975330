/** What a claim must be to become a candidate: its shape, and the limits of domain.md §5. */
import { z } from 'zod';
import type { Claim } from '../plugin.ts';
import { isEntityKind, isMemoryKind, KINDS } from './kinds.ts';
import { foldStatement, quote } from './names.ts';

export const STATEMENT_CHARS_MIN = 8;
export const STATEMENT_CHARS_MAX = 280;
export const SUBJECT_CHARS_MAX = 200;
export const VALUE_CHARS_MAX = 280;
export const STATED_CHARS_MAX = 4_000;
/** Places that a record names; what is found in more keeps the first by name. */
export const ORIGINS_MAX = 100;
const ORIGINS_CHARS_MAX = 12_000;

// Half a surrogate pair would come back from the disk as another character, for ever.
const text = z.string().refine((value) => value.isWellFormed(), 'whole Unicode characters');

const SHAPE = z.object({
  type: z.enum(['memory', 'entity']),
  kind: z.string(),
  subject: text,
  value: text.optional(),
  statement: text,
  rule: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'a name such as decision_heading'),
  prior: z.number().min(0).max(1),
  place: z.object({ line: z.int().min(1), slug: text.max(1_000) }),
  evidence: z.string(),
  tags: z.array(text.max(64)).max(32).optional(),
  // Only such keys: what a source says of itself can't set a status (invariant 12).
  stated: z
    .record(
      z.string().regex(/^stated_[a-z0-9_]{1,40}$/, 'keys that begin with "stated_"'),
      z.union([text, z.array(text)]),
    )
    .refine((stated) => JSON.stringify(stated).length <= STATED_CHARS_MAX, 'less of it')
    .optional(),
});

/** Why a claim can't become a candidate; none when it can. */
export function claimFault(claim: Claim): { rule: string; message: string } | undefined {
  const read = SHAPE.safeParse(claim);
  if (!read.success) {
    const issue = read.error.issues[0];
    const message = `Expected a claim as the plugin contract says, found a fault at ${quote(issue?.path.join('.') ?? '')}: ${issue?.message}. Report it to the plugin's authors.`;
    return { rule: 'bad-claim', message };
  }
  const isKnown = claim.type === 'memory' ? isMemoryKind(claim.kind) : isEntityKind(claim.kind);
  if (!isKnown) {
    const message = `Expected a ${claim.type} kind, one of ${KINDS[claim.type].join(', ')}; found ${quote(claim.kind)} (${claim.rule}).`;
    return { rule: 'unknown-kind', message };
  }
  return lengthFault(claim);
}

function lengthFault(claim: Claim): { rule: string; message: string } | undefined {
  const rule = 'claim-length';
  const length = foldStatement(claim.statement).length;
  if (length < STATEMENT_CHARS_MIN || length > STATEMENT_CHARS_MAX) {
    const message = `Expected a statement of ${STATEMENT_CHARS_MIN} to ${STATEMENT_CHARS_MAX} characters, found ${length} (${claim.rule}). Say it shorter or longer.`;
    return { rule, message };
  }
  const subject = foldStatement(claim.subject).length;
  if (subject === 0 || subject > SUBJECT_CHARS_MAX) {
    const message = `Expected a subject of 1 to ${SUBJECT_CHARS_MAX} characters, found ${subject} (${claim.rule}).`;
    return { rule, message };
  }
  const value = foldStatement(claim.value ?? '').length;
  if (value <= VALUE_CHARS_MAX) return undefined;
  const message = `Expected a value of at most ${VALUE_CHARS_MAX} characters, found ${value} (${claim.rule}).`;
  return { rule, message };
}

/** As many of the origins, in their order, as a record's frontmatter has room for; at least one. */
export function boundedOrigins(origins: readonly string[]): readonly string[] {
  let chars = 0;
  const end = origins.findIndex((origin, at) => {
    chars += origin.length;
    return at >= ORIGINS_MAX || (at > 0 && chars > ORIGINS_CHARS_MAX);
  });
  return end === -1 ? origins : origins.slice(0, end);
}
