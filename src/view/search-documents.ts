/** What of a settlement is searched: passages of sources and captures, and every record (retrieval.md §1). */

import { roleOf } from '../model/layout.ts';
import { INBOX_PROJECT } from '../model/names.ts';
import { canonicalProject } from '../model/projects.ts';
import type { ParsedFile, ServedRecord, Settlement } from '../model/snapshot.ts';
import type { ProjectId, StorePath } from '../plugin.ts';
import type { SearchDocument } from './documents-store.ts';
import { type Passage, passages } from './passages.ts';
import type { Touches } from './view.ts';

/** The documents of one file; the fingerprint changes whenever they do. */
export interface SearchUnit {
  readonly path: StorePath;
  readonly fingerprint: string;
  readonly documents: () => readonly SearchDocument[];
}

/** The project that a source or capture speaks of. */
export function projectOfDocument(settlement: Settlement, parsed: ParsedFile): ProjectId {
  const role = roleOf(parsed.path);
  if (role.role === 'source') return role.project;
  const named = parsed.capture?.project;
  const known = named === undefined ? undefined : canonicalProject(settlement.registry, named);
  return known ?? INBOX_PROJECT;
}

/** Every unit of a settlement, by path. */
export function searchUnits(
  settlement: Settlement,
  touches: Touches,
): ReadonlyMap<StorePath, SearchUnit> {
  const units = new Map<StorePath, SearchUnit>();
  for (const [path, parsed] of settlement.documents) {
    if (parsed.document === undefined) continue;
    const project = projectOfDocument(settlement, parsed);
    const date = touches.get(path)?.date ?? '';
    const whole = parsed.isWhole ? 'whole' : 'part';
    units.set(path, {
      path,
      fingerprint: `${parsed.oid} ${project} ${date} ${whole}`,
      documents: () => documentsOfFile(parsed, project, date),
    });
  }
  for (const served of settlement.records.values()) {
    const { record } = served;
    const date = touches.get(record.path)?.date ?? '';
    units.set(record.path, {
      path: record.path,
      // The blob says it all, but for a status that its file was not lawfully given.
      fingerprint: `${record.id} ${served.oid} ${record.status} ${date}`,
      documents: () => [documentOfRecord(served, date)],
    });
  }
  return units;
}

function documentsOfFile(
  parsed: ParsedFile,
  project: ProjectId,
  date: string,
): readonly SearchDocument[] {
  const { document } = parsed;
  if (document === undefined) return [];
  const isCapture = roleOf(parsed.path).role === 'capture';
  // A document of a title alone is found by it.
  const sections = passages(document.sections);
  const found = sections.length > 0 ? sections : [TITLE_ONLY];
  return found.map((passage) => ({
    id: `${parsed.path}#${String(passage.ordinal).padStart(5, '0')}`,
    project,
    layer: isCapture ? 'capture' : 'passage',
    kind: isCapture ? 'capture' : 'source',
    status: '',
    path: parsed.path,
    title: document.title,
    heading: passage.headingPath.join(' › '),
    text: passage.text,
    tags: document.tags,
    date,
    startLine: passage.startLine,
    endLine: passage.endLine,
    ordinal: passage.ordinal,
    ordinals: found.length,
  }));
}

const TITLE_ONLY: Passage = {
  headingPath: [],
  slug: '',
  startLine: 1,
  endLine: 1,
  ordinal: 0,
  text: '',
};

function documentOfRecord({ record }: ServedRecord, date: string): SearchDocument {
  return {
    id: record.id,
    project: record.project,
    layer: record.type,
    kind: record.kind,
    status: record.status,
    path: record.path,
    title: record.subject,
    heading: '',
    text: record.value === undefined ? record.text : `${record.text}\n${record.value}`,
    tags: record.tags,
    date,
    startLine: 1,
    endLine: 1,
    ordinal: 0,
    ordinals: 1,
  };
}
