/** The slots that each record claims, by the table of domain.md §6. */
import type { KnowledgeRecord, ProjectId, RecordId, Records } from '../../src/plugin.ts';
import { foldName } from './fold.ts';
import { Graph } from './graph.ts';
import { isMaterial, type NamedValue, type ReadRecord } from './named-values.ts';
import { wordsOf } from './value.ts';

export interface SlotClaim {
  readonly said: Omit<NamedValue, 'name' | 'aliases'>;
  readonly id: RecordId;
  readonly project: ProjectId;
  readonly isCandidate: boolean;
  /** In words that sort and compare: `decision|p05|lateral support`. */
  readonly slot: string;
  /** 0 in the slot that is the record's own, more where it only meets others there. */
  readonly distance: number;
  /** Two guests of a slot have it out elsewhere: state entries in the slots of memories. */
  readonly isGuest: boolean;
  /** What a decision affects; two that affect different things don't meet. */
  readonly affects: readonly string[];
  /** For `part_of`: the whole, which others may be parts of in turn. */
  readonly whole?: RecordId;
}

export interface SlotClaims {
  readonly claims: readonly SlotClaim[];
  readonly graph: Graph;
}

/** @param records active ones and candidates */
export function slotClaims(records: Records, read: ReadRecord): SlotClaims {
  const graph = new Graph(records);
  const claims: SlotClaim[] = [];
  for (const record of records.values()) {
    const families = FAMILIES[`${record.type}/${record.kind}`] ?? [];
    if (families.length === 0) continue;
    const said = record.kind === 'component' ? undefined : read(record);
    if (said !== undefined) claims.push(...inFamilies(record, said, { families, graph }));
    if (record.kind === 'component') claims.push(...materialClaims(record, read, graph));
  }
  for (const { by, part, whole } of graph.partClaims) {
    claims.push(...partClaim(graph, by, { part, whole }));
  }
  return { claims, graph };
}

/** State entries that are no decision or requirement speak to whatever facts there are. */
const FACTS = ['knowledge', 'project', 'adaptation', 'parameter', 'component', 'vendor', 'process'];

/** The first is the record's own, by which its slot is named; in the others it is a guest. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  'state/decision': ['decision'],
  'state/requirement': ['requirement'],
  'state/status': ['fact', ...FACTS],
  'state/fact': ['fact', ...FACTS],
  'state/config': ['fact', ...FACTS],
  'state/milestone': ['milestone', ...FACTS],
  'state/contact': ['contact', ...FACTS],
  'entity/decision': ['decision'],
  'entity/assumption': ['assumption'],
  'entity/requirement': ['requirement'],
  'entity/constraint': ['requirement'],
  'entity/parameter': ['parameter'],
  'entity/component': ['component'],
  'entity/vendor': ['vendor'],
  'entity/process': ['process'],
  'memory/identity': ['identity'],
  'memory/preference': ['preference'],
  'memory/project': ['project'],
  'memory/knowledge': ['knowledge'],
  'memory/adaptation': ['adaptation'],
};

/** Kinds whose slot is named by a thing, while a state entry's key says what of it is meant. */
const ROLE: Readonly<Record<string, readonly string[]>> = {
  vendor: ['supplier', 'vendor'],
  process: ['process'],
};

function inFamilies(
  record: KnowledgeRecord,
  said: NamedValue,
  where: { readonly families: readonly string[]; readonly graph: Graph },
): readonly SlotClaim[] {
  const owner = record.kind === 'parameter' ? ownerOf(record, where.graph) : '';
  const named = owner === '' ? said.name : ownedName(owner, said.name);
  const roles = (ROLE[record.kind] ?? []).map((role) => `${named} ${role}`);
  const names = [named, ...said.aliases, ...roles];
  const affects = where.graph.affectedBy(record.id);
  return where.families.flatMap((family, far) =>
    names.map((name, distance) => ({
      id: record.id,
      project: record.project,
      isCandidate: record.status === 'candidate',
      said,
      slot: `${family}|${record.project}|${name}`,
      distance: far + distance,
      isGuest: far > 0,
      affects,
    })),
  );
}

function ofRecord({
  id,
  project,
  status,
}: KnowledgeRecord): Pick<SlotClaim, 'id' | 'project' | 'isCandidate'> {
  return { id, project, isCandidate: status === 'candidate' };
}

function ownerOf(record: KnowledgeRecord, graph: Graph): string {
  const owners = graph.parentsOf(record.id).map((id) => graph.record(id)?.subject ?? id);
  return owners.map(foldName).join(' and ');
}

function ownedName(owner: string, name: string): string {
  return ` ${name} `.includes(` ${owner} `) ? name : `${owner} ${name}`;
}

function materialClaims(
  record: KnowledgeRecord,
  read: ReadRecord,
  graph: Graph,
): readonly SlotClaim[] {
  const materials = graph.materialsOf(record.id);
  if (materials.length > 0) {
    const shown = materials.map(({ subject }) => subject).join(', ');
    return materialClaim(record, foldName(record.subject), shown);
  }
  const said = read(record);
  if (said === undefined || said.isDenied) return [];
  const name = said.name.replace(/ material$/, '');
  const isOfMaterial = name !== said.name || said.aliases.length > 0 || isMaterial(said.value);
  return isOfMaterial ? materialClaim(record, name, said.shown) : [];
}

function materialClaim(record: KnowledgeRecord, name: string, shown: string): readonly SlotClaim[] {
  const value = wordsOf(shown);
  if (value === undefined) return [];
  const slot = `component|${record.project}|${name} material`;
  const said = { value, shown, isDenied: false, trust: 'assigned', names: 'any' } as const;
  return [{ ...ofRecord(record), said, slot, ...OWN }];
}

const OWN = { distance: 0, isGuest: false, affects: [] } as const;

function partClaim(
  graph: Graph,
  by: RecordId,
  { part, whole }: { readonly part: RecordId; readonly whole: RecordId },
): readonly SlotClaim[] {
  const [claimer, component, parent] = [by, part, whole].map((id) => graph.record(id));
  if (claimer === undefined || component?.kind !== 'component' || parent === undefined) return [];
  const value = wordsOf(parent.subject);
  if (value === undefined) return [];
  const name = foldName(component.subject);
  const slot = `component|${component.project}|${name} part of`;
  const shown = parent.subject;
  const said = { value, shown, isDenied: false, trust: 'exact', names: 'any' } as const;
  return [{ ...ofRecord(claimer), said, slot, ...OWN, whole }];
}
