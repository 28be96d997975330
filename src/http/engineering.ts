/** Questions about entities: one route for each row of the table of questions. */
import { present } from '../model/records.ts';
import type { Settlement } from '../model/snapshot.ts';
import { type Facts, factsOf } from '../view/questions/facts.ts';
import { type Given, type ParameterName, QUESTIONS, type Question } from '../view/questions.ts';
import { defineRoute, type Route } from './route.ts';
import { type Site, todayOf, viewOf } from './site.ts';
import { z } from './zod.ts';

const QUESTION = z
  .object({
    id: z.string(),
    title: z.string(),
    path: z.string(),
    parameters: z.array(z.object({ name: z.string(), required: z.boolean(), meaning: z.string() })),
  })
  .openapi('Question');
const QUESTION_LIST = z.object({ items: z.array(QUESTION), count: z.int() });

const ANSWERED = z
  .object({
    question: z.string(),
    title: z.string(),
    revision: z.string(),
    answer: z.unknown().meta({ description: 'Records, paths of relations, gaps: by question' }),
  })
  .openapi('Answer');

export type QuestionListJson = z.output<typeof QUESTION_LIST>;
export type AnsweredJson = z.output<typeof ANSWERED>;

const PATH = '/engineering';

export function engineeringRoutes(site: Site): readonly Route[] {
  const facts = factsOnce(site);
  return [listRoute(), ...QUESTIONS.map((question) => questionRoute(site, question, facts))];
}

function listRoute(): Route {
  return defineRoute(
    {
      method: 'get',
      path: PATH,
      access: 'any',
      summary: 'The questions that the entities answer, with what each takes',
      tag: 'engineering',
      answer: QUESTION_LIST,
    },
    () => {
      const items = QUESTIONS.map(({ id, title, parameters }) => ({
        id,
        title,
        path: `${PATH}/${id}`,
        parameters: parameters.map(({ name, isRequired, meaning }) => ({
          name,
          required: isRequired,
          meaning,
        })),
      }));
      return { body: { items, count: items.length } };
    },
  );
}

function questionRoute(site: Site, question: Question, facts: () => Facts): Route {
  const { id, title, parameters } = question;
  const fields = parameters.map(({ name, isRequired, meaning }) => {
    const text = z.string().max(300).meta({ description: meaning });
    return [name, isRequired ? text.min(1) : text.optional()] as const;
  });
  return defineRoute(
    {
      method: 'get',
      path: `${PATH}/${id}`,
      access: 'any',
      summary: title,
      tag: 'engineering',
      query: z.strictObject(
        Object.fromEntries(fields) as Partial<Record<ParameterName, z.ZodOptional<z.ZodString>>>,
      ),
      answer: ANSWERED,
    },
    ({ query }) => {
      const { revision } = viewOf(site);
      const answer = question.answer(facts(), present(query as Given));
      return { body: { question: id, title, revision, answer } };
    },
  );
}

/** The facts of the view that is served; its graph is made once. */
function factsOnce(site: Site): () => Facts {
  let kept: { readonly settlement: Settlement; readonly facts: Facts } | undefined;
  return () => {
    const view = viewOf(site);
    const today = todayOf(site);
    if (kept?.settlement !== view.settlement || kept.facts.today !== today) {
      kept = { settlement: view.settlement, facts: factsOf(view, today) };
    }
    return kept.facts;
  };
}
