/** How results look to people: calm, aligned, in colour only where a terminal shows it. */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Text in a style, unless colour isn't wanted or isn't seen. */
export function styled(style: Style, text: string): string {
  const isWanted = process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === '';
  return isWanted ? styleText(style, text) : text;
}

/** Rows in columns, two blanks apart; the last column is as long as it is. */
export function columns(rows: readonly (readonly string[])[], indent = ''): readonly string[] {
  const widths = (rows[0] ?? []).map((_cell, at) =>
    Math.max(...rows.map((row) => (row[at] ?? '').length)),
  );
  return rows.map((row) => {
    const cells = row.map((cell, at) =>
      at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0),
    );
    return `${indent}${cells.join('  ')}`.trimEnd();
  });
}

/** Text folded to lines of a width, each behind a prefix. */
export function wrapped(text: string, prefix: string, width = 96): readonly string[] {
  const room = width - prefix.length;
  const lines: string[] = [];
  let line = '';
  for (const word of plain(text).split(' ')) {
    if (line !== '' && line.length + word.length + 1 > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((each) => `${prefix}${each}`.trimEnd());
}

/** One line without what would steer a terminal or hide text. */
export function plain(text: string): string {
  return text
    .replace(/\s+/gu, ' ')
    .replace(/[\p{Cc}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, '\ufffd')
    .trim();
}

/** `1 candidate`, `2 candidates`, `2 matches`. */
export function counted(count: number, noun: string): string {
  const ending = count === 1 ? '' : noun.endsWith('ch') ? 'es' : 's';
  return `${count} ${noun}${ending}`;
}
