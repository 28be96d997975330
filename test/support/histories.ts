/**
 * Random histories of a store: what people, agents and accidents do to its files. An act is data, so
 * that a failing history prints; it becomes edits of files, so that a whole engine can live it too.
 */
import fc from 'fast-check';
import { formatCapture } from '../../src/model/captures.ts';
import { readConflict } from '../../src/model/conflicts.ts';
import { formatFile, withFields } from '../../src/model/front-matter.ts';
import { STATUSES } from '../../src/model/kinds.ts';
import { roleOf } from '../../src/model/layout.ts';
import { actBetween } from '../../src/model/lifecycle.ts';
import { recordId } from '../../src/model/names.ts';
import { type RecordFile, readRecord, withStatus } from '../../src/model/records.ts';
import { formatState, readState } from '../../src/model/states.ts';
import type { ProjectId, Status, StorePath } from '../../src/plugin.ts';

const PROJECTS = ['p05', 'mill'] as const;
const NAMES = [...PROJECTS, 'P05', 'interferometer', 'nobody'] as const;
const KIND_WORDS = ['decision', 'requirement', 'fact'] as const;
const SUBJECTS = ['lateral support', 'Mirror coating', 'phase step', 'room temperature'] as const;
const VALUES = ['GF-PTFE', 'silver', 'aluminium'] as const;
const DAMAGES = ['cut', 'markers', 'nul', 'fence'] as const;
const TOUCHES = ['text', 'key', 'subject', 'comment', 'line ends', 'tags'] as const;

/** One line of a source, such as `decision: phase step = silver @0.8`. */
export interface ClaimLine {
  readonly word: (typeof KIND_WORDS)[number];
  readonly subject: (typeof SUBJECTS)[number];
  readonly value: (typeof VALUES)[number];
  readonly prior: string;
}

type Project = (typeof PROJECTS)[number];

/** Something that happens to a store. `pick` chooses among the files that it can happen to. */
export type Act =
  | {
      readonly act: 'write';
      readonly project: Project;
      readonly file: string;
      readonly lines: readonly ClaimLine[];
    }
  | { readonly act: 'rename'; readonly pick: number; readonly project: Project }
  | { readonly act: 'delete'; readonly pick: number }
  | {
      readonly act: 'capture';
      readonly name: (typeof NAMES)[number];
      readonly lines: readonly ClaimLine[];
      readonly extract: boolean;
    }
  | { readonly act: 'decide'; readonly pick: number; readonly status: Status }
  | { readonly act: 'touch'; readonly pick: number; readonly how: (typeof TOUCHES)[number] }
  | { readonly act: 'author'; readonly project: Project; readonly line: ClaimLine }
  | { readonly act: 'copy'; readonly pick: number }
  | { readonly act: 'remove'; readonly pick: number }
  | {
      readonly act: 'state';
      readonly project: Project;
      readonly line: ClaimLine;
      readonly isSet: boolean;
    }
  | { readonly act: 'dismiss'; readonly pick: number }
  | { readonly act: 'alias'; readonly project: Project; readonly isSet: boolean }
  | { readonly act: 'page'; readonly project: Project; readonly file: string }
  | { readonly act: 'damage'; readonly pick: number; readonly how: (typeof DAMAGES)[number] }
  | { readonly act: 'repair' };

const project = fc.constantFrom(...PROJECTS);
const pick = fc.nat(30);
const line: fc.Arbitrary<ClaimLine> = fc.record({
  word: fc.constantFrom(...KIND_WORDS),
  subject: fc.constantFrom(...SUBJECTS),
  value: fc.constantFrom(...VALUES),
  prior: fc.constantFrom('0.3', '0.5', '0.7'),
});
const lines = fc.array(line, { maxLength: 4 });
const isSet = fc.boolean();

const ACTS: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant('write' as const),
      project,
      file: fc.constantFrom('notes', 'decisions', 'archive'),
      lines,
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('rename' as const), pick, project }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('delete' as const), pick }) },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('capture' as const),
      name: fc.constantFrom(...NAMES),
      lines,
      extract: fc.boolean(),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      act: fc.constant('decide' as const),
      pick,
      status: fc.constantFrom('active' as const, 'active' as const, ...STATUSES),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('touch' as const),
      pick,
      how: fc.constantFrom(...TOUCHES),
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('author' as const), project, line }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('copy' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('remove' as const), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constant('state' as const), project, line, isSet }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('dismiss' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('alias' as const), project, isSet }) },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('page' as const),
      project,
      file: fc.constantFrom('overview', 'stray'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('damage' as const),
      pick,
      how: fc.constantFrom(...DAMAGES),
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('repair' as const) }) },
);

/** A history of some acts. */
export function histories(lengthMax: number): fc.Arbitrary<readonly Act[]> {
  return fc.array(ACTS, { minLength: 1, maxLength: lengthMax });
}

export type Texts = ReadonlyMap<StorePath, string>;

export interface Edit {
  readonly path: StorePath;
  readonly text: string | null;
}

/** The file edits of an act on a store as it is; none where there is nothing it can happen to. */
export function editsOf(act: Act, files: Texts, damaged: Texts = new Map()): readonly Edit[] {
  switch (act.act) {
    case 'write':
      return [{ path: sourcePath(act.project, act.file), text: sourceText(act.lines) }];
    case 'rename':
      return onFile(files, 'source', act.pick, (path, text) => [
        { path, text: null },
        { path: sourcePath(act.project, 'renamed'), text },
      ]);
    case 'delete':
      return onFile(files, 'source', act.pick, (path) => [{ path, text: null }]);
    case 'capture':
      return [captureEdit(act)];
    case 'decide':
      return onRecord(files, act.pick, (file) => withStatus(file, act.status));
    case 'touch':
      return onRecord(files, act.pick, (file) => touched(file, act.how));
    case 'author':
      return [authored(act.project, act.line)];
    case 'copy':
      return onFile(files, 'record', act.pick, (path, text) => [
        { path: path.replace(/[^/]*--/, 'a-copy--') as StorePath, text },
      ]);
    case 'remove':
      return onFile(files, 'record', act.pick, (path) => [{ path, text: null }]);
    case 'state':
      return [stateEdit(act.project, act.line, act.isSet)];
    case 'dismiss':
      return onFile(files, 'conflict', act.pick, (path, text) =>
        'problem' in readConflict(path, text)
          ? []
          : [{ path, text: withFields(text, { status: 'dismissed' }) }],
      );
    case 'alias':
      return [projectEdit(act.project, act.isSet)];
    case 'page':
      return [
        { path: `projects/${act.project}/mirror/${act.file}.md` as StorePath, text: 'My own.\n' },
      ];
    case 'damage':
      return damage(files, act.pick, act.how);
    case 'repair':
      return [...damaged].map(([path, text]) => ({ path, text }));
  }
}

function sourcePath(of: Project, file: string): StorePath {
  return `projects/${of}/sources/notes/${file}.md` as StorePath;
}

function sourceText(claims: readonly ClaimLine[]): string {
  const rows = claims.map(
    ({ word, subject, value, prior }) => `${word}: ${subject} = ${value} @${prior}`,
  );
  return `# Notes\n\n${rows.join('\n')}\n`;
}

function captureEdit(act: Extract<Act, { act: 'capture' }>): Edit {
  const turn = {
    prompt: sourceText(act.lines),
    project: act.name as string as ProjectId,
    reinforce: false,
    extract: act.extract,
  };
  const { capture, text } = formatCapture(turn, '2026-04-09T10:15:00Z');
  return { path: capture.path, text };
}

function touched(file: RecordFile, how: (typeof TOUCHES)[number]): string {
  if (how === 'line ends') return file.text.replace(/\r?\n/g, '\r\n');
  if (how === 'text') return `${file.text.trimEnd()} Says a person.\n`;
  if (how === 'comment') return file.text.replace('\nkind:', '\n# looked at\nkind:');
  if (how === 'key') return withFields(file.text, { note: 'ask about it' });
  if (how === 'tags') return withFields(file.text, { tags: ['looked-at'] });
  return withFields(file.text, { subject: `${file.record.subject} again` });
}

/** A record that a person writes; with the id that the claim of its line would have. */
function authored(of: Project, { word, subject, value }: ClaimLine): Edit {
  const [type, kind] =
    word === 'fact' ? (['memory', 'knowledge'] as const) : (['entity', word] as const);
  const statement = `${subject} is ${value}`;
  const id = recordId({ project: of as string as ProjectId, type, kind, subject: '', statement });
  const fields = { id, type, kind, project: of, status: 'active', subject, value };
  return {
    path: `projects/${of}/records/${kind}/by-hand--${id}.md` as StorePath,
    text: formatFile({ ...fields, hand_authored: true }, `${statement}.\n`),
  };
}

function stateEdit(of: Project, { subject, value }: ClaimLine, isWritten: boolean): Edit {
  const key = subject.toLowerCase().replaceAll(' ', '-');
  const { path, text } = formatState({
    project: of as string as ProjectId,
    category: 'decision',
    key,
    value,
  });
  return { path, text: isWritten ? text : null };
}

function projectEdit(of: Project, hasAlias: boolean): Edit {
  const aliases = hasAlias ? ['interferometer'] : [];
  const text = formatFile({ id: of, title: of, aliases, roots: [] }, '');
  return { path: `projects/${of}/project.md` as StorePath, text };
}

function damage(files: Texts, at: number, how: (typeof DAMAGES)[number]): readonly Edit[] {
  const roles = ['source', 'capture', 'record', 'state', 'project', 'conflict'];
  const found = [...files].filter(([path, text]) => roles.includes(roleOf(path).role) && text);
  const [path, text] = found[at % Math.max(1, found.length)] ?? [];
  if (path === undefined || text === undefined) return [];
  return [{ path, text: DAMAGED[how](text) }];
}

const DAMAGED: Readonly<Record<(typeof DAMAGES)[number], (text: string) => string>> = {
  cut: (text) => `---\n${text.slice(4, 40)}`,
  markers: (text) => `${text}<<<<<<< ours\n=======\n>>>>>>> theirs\n`,
  nul: (text) => `${text}\0`,
  fence: (text) => `---js\n${text}`,
};

function onFile(
  files: Texts,
  role: string,
  at: number,
  edit: (path: StorePath, text: string) => readonly Edit[],
): readonly Edit[] {
  const found = [...files].filter(([path]) => roleOf(path).role === role);
  found.sort(([a], [b]) => (a < b ? -1 : 1));
  const [path, text] = found[at % Math.max(1, found.length)] ?? [];
  return path === undefined || text === undefined ? [] : edit(path, text);
}

function onRecord(files: Texts, at: number, edit: (file: RecordFile) => string): readonly Edit[] {
  return onFile(files, 'record', at, (path, text) => {
    const file = readRecord(path, text);
    return 'problem' in file ? [] : [{ path, text: edit(file) }];
  });
}

/** What the engine knows besides the files, from git: kept here the way it keeps it. */
export interface Life {
  readonly files: Texts;
  /** The texts of damaged files as they were. */
  readonly damaged: Texts;
  readonly standing: ReadonlyMap<StorePath, Status>;
  readonly lastGood: Texts;
}

export const NEWBORN: Life = {
  files: new Map(),
  damaged: new Map(),
  standing: new Map(),
  lastGood: new Map(),
};

/** The store after an act, before anything is settled. */
export function live(life: Life, act: Act): Life {
  const edits = editsOf(act, life.files, life.damaged);
  const files = new Map(life.files);
  const damaged = new Map(act.act === 'repair' ? [] : life.damaged);
  const standing = new Map(life.standing);
  const lastGood = new Map(life.lastGood);
  for (const { path, text } of edits) {
    const before = files.get(path);
    if (text === null) files.delete(path);
    else files.set(path, text);
    if (act.act === 'damage' && before !== undefined) {
      if (!damaged.has(path)) damaged.set(path, before);
    } else damaged.delete(path);
    const { role } = roleOf(path);
    if (role !== 'record' && role !== 'state') continue;
    keepLastGood({ path, before, text }, lastGood);
    if (role === 'record') judge({ path, before, text }, standing);
  }
  return { files, damaged, standing, lastGood };
}

interface FileEdit extends Edit {
  readonly before: string | undefined;
}

function keepLastGood({ path, before, text }: FileEdit, lastGood: Map<StorePath, string>): void {
  if (text === null || isGood(path, text)) lastGood.delete(path);
  else if (before !== undefined && isGood(path, before)) lastGood.set(path, before);
}

function isGood(path: StorePath, text: string): boolean {
  const role = roleOf(path);
  if (role.role !== 'state') return statusOf(path, text) !== undefined;
  return !text.includes('\0') && !('problem' in readState(path, role, text));
}

function judge({ path, before, text }: FileEdit, standing: Map<StorePath, Status>): void {
  const from = standing.get(path) ?? statusOf(path, before);
  standing.delete(path);
  const to = text === null ? undefined : statusOf(path, text);
  if (text === null || from === undefined || from === to) return;
  if (to === undefined || actBetween(from, to, typeOf(path)) === undefined) {
    standing.set(path, from);
  }
}

function statusOf(path: StorePath, text: string | undefined): Status | undefined {
  if (text === undefined) return undefined;
  const file = text.includes('\0') ? undefined : readRecord(path, text);
  return file === undefined || 'problem' in file ? undefined : file.record.status;
}

function typeOf(path: StorePath): 'memory' | 'entity' {
  return path.includes('/records/knowledge/') ? 'memory' : 'entity';
}
