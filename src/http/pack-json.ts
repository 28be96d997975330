/** A context pack as JSON: the shape that clients of `/context/build` read. */
import { digest } from '../model/names.ts';
import type { Pack, PackEntry, Receipt } from '../view/context.ts';
import { z } from './zod.ts';

const TERMS = z.record(z.string(), z.number());

const ENTRY = z.object({
  id: z.string(),
  path: z.string(),
  date: z.string(),
  layer: z.string(),
  text: z.string(),
  score: z.number(),
  terms: TERMS,
  notes: z.array(z.string()),
});

const RECEIPT = z.object({
  revision: z.string(),
  configuration: z.string(),
  ask: z.string(),
  budget: z.int(),
  budget_tokens: z.int().optional(),
  today: z.string(),
  project: z.string().optional(),
  project_by: z.string(),
  considered: z.object({ records: z.int(), passages: z.int() }),
  included: z.array(
    z.object({
      id: z.string(),
      path: z.string(),
      section: z.string(),
      chars: z.int(),
      score: z.number(),
      terms: TERMS,
      why: z.string(),
      notes: z.array(z.string()),
    }),
  ),
  left_out: z.array(
    z.object({
      id: z.string(),
      section: z.string().optional(),
      reason: z.string(),
      instead_of: z.string().optional(),
    }),
  ),
  left_out_counts: z.record(z.string(), z.int()),
  late: z.array(z.string()),
  tokens: z.record(z.string(), z.int()),
  tokenizer: z.string(),
  vectors: z
    .object({ model: z.string(), used: z.boolean(), known: z.int(), missing: z.int() })
    .optional()
    .meta({
      description:
        'The model for likeness of meaning, where the operator has one; words alone where not used',
    }),
});

export const PACK = z
  .object({
    id: z.string(),
    formatted_context: z.string(),
    sections: z.array(
      z.object({
        name: z.string(),
        title: z.string(),
        chars: z.int(),
        tokens: z.int(),
        entries: z.array(ENTRY),
      }),
    ),
    project: z.string().optional(),
    revision: z.string(),
    receipt: RECEIPT,
    partial: z.boolean(),
    late: z.array(z.string()),
    total_chars: z.int(),
    tokens: z.int(),
    tokenizer: z.string(),
    budget: z.int(),
    budget_tokens: z.int().optional(),
    duration_ms: z.number(),
  })
  .openapi('Pack');
export type PackJson = z.output<typeof PACK>;

/** The same pack for the same ask has the same id, whoever asks. */
export function packJson(pack: Pack, durationMs: number): PackJson {
  const { receipt } = pack;
  const whole = digest(JSON.stringify([receipt, pack.formattedContext]));
  return {
    id: `ctx-${whole.slice('sha256-'.length, 'sha256-'.length + 16)}`,
    formatted_context: pack.formattedContext,
    sections: pack.sections.map(({ entries, ...section }) => ({
      ...section,
      entries: entries.map(entryJson),
    })),
    ...(pack.project === undefined ? {} : { project: pack.project }),
    revision: pack.revision,
    receipt: receiptJson(receipt),
    partial: pack.partial,
    late: [...pack.late],
    total_chars: pack.totalChars,
    tokens: pack.tokens,
    tokenizer: pack.tokenizer,
    budget: pack.budget,
    ...(pack.budgetTokens === undefined ? {} : { budget_tokens: pack.budgetTokens }),
    duration_ms: Math.round(durationMs * 10) / 10,
  };
}

function entryJson({ isRelevant: _, notes, terms, ...entry }: PackEntry): z.output<typeof ENTRY> {
  return { ...entry, terms: { ...terms }, notes: [...notes] };
}

function receiptJson(receipt: Receipt): z.output<typeof RECEIPT> {
  const { budgetTokens, projectBy, leftOut, leftOutCounts, included, ...same } = receipt;
  return {
    ...same,
    ...(budgetTokens === undefined ? {} : { budget_tokens: budgetTokens }),
    project_by: projectBy,
    considered: { ...receipt.considered },
    included: included.map((each) => ({
      ...each,
      terms: { ...each.terms },
      notes: [...each.notes],
    })),
    left_out: leftOut.map(({ insteadOf, ...each }) => ({
      ...each,
      ...(insteadOf === undefined ? {} : { instead_of: insteadOf }),
    })),
    left_out_counts: { ...leftOutCounts },
    late: [...receipt.late],
    tokens: { ...receipt.tokens },
  };
}
