/** The records of a project that its pages show, and how they stand to each other. */
import type { KnowledgeRecord, ProjectId, RecordId, Records, Relation } from '../../src/plugin.ts';
import { byText, folded } from './page-text.ts';

/** One project as its pages need it. Candidates are nowhere in it. */
export interface Standing {
  readonly project: ProjectId;
  /** As its own record calls it, else its id. */
  readonly title: string;
  readonly records: Records;
  /** Active memories and entities by kind, each kind by subject. */
  readonly byKind: ReadonlyMap<KnowledgeRecord['kind'], readonly KnowledgeRecord[]>;
  /** Trusted state, by category and key. */
  readonly states: readonly KnowledgeRecord[];
  readonly superseded: readonly KnowledgeRecord[];
  /** Members of each open conflict. */
  readonly disputes: ReadonlyMap<string, readonly KnowledgeRecord[]>;
  /** Trusted state about what a record is about, by the record. */
  readonly overriding: ReadonlyMap<RecordId, KnowledgeRecord>;
  readonly overridden: ReadonlyMap<RecordId, readonly KnowledgeRecord[]>;
  /** Links that active records state, by the record that they lead to. */
  readonly inbound: ReadonlyMap<RecordId, readonly InboundLink[]>;
}

export interface InboundLink {
  readonly relation: Relation;
  readonly from: KnowledgeRecord;
}

/** As `bySubject` sorts, its keys made once: these are all records of a store. */
function sortedBySubject(records: Records): readonly KnowledgeRecord[] {
  return [...records.values()]
    .map((record) => ({ key: record.subject.toLowerCase(), record }))
    .sort((a, b) => byText(a.key, b.key) || byText(a.record.id, b.record.id))
    .map(({ record }) => record);
}

/** Projects with active records or state, in order of id. */
export function standings(records: Records): readonly Standing[] {
  const groups = new Map<ProjectId, KnowledgeRecord[]>();
  const disputes = new Map<string, KnowledgeRecord[]>();
  const inbound = new Map<RecordId, InboundLink[]>();
  for (const record of sortedBySubject(records)) {
    if (record.status === 'candidate') continue;
    push(groups, record.project, record);
    if (record.status !== 'active') continue;
    for (const id of record.conflicts) push(disputes, id, record);
  }
  for (const from of records.values()) {
    for (const { relation, target, saidBy } of from.links ?? []) {
      if (isActive(records, saidBy)) push(inbound, target, { relation, from });
    }
  }
  return [...groups]
    .filter(([, own]) => own.some(({ status }) => status === 'active'))
    .sort(([a], [b]) => byText(a, b))
    .map(([project, own]) => standingOf(project, own, { records, disputes, inbound }));
}

function standingOf(
  project: ProjectId,
  own: readonly KnowledgeRecord[],
  shared: Pick<Standing, 'records' | 'disputes' | 'inbound'>,
): Standing {
  const active = own.filter(({ status }) => status === 'active');
  const states = active
    .filter(({ type }) => type === 'state')
    .sort((a, b) => byText(a.kind, b.kind) || byText(a.subject, b.subject));
  const byKind = new Map<KnowledgeRecord['kind'], KnowledgeRecord[]>();
  // The kind `project` is one of memories too; its entity gives the title.
  const title = active.find(({ type, kind }) => type === 'entity' && kind === 'project');
  for (const record of active) if (record.type !== 'state') push(byKind, record.kind, record);
  return {
    ...shared,
    project,
    title: title?.subject ?? project,
    byKind,
    states,
    superseded: own.filter(({ status, type }) => status === 'superseded' && type !== 'state'),
    ...overrides(active, states),
  };
}

/** The kinds that an entry of trusted state of a category speaks of. */
const FAMILIES: Readonly<Record<string, readonly KnowledgeRecord['kind'][]>> = {
  decision: ['decision', 'assumption'],
  requirement: ['requirement', 'constraint'],
  contact: ['vendor', 'identity'],
  milestone: ['project'],
  status: ['project'],
  config: ['parameter', 'adaptation', 'preference'],
  fact: ['knowledge', 'project', 'parameter', 'component', 'material', 'interface', 'result'],
};

function overrides(
  active: readonly KnowledgeRecord[],
  states: readonly KnowledgeRecord[],
): Pick<Standing, 'overriding' | 'overridden'> {
  const overriding = new Map<RecordId, KnowledgeRecord>();
  const overridden = new Map<RecordId, KnowledgeRecord[]>();
  const bySubjectAndKind = new Map<string, KnowledgeRecord>();
  for (const state of states) {
    for (const kind of FAMILIES[state.kind] ?? []) {
      bySubjectAndKind.set(`${kind} ${folded(state.subject)}`, state);
    }
  }
  if (states.length === 0) return { overriding, overridden };
  for (const record of active) {
    if (record.type === 'state') continue;
    const state = bySubjectAndKind.get(`${record.kind} ${folded(record.subject)}`);
    if (state === undefined || folded(record.value ?? record.text) === folded(state.value ?? '')) {
      continue;
    }
    overriding.set(record.id, state);
    push(overridden, state.id, record);
  }
  return { overriding, overridden };
}

/** Active ends of a relation, by subject, as far as an active record states it. */
export function targets(
  { records }: Pick<Standing, 'records'>,
  record: KnowledgeRecord,
  relation: Relation,
): readonly KnowledgeRecord[] {
  const ends = (record.links ?? [])
    .filter((link) => link.relation === relation && isActive(records, link.saidBy))
    .map(({ target }) => target);
  return activeRecords(records, ends);
}

/** Active records that bear a relation to this one, by subject. */
export function bearers(
  { inbound }: Pick<Standing, 'inbound'>,
  record: KnowledgeRecord,
  relation: Relation,
): readonly KnowledgeRecord[] {
  const ends = (inbound.get(record.id) ?? [])
    .filter((link) => link.relation === relation && link.from.status === 'active')
    .map(({ from }) => from);
  return unique(ends);
}

/** What lies within a record, whichever of the two says so. */
export function parts(standing: Standing, record: KnowledgeRecord): readonly KnowledgeRecord[] {
  return unique([
    ...bearers(standing, record, 'part_of'),
    ...targets(standing, record, 'contains'),
  ]);
}

/** What a record lies within. */
export function wholes(standing: Standing, record: KnowledgeRecord): readonly KnowledgeRecord[] {
  return unique([
    ...targets(standing, record, 'part_of'),
    ...bearers(standing, record, 'contains'),
  ]);
}

export function unique(records: readonly KnowledgeRecord[]): readonly KnowledgeRecord[] {
  if (records.length < 2) return records;
  return [...new Map(records.map((record) => [record.id, record])).values()].sort(bySubject);
}

function activeRecords(records: Records, ids: readonly RecordId[]): readonly KnowledgeRecord[] {
  const found = ids.flatMap((id) => records.get(id) ?? []);
  return unique(found.filter(({ status }) => status === 'active'));
}

function isActive(records: Records, id: RecordId): boolean {
  return records.get(id)?.status === 'active';
}

export function bySubject(a: KnowledgeRecord, b: KnowledgeRecord): number {
  return byText(a.subject.toLowerCase(), b.subject.toLowerCase()) || byText(a.id, b.id);
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const found = map.get(key);
  if (found === undefined) map.set(key, [value]);
  else found.push(value);
}
