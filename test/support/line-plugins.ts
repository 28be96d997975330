/** Plugins small enough to hold in one's head: a line is a claim, a subject a slot, a project a page. */
import type {
  Claim,
  DetectedConflict,
  Document,
  EntityKind,
  KnowledgeRecord,
  MemoryKind,
  Plugin,
  RecordId,
  SourceFile,
  StorePath,
} from '../../src/plugin.ts';

const HEADING = /^(#{1,6}) (.+)$/;
/** `decision: mirror coating = silver @0.8` or `fact: the room is kept at 20 degrees`. */
const CLAIM = /^([a-z_]+): (.+?)(?: = (.+?))?(?: @(0\.\d+|1))?$/;
const MEMORY_OF: Readonly<Record<string, MemoryKind>> = {
  fact: 'knowledge',
  preference: 'preference',
};
const ENTITY_OF: Readonly<Record<string, EntityKind>> = {
  decision: 'decision',
  requirement: 'requirement',
  constraint: 'constraint',
};

function parse(file: SourceFile): Document | undefined {
  if (file.text === undefined || !file.path.endsWith('.md')) return undefined;
  const lines = file.text.split(/\r?\n/);
  const headings = lines.flatMap((line, at) => {
    const [, marks = '', text = ''] = HEADING.exec(line) ?? [];
    return marks === '' ? [] : [{ depth: marks.length, text, slug: slugOf(text), line: at + 1 }];
  });
  return {
    path: file.path,
    title: headings[0]?.text ?? file.path,
    text: file.text,
    frontMatter: file.frontMatter,
    tree: { type: 'root', children: [] },
    headings,
    sections: [{ headingPath: [], slug: '', startLine: 1, endLine: lines.length, text: file.text }],
    links: [],
  };
}

function slugOf(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

function extract(document: Document): readonly Claim[] {
  return document.text.split(/\r?\n/).flatMap((text, at) => claimOf(document, text, at + 1));
}

function claimOf(document: Document, text: string, line: number): readonly Claim[] {
  const [, word = '', subject = '', value, prior] = CLAIM.exec(text) ?? [];
  const memory = MEMORY_OF[word];
  const entity = ENTITY_OF[word];
  if (memory === undefined && entity === undefined) return [];
  const heading = document.headings.filter((each) => each.line <= line).at(-1);
  return [
    {
      ...(memory === undefined
        ? { type: 'entity', kind: entity as EntityKind }
        : { type: 'memory', kind: memory }),
      subject,
      ...(value === undefined ? {} : { value }),
      statement: value === undefined ? subject : `${subject} is ${value}`,
      rule: `${word}_line`,
      prior: prior === undefined ? 0.5 : Number(prior),
      place: { line, slug: heading?.slug ?? '' },
      evidence: text,
    },
  ];
}

/** Reads Markdown and takes every line that says `kind: subject = value` for a claim. */
export const lines: Plugin = { name: 'lines', version: 1, parse, extract };

/** A slot is project, kind and subject; state speaks of a decision's slot by its key. */
export const slots: Plugin = {
  name: 'slots',
  version: 1,
  detect(records) {
    const bySlot = new Map<string, KnowledgeRecord[]>();
    for (const record of records.values()) {
      if (record.status !== 'active' && record.status !== 'candidate') continue;
      if (record.value === undefined) continue;
      const name = record.subject.toLowerCase().replace(/[\s_-]+/g, ' ');
      const slot = `${record.kind}|${record.project}|${name}`;
      bySlot.set(slot, [...(bySlot.get(slot) ?? []), record]);
    }
    return [...bySlot].flatMap(([slot, members]) => conflictOf(slot, members));
  },
};

function conflictOf(
  slot: string,
  members: readonly KnowledgeRecord[],
): readonly DetectedConflict[] {
  const [first] = members;
  if (first === undefined || new Set(members.map(({ value }) => value)).size < 2) return [];
  const named = members.map(({ id, value = '' }) => ({ id, value }));
  return [{ slot, project: first.project, members: named, reason: 'different values' }];
}

/** One page a project that has active records, with what is disputed marked. */
export const pages: Plugin = {
  name: 'pages',
  version: 1,
  render(records) {
    const byProject = new Map<string, string[]>();
    for (const record of records.values()) {
      if (record.status !== 'active') continue;
      const line = `- ${record.text}${record.conflicts.length > 0 ? ' (disputed)' : ''}`;
      byProject.set(record.project, [...(byProject.get(record.project) ?? []), line]);
    }
    return [...byProject].map(([project, rows]) => ({
      path: `projects/${project}/mirror/overview.md` as StorePath,
      text: `# ${project}\n\n${rows.join('\n')}\n`,
    }));
  },
};

export const LINE_PLUGINS: readonly Plugin[] = [lines, slots, pages];

/** A plugin whose hook throws. */
export function failing(hook: 'parse' | 'extract' | 'detect' | 'render'): Plugin {
  const fail = (): never => {
    throw new Error(`${hook} fell over`);
  };
  return { name: `failing-${hook}`, version: 1, [hook]: fail };
}

/** The id as a record id, for tests that write one down. */
export const id = (text: string): RecordId => text as RecordId;
