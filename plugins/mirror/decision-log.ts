/** The decision log: what is in force, and what gave way to it. */
import type { KnowledgeRecord, RenderedFile, StorePath } from '../../src/plugin.ts';
import { ENTRIES_MAX, saying, section } from './entry.ts';
import { byText, linkTo, plain } from './page-text.ts';
import { bySubject, type Standing } from './standing.ts';

/** None where a project has no decisions yet. */
export function decisionLog(standing: Standing): RenderedFile | undefined {
  const { project } = standing;
  const states = standing.states.filter(({ kind }) => kind === 'decision');
  const inForce = [...(standing.byKind.get('decision') ?? [])].sort(byOrigin);
  const over = standing.superseded.filter(({ kind }) => kind === 'decision').sort(byOrigin);
  if (states.length + inForce.length + over.length === 0) return undefined;
  const left = over.length - ENTRIES_MAX;
  const lines = [
    `# ${plain(standing.title)}: decisions`,
    '',
    ...section(standing, 'Trusted state', states),
    ...section(standing, 'In force', inForce),
    ...(over.length === 0 ? [] : ['## Superseded', '']),
    ...over.slice(0, ENTRIES_MAX).map((record) => pastEntry(standing, record)),
    ...(left > 0 ? [`- … and ${left} more among the records.`] : []),
  ];
  const path = `projects/${project}/mirror/decisions.md` as StorePath;
  return { path, text: `${lines.join('\n').trimEnd()}\n` };
}

/** In the order of the documents, since those of decision records are numbered. */
function byOrigin(a: KnowledgeRecord, b: KnowledgeRecord): number {
  return byText(a.origins[0] ?? '', b.origins[0] ?? '') || bySubject(a, b);
}

function pastEntry(standing: Standing, record: KnowledgeRecord): string {
  const { project, records } = standing;
  const successors = successorsOf(standing, record).map((id) => {
    const successor = records.get(id);
    return successor === undefined ? plain(id) : linkTo(successor.subject, successor.path, project);
  });
  const pointer = successors.length === 0 ? 'Superseded' : `Superseded by ${successors.join(', ')}`;
  return `- ${saying(record)} ${pointer} (${linkTo('record', record.path, project)})`;
}

function successorsOf(
  standing: Standing,
  record: KnowledgeRecord,
): readonly KnowledgeRecord['id'][] {
  const linked = (standing.inbound.get(record.id) ?? [])
    .filter(({ relation }) => relation === 'supersedes')
    .filter(({ from }) => from.status !== 'candidate')
    .map(({ from }) => from.id);
  const named = record.supersededBy === undefined ? [] : [record.supersededBy];
  return [...new Set([...named, ...linked])].sort(byText);
}
