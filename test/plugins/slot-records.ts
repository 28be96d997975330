/** Records as the detector sees them, with what a test doesn't say filled in. */
import type {
  EntityKind,
  KnowledgeRecord,
  MemoryKind,
  ProjectId,
  RecordId,
  RecordType,
  StorePath,
} from '../../src/plugin.ts';

type Given = Partial<Omit<KnowledgeRecord, 'id' | 'relations'>> & {
  readonly id: string;
  readonly relations?: readonly string[];
};

const MEMORIES: readonly string[] = [
  'identity',
  'preference',
  'project',
  'episodic',
  'knowledge',
  'adaptation',
] satisfies MemoryKind[];

export function record(given: Given): KnowledgeRecord {
  const kind = given.kind ?? ('knowledge' satisfies MemoryKind | EntityKind);
  const type: RecordType = given.type ?? (MEMORIES.includes(kind) ? 'memory' : 'entity');
  return {
    type,
    kind,
    project: 'p05' as ProjectId,
    path: `projects/p05/records/${kind}/x--${given.id}.md` as StorePath,
    status: 'active',
    subject: 'lateral support',
    text: given.value ?? 'It is so.',
    confidence: 0.7,
    tags: [],
    origins: ['projects/p05/sources/notes/x.md'],
    handAuthored: false,
    conflicts: [],
    supersedes: [],
    relations: [],
    ...given,
    id: given.id as RecordId,
  };
}
