/** The closed list of relations, how a line names one, and which `stated_…` keys mean one (domain.md §7). */
import type { EntityKind, Relation } from '../plugin.ts';
import { foldName, quote } from './names.ts';

export const RELATIONS = [
  'contains',
  'part_of',
  'interfaces_with',
  'satisfies',
  'constrained_by',
  'affected_by_decision',
  'based_on_assumption',
  'supersedes',
  'analyzed_by',
  'validated_by',
  'supports',
  'conflicts_with',
  'depends_on',
  'described_by',
  'updated_by_session',
  'evidenced_by',
  'summarized_in',
  'uses_material',
] as const satisfies readonly Relation[];

export function isRelation(name: string): name is Relation {
  return (RELATIONS as readonly string[]).includes(name);
}

/** A relation as a person writes it in `relations`. */
export interface WrittenRelation {
  readonly relation: Relation;
  /** As written: the id of a record. */
  readonly target: string;
}

/** Reads `relation: target-id`; case, blanks and hyphens in the relation's name don't count. */
export function parseRelation(line: string): WrittenRelation | { readonly fault: string } {
  const cut = line.indexOf(':');
  const name = foldName(cut === -1 ? line : line.slice(0, cut)).replaceAll(' ', '_');
  const target = cut === -1 ? '' : line.slice(cut + 1).trim();
  if (!isRelation(name)) {
    return {
      fault: `Expected a relation, one of ${RELATIONS.join(', ')}; found ${quote(line)}. Correct it.`,
    };
  }
  if (target !== '') return { relation: name, target };
  return { fault: `Expected "${name}: <record id>", found ${quote(line)}. Name the target.` };
}

/** A relation as it is read in a source: from the claim to what is named, or the other way. */
export interface StatedRelation {
  readonly relation: Relation;
  readonly isReversed: boolean;
}

/** What a source says the other way round: `stated_affects: X` is X `affected_by_decision`. */
const REVERSED: Readonly<Record<string, Relation>> = {
  affects: 'affected_by_decision',
  satisfied_by: 'satisfies',
  constrains: 'constrained_by',
  superseded_by: 'supersedes',
  supported_by: 'supports',
  validates: 'validated_by',
};

const STATED = 'stated_';

/** The relation that a `stated_…` key means; none for keys such as `stated_status`. */
export function statedRelation(key: string): StatedRelation | undefined {
  if (!key.startsWith(STATED)) return undefined;
  const name = key.slice(STATED.length);
  if (isRelation(name)) return { relation: name, isReversed: false };
  const relation = Object.hasOwn(REVERSED, name) ? REVERSED[name] : undefined;
  return relation === undefined ? undefined : { relation, isReversed: true };
}

/** What has a place in the system. */
export const STRUCTURE_KINDS = [
  'project',
  'system',
  'subsystem',
  'component',
  'interface',
] as const satisfies readonly EntityKind[];

interface Ends {
  readonly from?: readonly EntityKind[];
  readonly to?: readonly EntityKind[];
}

// A subject names only what the relation can mean, so that "Satisfies: lateral stiffness" is the
// requirement of that name and never the decision. An id or a number needs no such help.
const ENDS: Readonly<Partial<Record<Relation, Ends>>> = {
  contains: { from: STRUCTURE_KINDS, to: [...STRUCTURE_KINDS, 'artifact', 'parameter'] },
  part_of: { to: STRUCTURE_KINDS },
  interfaces_with: { to: [...STRUCTURE_KINDS, 'vendor', 'process'] },
  satisfies: { from: [...STRUCTURE_KINDS, 'decision', 'process', 'artifact'], to: ['requirement'] },
  constrained_by: {
    from: [...STRUCTURE_KINDS, 'decision', 'parameter', 'process', 'material'],
    to: ['constraint', 'requirement', 'parameter'],
  },
  affected_by_decision: {
    from: [
      ...STRUCTURE_KINDS,
      'requirement',
      'constraint',
      'parameter',
      'material',
      'process',
      'artifact',
      'vendor',
    ],
    to: ['decision'],
  },
  based_on_assumption: { to: ['assumption'] },
  analyzed_by: { to: ['analysis_model'] },
  validated_by: { from: ['validation_claim', 'requirement'], to: ['result', 'analysis_model'] },
  supports: { from: ['result', 'analysis_model', 'artifact'] },
  described_by: { to: ['artifact'] },
  evidenced_by: { to: ['result', 'artifact'] },
  summarized_in: { to: ['artifact'] },
  uses_material: { to: ['material'] },
};

/** The kinds that a name at the far end of a stated relation may stand for; none = any. */
export function namedKinds({
  relation,
  isReversed,
}: StatedRelation): readonly EntityKind[] | undefined {
  return isReversed ? ENDS[relation]?.from : ENDS[relation]?.to;
}
