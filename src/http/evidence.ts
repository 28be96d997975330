/** What a record rests on, as answers quote it. */
import type { Evidence } from '../view/evidence.ts';
import { z } from './zod.ts';

export const EVIDENCE = z
  .object({
    origin: z.string().meta({ description: '`path#slug`, `memory:<id>`, or words' }),
    path: z.string().optional(),
    title: z.string().optional(),
    heading_path: z.array(z.string()),
    lines: z.tuple([z.int(), z.int()]).optional(),
    quote: z.string().meta({ description: "The source's own words; empty when they are gone" }),
    current: z.boolean().meta({ description: 'False when the source no longer says it there' }),
  })
  .openapi('Evidence');

export type EvidenceJson = z.output<typeof EVIDENCE>;

export function evidenceJson(evidence: Evidence): EvidenceJson {
  const { origin, path, title, headingPath, startLine, endLine, quote, isCurrent } = evidence;
  return {
    origin,
    path,
    title,
    heading_path: [...headingPath],
    ...(startLine === undefined ? {} : { lines: [startLine, endLine ?? startLine] }),
    quote,
    current: isCurrent,
  };
}
