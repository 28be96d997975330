/** What a system is made of, and where a part of it sits. */
import { STRUCTURE_KINDS } from '../../model/relations.ts';
import type { RecordId } from '../../plugin.ts';
import {
  bearersOf,
  bySubject,
  edgesFrom,
  edgesTo,
  type Facts,
  type ProjectAsk,
  partsOf,
  type RecordAsk,
  type RecordView,
  recordsOf,
  recordView,
  type Scope,
  targetsOf,
  viewsOf,
  wholesOf,
} from './facts.ts';

/** A record with what lies within it. */
export interface Contents {
  readonly record: RecordView;
  readonly parts: readonly Contents[];
  /** True where parts are left out: the tree is deeper than shown, or goes in a circle. */
  readonly isCut: boolean;
}

export const CONTENTS_DEPTH_MAX = 12;

/** What a subsystem contains. */
export function contents(facts: Facts, { record, ...scope }: RecordAsk): Contents {
  return contentsOf(facts, record.record.id, scope, []);
}

function contentsOf(
  facts: Facts,
  id: RecordId,
  scope: Scope,
  above: readonly RecordId[],
): Contents {
  const own = facts.graph.nodes.get(id);
  if (own === undefined) throw new TypeError(`not a record: ${id}`);
  const path = [...above, id];
  const within = bearersOf(facts, id, ['part_of'], scope);
  const open = within.filter((part) => !path.includes(part));
  const isDeep = path.length > CONTENTS_DEPTH_MAX;
  const parts = isDeep ? [] : open.map((part) => contentsOf(facts, part, scope, path));
  return {
    record: recordView(facts, own),
    parts: parts.sort((a, b) => bySubject(a.record, b.record)),
    isCut: within.length > parts.length,
  };
}

export interface SystemMap {
  /** What lies in nothing else and has parts, and systems and subsystems without any. */
  readonly systems: readonly Contents[];
  readonly interfaces: readonly { readonly between: readonly [RecordView, RecordView] }[];
  /** Components and interfaces that nobody placed yet. */
  readonly loose: readonly RecordView[];
}

/** The system map of a project. */
export function systemMap(facts: Facts, ask: ProjectAsk): SystemMap {
  const all = recordsOf(facts, ask, STRUCTURE_KINDS);
  const ids = new Set(all.map(({ record }) => record.id));
  const isTop = (id: RecordId): boolean =>
    !targetsOf(facts, id, ['part_of'], ask).some((whole) => ids.has(whole));
  const tops = all.filter(({ record }) => isTop(record.id));
  const isLoose = ({ record }: (typeof all)[number]): boolean =>
    (record.kind === 'component' || record.kind === 'interface') &&
    bearersOf(facts, record.id, ['part_of'], ask).length === 0;
  const systems = tops.filter((each) => !isLoose(each));
  const shown = new Set<RecordId>(systems.map(({ record }) => record.id));
  for (const { record } of systems) {
    for (const part of partsOf(facts, record.id, ask)) shown.add(part);
  }
  // What only lies within itself, in a circle, has no top: it is shown from its first member.
  const circles = all.filter(({ record }) => {
    if (shown.has(record.id) || isTop(record.id)) return false;
    for (const part of partsOf(facts, record.id, ask)) shown.add(part);
    return true;
  });
  return {
    systems: [...systems, ...circles].map(({ record }) => contentsOf(facts, record.id, ask, [])),
    interfaces: interfacesAmong(facts, ids, ask),
    loose: tops.filter(isLoose).map((each) => recordView(facts, each)),
  };
}

function interfacesAmong(
  facts: Facts,
  ids: ReadonlySet<RecordId>,
  scope: Scope,
): SystemMap['interfaces'] {
  const pairs = new Map<string, readonly [RecordId, RecordId]>();
  for (const id of ids) {
    for (const { to } of edgesFrom(facts, id, ['interfaces_with'], scope)) {
      const [a, b] = id < to ? [id, to] : [to, id];
      pairs.set(`${a} ${b}`, [a, b]);
    }
  }
  return [...pairs.values()].flatMap(([a, b]) => {
    const [first, second] = viewsOf(facts, [a, b]);
    return first === undefined || second === undefined
      ? []
      : [{ between: [first, second] as const }];
  });
}

export interface Place {
  readonly record: RecordView;
  /** Nearest first. */
  readonly within: readonly RecordView[];
  readonly parts: readonly RecordView[];
  /** Other parts of what it lies within. */
  readonly beside: readonly RecordView[];
  readonly interfacesWith: readonly RecordView[];
  readonly dependsOn: readonly RecordView[];
  readonly neededBy: readonly RecordView[];
  readonly materials: readonly RecordView[];
}

/** Where a component sits and what it touches. */
export function componentPlace(facts: Facts, { record: own, ...scope }: RecordAsk): Place {
  const { id } = own.record;
  const wholes = wholesOf(facts, id, scope);
  const nearest = targetsOf(facts, id, ['part_of'], scope);
  const siblings = nearest.flatMap((whole) => bearersOf(facts, whole, ['part_of'], scope));
  const touching = [
    ...edgesFrom(facts, id, ['interfaces_with'], scope).map(({ to }) => to),
    ...edgesTo(facts, id, ['interfaces_with'], scope).map(({ from }) => from),
  ];
  return {
    record: recordView(facts, own),
    within: wholes.flatMap((whole) => viewsOf(facts, [whole])),
    parts: viewsOf(facts, bearersOf(facts, id, ['part_of'], scope)),
    beside: viewsOf(
      facts,
      siblings.filter((each) => each !== id),
    ),
    interfacesWith: viewsOf(facts, touching),
    dependsOn: viewsOf(facts, targetsOf(facts, id, ['depends_on'], scope)),
    neededBy: viewsOf(facts, bearersOf(facts, id, ['depends_on'], scope)),
    materials: viewsOf(facts, targetsOf(facts, id, ['uses_material'], scope)),
  };
}
