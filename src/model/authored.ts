/** Record files that an act makes or rewords: their fields checked, their text formatted. */
import type { EntityKind, MemoryKind, ProjectId, RecordId, Status, StorePath } from '../plugin.ts';
import { isoDate } from './fields.ts';
import { type Fields, formatFile, splitFrontMatter, withFields } from './front-matter.ts';
import { isEntityKind, isMemoryKind, KINDS } from './kinds.ts';
import { foldStatement, quote, recordId, slug } from './names.ts';
import type { RecordFile } from './records.ts';

export const TEXT_CHARS_MAX = 4_000;
export const FIELD_CHARS_MAX = 200;
export const TAGS_MAX = 20;
export const RELATIONS_MAX = 100;

/** What of a record people own besides its status (domain.md §3). */
export interface Wording {
  /** The claim, as Markdown of 1 to 4,000 characters. */
  readonly text: string;
  readonly subject: string;
  readonly value?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** ISO date, the last day it holds. */
  readonly validUntil?: string | undefined;
  /** 0 to 1. */
  readonly confidence?: number | undefined;
  /** `relation: target-id`. */
  readonly relations?: readonly string[] | undefined;
}

/** A change of wording: what is left out stays, what is null is taken away. */
export type Edit = {
  readonly [Key in keyof Wording]?: Key extends 'value' | 'validUntil'
    ? Wording[Key] | null
    : Wording[Key] | undefined;
};

/** A record that is written by hand or proposed. */
export interface Draft extends Wording {
  readonly type: 'memory' | 'entity';
  readonly kind: MemoryKind | EntityKind;
  readonly project: ProjectId;
}

/** How a draft comes into the world. */
export interface Birth {
  readonly status: Extract<Status, 'active' | 'candidate'>;
  readonly origins: readonly string[];
  readonly isHandAuthored: boolean;
  /** Says in the record how it came about; absent for what a person wrote. */
  readonly rule?: string;
}

/** Why a draft can't be a record; none when it can. */
export function draftFault(draft: Draft): string | undefined {
  const isKnown = draft.type === 'memory' ? isMemoryKind(draft.kind) : isEntityKind(draft.kind);
  if (!isKnown) {
    return `Expected a ${draft.type} kind, one of ${KINDS[draft.type].join(', ')}; found ${quote(draft.kind)}.`;
  }
  return editFault(draft);
}

/** Why an edit can't be made; none when it can. */
export function editFault(edit: Edit): string | undefined {
  const { text, subject, value, validUntil, confidence, tags = [], relations = [] } = edit;
  if (text !== undefined && !isWithin(text.trim(), TEXT_CHARS_MAX)) {
    return `Expected a text of 1 to ${TEXT_CHARS_MAX} characters, found ${text.trim().length}.`;
  }
  for (const [name, field] of [
    ['subject', subject],
    ['value', value],
  ] as const) {
    if (typeof field !== 'string') continue;
    if (isWithin(foldStatement(field), FIELD_CHARS_MAX)) continue;
    return `Expected a ${name} of 1 to ${FIELD_CHARS_MAX} characters, found ${foldStatement(field).length}.`;
  }
  if (typeof validUntil === 'string' && !isoDate.safeParse(validUntil).success) {
    return `Expected a date such as 2026-12-31 for the end of validity, found ${quote(validUntil)}.`;
  }
  if (confidence !== undefined && !(confidence >= 0 && confidence <= 1)) {
    return `Expected a confidence from 0 to 1, found ${confidence}.`;
  }
  const tag = tags.find((each) => !/^[\p{L}\p{N}][\p{L}\p{N}_/.-]{0,63}$/u.test(each));
  if (tag !== undefined || tags.length > TAGS_MAX) {
    return `Expected at most ${TAGS_MAX} tags of letters, digits, "-", "_", "/" and ".", found ${tag === undefined ? tags.length : quote(tag)}.`;
  }
  const relation = relations.find((each) => !/^[a-z_]{1,40}: \S{1,200}$/.test(each));
  if (relation !== undefined || relations.length > RELATIONS_MAX) {
    return `Expected at most ${RELATIONS_MAX} relations as "relation: target-id", found ${relation === undefined ? relations.length : quote(relation)}.`;
  }
  return undefined;
}

/** The file of a new record. The draft must have no fault. */
export function formatDraft(
  draft: Draft,
  birth: Birth,
): { readonly id: RecordId; readonly path: StorePath; readonly text: string } {
  const { type, kind, project, text, confidence, tags = [], relations = [] } = draft;
  const subject = foldStatement(draft.subject);
  const id = recordId({ project, type, kind, subject, statement: text });
  const path = `projects/${project}/records/${kind}/${slug(subject)}--${id}.md` as StorePath;
  const fields: Fields = {
    id,
    type,
    kind,
    project,
    status: birth.status,
    subject,
    value: draft.value === undefined ? undefined : foldStatement(draft.value),
    confidence,
    tags,
    valid_until: draft.validUntil,
    hand_authored: birth.isHandAuthored ? true : undefined,
    origins: birth.origins,
    rule: birth.rule,
    conflicts: [],
    supersedes: [],
    superseded_by: '',
    relations,
  };
  return { id, path, text: formatFile(fields, `${text.trim()}\n`) };
}

/** A record file reworded; every byte that the edit doesn't speak of stays. */
export function withEdit(file: RecordFile, edit: Edit): string {
  const { record } = file;
  const fields: Record<string, Fields[string]> = {};
  const set = (key: string, value: Fields[string], before: unknown): void => {
    if (JSON.stringify(value ?? null) !== JSON.stringify(before ?? null)) fields[key] = value;
  };
  const { subject, value, tags, validUntil, confidence, relations } = edit;
  if (subject !== undefined) set('subject', foldStatement(subject), record.subject);
  if (value !== undefined) {
    set('value', value === null ? undefined : foldStatement(value), record.value);
  }
  if (tags !== undefined) set('tags', tags, record.tags);
  if (validUntil !== undefined) set('valid_until', validUntil ?? undefined, record.validUntil);
  if (confidence !== undefined) set('confidence', confidence, record.confidence);
  if (relations !== undefined) set('relations', relations, record.relations);
  const text = Object.keys(fields).length === 0 ? file.text : withFields(file.text, fields);
  const body = edit.text?.trim();
  return body === undefined || body === record.text ? text : withBody(text, `${body}\n`);
}

/** The text with another body below its frontmatter. The text must have one that is read. */
export function withBody(text: string, body: string): string {
  const split = splitFrontMatter(text);
  if (!('parts' in split)) throw new TypeError('no frontmatter to write a body below');
  return text.slice(0, text.length - split.parts.body.length) + body;
}

function isWithin(text: string, max: number): boolean {
  return text.length >= 1 && text.length <= max;
}
