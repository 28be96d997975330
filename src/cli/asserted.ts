/** What still says what was put away, for one more decision. */
import type { AssertionJson } from '../http/assertions.ts';
import { wrapped } from './lines.ts';

export function assertedLines(asserted: readonly AssertionJson[]): readonly string[] {
  if (asserted.length === 0) return [];
  return [
    'Still said by:',
    ...asserted.flatMap(({ id, path, lines, text }) => [
      `  ${id ?? `${path}:${lines[0]}`}`,
      ...wrapped(text, '    '),
    ]),
  ];
}
