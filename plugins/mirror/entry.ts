/** One record as a line of a page: what it says, where it stands, and what speaks against it. */
import type { KnowledgeRecord } from '../../src/plugin.ts';
import { folded, linkTo, plain } from './page-text.ts';
import type { Standing } from './standing.ts';

/** Most entries of one list; the rest is counted, and lies in the folder of the records. */
export const ENTRIES_MAX = 200;
const ORIGINS_MAX = 3;

/** A heading and its entries; nothing at all where there are none. */
export function section(
  standing: Standing,
  title: string,
  records: readonly KnowledgeRecord[],
): readonly string[] {
  if (records.length === 0) return [];
  const left = records.length - ENTRIES_MAX;
  return [
    `## ${title}`,
    '',
    ...records.slice(0, ENTRIES_MAX).flatMap((record) => entry(standing, record)),
    ...(left > 0 ? [`- … and ${left} more among the records.`] : []),
    '',
  ];
}

/** The lines of one record, those that qualify it indented below it. */
export function entry(standing: Standing, record: KnowledgeRecord): readonly string[] {
  return [`- ${saying(record)} (${places(standing, record)})`, ...qualifications(standing, record)];
}

/** Subject, value and text, none of them twice. */
export function saying({ type, subject, value, text }: KnowledgeRecord): string {
  const name = `**${plain(subject)}**`;
  if (type === 'state') return `${name}: ${plain(value ?? text)}`;
  const isTold = value === undefined || text.toLowerCase().includes(value.toLowerCase());
  // A text that only repeats its subject is about as long.
  const isRepeat = text.length < subject.length + 8 && folded(text) === folded(subject);
  const said = isRepeat ? '' : plain(text);
  const parts = [isTold ? '' : plain(value), said].filter((part) => part !== '');
  return parts.length === 0 ? name : `${name}: ${parts.join('. ')}`;
}

function places({ project }: Standing, record: KnowledgeRecord): string {
  const own = linkTo(record.type === 'state' ? 'entry' : 'record', record.path, project);
  const from = record.origins.slice(0, ORIGINS_MAX).map((origin) => {
    const isPath = /^(?:projects|captures)\//.test(origin);
    return isPath ? linkTo(fileOf(origin), origin, project) : plain(origin);
  });
  const left = record.origins.length - ORIGINS_MAX;
  const more = left > 0 ? [`${left} more`] : [];
  return from.length === 0 ? own : `${own}; from ${[...from, ...more].join(', ')}`;
}

function fileOf(origin: string): string {
  const path = origin.replace(/#.*$/s, '');
  return path.slice(path.lastIndexOf('/') + 1);
}

function qualifications(standing: Standing, record: KnowledgeRecord): readonly string[] {
  const { project } = standing;
  const state = standing.overriding.get(record.id);
  const lines: string[] = [];
  if (state !== undefined) {
    const link = linkTo(`${state.kind}/${state.subject}`, state.path, project);
    lines.push(`**Overridden** by trusted state ${link}: ${plain(state.value ?? state.text)}`);
  }
  for (const each of standing.overridden.get(record.id) ?? []) {
    const link = linkTo(each.subject, each.path, project);
    lines.push(`Overrides ${link}: ${plain(each.value ?? each.text)}`);
  }
  for (const id of record.conflicts) {
    const others = (standing.disputes.get(id) ?? []).filter((each) => each.id !== record.id);
    const said = others.map(
      (each) =>
        `${linkTo(each.subject, each.path, project)} says ${plain(each.value ?? each.text)}`,
    );
    lines.push(
      `**Disputed**: ${[...said, linkTo('conflict', `conflicts/${id}.md`, project)].join('; ')}`,
    );
  }
  if (record.validUntil !== undefined) lines.push(`Valid until ${record.validUntil}`);
  return lines.map((line) => `  - ${line}`);
}
