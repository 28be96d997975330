/** A relation between two records, as one more line of the first one's `relations`. */
import { servedRecord } from '../desk.ts';
import { RELATIONS } from '../model/relations.ts';
import type { RecordId } from '../plugin.ts';
import { DECIDED, decidedReply } from './decisions.ts';
import { ifMatchOf } from './records.ts';
import { defineRoute, type Route } from './route.ts';
import { personOf, type Site, viewOf } from './site.ts';
import { noteIn, SIGNED } from './wording.ts';
import { z } from './zod.ts';

const ID = z.string().min(1).max(200);

export function relationshipRoutes(site: Site): readonly Route[] {
  return [
    defineRoute(
      {
        method: 'post',
        path: '/relationships',
        access: 'reviewer',
        summary: 'Relate a record to another; an agent proposes an entity with `relations` instead',
        tag: 'entities',
        takesIfMatch: true,
        body: z.strictObject({ source: ID, relation: z.enum(RELATIONS), target: ID, ...SIGNED }),
        answer: DECIDED,
      },
      async ({ body, headers }) => {
        const view = viewOf(site);
        const id = body.source as RecordId;
        const { record } = servedRecord(view, id);
        // A target that is not there would be a problem of the file; asked for, it is a mistake.
        servedRecord(view, body.target as RecordId);
        const line = `${body.relation}: ${body.target}`;
        const relations = [...new Set([...record.relations, line])];
        const decided = await site.engine.decide({
          act: 'edit',
          id,
          edit: { relations },
          by: personOf(site, body.actor),
          ...ifMatchOf(headers),
          ...noteIn(body.note),
        });
        return decidedReply(site, decided);
      },
    ),
  ];
}
