/** Takes one commit's change of a file back, and leaves what was changed since as it is. */

import { withBody } from './model/authored.ts';
import { type Field, splitFrontMatter, withFields } from './model/front-matter.ts';
import { roleOf } from './model/layout.ts';
import { byText } from './model/names.ts';
import type { StorePath } from './plugin.ts';

/** A file's text at three times; null where there is none. */
export interface Versions {
  /** Before the commit that is taken back. */
  readonly before: string | null;
  /** After it. */
  readonly after: string | null;
  readonly present: string | null;
}

/** Fields that settling owns: they are made anew, so they are never in the way. */
const SETTLED_FIELDS = new Set(['origins', 'evidence', 'conflicts']);
/** Lists that are sets: what a commit put in or took out is told from what was changed since. */
const SET_FIELDS = new Set(['supersedes', 'tags', 'relations']);

/** The text without that change, or the fields that were changed since. */
export function takenBack(
  path: StorePath,
  { before, after, present }: Versions,
): { readonly text: string | null } | { readonly changed: readonly string[] } {
  if (present === after) return { text: before };
  if (present === before) return { text: present };
  const isFielded = ['record', 'state', 'project', 'conflict'].includes(roleOf(path).role);
  if (after === null) return { changed: ['the file, which is there again'] };
  if (present === null) return { changed: ['the file, which is gone'] };
  if (!isFielded) return { changed: ['its text'] };
  const now = fieldsOf(present);
  const then = fieldsOf(after);
  if (now === undefined || then === undefined) return { changed: ['its text'] };
  if (before === null) {
    const changed = differing(now, then).filter((key) => !SETTLED_FIELDS.has(key));
    return changed.length === 0 ? { text: null } : { changed };
  }
  const old = fieldsOf(before);
  return old === undefined ? { changed: ['its text'] } : merged(present, { old, then, now });
}

export type Fields = ReadonlyMap<string, unknown>;
/** Stands for the text below the frontmatter among the fields. */
export const BODY = 'the text below';

/** A text's fields, its body among them; nothing for a text without frontmatter that is read. */
export function fieldsOf(text: string): Fields | undefined {
  const split = splitFrontMatter(text);
  if (!('parts' in split) || !split.parts.hasFrontMatter) return undefined;
  const { frontMatter, body } = split.parts;
  return new Map<string, unknown>([...Object.entries(frontMatter), [BODY, body]]);
}

/** Names of the fields that differ, sorted. */
export function differing(a: Fields, b: Fields): readonly string[] {
  const keys = new Set([...a.keys(), ...b.keys()]);
  return [...keys].filter((key) => !isEqual(a.get(key), b.get(key))).sort(byText);
}

function merged(
  present: string,
  { old, then, now }: { readonly old: Fields; readonly then: Fields; readonly now: Fields },
): { readonly text: string } | { readonly changed: readonly string[] } {
  const changed: string[] = [];
  let text = present;
  for (const key of differing(old, then)) {
    if (SETTLED_FIELDS.has(key)) continue;
    const wanted = SET_FIELDS.has(key) ? setWithout(key, { old, then, now }) : old.get(key);
    const isSame = isEqual(now.get(key), then.get(key)) || isEqual(now.get(key), wanted);
    if (!isSame && !SET_FIELDS.has(key)) changed.push(key);
    else if (key === BODY) text = withBody(text, String(wanted));
    else if (isField(wanted)) text = withFields(text, { [key]: wanted });
    else changed.push(key);
  }
  return changed.length === 0 ? { text } : { changed };
}

function setWithout(
  key: string,
  { old, then, now }: { readonly old: Fields; readonly then: Fields; readonly now: Fields },
): readonly string[] {
  const [was, became, is] = [old, then, now].map((fields) => listOf(fields.get(key)));
  const added = new Set(became?.filter((each) => !was?.includes(each)));
  const removed = was?.filter((each) => !became?.includes(each)) ?? [];
  const kept = (is ?? []).filter((each) => !added.has(each));
  return [...kept, ...removed.filter((each) => !kept.includes(each))];
}

/** A field as a list of texts; empty for anything else. */
export function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** What can be written as one field: a value, a list of texts, or nothing. */
export function isField(value: unknown): value is Field | undefined {
  if (value === undefined || ['string', 'number', 'boolean'].includes(typeof value)) return true;
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** The same value, an absent one and `null` alike. */
export function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}
