/** One page for each subsystem: what it holds, what binds it, what was decided about it. */
import type {
  KnowledgeRecord,
  RecordId,
  Relation,
  RenderedFile,
  StorePath,
} from '../../src/plugin.ts';
import { contentsLines } from './contents-lines.ts';
import { entry, section } from './entry.ts';
import { linkTo, plain } from './page-text.ts';
import { bearers, parts, type Standing, targets, unique, wholes } from './standing.ts';

/** Where the page of each subsystem is: by its name, and by its id where two share a name. */
export function subsystemPaths(standing: Standing): ReadonlyMap<RecordId, StorePath> {
  const subsystems = standing.byKind.get('subsystem') ?? [];
  const bearers = new Map<string, number>();
  for (const { subject } of subsystems) {
    bearers.set(slug(subject), (bearers.get(slug(subject)) ?? 0) + 1);
  }
  return new Map(
    subsystems.map(({ id, subject }) => {
      const name = slug(subject);
      const isShared = name === '' || bearers.get(name) !== 1;
      const file = ['subsystem', name, ...(isShared ? [id] : [])].filter((part) => part !== '');
      return [id, `projects/${standing.project}/mirror/${file.join('-')}.md` as StorePath];
    }),
  );
}

function slug(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 48)
    .replace(/^-+|-+$/g, '');
}

export function subsystemPage(
  standing: Standing,
  record: KnowledgeRecord,
  pages: ReadonlyMap<RecordId, StorePath>,
): RenderedFile {
  const all = within(standing, record);
  const ends = (relation: Relation): readonly KnowledgeRecord[] =>
    unique(all.flatMap((each) => targets(standing, each, relation)));
  const around = wholes(standing, record);
  const touching = unique([
    ...ends('interfaces_with'),
    ...all.flatMap((each) => bearers(standing, each, 'interfaces_with')),
  ]).filter(({ id }) => !all.some((each) => each.id === id));
  const [, ...contents] = contentsLines(standing, record, { pages, shown: new Set() });
  const lines = [
    `# ${plain(record.subject)}`,
    '',
    ...entry(standing, record),
    '',
    ...around.map(
      (each) =>
        `Part of ${linkTo(each.subject, pages.get(each.id) ?? each.path, standing.project)}.`,
    ),
    ...(around.length > 0 ? [''] : []),
    ...(contents.length > 0
      ? ['## Contains', '', ...contents.map((line) => line.slice('  '.length)), '']
      : []),
    ...section(standing, 'Interfaces with', touching),
    ...section(standing, 'Decisions', ends('affected_by_decision')),
    ...section(standing, 'Requirements satisfied', ends('satisfies')),
    ...section(standing, 'Constraints', ends('constrained_by')),
    ...section(standing, 'Materials', ends('uses_material')),
  ];
  const path = pages.get(record.id) ?? ('' as StorePath);
  return { path, text: `${lines.join('\n').trimEnd()}\n` };
}

/** The subsystem and all within it, once each. */
function within(standing: Standing, record: KnowledgeRecord): readonly KnowledgeRecord[] {
  const found = new Map([[record.id, record]]);
  for (const each of found.values()) {
    for (const part of parts(standing, each)) found.set(part.id, part);
  }
  return [...found.values()];
}
