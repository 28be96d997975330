/** The whole pipeline as one pure function: parse, extract, reconcile, detect, render (design.md §1). */
import { roleOf } from '../model/layout.ts';
import { linkRecords, setLinks } from '../model/links.ts';
import { byText } from '../model/names.ts';
import { buildRegistry } from '../model/projects.ts';
import { type RecordFile, readRecord } from '../model/records.ts';
import type { Change, Settlement, Snapshot } from '../model/snapshot.ts';
import type { KnowledgeRecord, Problem, RecordId, StorePath } from '../plugin.ts';
import { claimSources, unreadIdTest, unreadTest } from './claim-sources.ts';
import { detect } from './detect.ts';
import { Memo } from './memo.ts';
import { readStore } from './read-store.ts';
import { reconcile } from './reconcile.ts';
import { render } from './render.ts';
import { serve } from './serve.ts';

/**
 * Settles a snapshot. Pure: the same snapshot gives the same settlement, whatever the memo holds.
 * Writing the changes and settling again changes nothing (invariant 2).
 */
export function settle(snapshot: Snapshot, memo: Memo = new Memo()): Settlement {
  const read = readStore(snapshot, memo);
  const { registry, problems: nameProblems } = buildRegistry(read.projects, read.folders);
  const sources = claimSources(read, registry);
  const isUnread = unreadTest([...read.unread, ...sources.unread]);
  const reconciled = reconcile({
    sources: sources.sources,
    records: read.records,
    spare: read.spare,
    unreadIds: read.unreadIds,
    stale: read.stale,
    isUnread,
    openMax: snapshot.config.limits.openCandidates,
    format: (proposal) => memo.format(proposal),
  });
  const settledRecords = applyToRecords(read.records, reconciled.changes, read.spare);
  const served = new Map<RecordId, KnowledgeRecord>([...read.states, ...read.stale]);
  for (const [id, file] of settledRecords) served.set(id, file.record);
  const linked = linkRecords(sorted(served), (id) => settledRecords.get(id)?.stated ?? {});
  setLinks(served, linked.links);
  const detected = detect({
    records: sorted(served),
    files: settledRecords,
    conflictFiles: read.conflicts,
    plugins: snapshot.plugins,
    isUnreadId: unreadIdTest(read, served),
    isUnread,
  });
  const finalRecords = applyToRecords(settledRecords, detected.changes);
  for (const [id, file] of finalRecords) served.set(id, file.record);
  setLinks(served, linked.links);
  tagStates(served, detected.conflicts);
  const rendered = render({
    records: sorted(served),
    outcomes: reconciled.outcomes,
    held: reconciled.held,
    projects: registry.projects,
    present: read.generated,
    plugins: snapshot.plugins,
    isUnread,
  });
  return {
    changes: netChanges([...reconciled.changes, ...detected.changes, ...rendered.changes]),
    registry,
    documents: read.documents,
    records: serve(sorted(served), {
      read,
      files: finalRecords,
      support: reconciled.support,
      isUnread,
    }),
    conflicts: detected.conflicts,
    warnings: detected.warnings,
    unresolved: linked.unresolved,
    held: reconciled.held,
    outcomes: reconciled.outcomes,
    problems: sortedProblems([
      ...snapshot.unread,
      ...read.problems,
      ...nameProblems,
      ...sources.problems,
      ...reconciled.problems,
      ...linked.problems,
      ...detected.problems,
      ...rendered.problems,
    ]),
  };
}

function applyToRecords(
  records: ReadonlyMap<RecordId, RecordFile>,
  changes: readonly Change[],
  spare: readonly RecordFile[] = [],
): ReadonlyMap<RecordId, RecordFile> {
  if (changes.length === 0) return records;
  const gone = new Set(changes.filter(({ text }) => text === null).map(({ path }) => path));
  const next = new Map(records);
  const byPath = new Map([...records].map(([id, file]) => [file.record.path, id]));
  for (const { path, text } of changes) {
    if (roleOf(path).role !== 'record') continue;
    const before = byPath.get(path);
    if (text === null) {
      // A candidate whose subject moved its file is deleted here and written there, under one id.
      if (before !== undefined && next.get(before)?.record.path === path) next.delete(before);
      continue;
    }
    const file = readRecord(path, text);
    if ('problem' in file)
      throw new TypeError(`the engine wrote what it can't read: ${file.problem.message}`);
    const status = before === undefined ? undefined : next.get(before)?.record.status;
    const record = status === undefined ? file.record : { ...file.record, status };
    const isUnlawful = before !== undefined && next.get(before)?.isUnlawful === true;
    next.set(record.id, { ...file, record, isUnlawful });
  }
  // Of several undecided copies the one in its proper place is left.
  for (const file of spare) {
    const { id, path } = file.record;
    if (!gone.has(path) && !next.has(id)) next.set(id, file);
  }
  return next;
}

/** State entries carry no tags in their files; readers are told of a dispute all the same. */
function tagStates(
  served: Map<RecordId, KnowledgeRecord>,
  conflicts: Settlement['conflicts'],
): void {
  for (const { id: conflictId, status, conflict } of conflicts) {
    for (const { id } of status === 'open' ? conflict.members : []) {
      const state = served.get(id);
      if (state?.type !== 'state') continue;
      served.set(id, { ...state, conflicts: [...state.conflicts, conflictId] });
    }
  }
}

function sorted<Value>(map: ReadonlyMap<RecordId, Value>): ReadonlyMap<RecordId, Value> {
  return new Map([...map].sort(([a], [b]) => byText(a, b)));
}

/** The last word on each path, in order of path. */
function netChanges(changes: readonly Change[]): readonly Change[] {
  const last = new Map<StorePath, Change>();
  for (const change of changes) last.set(change.path, change);
  return [...last.values()].sort((a, b) => byText(a.path, b.path));
}

function sortedProblems(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort(
    (a, b) =>
      byText(a.path, b.path) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      byText(a.rule, b.rule) ||
      byText(a.message, b.message),
  );
}
