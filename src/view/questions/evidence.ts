/** What a record rests on: its own sources, and the sources of what supports it. */
import type { ServedRecord } from '../../model/snapshot.ts';
import type { RecordId, Relation, StorePath } from '../../plugin.ts';
import {
  edgesFrom,
  edgesTo,
  type Facts,
  type RecordAsk,
  type RecordView,
  recordView,
  type Scope,
} from './facts.ts';

export const EVIDENCE_DEPTH_MAX = 4;

/** A place that a record comes from. */
export type Origin =
  | {
      readonly from: 'source';
      readonly path: string;
      readonly slug: string;
      readonly title: string;
    }
  | {
      readonly from: 'capture';
      readonly path: string;
      readonly slug: string;
      readonly at: string;
      readonly client?: string;
      readonly session?: string;
    }
  /** The document is named and not there any more. */
  | { readonly from: 'missing'; readonly path: string; readonly slug: string }
  /** As a person says it, in words. */
  | { readonly from: 'words'; readonly text: string };

export interface Evidence {
  readonly record: RecordView;
  /** Why it is evidence; absent for the record that was asked about. */
  readonly relation?: Relation | 'graduated_from';
  readonly origins: readonly Origin[];
  /** The passage as it stands in its source; empty when none is left. */
  readonly quote: string;
  readonly support: readonly Evidence[];
  /** True where further evidence is left out: too deep, or told already above. */
  readonly isCut: boolean;
}

/** What a record points to as its grounds. */
const GROUNDS: readonly Relation[] = [
  'validated_by',
  'analyzed_by',
  'evidenced_by',
  'based_on_assumption',
  'described_by',
];

/** The evidence behind a record, down to its sources. */
export function evidenceBehind(facts: Facts, { record, ...scope }: RecordAsk): Evidence {
  return evidenceOf(facts, record, scope, []);
}

function evidenceOf(
  facts: Facts,
  served: ServedRecord,
  scope: Scope,
  above: readonly RecordId[],
): Evidence {
  const { id, origins } = served.record;
  const path = [...above, id];
  const grounds = groundsOf(facts, served, scope).flatMap((ground) => {
    const node = facts.graph.nodes.get(ground.id);
    return node === undefined ? [] : [{ ...ground, node }];
  });
  const isDeep = path.length > EVIDENCE_DEPTH_MAX;
  const open = isDeep ? [] : grounds.filter((ground) => !path.includes(ground.id));
  return {
    record: recordView(facts, served),
    origins: origins
      .filter((each) => !each.startsWith(MEMORY))
      .map((each) => originOf(facts, each)),
    quote: served.evidence,
    support: open.map(({ node, relation }) => ({
      ...evidenceOf(facts, node, scope, path),
      relation,
    })),
    isCut: open.length < grounds.length,
  };
}

const MEMORY = 'memory:';

interface Ground {
  readonly id: RecordId;
  readonly relation: Relation | 'graduated_from';
}

function groundsOf(facts: Facts, { record }: ServedRecord, scope: Scope): readonly Ground[] {
  const memories = record.origins.filter((each) => each.startsWith(MEMORY));
  return [
    ...memories.map((each) => ({
      id: each.slice(MEMORY.length) as RecordId,
      relation: 'graduated_from' as const,
    })),
    ...edgesFrom(facts, record.id, GROUNDS, scope).map(({ to, relation }) => ({
      id: to,
      relation,
    })),
    ...edgesTo(facts, record.id, ['supports'], scope).map(({ from, relation }) => ({
      id: from,
      relation,
    })),
  ];
}

function originOf(facts: Facts, origin: string): Origin {
  const hash = origin.indexOf('#');
  const path = (hash === -1 ? origin : origin.slice(0, hash)) as StorePath;
  const slug = hash === -1 ? '' : origin.slice(hash + 1);
  const parsed = facts.settlement.documents.get(path);
  if (parsed?.capture !== undefined) {
    const { at, client, sessionId } = parsed.capture;
    const session = sessionId === undefined ? {} : { session: sessionId };
    return {
      from: 'capture',
      path,
      slug,
      at,
      ...(client === undefined ? {} : { client }),
      ...session,
    };
  }
  if (parsed !== undefined)
    return { from: 'source', path, slug, title: parsed.document?.title ?? '' };
  const isPath = path.startsWith('projects/') || path.startsWith('captures/');
  return isPath ? { from: 'missing', path, slug } : { from: 'words', text: origin };
}
