/** Conflict files: one for each slot that two active records claim differently (domain.md §6). */
import { z } from 'zod';
import type { DetectedConflict, Problem, ProjectId, RecordId, StorePath } from '../plugin.ts';
import { readFields, textField, textList } from './fields.ts';
import { formatFile, splitFrontMatter } from './front-matter.ts';
import { byText, conflictId, foldName } from './names.ts';

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
}

const SCHEMA = z.object({
  id: textField,
  status: z.enum(['open', 'resolved', 'dismissed']),
  slot: textField,
  project: textField,
  members: textList,
  reason: textField.optional(),
});

export function conflictPath(id: string): StorePath {
  return `conflicts/${id}.md` as StorePath;
}

/** The members as they stand in the file: a changed value makes another text. */
export function memberLines(conflict: DetectedConflict): readonly string[] {
  return conflict.members.map(({ id, value }) => `${id} = ${oneLine(value)}`).sort(byText);
}

// A value may be of several lines; a member is one, here and in the list below.
function oneLine(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
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
  const lines = [...conflict.members]
    .sort((a, b) => byText(a.id, b.id))
    .map((member) => `- \`${member.id}\` says ${oneLine(member.value)}`);
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
  const { id, status, slot, project, members, reason = '' } = read.fields;
  if (path !== conflictPath(id)) {
    const message = `Expected the file name to be the conflict's id, found ${foldName(id)}. Rename it.`;
    return { problem: { path, rule: 'id-mismatch', message } };
  }
  return {
    conflict: { id, path, status, slot, project: project as ProjectId, members, reason },
  };
}

/** The members of a conflict file as ids and values. */
export function membersOf(file: ConflictFile): DetectedConflict['members'] {
  return file.members.map((line) => {
    const cut = line.indexOf(' = ');
    return cut === -1
      ? { id: line as RecordId, value: '' }
      : { id: line.slice(0, cut) as RecordId, value: line.slice(cut + 3) };
  });
}
