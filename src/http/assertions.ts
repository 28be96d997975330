/** What still says what no longer holds, as answers list it. */
import type { Assertion } from '../view/assertions.ts';
import { z } from './zod.ts';

export const ASSERTION = z
  .object({
    path: z.string(),
    id: z.string().optional().meta({ description: 'The record; absent for a passage of a source' }),
    heading: z.string(),
    lines: z.tuple([z.int(), z.int()]),
    text: z.string(),
  })
  .openapi('Assertion');

export type AssertionJson = z.output<typeof ASSERTION>;

export const STILL_ASSERTED = z.array(ASSERTION).meta({
  description: 'Active records and source passages that still say what was put away',
});

export function assertionJson(assertion: Assertion): AssertionJson {
  const { path, id, heading, startLine, endLine, text } = assertion;
  return { path, id, heading, lines: [startLine, endLine], text };
}
