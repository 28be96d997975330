/** What lies within a record, as a nested list. */
import type { KnowledgeRecord, RecordId, StorePath } from '../../src/plugin.ts';
import { linkTo } from './page-text.ts';
import { parts, type Standing } from './standing.ts';

/** A record and all within it as a nested list; what was shown before is not opened again. */
export function contentsLines(
  standing: Standing,
  record: KnowledgeRecord,
  {
    pages,
    shown,
  }: { readonly pages: ReadonlyMap<RecordId, StorePath>; readonly shown: Set<RecordId> },
): readonly string[] {
  const lines: string[] = [];
  const open: { readonly record: KnowledgeRecord; readonly depth: number }[] = [
    { record, depth: 0 },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { depth } = next;
    const isShown = shown.has(next.record.id);
    shown.add(next.record.id);
    lines.push(`${'  '.repeat(depth)}- ${nameLine(standing, next.record, pages)}`);
    const within = isShown ? [] : parts(standing, next.record);
    open.push(...within.map((part) => ({ record: part, depth: depth + 1 })).reverse());
  }
  return lines;
}

function nameLine(
  { project }: Standing,
  record: KnowledgeRecord,
  pages: ReadonlyMap<RecordId, StorePath>,
): string {
  const name = linkTo(record.subject, pages.get(record.id) ?? record.path, project);
  const dispute = record.conflicts.length > 0 ? ', **disputed**' : '';
  return `${name} (${record.kind}${dispute})`;
}
