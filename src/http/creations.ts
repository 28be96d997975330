/** New memories and entities: an agent's is a candidate, a reviewer's is active. */
import { AtoError } from '../errors.ts';
import type { Draft } from '../model/authored.ts';
import { present } from '../model/records.ts';
import { DECIDED, decidedReply } from './decisions.ts';
import { COLLECTIONS, type Collection } from './records.ts';
import { defineRoute, type Route } from './route.ts';
import { personOf, projectInBody, type Site, viewOf } from './site.ts';
import type { Scope } from './tokens.ts';
import { noteIn, SIGNED, WORDING } from './wording.ts';
import { z } from './zod.ts';

type Status = 'active' | 'candidate';

export function creationRoutes(site: Site): readonly Route[] {
  return COLLECTIONS.map((collection) => createRoute(site, collection));
}

function createRoute(site: Site, collection: Collection): Route {
  const { type, path, kinds, tag } = collection;
  return defineRoute(
    {
      method: 'post',
      path,
      access: 'agent|reviewer',
      summary: `A new ${type}: a candidate with the agent's token, active with the reviewer's; one commit`,
      tag,
      body: z.strictObject({
        kind: z.enum(kinds as readonly Draft['kind'][]),
        project: z.string().min(1).max(200),
        text: WORDING.text,
        subject: WORDING.subject,
        value: WORDING.value.optional(),
        tags: WORDING.tags.optional(),
        valid_until: WORDING.valid_until.optional(),
        confidence: WORDING.confidence.optional(),
        relations: WORDING.relations.optional(),
        origins: z
          .array(z.string().min(1).max(500))
          .max(20)
          .optional()
          .meta({ description: 'Where it comes from: `path#slug`, or words' }),
        status: z
          .enum(['active', 'candidate'])
          .optional()
          .meta({ description: "Left out: what the token may make; the agent's makes candidates" }),
        ...SIGNED,
      }),
      status: 201,
      answer: DECIDED,
    },
    async ({ body, scope }) => {
      const status = statusFor(scope, body.status);
      const { kind, project, text, subject, origins } = body;
      const { value, tags, valid_until: validUntil, confidence, relations } = body;
      const more = present({ value, tags, validUntil, confidence, relations });
      const id = projectInBody(viewOf(site), project);
      const created = await site.engine.create({
        draft: { type, kind, project: id, text, subject, ...more },
        by: personOf(site, body.actor),
        as: status === 'active' ? 'reviewer' : 'agent',
        ...(origins === undefined ? {} : { origins }),
        ...noteIn(body.note),
      });
      return { ...decidedReply(site, created), status: 201 };
    },
  );
}

/** What a token makes. Where none is asked for, only what is asked to be active is. */
function statusFor(scope: Scope | undefined, asked: Status | undefined): Status {
  if (scope !== 'agent') return asked ?? (scope === 'reviewer' ? 'active' : 'candidate');
  if (asked !== 'active') return 'candidate';
  throw new AtoError(
    'not-allowed',
    'Expected the reviewer token for an active record, found the agent token, which proposes. Leave `status` out.',
  );
}
