/** What readers see: one revision of the store, whole and unchanging (invariant 9). */
import type { Capture } from '../model/captures.ts';
import { canonicalProject } from '../model/projects.ts';
import type { ServedRecord, Settlement } from '../model/snapshot.ts';
import type { StoreConfig } from '../model/store-config.ts';
import type { KnowledgeRecord, Oid, ProjectId, StorePath } from '../plugin.ts';
import type { SearchIndex } from './search-index.ts';

export type Touches = ReadonlyMap<StorePath, { readonly commit: Oid; readonly date: string }>;

export interface View {
  /** The commit that this view shows. */
  readonly revision: Oid;
  readonly settlement: Settlement;
  /** Published together with the view; only ever searched in one go. */
  readonly index: SearchIndex;
  /** The last commit that touched a file, and when (UTC). */
  readonly touches: Touches;
  readonly config: StoreConfig;
}

/** The day a record's or document's file was last touched; empty when no commit holds it yet. */
export function dayOf(view: View, path: StorePath): string {
  return (view.touches.get(path)?.date ?? '').slice(0, 10);
}

/** True when `validUntil` lies before a day (`2026-11-22`). */
export function isExpired(record: KnowledgeRecord, today: string): boolean {
  return record.validUntil !== undefined && record.validUntil < today;
}

/** Trusted state of a project, in order of category and key. */
export function statesOf(view: View, project: ProjectId): readonly ServedRecord[] {
  return [...view.settlement.records.values()].filter(
    ({ record }) => record.type === 'state' && record.project === project,
  );
}

/** Captures, newest first. */
export function capturesOf(view: View): readonly Capture[] {
  const captures: Capture[] = [];
  for (const parsed of view.settlement.documents.values()) {
    if (parsed.capture === undefined) continue;
    const project =
      canonicalProject(view.settlement.registry, parsed.capture.project) ?? parsed.capture.project;
    captures.push({ ...parsed.capture, project });
  }
  return captures.sort((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? 1 : -1));
}
