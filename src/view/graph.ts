/** Records and what relates them, as a graph: the ground of every question about entities. */
import { byText } from '../model/names.ts';
import type { ServedRecord, Settlement } from '../model/snapshot.ts';
import type { RecordId, Relation, Status } from '../plugin.ts';

export interface Edge {
  readonly from: RecordId;
  /** Never `contains`: that is `part_of` the other way round. */
  readonly relation: Relation;
  readonly to: RecordId;
  /** The record that says so. */
  readonly saidBy: RecordId;
  /** Of the record that says so: what a candidate says is no more than proposed. */
  readonly status: Status;
}

/** All records whatever their status; who asks says which of them count. */
export interface Graph {
  readonly nodes: ReadonlyMap<RecordId, ServedRecord>;
  /** By the record that an edge leaves, sorted by relation and end. */
  readonly outbound: ReadonlyMap<RecordId, readonly Edge[]>;
  /** By the record that an edge reaches, sorted by relation and start. */
  readonly inbound: ReadonlyMap<RecordId, readonly Edge[]>;
}

/** The links of all records, and open conflicts as `conflicts_with`. */
export function graphOf(settlement: Settlement): Graph {
  const nodes = settlement.records;
  const edges = new Map<string, Edge>();
  const add = (edge: Omit<Edge, 'status'>): void => {
    const [from, to] = [nodes.get(edge.from), nodes.get(edge.to)];
    const status = nodes.get(edge.saidBy)?.record.status;
    if (from === undefined || to === undefined || status === undefined) return;
    const key = `${edge.from} ${edge.relation} ${edge.to}`;
    const known = edges.get(key);
    // Of two that say the same, an active one is the better witness.
    if (known === undefined || (known.status !== 'active' && status === 'active')) {
      edges.set(key, { ...edge, status });
    }
  };
  for (const [id, { record }] of nodes) {
    for (const { relation, target, saidBy } of record.links ?? []) {
      if (relation === 'contains') add({ from: target, relation: 'part_of', to: id, saidBy });
      else add({ from: id, relation, to: target, saidBy });
    }
  }
  for (const { status, conflict } of settlement.conflicts) {
    if (status !== 'open') continue;
    const ids = [...new Set(conflict.members.map(({ id }) => id))].sort(byText);
    for (const [at, from] of ids.entries()) {
      for (const to of ids.slice(at + 1)) {
        add({ from, relation: 'conflicts_with', to, saidBy: from });
      }
    }
  }
  return {
    nodes,
    outbound: grouped(edges.values(), 'from', 'to'),
    inbound: grouped(edges.values(), 'to', 'from'),
  };
}

function grouped(
  edges: Iterable<Edge>,
  end: 'from' | 'to',
  other: 'from' | 'to',
): ReadonlyMap<RecordId, readonly Edge[]> {
  const groups = new Map<RecordId, Edge[]>();
  for (const edge of edges) {
    const group = groups.get(edge[end]);
    if (group === undefined) groups.set(edge[end], [edge]);
    else group.push(edge);
  }
  for (const group of groups.values()) {
    group.sort((a, b) => byText(a.relation, b.relation) || byText(a[other], b[other]));
  }
  return groups;
}
