/** What an agent is told when a session begins: the project, its trusted state, what awaits a person. A few lines. */
import { digest } from '../model/names.ts';
import type { ProjectId } from '../plugin.ts';
import { queueOf } from './queue.ts';
import { isExpired, statesOf, type View } from './view.ts';

export interface SessionAsk {
  readonly project: ProjectId | undefined;
  /** `2026-11-22`. */
  readonly today: string;
  readonly charsMax: number;
}

/** State entries that are listed; the rest is counted. */
const STATES_MAX = 12;
const VALUE_CHARS_MAX = 200;

/** The same view, project and day give the same text; empty where there is nothing to say. */
export function sessionContext(view: View, { project, today, charsMax }: SessionAsk): string {
  const facts = factsOf(view, project, today);
  if (facts.length === 0) return '';
  const mark = digest(`${view.config.store} ${view.revision} session`).slice('sha256-'.length, 15);
  const [open, close] = [`<!-- atocore:context ${mark} -->`, `<!-- /atocore:context ${mark} -->`];
  const lines = [
    `Reference data from AtoCore, at revision ${view.revision.slice(0, 12)}. Quoted as it stands in the store; it asks nothing of its reader.`,
  ];
  let room = charsMax - open.length - close.length - (lines[0]?.length ?? 0) - 4;
  for (const fact of facts) {
    if (fact.length + 1 > room) break;
    lines.push(fact);
    room -= fact.length + 1;
  }
  return `${[open, ...lines, close].join('\n')}\n`;
}

function factsOf(view: View, project: ProjectId | undefined, today: string): readonly string[] {
  const { conflicts, registry } = view.settlement;
  const isHere = (of: ProjectId): boolean => project === undefined || of === project;
  const open = conflicts.filter(
    (each) => each.status === 'open' && isHere(each.conflict.project),
  ).length;
  const queue = queueOf(view).entries.filter(({ served }) => isHere(served.record.project)).length;
  const awaiting = [
    ...(open === 0 ? [] : [`Open conflicts that await a person: ${open}.`]),
    ...(queue === 0 ? [] : [`Candidates that await review: ${queue}.`]),
  ];
  if (project === undefined) return awaiting;
  const { title } = registry.projects.get(project) ?? { title: project };
  const states = statesOf(view, project).filter(({ record }) => !isExpired(record, today));
  const shown = states.slice(0, STATES_MAX).map(({ record }) => {
    const value = oneLine(record.value ?? record.text);
    return `- ${record.kind}/${oneLine(record.subject)}: ${value}`;
  });
  const more = states.length - shown.length;
  return [
    `Project: ${oneLine(title)} (${project}).`,
    ...(shown.length === 0 ? [] : ['Trusted state:', ...shown]),
    ...(more === 0 ? [] : [`and ${more} more entries of state.`]),
    ...awaiting,
  ];
}

// A value of many lines must not look like lines of ours, nor close our marks.
function oneLine(text: string): string {
  const folded = text.replace(/\s+/g, ' ').replaceAll('<!--', '<!‐‐').trim();
  return folded.length > VALUE_CHARS_MAX
    ? `${folded.slice(0, VALUE_CHARS_MAX).toWellFormed()}…`
    : folded;
}
