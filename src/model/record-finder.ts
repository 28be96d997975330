/** Which record a person means: by id, by number, by the name of its file, by its subject. */
import type {
  EntityKind,
  KnowledgeRecord,
  ProjectId,
  RecordId,
  Records,
  Status,
} from '../plugin.ts';
import { byText, foldName } from './names.ts';

/** What a record's source says of it: its `stated_…` keys. */
export type StatedOf = (id: RecordId) => Readonly<Record<string, string | readonly string[]>>;

export interface Wanted {
  readonly project: ProjectId;
  /** Kinds that a subject or a file's name may stand for; absent = any. */
  readonly kinds?: readonly KnowledgeRecord['kind'][];
  /** Kinds that a number may stand for, where it has no series; absent = any. */
  readonly numbered?: readonly KnowledgeRecord['kind'][];
  /** Who asks: never its own answer, and a bare number is first looked up among its neighbours. */
  readonly asker?: KnowledgeRecord;
}

export type Found =
  | { readonly id: RecordId }
  | { readonly why: 'unknown' | 'ambiguous'; readonly among: readonly RecordId[] };

export type FindRecord = (text: string, wanted: Wanted) => Found;

/** Numbers are never looked up as names, nor names as numbers. An index is made when first needed. */
export function recordFinder(records: Records, statedOf: StatedOf): FindRecord {
  const indexes = new Map<ProjectId, ProjectIndex>();
  const indexOf = (project: ProjectId): ProjectIndex => {
    const known = indexes.get(project);
    if (known !== undefined) return known;
    const made = indexProject({ records, statedOf }, project);
    indexes.set(project, made);
    return made;
  };
  return (text, wanted) => {
    const id = idNamed(text);
    if (records.has(id)) return { id };
    const index = indexOf(wanted.project);
    const number = numberNamed(text);
    if (number !== undefined) {
      const numbered = byNumber(index, number, wanted);
      if (numbered.length > 0) return choose(numbered, wanted);
      return choose(bySubject(index, text, wanted), wanted);
    }
    const named = bySubject(index, text, wanted);
    return choose(named.length > 0 ? named : byFile(index, text, wanted), wanted);
  };
}

/** Each part is made when it is first asked for. */
interface ProjectIndex {
  readonly subjects: () => ReadonlyMap<string, readonly KnowledgeRecord[]>;
  readonly numbers: () => ReadonlyMap<string, readonly Numbered[]>;
  readonly files: () => ReadonlyMap<string, readonly KnowledgeRecord[]>;
}

interface RecordNumber {
  /** Upper case, such as `REQ`; empty where it has none. */
  readonly series: string;
  readonly digits: string;
}

interface Numbered {
  readonly series: string;
  readonly record: KnowledgeRecord;
}

function indexProject(
  { records, statedOf }: { readonly records: Records; readonly statedOf: StatedOf },
  project: ProjectId,
): ProjectIndex {
  const own = [...records.values()].filter(
    (record) => record.project === project && record.type !== 'state',
  );
  return {
    subjects: once(() => {
      const subjects = new Map<string, KnowledgeRecord[]>();
      for (const record of own) push(subjects, subjectKeyOf(record), record);
      return subjects;
    }),
    numbers: once(() => {
      const numbers = new Map<string, Numbered[]>();
      for (const record of own) {
        const number = numberOf(record, statedOf(record.id));
        if (number !== undefined) push(numbers, number.digits, { series: number.series, record });
      }
      return numbers;
    }),
    files: once(() => {
      const files = new Map<string, KnowledgeRecord[]>();
      for (const record of own) {
        for (const name of new Set(record.origins.map(fileNameOf))) push(files, name, record);
      }
      return files;
    }),
  };
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function push<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const found = map.get(key);
  if (found === undefined) map.set(key, [value]);
  else found.push(value);
}

/** The id itself, or the one that a record's file name ends in. */
function idNamed(text: string): RecordId {
  const inFileName = /--([a-z]{3}-[a-z0-9]{1,40})(?:\.md)?$/.exec(text);
  return (inFileName?.[1] ?? text) as RecordId;
}

const NUMBER = /^(?:([A-Za-z]{1,6})[-_ #]{0,2}|#)?(\d{1,6})$/;

function numberNamed(text: string): RecordNumber | undefined {
  const found = NUMBER.exec(text.trim());
  if (found === null) return undefined;
  return { series: (found[1] ?? '').toUpperCase(), digits: withoutZeros(found[2] ?? '') };
}

/** As its source states it, or as its subject begins with it: `REQ-012 lateral stiffness`. */
function numberOf(record: KnowledgeRecord, stated: ReturnType<StatedOf>): RecordNumber | undefined {
  const said = stated.stated_number;
  if (typeof said === 'string') return numberNamed(said);
  const begins = /^([A-Z]{1,6}-?\d{1,6})(?![\w-])/.exec(record.subject);
  return begins === null ? undefined : numberNamed(begins[1] ?? '');
}

function withoutZeros(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '');
}

/** What a series stands for where a record's own number has none. */
const SERIES: Readonly<Partial<Record<string, EntityKind>>> = {
  ADR: 'decision',
  DEC: 'decision',
  MADR: 'decision',
  RFC: 'decision',
  REQ: 'requirement',
  R: 'requirement',
  CON: 'constraint',
  ASM: 'assumption',
};

function byNumber(
  { numbers }: ProjectIndex,
  { series, digits }: RecordNumber,
  wanted: Wanted,
): readonly KnowledgeRecord[] {
  const found = (numbers().get(digits) ?? []).filter((each) => {
    if (series !== '' && each.series !== '') return each.series === series;
    if (series !== '') return SERIES[series] === each.record.kind;
    return each.series === '' && (wanted.numbered?.includes(each.record.kind) ?? true);
  });
  const all = found.map(({ record }) => record);
  if (series !== '' || wanted.asker === undefined) return all;
  // A bare number counts within its own series, and a series is a folder.
  const own = new Set(wanted.asker.origins.map(seriesFolderOf));
  const near = all.filter(({ origins }) => origins.some((each) => own.has(seriesFolderOf(each))));
  return near.length > 0 ? near : all;
}

function bySubject(
  { subjects }: ProjectIndex,
  text: string,
  wanted: Wanted,
): readonly KnowledgeRecord[] {
  const found = subjects().get(subjectKey(text)) ?? [];
  return found.filter(({ kind, status }) => fits(kind, wanted) && status !== 'invalid');
}

function byFile({ files }: ProjectIndex, text: string, wanted: Wanted): readonly KnowledgeRecord[] {
  return (files().get(fileNameOf(text)) ?? []).filter(({ kind }) => fits(kind, wanted));
}

function fits(kind: KnowledgeRecord['kind'], { kinds }: Wanted): boolean {
  return kinds === undefined || kinds.includes(kind);
}

/** The name of a file without folder and extension; of its folder for a `README.md`. */
function fileNameOf(origin: string): string {
  const parts = pathOf(origin).split('/');
  const name = (parts.at(-1) ?? '').replace(/\.(?:md|markdown)$/i, '');
  return (/^(?:readme|index)$/i.test(name) ? (parts.at(-2) ?? name) : name).toLowerCase();
}

function seriesFolderOf(origin: string): string {
  const parts = pathOf(origin).split('/');
  const isFolder = /^(?:readme|index)\.(?:md|markdown)$/i.test(parts.at(-1) ?? '');
  return parts.slice(0, isFolder ? -2 : -1).join('/');
}

function pathOf(origin: string): string {
  const hash = origin.indexOf('#');
  return hash === -1 ? origin : origin.slice(0, hash);
}

// Records outlive a round of settling, and folding 10,000 subjects takes longer than all the rest.
const SUBJECT_KEYS = new WeakMap<KnowledgeRecord, string>();

function subjectKeyOf(record: KnowledgeRecord): string {
  const known = SUBJECT_KEYS.get(record);
  if (known !== undefined) return known;
  const key = subjectKey(record.subject);
  SUBJECT_KEYS.set(record, key);
  return key;
}

/** Case, hyphens, blanks, a leading article and a plural don't count. */
function subjectKey(text: string): string {
  return foldName(text)
    .replace(/^(?:the|an?) /, '')
    .split(' ')
    .map((word) => (word.length > 3 ? word.replace(/(?<!s)s$/, '') : word))
    .join(' ');
}

/** Whose standing counts first; a record nobody stands by any more is meant only where no other is. */
const TIERS: readonly (readonly Status[])[] = [
  ['active'],
  ['candidate'],
  ['superseded', 'graduated'],
  ['invalid'],
];

function choose(found: readonly KnowledgeRecord[], { asker }: Wanted): Found {
  const others = found.filter(({ id }) => id !== asker?.id);
  for (const tier of TIERS) {
    const standing = others.filter(({ status }) => tier.includes(status));
    const entities = standing.filter(({ type }) => type === 'entity');
    const best = entities.length > 0 ? entities : standing;
    const [only] = best;
    if (only !== undefined && best.length === 1) return { id: only.id };
    if (best.length > 1) return { why: 'ambiguous', among: best.map(({ id }) => id).sort(byText) };
  }
  return { why: 'unknown', among: [] };
}
