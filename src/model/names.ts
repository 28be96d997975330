/** Names and how they are compared, shortened and digested. */
import { createHash } from 'node:crypto';
import type { EntityKind, MemoryKind, Oid, ProjectId, RecordId } from '../plugin.ts';
import { idPrefix } from './kinds.ts';

export const GLOBAL_PROJECT = '_global' as ProjectId;
export const INBOX_PROJECT = '_inbox' as ProjectId;

const PROJECT_ID = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;
// Names that Windows keeps for devices; a store must survive being cloned there.
const DEVICE_NAME = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$/;
const RESERVED = new Set(['_global', '_inbox', 'global', 'inbox']);

/** The id, when it is one that may be registered (domain.md §2); else why not. */
export function checkProjectId(id: string): { id: ProjectId } | { fault: string } {
  if (PROJECT_ID.test(id) && !DEVICE_NAME.test(id) && !RESERVED.has(id)) {
    return { id: id as ProjectId };
  }
  const why = RESERVED.has(id)
    ? 'a reserved name'
    : DEVICE_NAME.test(id)
      ? 'a device name on Windows'
      : 'something else';
  return {
    fault: `Expected a project id of 1 to 64 lower-case letters, digits and inner hyphens, found ${why}: ${quote(id)}. Choose another id.`,
  };
}

/** A folder name below `projects/` as a project id: a registered one or one of the reserved two. */
export function projectOfFolder(name: string): ProjectId | undefined {
  if (name === GLOBAL_PROJECT || name === INBOX_PROJECT) return name as ProjectId;
  // One test for the many; the words for a refusal are made elsewhere.
  if (!PROJECT_ID.test(name)) return undefined;
  const checked = checkProjectId(name);
  return 'id' in checked ? checked.id : undefined;
}

/** A text from outside, bounded and escaped so that it may stand in a message. */
export function quote(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return JSON.stringify(short);
}

/** White space folded to single blanks, outer white space and closing punctuation removed. */
export function foldStatement(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\s+/gu, ' ')
    .trim()
    .replace(/[\s.;,:!]+$/u, '');
}

/** How names are compared: case, `_`, `-` and white space don't count (domain.md §6). */
export function foldName(text: string): string {
  return foldStatement(text)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_-]+/gu, ' ')
    .trim();
}

/** A file name's worth of a subject: lower-case ASCII words joined by `-`, at most 48 characters. */
export function slug(text: string): string {
  const words = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const short =
    words.length <= 48
      ? words
      : words
          .slice(0, 49)
          .replace(/-[^-]*$/, '')
          .slice(0, 48);
  return short.replace(/-+$/, '') || 'untitled';
}

/** `sha256-` and 64 hexadecimal digits. */
export function digest(text: string): string {
  return `sha256-${sha256(text)}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** The git object name of a file's bytes. */
export function blobOid(bytes: Uint8Array): Oid {
  return createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex') as Oid;
}

/** What a record's id is made from; the wording is the first one, so the id never changes. */
export interface Identity {
  readonly project: ProjectId;
  readonly type: 'memory' | 'entity';
  readonly kind: MemoryKind | EntityKind;
  readonly subject: string;
  readonly statement: string;
}

/** The id of a claim; rewording in case, white space or closing punctuation gives the same one. */
export function recordId(of: Identity): RecordId {
  const parts = [
    of.project,
    of.type,
    of.kind,
    foldName(of.subject),
    foldStatement(of.statement).toLowerCase(),
  ];
  return `${idPrefix(of.type, of.kind)}-${sha256(parts.join('\0')).slice(0, 12)}` as RecordId;
}

/** The id of a conflict file, from the slot that its members claim. */
export function conflictId(slot: string): string {
  return `conflict-${sha256(slot).slice(0, 12)}`;
}

/** Compares by code unit, so that an order never depends on the machine's language. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
