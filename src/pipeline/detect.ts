/** The fourth stage: what plugins see as contradictions becomes conflict files and tags (domain.md §6). */
import {
  type ConflictFile,
  conflictPath,
  formatConflict,
  memberLines,
  membersOf,
} from '../model/conflicts.ts';
import { byText, conflictId } from '../model/names.ts';
import { type RecordFile, withEngineFields } from '../model/records.ts';
import type { Change, ServedConflict } from '../model/snapshot.ts';
import type {
  DetectedConflict,
  KnowledgeRecord,
  Plugin,
  Problem,
  RecordId,
  StorePath,
} from '../plugin.ts';
import { inOrder, pluginFailure } from './parse.ts';

const SLOT_CHARS_MAX = 1_000;
const REASON_CHARS_MAX = 500;

export interface DetectInput {
  /** Everything that is served: records and state. */
  readonly records: ReadonlyMap<RecordId, KnowledgeRecord>;
  /** The record files among them, which carry their conflicts as tags. */
  readonly files: ReadonlyMap<RecordId, RecordFile>;
  /** Texts of the conflict files there are. */
  readonly conflictFiles: ReadonlyMap<
    StorePath,
    { readonly conflict: ConflictFile; readonly text: string }
  >;
  readonly plugins: readonly Plugin[];
  /** True for a record or state entry whose file can't be read. */
  readonly isUnreadId: (id: RecordId) => boolean;
  /** True for a path that is there but was not read. */
  readonly isUnread: (path: StorePath) => boolean;
}

export interface Detected {
  readonly changes: readonly Change[];
  readonly conflicts: readonly ServedConflict[];
  /** What a candidate would contradict once promoted. */
  readonly warnings: ReadonlyMap<RecordId, readonly DetectedConflict[]>;
  readonly problems: readonly Problem[];
}

export function detect(input: DetectInput): Detected {
  const { found, problems, isWhole } = runPlugins(input);
  const bySlot = new Map<string, DetectedConflict>();
  const warnings = new Map<RecordId, DetectedConflict[]>();
  for (const conflict of found) {
    const active = conflict.members.filter((member) => isActive(input, member.id));
    if (new Set(active.map((member) => member.value)).size > 1) {
      const same = bySlot.get(conflict.slot);
      // One open conflict per slot: what several plugins see in it is put together.
      const members = eachOnce([...(same?.members ?? []), ...active]);
      bySlot.set(conflict.slot, { ...(same ?? conflict), members });
    }
    for (const { id } of conflict.members) {
      if (input.records.get(id)?.status !== 'candidate') continue;
      warnings.set(id, [...(warnings.get(id) ?? []), conflict]);
    }
  }
  const files = conflictChanges(bySlot, input, isWhole);
  const tags = tagChanges(files.conflicts, input, isWhole);
  return {
    changes: [...files.changes, ...tags],
    conflicts: files.conflicts,
    warnings,
    problems,
  };
}

function runPlugins(input: DetectInput): {
  found: readonly DetectedConflict[];
  problems: readonly Problem[];
  isWhole: boolean;
} {
  const found: DetectedConflict[] = [];
  const problems: Problem[] = [];
  for (const plugin of inOrder(input.plugins)) {
    if (plugin.detect === undefined) continue;
    try {
      found.push(...plugin.detect(input.records).map(checked));
    } catch (error) {
      problems.push(pluginFailure(plugin, 'conflicts' as StorePath, error));
    }
  }
  found.sort(
    (a, b) =>
      byText(a.slot, b.slot) ||
      byText(a.reason, b.reason) ||
      byText(JSON.stringify(a), JSON.stringify(b)),
  );
  return { found, problems, isWhole: problems.length === 0 };
}

// A plugin may be wrong about anything: what is not as the contract says fails it.
function checked(conflict: DetectedConflict): DetectedConflict {
  const { slot, project, reason, members } = conflict;
  const texts = [slot, project, reason, ...members.flatMap(({ id, value }) => [id, value])];
  if (!texts.every((text) => typeof text === 'string') || slot.length > SLOT_CHARS_MAX) {
    throw new TypeError(`a conflict lacks a slot of at most ${SLOT_CHARS_MAX} characters or texts`);
  }
  return {
    slot: slot.toWellFormed(),
    project,
    reason: reason.slice(0, REASON_CHARS_MAX).toWellFormed(),
    members: members.map(({ id, value }) => ({ id, value })),
  };
}

function eachOnce(members: DetectedConflict['members']): DetectedConflict['members'] {
  const byLine = new Map(members.map((member) => [`${member.id}\0${member.value}`, member]));
  return [...byLine].sort(([a], [b]) => byText(a, b)).map(([, member]) => member);
}

function isActive(input: DetectInput, id: RecordId): boolean {
  return input.records.get(id)?.status === 'active';
}

function conflictChanges(
  bySlot: ReadonlyMap<string, DetectedConflict>,
  input: DetectInput,
  isWhole: boolean,
): { changes: readonly Change[]; conflicts: readonly ServedConflict[] } {
  const changes: Change[] = [];
  const conflicts: ServedConflict[] = [];
  const detectedPaths = new Set<StorePath>();
  for (const [slot, conflict] of [...bySlot].sort(([a], [b]) => byText(a, b))) {
    const { path, text } = formatConflict(conflict);
    detectedPaths.add(path);
    const present = input.conflictFiles.get(path);
    const isDismissed = present !== undefined && holds(present.conflict, conflict);
    // Half a look may have missed a member: nothing that is there is written over.
    const isUnsure = present !== undefined && (!isWhole || namesUnread(present.conflict, input));
    const status = isDismissed || isUnsure ? present.conflict.status : 'open';
    conflicts.push({ id: conflictId(slot), path, status, conflict });
    const stays = isDismissed || isUnsure || input.isUnread(path);
    if (!stays && present?.text !== text) changes.push({ path, text });
  }
  for (const [path, present] of input.conflictFiles) {
    if (detectedPaths.has(path)) continue;
    const { conflict } = present;
    // A detector that failed may have missed it: an open one is withdrawn only on a whole look.
    const isSeenWhole = isWhole && !namesUnread(conflict, input) && !input.isUnread(path);
    if (conflict.status === 'open' && isSeenWhole) changes.push({ path, text: null });
    else conflicts.push(servedFromFile(conflict));
  }
  conflicts.sort((a, b) => byText(a.id, b.id));
  return { changes, conflicts };
}

// A dismissal holds until a member's value changes (domain.md §6), and for those who were there
// then; a resolved conflict that is seen again, since a loser was reinstated, is open again.
function holds(file: ConflictFile, conflict: DetectedConflict): boolean {
  const dismissed = new Set(file.members);
  return file.status === 'dismissed' && memberLines(conflict).every((line) => dismissed.has(line));
}

function namesUnread(file: ConflictFile, input: DetectInput): boolean {
  return membersOf(file).some(({ id }) => input.isUnreadId(id));
}

function servedFromFile(file: ConflictFile): ServedConflict {
  const { slot, project, reason } = file;
  const conflict = { slot, project, reason, members: membersOf(file) };
  return { id: file.id, path: conflictPath(file.id), status: file.status, conflict };
}

function tagChanges(
  conflicts: readonly ServedConflict[],
  input: DetectInput,
  isWhole: boolean,
): readonly Change[] {
  if (!isWhole) return [];
  const tags = new Map<RecordId, Set<string>>();
  for (const served of conflicts) {
    if (served.status !== 'open') continue;
    for (const { id } of served.conflict.members) {
      tags.set(id, (tags.get(id) ?? new Set()).add(served.id));
    }
  }
  const changes: Change[] = [];
  for (const [id, file] of input.files) {
    const stays = file.isUnlawful === true || input.isUnread(file.record.path);
    if (file.record.status === 'candidate' || stays) continue;
    const wanted = [...(tags.get(id) ?? [])].sort(byText);
    if (JSON.stringify(wanted) === JSON.stringify([...file.record.conflicts].sort(byText)))
      continue;
    const text = withEngineFields(file, { conflicts: wanted });
    if (text !== file.text) changes.push({ path: file.record.path, text });
  }
  return changes;
}
