/** Trusted state: one file an entry, named by its path; people write it, the pipeline never does. */
import { z } from 'zod';
import type { KnowledgeRecord, Problem, ProjectId, RecordId, StorePath } from '../plugin.ts';
import { isoDate, readFields, textField, textList } from './fields.ts';
import { formatFile, splitFrontMatter } from './front-matter.ts';
import { isStateCategory, STATE_CATEGORIES } from './kinds.ts';
import { statePath } from './layout.ts';
import { quote } from './names.ts';
import { mergeMarkerLine, present } from './records.ts';

export const STATE_TEXT_CHARS_MAX = 4_000;
const KEY = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/;

const SCHEMA = z.object({
  project: textField.optional(),
  category: textField.optional(),
  key: textField.optional(),
  value: textField.optional(),
  source: textField.optional(),
  valid_until: isoDate.optional(),
  tags: textList.optional(),
});

/** An entry as a person gives it, through a request or the command line. */
export interface StateEntry {
  readonly project: ProjectId;
  readonly category: string;
  readonly key: string;
  readonly value: string;
  /** Where the person has it from, in words. */
  readonly source?: string;
  readonly validUntil?: string;
}

/** Why an entry can't be a state entry; none when it can. */
export function checkStateName(category: string, key: string): string | undefined {
  if (!isStateCategory(category)) {
    return `Expected a category, one of ${STATE_CATEGORIES.join(', ')}; found ${quote(category)}.`;
  }
  return KEY.test(key)
    ? undefined
    : `Expected a key of 1 to 64 lower-case letters, digits, "-" and "_", found ${quote(key)}. Rename it.`;
}

/** The file of an entry. A value of several lines stands below the frontmatter. */
export function formatState(entry: StateEntry): { path: StorePath; text: string } {
  const isShort = !entry.value.includes('\n') && entry.value.length <= 200;
  const fields = {
    type: 'state',
    project: entry.project,
    category: entry.category,
    key: entry.key,
    value: isShort ? entry.value : undefined,
    source: entry.source,
    valid_until: entry.validUntil,
  };
  return {
    path: statePath(entry.project, entry.category, entry.key),
    text: formatFile(fields, isShort ? '' : `${entry.value}\n`),
  };
}

/** The id of an entry, which is its place. */
export function stateId(project: ProjectId, category: string, key: string): RecordId {
  return `state/${project}/${category}/${key}` as RecordId;
}

/** Reads one state file; hand-written ones may leave out all frontmatter, since the path says it. */
export function readState(
  path: StorePath,
  place: { readonly project: ProjectId; readonly category: string; readonly key: string },
  text: string,
): { record: KnowledgeRecord } | { problem: Problem } {
  const split = splitFrontMatter(text);
  if ('fault' in split) return { problem: { path, ...split.fault } };
  const marker = mergeMarkerLine(text);
  if (marker !== undefined) {
    const message = 'Expected a state entry, found merge markers. Settle the merge in this file.';
    return { problem: { path, rule: 'merge-markers', message, line: marker } };
  }
  const misnamed = checkStateName(place.category, place.key);
  if (misnamed !== undefined) return { problem: { path, rule: 'misplaced', message: misnamed } };
  const read = readFields(SCHEMA, split.parts.frontMatter, path);
  if ('problem' in read) return read;
  for (const field of ['project', 'category', 'key'] as const) {
    const said = read.fields[field];
    if (said === undefined || said === place[field]) continue;
    const message = `Expected \`${field}\` to be that of the path, ${quote(place[field])}, found ${quote(said)}. Move the file or correct the field.`;
    return { problem: { path, rule: 'misplaced', message } };
  }
  const body = split.parts.body.trim();
  const value = read.fields.value ?? body;
  const chars = (read.fields.value ?? '').length + body.length;
  if (value === '' || chars > STATE_TEXT_CHARS_MAX) {
    const message = `Expected a value of 1 to ${STATE_TEXT_CHARS_MAX} characters, found ${chars}. Write it in \`value\` or below the frontmatter.`;
    return { problem: { path, rule: 'bad-field', message } };
  }
  return { record: toState(path, place, read.fields, { value, body }) };
}

function toState(
  path: StorePath,
  place: { readonly project: ProjectId; readonly category: string; readonly key: string },
  fields: z.infer<typeof SCHEMA>,
  texts: { readonly value: string; readonly body: string },
): KnowledgeRecord {
  return {
    id: stateId(place.project, place.category, place.key),
    type: 'state',
    kind: place.category as KnowledgeRecord['kind'],
    project: place.project,
    path,
    status: 'active',
    subject: place.key,
    value: texts.value,
    text: texts.body === '' ? texts.value : texts.body,
    ...present({ validUntil: fields.valid_until }),
    confidence: 1,
    tags: fields.tags ?? [],
    origins: fields.source === undefined ? [] : [fields.source],
    handAuthored: true,
    conflicts: [],
    supersedes: [],
    relations: [],
  };
}
