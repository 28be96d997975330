/** The subjects of the engine's commits. */
import { roleOf } from './model/layout.ts';
import type { Change } from './model/snapshot.ts';
import type { StorePath } from './plugin.ts';

/** For what people edited by hand. */
export function editMessage(edits: readonly { readonly path: StorePath }[]): string {
  const [first] = edits;
  if (edits.length === 1 && first !== undefined) return `edit: ${first.path}`;
  const named = edits.slice(0, 20).map(({ path }) => `- ${path}`);
  const more = edits.length > 20 ? [`- and ${edits.length - 20} more`] : [];
  return `edit: ${count(edits.length, 'file')}\n\n${[...named, ...more].join('\n')}`;
}

/** For what settling wrote. */
export function settleMessage(changes: readonly Change[]): string {
  const records = changes.filter(({ path }) => roleOf(path).role === 'record');
  const withdrawn = records.filter(({ text }) => text === null).length;
  const written = records.length - withdrawn;
  const others = changes.length - records.length;
  const parts = [
    ...(written > 0 ? [`${count(written, 'record')} written`] : []),
    ...(withdrawn > 0 ? [`${withdrawn} withdrawn`] : []),
    ...(others > 0 ? [count(others, 'page')] : []),
  ];
  return `settle: ${parts.join(', ')}`;
}

/** A number and its noun. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
