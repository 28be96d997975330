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
  Status,
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
  /** True for a path, a conflict file among them, that is there but was not read. */
  readonly isUnread: (path: StorePath) => boolean;
}

export interface Detected {
  readonly changes: readonly Change[];
  readonly conflicts: readonly ServedConflict[];
  /** What a candidate would contradict once promoted. */
  readonly warnings: ReadonlyMap<RecordId, readonly DetectedConflict[]>;
  readonly problems: readonly Problem[];
}

/**
 * Conflicts are looked for among active records alone, so that no candidate can take part in one
 * or hide one; what a candidate would contradict is looked for in a second pass.
 */
export function detect(input: DetectInput): Detected {
  const active = ofStatus(input.records, ['active']);
  const live = ofStatus(input.records, ['active', 'candidate']);
  const first = runPlugins(input.plugins, active);
  const second = live.size === active.size ? first : runPlugins(input.plugins, live);
  const isWhole = first.problems.length === 0;
  const files = conflictChanges(bySlot(first.found, active), input, isWhole);
  const tags = tagChanges(files.conflicts, input, isWhole);
  return {
    changes: [...files.changes, ...tags],
    conflicts: files.conflicts,
    warnings: live.size === active.size ? new Map() : warningsOf(second.found, live),
    problems: isWhole ? second.problems : first.problems,
  };
}

type Records = DetectInput['records'];

function ofStatus(records: Records, statuses: readonly Status[]): Records {
  return new Map([...records].filter(([, record]) => statuses.includes(record.status)));
}

function runPlugins(
  plugins: readonly Plugin[],
  records: Records,
): { readonly found: readonly DetectedConflict[]; readonly problems: readonly Problem[] } {
  const found: DetectedConflict[] = [];
  const problems: Problem[] = [];
  for (const plugin of inOrder(plugins)) {
    if (plugin.detect === undefined) continue;
    try {
      found.push(...plugin.detect(records).map(checked));
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
  return { found, problems };
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

/** One conflict a slot, whatever plugins have seen of it: their members together. */
function bySlot(
  found: readonly DetectedConflict[],
  active: Records,
): ReadonlyMap<string, DetectedConflict> {
  const merged = new Map<string, DetectedConflict>();
  for (const conflict of found) {
    const before = merged.get(conflict.slot);
    const members = [...(before?.members ?? []), ...conflict.members].filter(({ id }) =>
      active.has(id),
    );
    merged.set(conflict.slot, { ...(before ?? conflict), members: eachOnce(members) });
  }
  return new Map([...merged].filter(([, { members }]) => differ(members)));
}

function differ(members: DetectedConflict['members']): boolean {
  return new Set(members.map(({ value }) => value)).size > 1;
}

function warningsOf(
  found: readonly DetectedConflict[],
  live: Records,
): ReadonlyMap<RecordId, readonly DetectedConflict[]> {
  const warnings = new Map<RecordId, DetectedConflict[]>();
  for (const conflict of found) {
    const active = conflict.members.filter(({ id }) => live.get(id)?.status === 'active');
    for (const member of conflict.members) {
      if (live.get(member.id)?.status !== 'candidate') continue;
      if (active.every(({ value }) => value === member.value)) continue;
      warnings.set(member.id, [...(warnings.get(member.id) ?? []), conflict]);
    }
  }
  return warnings;
}

function conflictChanges(
  detected: ReadonlyMap<string, DetectedConflict>,
  input: DetectInput,
  isWhole: boolean,
): { changes: readonly Change[]; conflicts: readonly ServedConflict[] } {
  const changes: Change[] = [];
  const conflicts: ServedConflict[] = [];
  const detectedPaths = new Set<StorePath>();
  for (const [slot, conflict] of [...detected].sort(([a], [b]) => byText(a, b))) {
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
    // A detector that failed may have missed it: an open one is withdrawn only on a whole look. What
    // a merge of two stores left is nothing that a detector sees.
    const isSeenWhole = isWhole && !namesUnread(conflict, input) && !input.isUnread(path);
    const isDetectable = conflict.status === 'open' && !conflict.isFromMerge;
    if (isDetectable && isSeenWhole) changes.push({ path, text: null });
    else conflicts.push(servedFromFile(conflict));
  }
  conflicts.sort((a, b) => byText(a.id, b.id));
  return { changes, conflicts };
}

/**
 * A dismissal holds until a member's value changes (domain.md §6): every member says what it, or
 * for one that came later some other, said then. A resolution holds nothing: whatever was decided,
 * records that disagree again are an open conflict again.
 */
function holds(file: ConflictFile, conflict: DetectedConflict): boolean {
  if (file.status !== 'dismissed') return false;
  const then = membersOf(file);
  const valueThen = new Map(then.map(({ id, value }) => [id, value]));
  const values = new Set(valueThen.values());
  return membersOf({ ...file, members: memberLines(conflict) }).every(({ id, value }) =>
    valueThen.has(id) ? valueThen.get(id) === value : values.has(value),
  );
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
