/** What every question is asked of, who counts in its answer, and how a record is shown there. */
import { byText } from '../../model/names.ts';
import type { ServedRecord, Settlement } from '../../model/snapshot.ts';
import type { KnowledgeRecord, ProjectId, RecordId, Relation } from '../../plugin.ts';
import { type Edge, type Graph, graphOf } from '../graph.ts';
import { isExpired, type Touches, type View } from '../view.ts';

export interface Facts {
  readonly graph: Graph;
  readonly settlement: Settlement;
  readonly touches: Touches;
  /** `2026-11-22` */
  readonly today: string;
  /** Commits of the branch, newest first, where "since a commit" is to be exact. */
  readonly commits?: readonly { readonly oid: string; readonly date: string }[];
}

/** The facts of a published view. The graph is made anew: keep the result while the view is served. */
export function factsOf(view: View, today: string, commits?: Facts['commits']): Facts {
  const { settlement, touches } = view;
  const more = commits === undefined ? {} : { commits };
  return { graph: graphOf(settlement), settlement, touches, today, ...more };
}

/** Whose word counts: active records only, unless candidates are asked for too. */
export interface Scope {
  readonly includeCandidates: boolean;
}

export interface ProjectAsk extends Scope {
  readonly project: ProjectId;
}

export interface RecordAsk extends Scope {
  readonly record: ServedRecord;
}

/** What a reader must know of a record beside what it says. */
export type Mark = 'candidate' | 'not-active' | 'disputed' | 'expired' | 'unsupported' | 'stale';

/** A record in an answer. */
export interface RecordView {
  readonly id: RecordId;
  readonly type: KnowledgeRecord['type'];
  readonly kind: KnowledgeRecord['kind'];
  readonly project: ProjectId;
  readonly status: KnowledgeRecord['status'];
  readonly subject: string;
  readonly value?: string;
  readonly text: string;
  readonly path: string;
  /** Sorted; empty for what may be taken at its word. */
  readonly marks: readonly Mark[];
}

export function recordView(facts: Facts, { record, ...served }: ServedRecord): RecordView {
  const marks: Mark[] = [];
  if (record.status === 'candidate') marks.push('candidate');
  else if (record.status !== 'active') marks.push('not-active');
  if (record.conflicts.length > 0) marks.push('disputed');
  if (isExpired(record, facts.today)) marks.push('expired');
  if (served.isStale) marks.push('stale');
  if (served.isUnsupported && record.status === 'active') marks.push('unsupported');
  return {
    id: record.id,
    type: record.type,
    kind: record.kind,
    project: record.project,
    status: record.status,
    subject: record.subject,
    ...(record.value === undefined ? {} : { value: record.value }),
    text: record.text,
    path: record.path,
    marks,
  };
}

export function viewsOf(facts: Facts, ids: Iterable<RecordId>): readonly RecordView[] {
  return [...new Set(ids)]
    .flatMap((id) => facts.graph.nodes.get(id) ?? [])
    .map((served) => recordView(facts, served))
    .sort(bySubject);
}

export function bySubject(
  a: Pick<RecordView, 'subject' | 'id'>,
  b: Pick<RecordView, 'subject' | 'id'>,
): number {
  return byText(a.subject.toLowerCase(), b.subject.toLowerCase()) || byText(a.id, b.id);
}

export function counts(facts: Facts, id: RecordId, { includeCandidates }: Scope): boolean {
  const status = facts.graph.nodes.get(id)?.record.status;
  return status === 'active' || (includeCandidates && status === 'candidate');
}

/** Records of a project that count, of the kinds given, by subject. */
export function recordsOf(
  facts: Facts,
  ask: ProjectAsk,
  kinds: readonly KnowledgeRecord['kind'][],
): readonly ServedRecord[] {
  return [...facts.graph.nodes.values()]
    .filter(
      ({ record }) =>
        record.type === 'entity' &&
        record.project === ask.project &&
        kinds.includes(record.kind) &&
        counts(facts, record.id, ask),
    )
    .sort((a, b) => bySubject(a.record, b.record));
}

/** Where the record's own relations lead, as far as both end and witness count. */
export function targetsOf(
  facts: Facts,
  id: RecordId,
  relations: readonly Relation[],
  scope: Scope,
): readonly RecordId[] {
  return edgesFrom(facts, id, relations, scope).map(({ to }) => to);
}

/** Who is related to the record, as far as both start and witness count. */
export function bearersOf(
  facts: Facts,
  id: RecordId,
  relations: readonly Relation[],
  scope: Scope,
): readonly RecordId[] {
  return edgesTo(facts, id, relations, scope).map(({ from }) => from);
}

export function edgesFrom(
  facts: Facts,
  id: RecordId,
  relations: readonly Relation[],
  scope: Scope,
): readonly Edge[] {
  return (facts.graph.outbound.get(id) ?? []).filter(
    ({ relation, to, saidBy }) =>
      relations.includes(relation) && counts(facts, to, scope) && counts(facts, saidBy, scope),
  );
}

export function edgesTo(
  facts: Facts,
  id: RecordId,
  relations: readonly Relation[],
  scope: Scope,
): readonly Edge[] {
  return (facts.graph.inbound.get(id) ?? []).filter(
    ({ relation, from, saidBy }) =>
      relations.includes(relation) && counts(facts, from, scope) && counts(facts, saidBy, scope),
  );
}

/** Everything within a record, however deep; not the record itself. A circle is gone round once. */
export function partsOf(facts: Facts, id: RecordId, scope: Scope): readonly RecordId[] {
  return reached(id, (each) => bearersOf(facts, each, ['part_of'], scope));
}

/** Everything that a record lies within, nearest first; not the record itself. */
export function wholesOf(facts: Facts, id: RecordId, scope: Scope): readonly RecordId[] {
  return reached(id, (each) => targetsOf(facts, each, ['part_of'], scope));
}

/** What can be reached by steps, nearest first. */
export function reached(
  start: RecordId,
  step: (id: RecordId) => readonly RecordId[],
): readonly RecordId[] {
  const found = new Set([start]);
  for (const id of found) for (const next of step(id)) found.add(next);
  found.delete(start);
  return [...found];
}
