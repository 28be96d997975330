/** Before the stages: every file of a snapshot read by its role. */
import { type ConflictFile, readConflict } from '../model/conflicts.ts';
import { decodeText } from '../model/front-matter.ts';
import { roleOf } from '../model/layout.ts';
import { actBetween, lawfulActs } from '../model/lifecycle.ts';
import { byText } from '../model/names.ts';
import { type Project, readProject } from '../model/projects.ts';
import { idOfPath, type RecordFile, readRecord } from '../model/records.ts';
import type { ParsedFile, Snapshot, StoreFile } from '../model/snapshot.ts';
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
import type { Memo } from './memo.ts';
import { parseFile } from './parse-file.ts';

/** A store's files, each by its role; what can't be read is named and left alone. */
export interface ReadStore {
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

/** Reads every file of a snapshot, in order of path; the memo spares what was read before. */
export function readStore(snapshot: Snapshot, memo: Memo): ReadStore {
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
  if (text === undefined || (role.role !== 'record' && role.role !== 'state')) return;
  const good = role.role === 'record' ? readRecord(path, text) : readState(path, role, text);
  if ('problem' in good) return;
  const status = snapshot.standing.get(path) ?? good.record.status;
  read.unreadIds.add(good.record.id);
  read.stale.set(good.record.id, { ...good.record, status });
}
