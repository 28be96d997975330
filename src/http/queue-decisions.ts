/** Many decisions as one commit: all of them, or none. */
import { CHOICES_MAX } from '../decisions.ts';
import type { Choice } from '../engine.ts';
import { AtoError } from '../errors.ts';
import { ENTITY_KINDS } from '../model/kinds.ts';
import type { RecordId } from '../plugin.ts';
import { DECISION, decisionJson } from './decisions.ts';
import { defineRoute, type Route } from './route.ts';
import { personOf, projectInBody, type Site, viewOf } from './site.ts';
import { EDIT, ETAG, editOf, matchIn, noteIn, SIGNED } from './wording.ts';
import { z } from './zod.ts';

const ACTS = [
  'promote',
  'reject',
  'edit',
  'invalidate',
  'supersede',
  'reinstate',
  'graduate',
  'move',
] as const satisfies readonly Choice['act'][];
type Act = (typeof ACTS)[number];
type Part = 'edit' | 'winner' | 'kind' | 'project';

const NEEDED: Readonly<Partial<Record<Act, Part>>> = {
  edit: 'edit',
  supersede: 'winner',
  graduate: 'kind',
  move: 'project',
};
const TAKEN: Readonly<Record<Part, readonly Act[]>> = {
  edit: ['promote', 'edit', 'graduate'],
  winner: ['supersede'],
  kind: ['graduate'],
  project: ['move'],
};
const PARTS: readonly Part[] = ['edit', 'winner', 'kind', 'project'];

const CHOICE = z
  .strictObject({
    act: z.enum(ACTS),
    id: z.string().min(1).max(100),
    note: SIGNED.note,
    if_match: ETAG.optional(),
    edit: EDIT.optional(),
    winner: z.string().min(1).max(300).optional(),
    kind: z.enum(ENTITY_KINDS).optional(),
    project: z.string().min(1).max(200).optional(),
  })
  .superRefine((choice, context) => {
    for (const part of PARTS) {
      const isThere = choice[part] !== undefined;
      const isRight = isThere ? TAKEN[part].includes(choice.act) : NEEDED[choice.act] !== part;
      if (isRight) continue;
      const message = isThere
        ? `Expected no \`${part}\` for ${choice.act}, found one. Leave it out.`
        : `Expected \`${part}\` for ${choice.act}, found none.`;
      context.addIssue({ code: 'custom', path: [part], message });
    }
  })
  .openapi('Decision');
type ChoiceJson = z.output<typeof CHOICE>;

const DECIDED_MANY = z.object({
  commit: z.string(),
  count: z.int(),
  decided: z.array(DECISION.extend({ act: z.enum(ACTS), id: z.string() })).meta({
    description: 'In the order of the decisions',
  }),
});
export type DecidedManyJson = z.output<typeof DECIDED_MANY>;

export function queueDecisionRoutes(site: Site): readonly Route[] {
  return [
    defineRoute(
      {
        method: 'post',
        path: '/queue/decisions',
        access: 'reviewer',
        summary: 'Many decisions in one commit: all, or none with the `index` of the one at fault',
        tag: 'review',
        body: z.strictObject({
          decisions: z.array(CHOICE).min(1).max(CHOICES_MAX),
          ...SIGNED,
        }),
        answer: DECIDED_MANY,
      },
      async ({ body: { decisions, note, actor } }) => {
        const choices = decisions.map((decision) => choiceOf(site, decision));
        const how = { by: personOf(site, actor), ...noteIn(note) };
        const { commit, decided } = await site.engine.decideMany(choices, how);
        return {
          body: {
            commit,
            count: decided.length,
            decided: decided.flatMap((each, at) => {
              const { act, id } = decisions[at] ?? {};
              return act === undefined || id === undefined
                ? []
                : [{ act, id, ...decisionJson(site, each) }];
            }),
          },
        };
      },
    ),
  ];
}

function choiceOf(site: Site, decision: ChoiceJson): Choice {
  const { act, winner, kind, project } = decision;
  const id = decision.id as RecordId;
  const aimed = { id, ...noteIn(decision.note), ...matchIn(decision.if_match) };
  const edit = editOf(decision.edit);
  if (act === 'promote') return { ...aimed, act, ...edit };
  if (act === 'edit') return { ...aimed, act, edit: edit.edit ?? {} };
  if (act === 'supersede' && winner !== undefined) {
    return { ...aimed, act, winner: winner as RecordId };
  }
  if (act === 'graduate' && kind !== undefined) return { ...aimed, act, kind, ...edit };
  if (act === 'move' && project !== undefined) {
    return { ...aimed, act, project: projectInBody(viewOf(site), project) };
  }
  if (act === 'reject' || act === 'invalidate' || act === 'reinstate') return { ...aimed, act };
  throw new AtoError('invalid', `Expected what ${act} needs, found it missing.`);
}
