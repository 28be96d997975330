/** What two stores said of one file, as a conflict that stays until a person decides. */
import type { Oid, ProjectId, StorePath } from '../plugin.ts';
import { conflictPath, FROM_MERGE } from './conflicts.ts';
import { formatFile } from './front-matter.ts';
import { roleOf } from './layout.ts';
import { byText, conflictId, GLOBAL_PROJECT } from './names.ts';
import { idOfPath } from './records.ts';
import { stateId } from './states.ts';

const VALUE_CHARS_MAX = 120;
/** Of the other version as it is shown; all of it stands in the commit that is named. */
const SHOWN_CHARS_MAX = 20_000;

export interface Dispute {
  readonly path: StorePath;
  /** The blobs of the two versions; null for one that took the file away. */
  readonly ours: Oid | null;
  readonly theirs: Oid | null;
  /** What each says, in a line. */
  readonly said: readonly { readonly ours: string; readonly theirs: string }[];
  /** The commit that their version is of. */
  readonly commit: Oid;
  /** Their version as text; absent for bytes that are none, and for none. */
  readonly text?: string;
}

/** The file of a dispute; the same two versions always have the same name. */
export function formatDispute(dispute: Dispute): { path: StorePath; text: string } {
  const { path, ours, theirs, commit, said, text } = dispute;
  const pair = [ours, theirs].map((oid) => oid?.slice(0, 12) ?? 'none').sort(byText);
  const slot = `merge: ${path} (${pair.join(', ')})`;
  const id = conflictId(slot);
  const member = memberOf(path);
  const side = (which: 'ours' | 'theirs'): string =>
    `${member} = ${short(said.map((each) => each[which]).join('; '))}`;
  const where = `upstream (commit ${commit.slice(0, 12)})`;
  const fields = {
    id,
    type: 'conflict',
    from: FROM_MERGE,
    status: 'open',
    project: projectOf(path),
    slot,
    members: [side('ours'), side('theirs')],
    reason: `Changed here and ${where}. What stood here stands; decide, then resolve or dismiss this.`,
    commit,
    file: path,
  };
  const lines = said.flatMap((each) => [
    `- here: ${oneLine(each.ours)}`,
    `- ${where}: ${oneLine(each.theirs)}`,
  ]);
  const shown = text === undefined ? [] : ['', `The version of ${where}:`, '', fenced(text)];
  const body = `\n\`${path}\`\n\n${[...lines, ...shown].join('\n')}\n`;
  return { path: conflictPath(id), text: formatFile(fields, body) };
}

/** The record or entry of a file; the path for what is neither. */
function memberOf(path: StorePath): string {
  const role = roleOf(path);
  if (role.role === 'state') return stateId(role.project, role.category, role.key);
  const id = role.role === 'record' ? idOfPath(path) : undefined;
  return id ?? path.replaceAll(' = ', '=');
}

function projectOf(path: StorePath): ProjectId {
  const role = roleOf(path);
  return 'project' in role ? role.project : GLOBAL_PROJECT;
}

function short(text: string): string {
  const line = oneLine(text);
  return line.length > VALUE_CHARS_MAX ? `${line.slice(0, VALUE_CHARS_MAX)}…`.toWellFormed() : line;
}

function oneLine(text: string): string {
  return text.toWellFormed().replace(/\s+/gu, ' ').trim();
}

/** A fence that nothing in the text closes. */
function fenced(text: string): string {
  const cut = text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}\n…` : text;
  const longest = Math.max(3, ...[...cut.matchAll(/~+/g)].map(([run]) => run.length + 1));
  const fence = '~'.repeat(longest);
  return `${fence}\n${cut.toWellFormed().replace(/\n$/, '')}\n${fence}`;
}
