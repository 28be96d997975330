/** What changed since a day, a moment or a commit, as the last commit of each file tells. */
import { roleOf } from '../../model/layout.ts';
import { byText } from '../../model/names.ts';
import { canonicalProject } from '../../model/projects.ts';
import type { ParsedFile } from '../../model/snapshot.ts';
import type { ProjectId, RecordId } from '../../plugin.ts';
import { type Facts, type RecordView, recordView, type Scope } from './facts.ts';

export interface ChangesAsk extends Scope {
  /** Absent = all projects. */
  readonly project?: ProjectId;
  /** `2026-04-09`, `2026-04-09T10:15:00Z`, or the name of a commit, at least 7 digits of it. */
  readonly since: string;
}

export interface ChangedFile {
  readonly path: string;
  readonly role: 'record' | 'state' | 'source' | 'capture' | 'conflict' | 'project';
  readonly commit: string;
  /** UTC. */
  readonly date: string;
  /** Present for records and state. */
  readonly record?: RecordView;
  /** Of a source or capture. */
  readonly title?: string;
}

export interface Changes {
  /** Newest first, then by path. */
  readonly files: readonly ChangedFile[];
  readonly total: number;
}

export const CHANGES_MAX = 500;

/** Nothing where the commit named is not known; a file that is gone is not told of. */
export function changesSince(facts: Facts, ask: ChangesAsk): Changes | undefined {
  const isSince = sinceTest(facts, ask.since);
  if (isSince === undefined) return undefined;
  const byPath = new Map<string, RecordId>();
  for (const [id, { record }] of facts.graph.nodes) byPath.set(record.path, id);
  const files: ChangedFile[] = [];
  for (const [path, touch] of facts.touches) {
    if (!isSince(touch)) continue;
    const { role, ...place } = roleOf(path);
    if (!isTold(role)) continue;
    const parsed = facts.settlement.documents.get(path);
    const project = 'project' in place ? place.project : captureProject(facts, parsed);
    if (ask.project !== undefined && project !== ask.project) continue;
    const served = facts.graph.nodes.get(byPath.get(path) ?? ('' as RecordId));
    const isUndecided = served?.record.status === 'candidate';
    if (isUndecided && !ask.includeCandidates) continue;
    const title = parsed?.document?.title;
    files.push({
      path,
      role,
      commit: touch.commit,
      date: touch.date,
      ...(served === undefined ? {} : { record: recordView(facts, served) }),
      ...(title === undefined ? {} : { title }),
    });
  }
  files.sort((a, b) => byText(b.date, a.date) || byText(a.path, b.path));
  return { files: files.slice(0, CHANGES_MAX), total: files.length };
}

function captureProject(facts: Facts, parsed: ParsedFile | undefined): ProjectId | undefined {
  const name = parsed?.capture?.project;
  return name === undefined ? undefined : canonicalProject(facts.settlement.registry, name);
}

type Touch = { readonly commit: string; readonly date: string };

function sinceTest(facts: Facts, since: string): ((touch: Touch) => boolean) | undefined {
  if (!/^[0-9a-f]{7,40}$/.test(since)) return ({ date }) => date >= since;
  const at = facts.commits?.findIndex(({ oid }) => oid.startsWith(since)) ?? -1;
  if (facts.commits !== undefined && at >= 0) {
    const newer = new Set(facts.commits.slice(0, at).map(({ oid }) => oid));
    return ({ commit }) => newer.has(commit);
  }
  // Without the history, the day of a commit is known as long as some file was last touched by it.
  const own = [...facts.touches.values()].find(({ commit }) => commit.startsWith(since));
  return own === undefined
    ? undefined
    : ({ commit, date }) => date > own.date && commit !== own.commit;
}

function isTold(role: string): role is ChangedFile['role'] {
  return ['record', 'state', 'source', 'capture', 'conflict', 'project'].includes(role);
}
