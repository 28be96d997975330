/** One file that two stores changed: what it holds after the merge, and what of it a person has to decide. */
import { type FieldDispute, isOnlySettled, mergedFields } from './merge-fields.ts';
import { type ConflictStatus, readConflict } from './model/conflicts.ts';
import { decodeText } from './model/front-matter.ts';
import { isGenerated } from './model/generated.ts';
import { CONFIG_PATH, roleOf } from './model/layout.ts';
import { mergedLines } from './model/merge-lines.ts';
import { readProject } from './model/projects.ts';
import { readRecord } from './model/records.ts';
import { readState } from './model/states.ts';
import { readConfig } from './model/store-config.ts';
import type { StorePath } from './plugin.ts';

/** A file's content; null where it isn't there. */
export type Content = Buffer | null;

export interface FileSides {
  /** Null as well where the two have no version in common. */
  readonly base: Content;
  readonly ours: Content;
  readonly theirs: Content;
}

export interface MergedFile {
  readonly content: Buffer | string | null;
  /** What differs and stays as the text above has it, for a person to decide. */
  readonly dispute?: FileDispute;
  /** True when their version is kept beside ours, in a file of its own. */
  readonly isCopied?: true;
}

export type FileDispute =
  | { readonly fields: readonly FieldDispute[] }
  /** One side took the file away while the other changed it; the changed one is kept. */
  | { readonly deletedBy: 'us' | 'them' };

/** Never makes a merge marker, and drops no version that somebody wrote. */
export function mergedFile(path: StorePath, sides: FileSides): MergedFile {
  const { base, ours, theirs } = sides;
  if (isSame(ours, theirs) || isSame(theirs, base)) return { content: ours };
  if (isSame(ours, base)) return { content: theirs };
  if (isDerived(path, sides)) return { content: ours };
  if (ours === null || theirs === null) return afterDeletion(path, sides);
  const [old, mine, other] = [base, ours, theirs].map(textOf);
  if (mine === undefined || other === undefined || (old === undefined && base !== null)) {
    return { content: ours, isCopied: true };
  }
  return mergedTexts(path, { old, mine, other });
}

interface Texts {
  readonly old: string | undefined;
  readonly mine: string;
  readonly other: string;
}

function mergedTexts(path: StorePath, { old, mine, other }: Texts): MergedFile {
  const { role } = roleOf(path);
  if (role === 'record') {
    // What nobody decided is made again by settling; what somebody decided is not.
    if (isUndecided(path, other)) return { content: mine };
    if (isUndecided(path, mine)) return { content: other };
  }
  if (role === 'conflict') return mergedConflicts(path, mine, other);
  const isFielded = role === 'record' || role === 'state' || role === 'project';
  const merged = isFielded ? mergedFields(old, mine, other) : undefined;
  if (merged !== undefined && isReadable(path, merged.text)) {
    const { text, disputes } = merged;
    return disputes.length === 0
      ? { content: text }
      : { content: text, dispute: { fields: disputes } };
  }
  const lines = old === undefined ? undefined : mergedLines(old, mine, other);
  if (lines !== undefined && isReadable(path, lines)) return { content: lines };
  return { content: mine, isCopied: true };
}

/** A decision beats an open conflict; of two decisions that differ ours stays, and the other is named. */
function mergedConflicts(path: StorePath, mine: string, other: string): MergedFile {
  const [here, there] = [statusOf(path, mine), statusOf(path, other)];
  if (here === undefined || there === undefined) return { content: mine, isCopied: true };
  if (here === 'open') return { content: other };
  if (there === 'open' || here === there) return { content: mine };
  const field = { field: 'status', ours: here, theirs: there };
  return { content: mine, dispute: { fields: [field] } };
}

/** Delete against edit: an edit is kept and named, and what the engine alone did is no edit. */
function afterDeletion(path: StorePath, { base, ours, theirs }: FileSides): MergedFile {
  const kept = ours ?? theirs;
  const deletedBy = ours === null ? 'us' : 'them';
  const [before, now] = [textOf(base), textOf(kept)];
  const { role } = roleOf(path);
  if (role === 'record' && before !== undefined && now !== undefined) {
    // Withdrawn by the engine, and decided elsewhere: the decision holds.
    if (isUndecided(path, before)) return { content: isUndecided(path, now) ? ours : kept };
    if (isOnlySettled(before, now)) return { content: null };
  }
  return { content: kept, dispute: { deletedBy } };
}

/** Pages, reports, undecided candidates and open conflicts are made again by settling. */
function isDerived(path: StorePath, { ours, theirs }: FileSides): boolean {
  const { role } = roleOf(path);
  const texts = [ours, theirs].flatMap((content) => textOf(content) ?? []);
  if (role === 'mirror' || role === 'report') return texts.every(isGenerated);
  if (role === 'conflict') return texts.every((text) => statusOf(path, text) === 'open');
  return false;
}

function statusOf(path: StorePath, text: string): ConflictStatus | undefined {
  const read = readConflict(path, text);
  return 'conflict' in read ? read.conflict.status : undefined;
}

function isUndecided(path: StorePath, text: string): boolean {
  const read = readRecord(path, text);
  return !('problem' in read) && read.isUntouched && read.record.status === 'candidate';
}

/** Nothing is written that would be a problem: then both versions are kept instead. */
function isReadable(path: StorePath, text: string): boolean {
  const role = roleOf(path);
  switch (role.role) {
    case 'record':
      return !('problem' in readRecord(path, text));
    case 'state':
      return !('problem' in readState(path, role, text));
    case 'project':
      return !('problem' in readProject(path, role.project, text));
    case 'conflict':
      return !('problem' in readConflict(path, text));
    default:
      return path !== CONFIG_PATH || isConfig(text);
  }
}

function isConfig(text: string): boolean {
  try {
    readConfig(text);
    return true;
  } catch {
    return false;
  }
}

/** The text of a content; nothing for bytes that are none, and for no content. */
function textOf(content: Content): string | undefined {
  if (content === null) return undefined;
  const decoded = decodeText(content);
  return 'text' in decoded ? decoded.text : undefined;
}

function isSame(a: Content, b: Content): boolean {
  return a === null || b === null ? a === b : a.equals(b);
}
