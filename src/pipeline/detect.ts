/** The fourth stage: what plugins see as contradictions becomes conflict files and tags (domain.md §6). */
import {
  type ConflictFile,
  conflictPath,
  formatConflict,
  memberLines,
  membersOf,
} from '../model/conflicts.ts';
import { withFields } from '../model/front-matter.ts';
import { byText, conflictId } from '../model/names.ts';
import type { RecordFile } from '../model/records.ts';
import type { Change, ServedConflict } from '../model/snapshot.ts';
import type {
  DetectedConflict,
  KnowledgeRecord,
  Plugin,
  Problem,
  RecordId,
  StorePath,
} from '../plugin.ts';
import { pluginFailure } from './parse.ts';

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
    if (new Set(active.map((member) => member.value)).size > 1 && !bySlot.has(conflict.slot)) {
      bySlot.set(conflict.slot, { ...conflict, members: active });
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
  for (const plugin of input.plugins) {
    if (plugin.detect === undefined) continue;
    try {
      found.push(...plugin.detect(input.records));
    } catch (error) {
      problems.push(pluginFailure(plugin, 'conflicts' as StorePath, error));
    }
  }
  found.sort((a, b) => byText(a.slot, b.slot) || byText(a.reason, b.reason));
  return { found, problems, isWhole: problems.length === 0 };
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
    const isSettledByPerson = present !== undefined && holds(present.conflict, conflict);
    const status = isSettledByPerson ? present.conflict.status : 'open';
    conflicts.push({ id: conflictId(slot), path, status, conflict });
    if (!isSettledByPerson && present?.text !== text) changes.push({ path, text });
  }
  for (const [path, present] of input.conflictFiles) {
    if (detectedPaths.has(path)) continue;
    const { conflict } = present;
    // A detector that failed may have missed it: an open one is withdrawn only on a whole look.
    if (conflict.status === 'open' && isWhole) changes.push({ path, text: null });
    else conflicts.push(servedFromFile(conflict));
  }
  conflicts.sort((a, b) => byText(a.id, b.id));
  return { changes, conflicts };
}

// A dismissal or resolution holds until a member's value changes (domain.md §6).
function holds(file: ConflictFile, conflict: DetectedConflict): boolean {
  const isSame =
    JSON.stringify([...file.members].sort(byText)) === JSON.stringify(memberLines(conflict));
  return file.status !== 'open' && isSame;
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
  const tags = new Map<RecordId, string[]>();
  for (const served of conflicts) {
    if (served.status !== 'open') continue;
    for (const { id } of served.conflict.members)
      tags.set(id, [...(tags.get(id) ?? []), served.id]);
  }
  const changes: Change[] = [];
  for (const [id, file] of input.files) {
    if (file.record.status === 'candidate') continue;
    const wanted = [...(tags.get(id) ?? [])].sort(byText);
    if (JSON.stringify(wanted) === JSON.stringify([...file.record.conflicts].sort(byText)))
      continue;
    changes.push({ path: file.record.path, text: withFields(file.text, { conflicts: wanted }) });
  }
  return changes;
}
