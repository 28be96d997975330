/** What of a record people word, and who signs for it, as requests say it. */
import { NOTE_CHARS_MAX } from '../decisions.ts';
import {
  type Edit,
  FIELD_CHARS_MAX,
  RELATIONS_MAX,
  TAGS_MAX,
  TEXT_CHARS_MAX,
} from '../model/authored.ts';
import { z } from './zod.ts';

/** Fields of a body that is a person's act. */
export const SIGNED = {
  note: z.string().max(NOTE_CHARS_MAX).optional(),
  actor: z.string().max(320).optional().meta({ description: 'Who decided: `Name <address>`' }),
};

/** A blob as `If-Match` in a header or a body names it. */
export const ETAG = z
  .string()
  .regex(/^(?:"[0-9a-f]{40}"|[0-9a-f]{40})$/, 'the `oid` of the record as it was read');

export const WORDING = {
  text: z.string().min(1).max(TEXT_CHARS_MAX),
  subject: z.string().min(1).max(FIELD_CHARS_MAX),
  value: z.string().min(1).max(FIELD_CHARS_MAX),
  tags: z.array(z.string().min(1).max(64)).max(TAGS_MAX),
  valid_until: z.iso.date(),
  confidence: z.number().min(0).max(1),
  relations: z
    .array(z.string().max(250))
    .max(RELATIONS_MAX)
    .meta({ description: 'Each as `relation: target-id`' }),
};

/** What is left out stays, what is null is taken away. */
export const EDIT_FIELDS = {
  text: WORDING.text.optional(),
  subject: WORDING.subject.optional(),
  value: WORDING.value.nullable().optional(),
  tags: WORDING.tags.optional(),
  valid_until: WORDING.valid_until.nullable().optional(),
  confidence: WORDING.confidence.optional(),
  relations: WORDING.relations.optional(),
};
export const EDIT = z
  .strictObject(EDIT_FIELDS)
  .meta({ description: 'What is left out stays, what is null is taken away' });

type EditJson = z.output<typeof EDIT>;

/** The edit of a body; none when it words nothing. */
export function editOf(fields: EditJson | undefined): { readonly edit?: Edit } {
  if (fields === undefined) return {};
  const { text, subject, value, tags, valid_until: validUntil, confidence, relations } = fields;
  const edit = { text, subject, value, tags, validUntil, confidence, relations };
  const said = Object.entries(edit).filter(([, field]) => field !== undefined);
  return said.length === 0 ? {} : { edit: Object.fromEntries(said) as Edit };
}

/** The blob that an ETag in a body names. */
export function matchIn(etag: string | undefined): { readonly ifMatch?: string } {
  return etag === undefined ? {} : { ifMatch: etag.replaceAll('"', '') };
}

/** A note as far as there is one. */
export function noteIn(note: string | undefined): { readonly note?: string } {
  return note === undefined ? {} : { note };
}
