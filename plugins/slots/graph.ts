/** What the relations of records say of slots: owners, parents, materials, what a decision affects. */
import type { KnowledgeRecord, RecordId, Records } from '../../src/plugin.ts';

/** Relations by record, read once in both directions. */
export class Graph {
  readonly #records: Records;
  readonly #parents = new Map<RecordId, Set<RecordId>>();
  readonly #affected = new Map<RecordId, Set<string>>();
  readonly #materials = new Map<RecordId, Set<RecordId>>();
  /** Who says of which component what it is a part of. */
  readonly partClaims: {
    readonly by: RecordId;
    readonly part: RecordId;
    readonly whole: RecordId;
  }[] = [];

  constructor(records: Records) {
    this.#records = records;
    for (const record of records.values()) {
      for (const relation of record.relations) this.#add(record, relation);
    }
  }

  record(id: RecordId): KnowledgeRecord | undefined {
    return this.#records.get(id);
  }

  /** Ids of what a decision or assumption affects, sorted; empty where nothing says so. */
  affectedBy(id: RecordId): readonly string[] {
    return [...(this.#affected.get(id) ?? [])].sort();
  }

  /** What a record is a part of, sorted. */
  parentsOf(id: RecordId): readonly RecordId[] {
    return [...(this.#parents.get(id) ?? [])].sort();
  }

  materialsOf(id: RecordId): readonly KnowledgeRecord[] {
    const ids = [...(this.#materials.get(id) ?? [])].sort();
    return ids.flatMap((each) => this.#records.get(each) ?? []);
  }

  /** Whether one holds the other, at whatever depth: a part of a part is a part of the whole. */
  isWithin(one: RecordId, other: RecordId): boolean {
    return this.#climbs(one, other) || this.#climbs(other, one);
  }

  #climbs(from: RecordId, to: RecordId): boolean {
    const seen = new Set<RecordId>([from]);
    for (const id of seen) {
      if (id === to) return true;
      if (seen.size > ANCESTORS_MAX) return false;
      for (const parent of this.#parents.get(id) ?? []) seen.add(parent);
    }
    return false;
  }

  #add(record: KnowledgeRecord, relation: string): void {
    const cut = relation.indexOf(':');
    const name = relation.slice(0, cut).trim();
    const target = relation.slice(cut + 1).trim() as RecordId;
    if (cut === -1 || target === '') return;
    if (name === 'affected_by_decision' || name === 'based_on_assumption') {
      this.#put(this.#affected, target, record.id);
    } else if (name === 'affects') this.#put(this.#affected, record.id, target);
    else if (name === 'uses_material') this.#put(this.#materials, record.id, target);
    else if (name === 'part_of') this.#addPart(record.id, record.id, target);
    else if (name === 'contains') this.#addPart(record.id, target, record.id);
  }

  #addPart(by: RecordId, part: RecordId, whole: RecordId): void {
    this.#put(this.#parents, part, whole);
    this.partClaims.push({ by, part, whole });
  }

  #put<Key, Value>(map: Map<Key, Set<Value>>, key: Key, value: Value): void {
    const values = map.get(key) ?? new Set<Value>();
    map.set(key, values.add(value));
  }
}

const ANCESTORS_MAX = 200;
