/** Conflict files: one for each slot that two active records claim differently (domain.md §6). */
import { z } from 'zod';
import type { DetectedConflict, Problem, ProjectId, RecordId, StorePath } from '../plugin.ts';
import { readFields, textField, textList } from './fields.ts';
import { formatFile, splitFrontMatter } from './front-matter.ts';
import { byText, conflictId, digest, foldName } from './names.ts';

export type ConflictStatus = 'open' | 'resolved' | 'dismissed';

export interface ConflictFile {
  readonly id: string;
  readonly path: StorePath;
  readonly status: ConflictStatus;
  readonly slot: string;
  readonly project: ProjectId;
  /** `record-id = value`, sorted. */
  readonly members: readonly string[];
  readonly reason: string;
  /** True for what two stores said of one file: it stays until a person decides. */
  readonly isFromMerge: boolean;
}

const SCHEMA = z.object({
  id: textField,
  status: z.enum(['open', 'resolved', 'dismissed']),
  slot: textField,
  project: textField,
  members: textList,
  reason: textField.optional(),
  from: textField.optional(),
});

/** `from` of a conflict that a merge of two stores left. */
export const FROM_MERGE = 'merge';

export function conflictPath(id: string): StorePath {
  return `conflicts/${id}.md` as StorePath;
}

export const MEMBERS_MAX = 100;
const VALUE_CHARS_MAX = 120;

/** The members as they stand in the file: a changed value makes another text. */
export function memberLines(conflict: DetectedConflict): readonly string[] {
  const lines = conflict.members.map((member) => `${member.id} = ${shortValue(member.value)}`);
  return [...new Set(lines)].sort(byText).slice(0, MEMBERS_MAX);
}

// One line, and short, so that the file can be read back; the digest tells long values apart.
function shortValue(value: string): string {
  const folded = value.toWellFormed().replace(/\s+/gu, ' ').trim();
  if (folded.length <= VALUE_CHARS_MAX) return folded;
  const start = folded.slice(0, VALUE_CHARS_MAX).toWellFormed();
  return `${start}… (${digest(folded).slice(0, 'sha256-'.length + 12)})`;
}

/** The file of an open conflict; the same conflict always gives the same bytes. */
export function formatConflict(conflict: DetectedConflict): { path: StorePath; text: string } {
  const id = conflictId(conflict.slot);
  const fields = {
    id,
    type: 'conflict',
    status: 'open',
    project: conflict.project,
    slot: conflict.slot,
    members: memberLines(conflict),
    reason: conflict.reason,
  };
  const lines = fields.members.map((line) => {
    const member = memberOf(line);
    return `- \`${member.id}\` says ${member.value}`;
  });
  const left = conflict.members.length - fields.members.length;
  if (left > 0) lines.push(`- and ${left} more`);
  return { path: conflictPath(id), text: formatFile(fields, `\n${lines.join('\n')}\n`) };
}

export function readConflict(
  path: StorePath,
  text: string,
): { conflict: ConflictFile } | { problem: Problem } {
  const split = splitFrontMatter(text);
  if ('fault' in split) return { problem: { path, ...split.fault } };
  const read = readFields(SCHEMA, split.parts.frontMatter, path);
  if ('problem' in read) return read;
  const { id, status, slot, project, members, reason = '', from } = read.fields;
  if (path !== conflictPath(id)) {
    const message = `Expected the file name to be the conflict's id, found ${foldName(id)}. Rename it.`;
    return { problem: { path, rule: 'id-mismatch', message } };
  }
  const isFromMerge = from === FROM_MERGE;
  return {
    conflict: {
      id,
      path,
      status,
      slot,
      project: project as ProjectId,
      members,
      reason,
      isFromMerge,
    },
  };
}

/** The members of a conflict file as ids and values. */
export function membersOf(file: ConflictFile): DetectedConflict['members'] {
  return file.members.map(memberOf);
}

function memberOf(line: string): DetectedConflict['members'][number] {
  const cut = line.indexOf(' = ');
  return cut === -1
    ? { id: line as RecordId, value: '' }
    : { id: line.slice(0, cut) as RecordId, value: line.slice(cut + 3) };
}
