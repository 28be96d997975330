/** What conversations say of active records, and how current they are: computed when read, never written (domain.md §8). */
import type { Capture } from '../model/captures.ts';
import { byText, GLOBAL_PROJECT } from '../model/names.ts';
import { canonicalProject } from '../model/projects.ts';
import type { ServedRecord, Settlement } from '../model/snapshot.ts';
import type { KnowledgeRecord, ProjectId, RecordId } from '../plugin.ts';
import { captureStems, recordStems } from './stems.ts';
import { isExpired, type View } from './view.ts';

export interface Reinforcement {
  /** Captures that contain it. */
  readonly count: number;
  /** UTC time of the last of them. */
  readonly last: string;
}

export type Reinforcements = ReadonlyMap<RecordId, Reinforcement>;

export interface Freshness {
  /** As the record says. */
  readonly confidence: number;
  /** min(1, confidence + 0.02 × references). */
  readonly effectiveConfidence: number;
  readonly references: number;
  /** UTC. */
  readonly lastReference?: string;
  /** Its `valid_until` lies before the day that was asked for. */
  readonly isExpired: boolean;
  /** UTC time of the last commit that touched its file; empty when none holds it. */
  readonly touched: string;
}

export const STEP = 0.02;
const SHARE = 0.7;
const LONG_STEMS = 15;
const LONG_SHARE = 0.35;
const LONG_SHARED_MIN = 12;
/** Of the captures that ask to reinforce, the newest this many count. */
export const CAPTURES_MAX = 20_000;

const computed = new WeakMap<Settlement, Reinforcements>();

/** How often and when last each active record was said again. Worked out once for a view. */
export function reinforcementOf(view: View): Reinforcements {
  const known = computed.get(view.settlement);
  if (known !== undefined) return known;
  const found = compute(view.settlement);
  computed.set(view.settlement, found);
  return found;
}

/** min(1, confidence + 0.02 × references). */
export function effectiveConfidence(record: KnowledgeRecord, references: number): number {
  const raised = Math.min(1, record.confidence + STEP * references);
  return Math.round(raised * 10_000) / 10_000;
}

/** How current a record is on a day (`2026-11-22`). */
export function freshnessOf(view: View, { record }: ServedRecord, today: string): Freshness {
  const reinforced = reinforcementOf(view).get(record.id);
  const references = reinforced?.count ?? 0;
  return {
    confidence: record.confidence,
    effectiveConfidence: effectiveConfidence(record, references),
    references,
    ...(reinforced === undefined ? {} : { lastReference: reinforced.last }),
    isExpired: isExpired(record, today),
    touched: view.touches.get(record.path)?.date ?? '',
  };
}

/** How many shared stems make a capture say again what a record of that many stems says. */
export function stemsNeeded(stems: number): number {
  if (stems === 0) return Number.POSITIVE_INFINITY;
  if (stems <= LONG_STEMS) return Math.ceil(stems * SHARE - 1e-9);
  return Math.max(LONG_SHARED_MIN, Math.ceil(stems * LONG_SHARE - 1e-9));
}

/** The active records that a capture says again, whether or not it asks to reinforce; in order of id. */
export function reinforcedBy(settlement: Settlement, capture: Capture): readonly RecordId[] {
  const project = canonicalProject(settlement.registry, capture.project) ?? capture.project;
  const records = said(poolOf(settlement, project), capture);
  return records.map(({ id }) => id).sort(byText);
}

interface Pool {
  readonly records: readonly KnowledgeRecord[];
  readonly needed: Float64Array;
  /** Places in `records`, by stem. */
  readonly byStem: ReadonlyMap<string, readonly number[]>;
}

function compute(settlement: Settlement): Reinforcements {
  const captures = reinforcing(settlement);
  const found = new Map<RecordId, Reinforcement>();
  const pools = new Map<ProjectId, Pool>();
  for (const { capture, project } of captures) {
    const pool = pools.get(project) ?? poolOf(settlement, project);
    pools.set(project, pool);
    for (const record of said(pool, capture)) {
      const before = found.get(record.id);
      const last = before === undefined || before.last < capture.at ? capture.at : before.last;
      found.set(record.id, { count: (before?.count ?? 0) + 1, last });
    }
  }
  return found;
}

function reinforcing(
  settlement: Settlement,
): readonly { readonly capture: Capture; readonly project: ProjectId }[] {
  const found: { readonly capture: Capture; readonly project: ProjectId }[] = [];
  for (const { capture } of settlement.documents.values()) {
    if (capture?.reinforce !== true) continue;
    const project = canonicalProject(settlement.registry, capture.project) ?? capture.project;
    found.push({ capture, project });
  }
  if (found.length <= CAPTURES_MAX) return found;
  found.sort((a, b) => (a.capture.at < b.capture.at ? 1 : -1));
  return found.slice(0, CAPTURES_MAX);
}

/** Active memories and entities of a project, with global identity and preference. */
function poolOf(settlement: Settlement, project: ProjectId): Pool {
  const records: KnowledgeRecord[] = [];
  for (const { record } of settlement.records.values()) {
    if (record.status !== 'active' || record.type === 'state') continue;
    const isGlobal =
      record.project === GLOBAL_PROJECT && ['identity', 'preference'].includes(record.kind);
    if (record.project === project || isGlobal) records.push(record);
  }
  const byStem = new Map<string, number[]>();
  const needed = new Float64Array(records.length);
  for (const [place, record] of records.entries()) {
    const stems = recordStems(record);
    needed[place] = stemsNeeded(stems.length);
    for (const stem of stems) {
      const places = byStem.get(stem);
      if (places === undefined) byStem.set(stem, [place]);
      else places.push(place);
    }
  }
  return { records, needed, byStem };
}

function said(pool: Pool, capture: Capture): readonly KnowledgeRecord[] {
  const shared = new Uint16Array(pool.records.length);
  for (const stem of captureStems(capture)) {
    for (const place of pool.byStem.get(stem) ?? []) shared[place] = (shared[place] ?? 0) + 1;
  }
  return pool.records.filter((_record, place) => (shared[place] ?? 0) >= (pool.needed[place] ?? 0));
}
