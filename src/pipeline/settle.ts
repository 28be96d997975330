/** The whole pipeline as one pure function: parse, extract, reconcile, detect, render (design.md §1). */
import { type ConflictFile, readConflict } from '../model/conflicts.ts';
import { decodeText } from '../model/front-matter.ts';
import { roleOf } from '../model/layout.ts';
import { actBetween, lawfulActs } from '../model/lifecycle.ts';
import { blobOid, byText, INBOX_PROJECT, quote } from '../model/names.ts';
import { buildRegistry, canonicalProject, type Project, readProject } from '../model/projects.ts';
import { idOfPath, type Proposal, type RecordFile, readRecord } from '../model/records.ts';
import type {
  Change,
  ParsedFile,
  ServedRecord,
  Settlement,
  Snapshot,
  StoreFile,
} from '../model/snapshot.ts';
import { readState, stateId } from '../model/states.ts';
import type {
  KnowledgeRecord,
  Oid,
  Problem,
  ProjectId,
  RecordId,
  Status,
  StorePath,
} from '../plugin.ts';
import { detect } from './detect.ts';
import { Memo } from './memo.ts';
import { parseFile } from './parse-file.ts';
import { type ClaimSource, isDocumentPath, originPath, reconcile } from './reconcile.ts';
import { render } from './render.ts';

/**
 * Settles a snapshot. Pure: the same snapshot gives the same settlement, whatever the memo holds.
 * Writing the changes and settling again changes nothing (invariant 2).
 */
export function settle(snapshot: Snapshot, memo: Memo = new Memo()): Settlement {
  const read = readAll(snapshot, memo);
  const { registry, problems: nameProblems } = buildRegistry(read.projects, read.folders);
  const sources = claimSources(read, registry);
  const isUnread = unreadTest([...read.unread, ...sources.unread]);
  const reconciled = reconcile({
    sources: sources.sources,
    records: read.records,
    spare: read.spare,
    unreadIds: read.unreadIds,
    stale: read.stale,
    isUnread,
    openMax: snapshot.config.limits.openCandidates,
    format: (proposal) => memo.format(proposal),
  });
  const settledRecords = applyToRecords(read.records, reconciled.changes, read.spare);
  const served = new Map<RecordId, KnowledgeRecord>([...read.states, ...read.stale]);
  for (const [id, file] of settledRecords) served.set(id, file.record);
  const detected = detect({
    records: sorted(served),
    files: settledRecords,
    conflictFiles: read.conflicts,
    plugins: snapshot.plugins,
    isUnreadId: unreadIdTest(read, served),
    isUnread,
  });
  const finalRecords = applyToRecords(settledRecords, detected.changes);
  for (const [id, file] of finalRecords) served.set(id, file.record);
  const rendered = render({
    records: sorted(served),
    tallies: reconciled.tallies,
    held: reconciled.held,
    present: read.generated,
    plugins: snapshot.plugins,
    isUnread,
  });
  return {
    changes: netChanges([...reconciled.changes, ...detected.changes, ...rendered.changes]),
    registry,
    documents: read.documents,
    records: serve(sorted(served), {
      read,
      files: finalRecords,
      support: reconciled.support,
      isUnread,
    }),
    conflicts: detected.conflicts,
    warnings: detected.warnings,
    held: reconciled.held,
    tallies: reconciled.tallies,
    problems: sortedProblems([
      ...snapshot.unread,
      ...read.problems,
      ...nameProblems,
      ...sources.problems,
      ...reconciled.problems,
      ...detected.problems,
      ...rendered.problems,
    ]),
  };
}

interface ReadStore {
  readonly documents: Map<StorePath, ParsedFile>;
  readonly projects: Project[];
  readonly folders: Set<ProjectId>;
  readonly records: Map<RecordId, RecordFile>;
  /** Undecided files of an id that another file has too. */
  readonly spare: RecordFile[];
  readonly oids: Map<RecordId, Oid>;
  /** Files, and folders that hide what is below them, that are neither written nor deleted. */
  readonly unread: Set<StorePath>;
  /** Records and state entries among them. */
  readonly unreadIds: Set<RecordId>;
  /** Last good versions of record files that can't be read now. */
  readonly stale: Map<RecordId, KnowledgeRecord>;
  readonly states: Map<RecordId, KnowledgeRecord>;
  readonly conflicts: Map<StorePath, { conflict: ConflictFile; text: string }>;
  readonly generated: Map<StorePath, string>;
  readonly problems: Problem[];
}

function readAll(snapshot: Snapshot, memo: Memo): ReadStore {
  const read: ReadStore = {
    documents: new Map(),
    projects: [],
    folders: new Set(),
    records: new Map(),
    spare: [],
    oids: new Map(),
    unread: new Set(),
    unreadIds: new Set(),
    stale: new Map(),
    states: new Map(),
    conflicts: new Map(),
    generated: new Map(),
    problems: [],
  };
  for (const { path } of snapshot.unread) noteUnread(path, read);
  const paths = [...snapshot.files.keys()].sort(byText);
  for (const path of paths) {
    const file = snapshot.files.get(path);
    if (file !== undefined) readOne(file, { snapshot, memo, read });
  }
  // Another file of the same id can be read.
  for (const id of read.records.keys()) read.stale.delete(id);
  return read;
}

function noteUnread(path: StorePath, read: ReadStore): void {
  read.unread.add(path);
  const role = roleOf(path);
  const id = role.role === 'record' || role.role === 'misplaced' ? idOfPath(path) : undefined;
  if (id !== undefined) read.unreadIds.add(id);
  if (role.role === 'state') {
    read.unreadIds.add(stateId(role.project, role.category, role.key));
  }
}

interface Reading {
  readonly snapshot: Snapshot;
  readonly memo: Memo;
  readonly read: ReadStore;
}

function readOne(file: StoreFile, { snapshot, memo, read }: Reading): void {
  const { path, oid } = file;
  const role = roleOf(path);
  // What the engine itself made doesn't make a project (invariant 3).
  if ('project' in role && role.role !== 'record' && role.role !== 'mirror') {
    read.folders.add(role.project);
  }
  if (role.role === 'source' || role.role === 'capture') {
    const parsed = parsedFile(file, snapshot, memo);
    if (parsed === undefined || !parsed.isWhole) noteUnread(path, read);
    if (parsed === undefined) return;
    read.documents.set(path, parsed);
    read.problems.push(...parsed.problems);
    return;
  }
  if (role.role === 'misplaced') {
    const message = `Expected a place such as ${role.expected}, found a file elsewhere. Move it.`;
    read.problems.push({ path, rule: 'misplaced', message });
    noteUnread(path, read);
    return;
  }
  const make = READERS[role.role];
  if (make === undefined) return;
  if (file.bytes === undefined && !memo.knows(path, oid)) {
    // Not to be had this time: whoever looked has said why.
    placeUnread(path, { snapshot, memo, read });
    return;
  }
  const result = memo.read(path, oid, () => readText(file, make));
  if (result !== undefined) place(path, oid, result, { snapshot, memo, read });
}

function parsedFile(file: StoreFile, snapshot: Snapshot, memo: Memo): ParsedFile | undefined {
  const known = memo.parsed(file.path, file.oid);
  if (known !== undefined) return known;
  if (file.bytes === undefined) return undefined;
  const parsed = parseFile(
    { ...file, bytes: file.bytes },
    snapshot.plugins,
    snapshot.config.limits,
  );
  memo.rememberParsed(parsed);
  return parsed;
}

type ReadResult =
  | { readonly file: RecordFile }
  | { readonly state: KnowledgeRecord }
  | { readonly project: Project; readonly problems: readonly Problem[] }
  | { readonly conflict: ConflictFile; readonly text: string }
  | { readonly generated: string }
  | { readonly problem: Problem };

const READERS: Readonly<Record<string, (path: StorePath, text: string) => ReadResult>> = {
  record(path, text) {
    const read = readRecord(path, text);
    return 'problem' in read ? read : { file: read };
  },
  state(path, text) {
    const role = roleOf(path);
    if (role.role !== 'state') throw new TypeError(`not a state path: ${path}`);
    const read = readState(path, role, text);
    return 'problem' in read ? read : { state: read.record };
  },
  project(path, text) {
    const role = roleOf(path);
    if (role.role !== 'project') throw new TypeError(`not a project path: ${path}`);
    return readProject(path, role.project, text);
  },
  conflict(path, text) {
    const read = readConflict(path, text);
    return 'problem' in read ? read : { conflict: read.conflict, text };
  },
  mirror: (_path, text) => ({ generated: text }),
  report: (_path, text) => ({ generated: text }),
};

function readText(
  file: StoreFile,
  make: (path: StorePath, text: string) => ReadResult,
): ReadResult | undefined {
  if (file.bytes === undefined) return undefined;
  const decoded = decodeText(file.bytes);
  if ('fault' in decoded) return { problem: { path: file.path, ...decoded.fault } };
  return make(file.path, decoded.text);
}

function place(path: StorePath, oid: Oid, result: ReadResult, reading: Reading): void {
  const { read } = reading;
  if ('file' in result) placeRecord(result.file, oid, reading);
  else if ('state' in result) {
    read.states.set(result.state.id, result.state);
    read.oids.set(result.state.id, oid);
  } else if ('project' in result) {
    read.projects.push(result.project);
    read.problems.push(...result.problems);
  } else if ('conflict' in result) read.conflicts.set(path, result);
  else if ('generated' in result) read.generated.set(path, result.generated);
  else {
    read.problems.push(result.problem);
    placeUnread(path, reading);
  }
}

function placeRecord(file: RecordFile, oid: Oid, { snapshot, read }: Reading): void {
  const lawful = lawfulFile(file, snapshot.standing.get(file.record.path), read.problems);
  const { id, project } = file.record;
  const other = read.records.get(id);
  if (!isUndecided(lawful)) read.folders.add(project);
  if (other === undefined) {
    read.records.set(id, lawful);
    read.oids.set(id, oid);
    return;
  }
  // What somebody decided is served; an undecided copy is derived and goes (invariant 3).
  if (isUndecided(lawful)) {
    read.spare.push(lawful);
    return;
  }
  if (isUndecided(other)) {
    read.spare.push(other);
    read.records.set(id, lawful);
    read.oids.set(id, oid);
    return;
  }
  const { path } = file.record;
  const message = `Expected an id of one record, found ${id} in ${other.record.path} too, which is served. Give one of them an id of its own.`;
  read.problems.push({ path, rule: 'duplicate-id', message });
}

function isUndecided(file: RecordFile): boolean {
  return file.record.status === 'candidate' && file.isUntouched;
}

/** Served by its last lawful status; the file stays as its person left it (domain.md §4). */
function lawfulFile(
  file: RecordFile,
  standing: Status | undefined,
  problems: Problem[],
): RecordFile {
  const { record } = file;
  if (standing === undefined || standing === record.status) return file;
  if (actBetween(standing, record.status, record.type) !== undefined) return file;
  const message = `Expected a lawful change of status, found ${standing} to ${record.status}. It is served as ${standing}. ${lawfulActs(standing)}`;
  problems.push({ path: record.path, rule: 'illegal-transition', message });
  return { ...file, record: { ...record, status: standing }, isUntouched: false, isUnlawful: true };
}

function placeUnread(path: StorePath, { snapshot, read }: Reading): void {
  noteUnread(path, read);
  const role = roleOf(path);
  if ('project' in role) read.folders.add(role.project);
  const text = snapshot.lastGood.get(path);
  if (text === undefined || role.role !== 'record') return;
  const good = readRecord(path, text);
  if ('problem' in good) return;
  read.unreadIds.add(good.record.id);
  read.stale.set(good.record.id, good.record);
}

function claimSources(
  read: ReadStore,
  registry: Settlement['registry'],
): {
  sources: readonly ClaimSource[];
  unread: readonly StorePath[];
  problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const sources: ClaimSource[] = [];
  const unread: StorePath[] = [];
  const isRegistryWhole = ![...read.unread].some((path) => roleOf(path).role === 'project');
  for (const [path, parsed] of read.documents) {
    const role = roleOf(path);
    let project = role.role === 'source' ? role.project : INBOX_PROJECT;
    if (parsed.capture !== undefined) {
      const written = parsed.capture.project;
      const named = canonicalProject(registry, written);
      if (!isRegistryWhole && named !== written) {
        // A `project.md` that can't be read may hold the alias: where it belongs isn't known.
        unread.push(path);
        continue;
      }
      project = named ?? INBOX_PROJECT;
      if (named === undefined) problems.push(unknownProject(path, written));
    }
    sources.push({ path, project, claims: parsed.claims });
  }
  return { sources, unread, problems };
}

function unknownProject(path: StorePath, written: string): Problem {
  const message = `Expected the project of a capture to be registered, found ${quote(written)}. It is kept in ${INBOX_PROJECT}; register the project or add the name as an alias.`;
  return { path, rule: 'unknown-project', message };
}

function unreadTest(unread: readonly StorePath[]): (path: StorePath) => boolean {
  const paths = new Set<string>(unread);
  return (path) => {
    if (paths.size === 0) return false;
    if (paths.has(path)) return true;
    const parts = path.split('/');
    return parts.some((_part, at) => at > 0 && paths.has(parts.slice(0, at).join('/')));
  };
}

const HIDES_RECORDS = /^projects(?:\/[^/]+(?:\/(?:records|state)(?:\/[^/]+)?)?)?$/;

/** An id whose file can't be read, or may lie in a folder that can't. */
function unreadIdTest(
  read: ReadStore,
  served: ReadonlyMap<RecordId, KnowledgeRecord>,
): (id: RecordId) => boolean {
  const isHidden = [...read.unread].some((path) => HIDES_RECORDS.test(path));
  return (id) => read.unreadIds.has(id) || (isHidden && !served.has(id));
}

function applyToRecords(
  records: ReadonlyMap<RecordId, RecordFile>,
  changes: readonly Change[],
  spare: readonly RecordFile[] = [],
): ReadonlyMap<RecordId, RecordFile> {
  if (changes.length === 0) return records;
  const gone = new Set(changes.filter(({ text }) => text === null).map(({ path }) => path));
  const next = new Map(records);
  const byPath = new Map([...records].map(([id, file]) => [file.record.path, id]));
  for (const { path, text } of changes) {
    if (roleOf(path).role !== 'record') continue;
    const before = byPath.get(path);
    if (text === null) {
      // A candidate whose subject moved its file is deleted here and written there, under one id.
      if (before !== undefined && next.get(before)?.record.path === path) next.delete(before);
      continue;
    }
    const file = readRecord(path, text);
    if ('problem' in file)
      throw new TypeError(`the engine wrote what it can't read: ${file.problem.message}`);
    const status = before === undefined ? undefined : next.get(before)?.record.status;
    const record = status === undefined ? file.record : { ...file.record, status };
    const isUnlawful = before !== undefined && next.get(before)?.isUnlawful === true;
    next.set(record.id, { ...file, record, isUnlawful });
  }
  // Of several undecided copies the one in its proper place is left.
  for (const file of spare) {
    const { id, path } = file.record;
    if (!gone.has(path) && !next.has(id)) next.set(id, file);
  }
  return next;
}

interface Serving {
  readonly read: ReadStore;
  readonly files: ReadonlyMap<RecordId, RecordFile>;
  readonly support: ReadonlyMap<RecordId, Proposal>;
  readonly isUnread: (path: StorePath) => boolean;
}

function serve(
  served: ReadonlyMap<RecordId, KnowledgeRecord>,
  serving: Serving,
): ReadonlyMap<RecordId, ServedRecord> {
  const out = new Map<RecordId, ServedRecord>();
  for (const [id, record] of served) {
    const proposal = serving.support.get(id);
    const file = serving.files.get(id);
    out.set(id, {
      record,
      oid: servedOid(id, file, serving.read),
      stated: file?.stated ?? {},
      isUnsupported: proposal === undefined && isUnsupported(record, serving),
      isStale: serving.read.stale.has(id),
      evidence: proposal?.claim.evidence ?? '',
    });
  }
  return out;
}

// What settling writes has its name before it is on disk.
function servedOid(id: RecordId, file: RecordFile | undefined, read: ReadStore): Oid {
  const isWritten = file !== undefined && file.text !== read.records.get(id)?.text;
  return isWritten ? blobOid(new TextEncoder().encode(file.text)) : (read.oids.get(id) ?? NO_OID);
}

const NO_OID = '' as Oid;

/** Rests on passages alone, every one of them read, and none says it any more. */
function isUnsupported(record: KnowledgeRecord, { read, isUnread }: Serving): boolean {
  if (record.type === 'state' || record.handAuthored || read.stale.has(record.id)) return false;
  return record.origins.map(originPath).every((path) => isDocumentPath(path) && !isUnread(path));
}

function sorted<Value>(map: ReadonlyMap<RecordId, Value>): ReadonlyMap<RecordId, Value> {
  return new Map([...map].sort(([a], [b]) => byText(a, b)));
}

/** The last word on each path, in order of path. */
function netChanges(changes: readonly Change[]): readonly Change[] {
  const last = new Map<StorePath, Change>();
  for (const change of changes) last.set(change.path, change);
  return [...last.values()].sort((a, b) => byText(a.path, b.path));
}

function sortedProblems(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort(
    (a, b) =>
      byText(a.path, b.path) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      byText(a.rule, b.rule) ||
      byText(a.message, b.message),
  );
}
