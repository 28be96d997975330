/** The shape of a problem in the OpenAPI document. */
import { z } from './zod.ts';

export const PROBLEM = z
  .looseObject({
    type: z.string().meta({ description: 'Stable: `urn:atocore:error:<code>`' }),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string().meta({ description: 'What was expected, what was found, what to do' }),
    errors: z
      .array(
        z.object({
          pointer: z.string().optional(),
          parameter: z.string().optional(),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .openapi('Problem');
