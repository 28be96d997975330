/** A capture as hooks tell it: a turn, the folder that the agent worked in, and what was taken out of it before. */
import { z } from 'zod';
import type { Engine } from './engine.ts';
import type { Taken } from './intake.ts';
import { TURN_SCHEMA } from './model/captures.ts';
import { NAMED_SECRETS } from './secrets/named-secrets.ts';
import { SECRET_PATTERNS } from './secrets/secret-patterns.ts';
import { detectProject } from './view/detect-project.ts';

export const TOLD_SCHEMA = TURN_SCHEMA.extend({
  cwd: z
    .string()
    .max(4_096)
    .optional()
    .meta({ description: 'Without a project: the one with a root at or above this folder' }),
  secrets_removed: z
    .record(z.string().max(40), z.int().min(1).max(100_000))
    .optional()
    .meta({ description: 'What the sender has taken out, by kind; counted in /metrics' }),
});

export type ToldCapture = z.output<typeof TOLD_SCHEMA>;

/** Takes it in, as `Engine.capture`, into the project whose root the agent worked below. */
export async function takeTold(
  engine: Engine,
  told: ToldCapture,
  homeFolder: string,
): Promise<Taken> {
  const { cwd, secrets_removed: before, ...input } = told;
  const view = engine.view ?? (await engine.ready());
  const isFree = input.project === undefined || input.project === '';
  // Where it was said, never what was said: a text does not choose its project.
  const { project } =
    isFree && cwd !== undefined
      ? detectProject(view.settlement.registry, { text: '', workingFolder: cwd, homeFolder })
      : {};
  const removed = new Map(
    Object.entries(before ?? {}).map(([kind, count]) => [kindOf(engine, kind), count]),
  );
  return engine.capture({ ...input, ...(project === undefined ? {} : { project }) }, removed);
}

const KINDS = new Set([...SECRET_PATTERNS, ...NAMED_SECRETS].map(({ kind }) => kind));

// A metric has a bounded set of labels, whatever a sender calls things.
function kindOf({ config }: Engine, kind: string): string {
  const isKnown = KINDS.has(kind) || config.secrets.patterns.some((each) => each.kind === kind);
  return isKnown ? kind : 'other';
}
