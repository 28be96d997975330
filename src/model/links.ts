/** What records say of each other, resolved to records: `relations`, `stated_…` keys, supersession. */
import type {
  KnowledgeRecord,
  Problem,
  RecordId,
  RecordLink,
  Records,
  Relation,
} from '../plugin.ts';
import { byText, quote } from './names.ts';
import { type FindRecord, recordFinder, type StatedOf } from './record-finder.ts';
import { namedKinds, parseRelation, type StatedRelation, statedRelation } from './relations.ts';

/** A relation whose other end could not be told; shown, never guessed. */
export interface UnresolvedRelation {
  readonly relation: Relation;
  /** True where the record is the target: "Affects: X" without a record X. */
  readonly isReversed: boolean;
  /** As the source or the record says it. */
  readonly text: string;
  readonly why: 'unknown' | 'ambiguous';
  /** The records that it may mean. */
  readonly among: readonly RecordId[];
}

export interface Linked {
  /** By the record that bears them, sorted by relation and target. */
  readonly links: ReadonlyMap<RecordId, readonly RecordLink[]>;
  readonly unresolved: ReadonlyMap<RecordId, readonly UnresolvedRelation[]>;
  readonly problems: readonly Problem[];
}

/** A pure function of all records; it writes nothing, so nobody's file changes when a target comes. */
export function linkRecords(records: Records, statedOf: StatedOf): Linked {
  const linking: Linking = {
    find: recordFinder(records, statedOf),
    links: new Map(),
    unresolved: new Map(),
    problems: [],
  };
  for (const [id, record] of records) {
    const stated = statedOf(id);
    for (const line of record.relations) linkWritten(linking, { records, record, line });
    for (const older of record.supersedes) {
      if (records.has(older)) addLink(linking, id, { relation: 'supersedes', target: older }, id);
    }
    const newer = record.supersededBy;
    if (newer !== undefined && records.has(newer)) {
      addLink(linking, newer, { relation: 'supersedes', target: id }, id);
    }
    for (const key of Object.keys(stated).sort(byText)) {
      const relation = statedRelation(key);
      const texts = [stated[key] ?? []].flat();
      if (relation !== undefined) linkStated(linking, { record, relation, texts });
    }
  }
  return {
    links: new Map([...linking.links].map(([id, links]) => [id, [...links.values()].sort(byEnd)])),
    unresolved: linking.unresolved,
    problems: linking.problems,
  };
}

/** Puts the links on the records that bear them. */
export function setLinks(records: Map<RecordId, KnowledgeRecord>, links: Linked['links']): void {
  for (const [id, own] of links) {
    const record = records.get(id);
    if (record !== undefined) records.set(id, { ...record, links: own });
  }
}

interface Linking {
  readonly find: FindRecord;
  readonly links: Map<RecordId, Map<string, RecordLink>>;
  readonly unresolved: Map<RecordId, UnresolvedRelation[]>;
  readonly problems: Problem[];
}

type Link = Omit<RecordLink, 'saidBy'>;

/** What both ends say is one link; the bearer's own word comes first, then the order of ids. */
function addLink(linking: Linking, bearer: RecordId, link: Link, saidBy: RecordId): void {
  if (bearer === link.target) return;
  const own = linking.links.get(bearer) ?? new Map<string, RecordLink>();
  linking.links.set(bearer, own);
  const key = `${link.relation} ${link.target}`;
  if (!own.has(key) || saidBy === bearer) own.set(key, { ...link, saidBy });
}

function byEnd(a: RecordLink, b: RecordLink): number {
  return byText(a.relation, b.relation) || byText(a.target, b.target);
}

interface Written {
  readonly records: Records;
  readonly record: KnowledgeRecord;
  readonly line: string;
}

function linkWritten(linking: Linking, { records, record, line }: Written): void {
  const isLive = record.status === 'active' || record.status === 'candidate';
  const fault = (rule: string, message: string): void => {
    if (isLive) linking.problems.push({ path: record.path, rule, message });
  };
  const written = parseRelation(line);
  if ('fault' in written) {
    fault('unknown-relation', written.fault);
    return;
  }
  const { relation, target } = written;
  const found = linking.find(target, { project: record.project, asker: record });
  const isNamedById = 'id' in found && (found.id === target || target.includes(`--${found.id}`));
  if (isNamedById && records.has(found.id)) {
    addLink(linking, record.id, { relation, target: found.id }, record.id);
    return;
  }
  const among = 'id' in found ? [found.id] : found.among;
  const advice =
    among.length > 0
      ? `Did you mean ${among.slice(0, 5).join(' or ')}?`
      : 'Correct it, or write that record.';
  fault(
    'unknown-target',
    `Expected the id of a record behind ${relation}, found ${quote(target)}. ${advice}`,
  );
  const why = among.length > 1 ? 'ambiguous' : 'unknown';
  note(linking, record, { relation, isReversed: false, text: target, why, among });
}

interface Stated {
  readonly record: KnowledgeRecord;
  readonly relation: StatedRelation;
  readonly texts: readonly string[];
}

function linkStated(linking: Linking, { record, relation: stated, texts }: Stated): void {
  const { relation, isReversed } = stated;
  // One record replaces another of its own kind only.
  const kinds = relation === 'supersedes' ? [record.kind] : namedKinds(stated);
  const only = kinds === undefined ? {} : { kinds, numbered: kinds };
  for (const text of texts) {
    const found = linking.find(text, { project: record.project, asker: record, ...only });
    if (!('id' in found)) {
      note(linking, record, { relation, isReversed, text, ...found });
    } else if (isReversed) {
      addLink(linking, found.id, { relation, target: record.id }, record.id);
    } else addLink(linking, record.id, { relation, target: found.id }, record.id);
  }
}

function note(linking: Linking, record: KnowledgeRecord, unresolved: UnresolvedRelation): void {
  linking.unresolved.set(record.id, [...(linking.unresolved.get(record.id) ?? []), unresolved]);
}
