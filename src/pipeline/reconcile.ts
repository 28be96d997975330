/**
 * The third stage: claims against the records there are (domain.md §3–5). Which candidates exist,
 * which origins a record has, which undecided files are withdrawn, and which claims must wait.
 */

import { withFields } from '../model/front-matter.ts';
import { isDocumentOrigin } from '../model/layout.ts';
import { byText, foldStatement, recordId } from '../model/names.ts';
import { pathSignal } from '../model/path-signal.ts';
import { type Proposal, proposalPath, type RecordFile } from '../model/records.ts';
import type { Change, FoundClaim, Tally } from '../model/snapshot.ts';
import type { ProjectId, RecordId, StorePath } from '../plugin.ts';

/** One document's claims and the project they speak of. */
export interface ClaimSource {
  readonly path: StorePath;
  readonly project: ProjectId;
  readonly claims: readonly FoundClaim[];
}

export interface ReconcileInput {
  /** Sorted by path. */
  readonly sources: readonly ClaimSource[];
  readonly records: ReadonlyMap<RecordId, RecordFile>;
  /** Ids of record files that can't be read: nothing is written where they stand. */
  readonly unreadIds: ReadonlySet<RecordId>;
  /** True for a source path that is there but was not read whole. */
  readonly isUnread: (path: StorePath) => boolean;
  readonly openMax: number;
  /** `formatProposal`, or one that remembers. */
  readonly format: (proposal: Proposal) => string;
}

export interface Reconciled {
  readonly changes: readonly Change[];
  /** What each record rests on now; a record without an entry is unsupported. */
  readonly support: ReadonlyMap<RecordId, Proposal>;
  readonly held: ReadonlyMap<ProjectId, number>;
  readonly tallies: ReadonlyMap<ProjectId, readonly Tally[]>;
}

/** `confidence` of a claim: prior times path signal, bounded to 0.05–0.95, two decimals. */
export function claimConfidence(prior: number, path: StorePath): number {
  const raw = Math.min(0.95, Math.max(0.05, prior * pathSignal(path)));
  return Math.round(raw * 100) / 100;
}

export function reconcile(input: ReconcileInput): Reconciled {
  const proposals = gather(input.sources);
  const byStatement = decidedByStatement(input.records);
  const support = new Map<RecordId, Proposal>();
  const open: Proposal[] = [];
  const ends = new Map<RecordId, End>();
  for (const proposal of proposals.values()) {
    const same = input.records.get(proposal.id) ?? byStatement.get(statementKey(proposal));
    if (input.unreadIds.has(proposal.id)) ends.set(proposal.id, 'merged');
    else if (same === undefined || isOpen(same)) {
      open.push(same === undefined ? proposal : withUnread(proposal, same, input.isUnread));
    } else {
      support.set(same.record.id, mergeProposals(support.get(same.record.id), proposal));
      ends.set(proposal.id, same.record.status === 'invalid' ? 'refused' : 'merged');
    }
  }
  const kept = keptUnread(input, new Set(open.map((proposal) => proposal.id)));
  const admission = admit(open, input, kept);
  for (const proposal of admission.admitted) {
    support.set(proposal.id, proposal);
    ends.set(proposal.id, 'admitted');
  }
  return {
    changes: [
      ...candidateChanges(admission.admitted, input, kept),
      ...originChanges(support, input),
    ],
    support,
    held: admission.held,
    tallies: tally(input.sources, ends),
  };
}

type End = 'admitted' | 'merged' | 'refused';

/** One proposal for each id: the claim of its strongest place, all places as origins. */
function gather(sources: readonly ClaimSource[]): ReadonlyMap<RecordId, Proposal> {
  const proposals = new Map<RecordId, Proposal>();
  for (const source of sources) {
    for (const found of source.claims) {
      const proposal = propose(source, found);
      proposals.set(proposal.id, mergeProposals(proposals.get(proposal.id), proposal));
    }
  }
  return proposals;
}

function propose(source: ClaimSource, found: FoundClaim): Proposal {
  const { claim, extractor } = found;
  const { project, path } = source;
  const statement = foldStatement(claim.statement);
  return {
    id: recordId({
      project,
      type: claim.type,
      kind: claim.kind,
      subject: claim.subject,
      statement,
    }),
    project,
    claim,
    statement,
    confidence: claimConfidence(claim.prior, path),
    origins: [claim.place.slug === '' ? path : `${path}#${claim.place.slug}`],
    extractor,
  };
}

function mergeProposals(before: Proposal | undefined, next: Proposal): Proposal {
  if (before === undefined) return next;
  const stronger = compareStrength(before, next) <= 0 ? before : next;
  return { ...stronger, origins: union(before.origins, next.origins) };
}

// Best first; what is equal in strength is told apart by what is written, never by order of arrival.
function compareStrength(a: Proposal, b: Proposal): number {
  return (
    b.confidence - a.confidence ||
    byText(a.origins[0] ?? '', b.origins[0] ?? '') ||
    byText(a.claim.rule, b.claim.rule) ||
    byText(a.claim.evidence, b.claim.evidence) ||
    byText(JSON.stringify(a.claim), JSON.stringify(b.claim))
  );
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])].sort(byText);
}

function isOpen(file: RecordFile): boolean {
  return file.record.status === 'candidate' && file.isUntouched;
}

// A claim that a decided record already states, in its present wording, is no new candidate.
function decidedByStatement(
  records: ReadonlyMap<RecordId, RecordFile>,
): ReadonlyMap<string, RecordFile> {
  const found = new Map<string, RecordFile>();
  for (const id of [...records.keys()].sort(byText)) {
    const file = records.get(id);
    if (file === undefined || isOpen(file)) continue;
    const { project, type, kind, text } = file.record;
    const key = [project, type, kind, foldStatement(text).toLowerCase()].join('\0');
    if (!found.has(key)) found.set(key, file);
  }
  return found;
}

function statementKey(proposal: Proposal): string {
  const { project, claim, statement } = proposal;
  return [project, claim.type, claim.kind, statement.toLowerCase()].join('\0');
}

function originPath(origin: string): StorePath {
  const hash = origin.indexOf('#');
  return (hash === -1 ? origin : origin.slice(0, hash)) as StorePath;
}

function withUnread(
  proposal: Proposal,
  file: RecordFile,
  isUnread: (path: StorePath) => boolean,
): Proposal {
  const unread = file.record.origins.filter((origin) => isUnread(originPath(origin)));
  return { ...proposal, origins: union(proposal.origins, unread) };
}

/** Undecided candidates that no claim speaks for, but whose source could not be read: they stay. */
function keptUnread(input: ReconcileInput, claimed: ReadonlySet<RecordId>): ReadonlySet<RecordId> {
  const kept = new Set<RecordId>();
  for (const [id, file] of input.records) {
    if (!isOpen(file) || claimed.has(id)) continue;
    if (file.record.origins.some((origin) => input.isUnread(originPath(origin)))) kept.add(id);
  }
  return kept;
}

/** The best of each project, up to the limit; what people have touched and what is kept count too. */
function admit(
  open: readonly Proposal[],
  input: ReconcileInput,
  kept: ReadonlySet<RecordId>,
): { admitted: readonly Proposal[]; held: ReadonlyMap<ProjectId, number> } {
  const room = new Map<ProjectId, number>();
  const roomOf = (project: ProjectId): number => room.get(project) ?? input.openMax;
  for (const [id, file] of input.records) {
    const isHeldOpen = file.record.status === 'candidate' && (!isOpen(file) || kept.has(id));
    if (isHeldOpen) room.set(file.record.project, roomOf(file.record.project) - 1);
  }
  const admitted: Proposal[] = [];
  const held = new Map<ProjectId, number>();
  const best = [...open].sort((a, b) => b.confidence - a.confidence || byText(a.id, b.id));
  for (const proposal of best) {
    const left = roomOf(proposal.project);
    if (left > 0) {
      admitted.push(proposal);
      room.set(proposal.project, left - 1);
    } else held.set(proposal.project, (held.get(proposal.project) ?? 0) + 1);
  }
  return { admitted, held };
}

function candidateChanges(
  admitted: readonly Proposal[],
  input: ReconcileInput,
  kept: ReadonlySet<RecordId>,
): readonly Change[] {
  const changes: Change[] = [];
  const staying = new Set<StorePath>();
  for (const proposal of admitted) {
    const path = proposalPath(proposal);
    const text = input.format(proposal);
    staying.add(path);
    const present = input.records.get(proposal.id);
    if (present?.text !== text || present.record.path !== path) changes.push({ path, text });
  }
  for (const [id, file] of input.records) {
    if (!isOpen(file) || kept.has(id) || staying.has(file.record.path)) continue;
    changes.push({ path: file.record.path, text: null });
  }
  return changes;
}

/** New and vanished places of records that people decided on or touched; nothing else is written. */
function originChanges(
  support: ReadonlyMap<RecordId, Proposal>,
  input: ReconcileInput,
): readonly Change[] {
  const changes: Change[] = [];
  for (const [id, file] of input.records) {
    const { record } = file;
    const isLive = record.status === 'active' || record.status === 'candidate';
    const proposal = support.get(id);
    if (!isLive || isOpen(file) || proposal === undefined) continue;
    // Origins in words, or `memory:<id>`, are a person's and stay whatever the sources say.
    const lasting = record.origins.filter(
      (origin) => !isDocumentOrigin(origin) || input.isUnread(originPath(origin)),
    );
    const origins = union(lasting, proposal.origins);
    if (JSON.stringify(origins) !== JSON.stringify([...record.origins].sort(byText))) {
      changes.push({ path: record.path, text: withFields(file.text, { origins }) });
    }
  }
  return changes;
}

function tally(
  sources: readonly ClaimSource[],
  ends: ReadonlyMap<RecordId, End>,
): ReadonlyMap<ProjectId, readonly Tally[]> {
  const rows = new Map<ProjectId, Map<string, Tally>>();
  const counted = new Set<RecordId>();
  for (const source of sources) {
    const ofProject = rows.get(source.project) ?? new Map<string, Tally>();
    rows.set(source.project, ofProject);
    for (const found of source.claims) {
      const { id } = propose(source, found);
      const { rule } = found.claim;
      const isRepeat = counted.has(id);
      counted.add(id);
      ofProject.set(rule, add(ofProject.get(rule), rule, isRepeat ? 'merged' : ends.get(id)));
    }
  }
  return new Map(
    [...rows]
      .filter(([, ofProject]) => ofProject.size > 0)
      .map(([project, ofProject]) => [
        project,
        [...ofProject.values()].sort((a, b) => byText(a.rule, b.rule)),
      ]),
  );
}

function add(before: Tally | undefined, rule: string, end: End | undefined): Tally {
  const row = before ?? { rule, found: 0, admitted: 0, held: 0, merged: 0, refused: 0 };
  const key = end ?? 'held';
  return { ...row, found: row.found + 1, [key]: row[key] + 1 };
}
