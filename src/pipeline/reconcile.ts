/**
 * The third stage: claims against the records there are (domain.md §3–5). Which candidates exist,
 * which origins a record has, which undecided files are withdrawn, and which claims must wait.
 */
import { boundedOrigins } from '../model/claims.ts';
import { isDocumentOrigin } from '../model/layout.ts';
import { byText, foldStatement, recordId } from '../model/names.ts';
import { pathSignal } from '../model/path-signal.ts';
import {
  type Proposal,
  proposalPath,
  type RecordFile,
  withEngineFields,
} from '../model/records.ts';
import type { Change, ClaimOutcome, FoundClaim } from '../model/snapshot.ts';
import type { KnowledgeRecord, Problem, ProjectId, RecordId, StorePath } from '../plugin.ts';

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
  /** Undecided files of an id that another file has too: they are withdrawn. */
  readonly spare: readonly RecordFile[];
  /** Ids of record files that can't be read: nothing is written where they stand. */
  readonly unreadIds: ReadonlySet<RecordId>;
  /** The last good versions of such files. */
  readonly stale: ReadonlyMap<RecordId, KnowledgeRecord>;
  /** True for a path that is there but was not read whole, or lies in a folder that could not be. */
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
  readonly outcomes: readonly ClaimOutcome[];
  readonly problems: readonly Problem[];
}

/** `confidence` of a claim: prior times path signal, bounded to 0.05–0.95, two decimals. */
export function claimConfidence(prior: number, path: StorePath): number {
  const raw = Math.min(0.95, Math.max(0.05, prior * pathSignal(path)));
  return Math.round(raw * 100) / 100;
}

export function reconcile(input: ReconcileInput): Reconciled {
  const found = input.sources.flatMap((source) =>
    source.claims.map((each) => ({ path: source.path, proposal: propose(source, each) })),
  );
  const proposals = gather(found);
  const kept = keptUnread(input);
  const decided = decidedByStatement(input.records);
  const stated = new Set([...input.stale.values()].map(recordKey));
  const support = new Map<RecordId, Proposal>();
  const open: Proposal[] = [];
  const ends = new Map<RecordId, ClaimOutcome['end']>();
  for (const proposal of proposals.values()) {
    const { id } = proposal;
    const own = input.records.get(id);
    const same = own !== undefined && !isOpen(own) ? own : decided.get(statementKey(proposal));
    if (kept.has(id)) {
      support.set(id, proposal);
      ends.set(id, 'admitted');
    } else if (same !== undefined) {
      support.set(same.record.id, mergeProposals(support.get(same.record.id), proposal));
      ends.set(id, same.record.status === 'invalid' ? 'refused' : 'merged');
    } else if (stated.has(statementKey(proposal)) || isUnreadRecord(proposal, input)) {
      ends.set(id, 'merged');
    } else open.push(proposal);
  }
  const admission = admit(open, input, kept);
  for (const proposal of admission.admitted) {
    support.set(proposal.id, proposal);
    ends.set(proposal.id, 'admitted');
  }
  const changes = [
    ...candidateChanges(admission.admitted, input, kept),
    ...originChanges(support, input),
  ];
  return {
    changes: changes.filter(({ path }) => !input.isUnread(path)),
    support,
    held: admission.held,
    outcomes: outcomesOf(found, ends),
    problems: admission.admitted.flatMap(tooManyOrigins),
  };
}

// Its file, or the folder it would be in, can't be looked into: what was decided there isn't known.
function isUnreadRecord(proposal: Proposal, input: ReconcileInput): boolean {
  return input.unreadIds.has(proposal.id) || input.isUnread(proposalPath(proposal));
}

function tooManyOrigins(proposal: Proposal): readonly Problem[] {
  const all = proposal.origins.length;
  const kept = boundedOrigins(proposal.origins).length;
  if (kept === all) return [];
  const message = `Expected a claim to stand in no more places than its record has room for, found ${all}. The first ${kept} by name are kept as its origins.`;
  return [{ path: proposalPath(proposal), rule: 'too-many-origins', message }];
}

interface Proposed {
  readonly path: StorePath;
  readonly proposal: Proposal;
}

/** One proposal for each id: the claim of its strongest place, all places as origins. */
function gather(found: readonly Proposed[]): ReadonlyMap<RecordId, Proposal> {
  const proposals = new Map<RecordId, Proposal>();
  for (const { proposal } of found) {
    proposals.set(proposal.id, mergeProposals(proposals.get(proposal.id), proposal));
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
// Of several that say the same an active one answers, since it may gain an origin.
function decidedByStatement(
  records: ReadonlyMap<RecordId, RecordFile>,
): ReadonlyMap<string, RecordFile> {
  const found = new Map<string, RecordFile>();
  for (const id of [...records.keys()].sort(byText)) {
    const file = records.get(id);
    if (file === undefined || isOpen(file)) continue;
    const key = recordKey(file.record);
    const before = found.get(key);
    const isBetter = before?.record.status !== 'active' && file.record.status === 'active';
    if (before === undefined || isBetter) found.set(key, file);
  }
  return found;
}

function recordKey({ project, type, kind, text }: KnowledgeRecord): string {
  return [project, type, kind, foldStatement(text).toLowerCase()].join('\0');
}

function statementKey(proposal: Proposal): string {
  const { project, claim, statement } = proposal;
  return [project, claim.type, claim.kind, statement.toLowerCase()].join('\0');
}

export function originPath(origin: string): StorePath {
  const hash = origin.indexOf('#');
  return (hash === -1 ? origin : origin.slice(0, hash)) as StorePath;
}

/**
 * Undecided candidates that stay as they are: a source of theirs, or another file of their id,
 * could not be read, so nobody knows what they rest on.
 */
function keptUnread(input: ReconcileInput): ReadonlySet<RecordId> {
  const kept = new Set<RecordId>();
  for (const [id, file] of input.records) {
    if (!isOpen(file)) continue;
    const isUnsure =
      input.unreadIds.has(id) ||
      file.record.origins.some((origin) => input.isUnread(originPath(origin)));
    if (isUnsure) kept.add(id);
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
  const takeRoom = (project: ProjectId): unknown => room.set(project, roomOf(project) - 1);
  for (const [id, { record, ...file }] of input.records) {
    const isHeldOpen = record.status === 'candidate' && (!file.isUntouched || kept.has(id));
    if (isHeldOpen) takeRoom(record.project);
  }
  for (const record of input.stale.values()) {
    if (record.status === 'candidate') takeRoom(record.project);
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
  const undecided = new Map<StorePath, RecordFile>();
  for (const file of [...input.records.values(), ...input.spare]) {
    if (isOpen(file)) undecided.set(file.record.path, file);
  }
  const changes: Change[] = [];
  const staying = new Set<StorePath>();
  for (const proposal of admitted) {
    const path = proposalPath(proposal);
    const text = input.format({ ...proposal, origins: boundedOrigins(proposal.origins) });
    staying.add(path);
    if (undecided.get(path)?.text !== text) changes.push({ path, text });
  }
  for (const [path, { record }] of undecided) {
    if (!kept.has(record.id) && !staying.has(path)) changes.push({ path, text: null });
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
    if (!isLive || isOpen(file) || file.isUnlawful === true || proposal === undefined) continue;
    const lasting = record.origins.filter((origin) => {
      // Origins in words, or `memory:<id>`, are a person's and stay whatever the sources say.
      return !isDocumentOrigin(origin) || input.isUnread(originPath(origin));
    });
    const more = proposal.origins.filter((origin) => !lasting.includes(origin));
    const origins = [...boundedOrigins([...lasting, ...more])].sort(byText);
    if (JSON.stringify(origins) === JSON.stringify([...record.origins].sort(byText))) continue;
    const text = withEngineFields(file, { origins });
    if (text !== file.text) changes.push({ path: record.path, text });
  }
  return changes;
}

/** What became of each claim; one that stands in several places counts where it stands first. */
function outcomesOf(
  found: readonly Proposed[],
  ends: ReadonlyMap<RecordId, ClaimOutcome['end']>,
): readonly ClaimOutcome[] {
  const counted = new Set<RecordId>();
  return found.map(({ path, proposal: { id, project, claim, statement } }) => {
    const isRepeat = counted.has(id);
    counted.add(id);
    const end = isRepeat ? 'merged' : (ends.get(id) ?? 'held');
    return { path, project, rule: claim.rule, statement, id, end };
  });
}
