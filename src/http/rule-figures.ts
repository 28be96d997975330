/** What became of claims, rule by rule, as JSON. */
import { z } from './zod.ts';

export const RULE_FIGURES = z
  .object({
    rule: z.string(),
    found: z.int(),
    admitted: z.int(),
    held: z.int(),
    merged: z.int(),
    refused: z.int(),
  })
  .meta({ description: 'What became of the claims that a rule found' });
