/** The page that a person opens first: what is trusted, what is disputed, what there is. */
import type { KnowledgeRecord, RecordId, RenderedFile, StorePath } from '../../src/plugin.ts';
import { contentsLines } from './contents-lines.ts';
import { entry, section } from './entry.ts';
import { plain } from './page-text.ts';
import { type Standing, unique, wholes } from './standing.ts';

const STRUCTURE = ['system', 'subsystem', 'component', 'interface'] as const;

const SECTIONS: readonly (readonly [KnowledgeRecord['kind'], string])[] = [
  ['decision', 'Decisions'],
  ['requirement', 'Requirements'],
  ['constraint', 'Constraints'],
  ['assumption', 'Assumptions'],
  ['parameter', 'Parameters'],
  ['material', 'Materials'],
  ['validation_claim', 'Validation claims'],
  ['result', 'Results'],
  ['analysis_model', 'Analysis models'],
  ['process', 'Processes'],
  ['vendor', 'Vendors'],
  ['artifact', 'Artifacts'],
  ['project', 'Project'],
  ['knowledge', 'Knowledge'],
  ['adaptation', 'Adaptations'],
  ['episodic', 'What happened'],
  ['identity', 'Identity'],
  ['preference', 'Preferences'],
];

/** @param pages where the page of each subsystem is */
export function overviewPage(
  standing: Standing,
  pages: ReadonlyMap<RecordId, StorePath>,
): RenderedFile {
  const { project, byKind } = standing;
  const lines = [
    `# ${plain(standing.title)}: overview`,
    '',
    ...contradicted(standing),
    ...section(standing, 'Trusted state', standing.states),
    ...systems(standing, pages),
    ...SECTIONS.flatMap(([kind, title]) => section(standing, title, byKind.get(kind) ?? [])),
  ];
  const path = `projects/${project}/mirror/overview.md` as StorePath;
  return { path, text: `${lines.join('\n').trimEnd()}\n` };
}

/** What must not be read past, at the top. */
function contradicted(standing: Standing): readonly string[] {
  const { states, byKind, overriding } = standing;
  const disputed = [...states, ...[...byKind.values()].flat()].filter(
    ({ id, conflicts }) => conflicts.length > 0 || overriding.has(id),
  );
  if (disputed.length === 0) return [];
  return [
    '## Disputed or overridden',
    '',
    ...disputed.flatMap((each) => entry(standing, each)),
    '',
  ];
}

function systems(standing: Standing, pages: ReadonlyMap<RecordId, StorePath>): readonly string[] {
  const all = unique(STRUCTURE.flatMap((kind) => standing.byKind.get(kind) ?? []));
  if (all.length === 0) return [];
  const ids = new Set(all.map(({ id }) => id));
  const shown = new Set<RecordId>();
  const lines: string[] = [];
  const tops = all.filter((each) => !wholes(standing, each).some(({ id }) => ids.has(id)));
  // What goes in a circle has no top; it is shown from its first member.
  for (const top of [...tops, ...all]) {
    if (!shown.has(top.id)) lines.push(...contentsLines(standing, top, { pages, shown }));
  }
  return ['## System map', '', ...lines, ''];
}
