/** The closed lists of domain.md §4, and which layer each kind belongs to. */
import type {
  EntityKind,
  KnowledgeRecord,
  MemoryKind,
  RecordType,
  StateCategory,
  Status,
} from '../plugin.ts';

export const MEMORY_KINDS = [
  'identity',
  'preference',
  'project',
  'episodic',
  'knowledge',
  'adaptation',
] as const satisfies readonly MemoryKind[];

export const ENTITY_KINDS = [
  'project',
  'system',
  'subsystem',
  'component',
  'interface',
  'requirement',
  'constraint',
  'decision',
  'assumption',
  'material',
  'parameter',
  'analysis_model',
  'result',
  'validation_claim',
  'vendor',
  'process',
  'artifact',
] as const satisfies readonly EntityKind[];

export const STATE_CATEGORIES = [
  'status',
  'decision',
  'requirement',
  'contact',
  'milestone',
  'fact',
  'config',
] as const satisfies readonly StateCategory[];

export const STATUSES = [
  'candidate',
  'active',
  'superseded',
  'invalid',
  'graduated',
] as const satisfies readonly Status[];

/** The kinds that a record of a type may have. */
export const KINDS: Readonly<Record<RecordType, readonly KnowledgeRecord['kind'][]>> = {
  memory: MEMORY_KINDS,
  entity: ENTITY_KINDS,
  state: STATE_CATEGORIES,
};

/** The start of a record id: three letters that tell the kind; `mem` and `ent` tell `project` apart. */
const ID_PREFIX: Readonly<Record<MemoryKind | EntityKind, string>> = {
  identity: 'idn',
  preference: 'prf',
  project: 'prj',
  episodic: 'epi',
  knowledge: 'knw',
  adaptation: 'adp',
  system: 'sys',
  subsystem: 'sub',
  component: 'cmp',
  interface: 'ifc',
  requirement: 'req',
  constraint: 'con',
  decision: 'dec',
  assumption: 'asm',
  material: 'mat',
  parameter: 'par',
  analysis_model: 'mod',
  result: 'res',
  validation_claim: 'val',
  vendor: 'ven',
  process: 'prc',
  artifact: 'art',
};

/** The prefix of ids of a kind; an entity of kind `project` is told apart from a memory of it. */
export function idPrefix(type: 'memory' | 'entity', kind: MemoryKind | EntityKind): string {
  return type === 'entity' && kind === 'project' ? 'epr' : ID_PREFIX[kind];
}

export function isMemoryKind(kind: string): kind is MemoryKind {
  return (MEMORY_KINDS as readonly string[]).includes(kind);
}

export function isEntityKind(kind: string): kind is EntityKind {
  return (ENTITY_KINDS as readonly string[]).includes(kind);
}

export function isStateCategory(category: string): category is StateCategory {
  return (STATE_CATEGORIES as readonly string[]).includes(category);
}

export function isStatus(status: string): status is Status {
  return (STATUSES as readonly string[]).includes(status);
}
