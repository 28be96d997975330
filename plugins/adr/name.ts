/** Number and title of a record, from its file's name and its heading. */
import type { Document, Heading } from '../../src/plugin.ts';

export interface RecordName {
  /** Without number and series. */
  readonly title: string;
  /** Digits without leading zeros. */
  readonly titleNumber?: string;
  readonly fileNumber?: string;
  /** The file's name without extension; the folder's where the file is a README or an index. */
  readonly fileName: string;
  /** The word before the number in the title, such as `ADR` or `RFC`. */
  readonly series?: string;
}

const SERIES = 'M?ADR|RFC|KEP|PEP|DR|AD|Decision|Decision Record|Record|Proposal';
/** `Aries RFC 0160: X`, `ADR-12 X`, `ADR #12 - X`. */
const IN_SERIES = new RegExp(
  `^\\s*(?:[\\p{L}.]{1,20}[ \\t]+){0,3}?(${SERIES})[ \\t]*[#-]?[ \\t]*(\\d{1,5})(?:[ \\t]*[.:)–—]|[ \\t]+-)?[ \\t]+(?=\\S)`,
  'iu',
);
/** `12. X`, `0012: X`, `0012 X`. */
const NUMBERED = /^\s*()(?:(\d{1,5})(?:[ \t]*[.:)–—]|[ \t]+-)|(0\d{1,4}))[ \t]+(?=\S)/;
/** `ADR: X` */
const UNNUMBERED =
  /^\s*(?:ADR|MADR|RFC|Decision(?: Record)?|Architect(?:ure|ural) Decision(?: Record)?(?: \(ADR\))?)[ \t]*(?:[:–—]|[ \t]-)[ \t]*(?=\S)/i;

export function nameOf(document: Document, heading: Heading | undefined): RecordName {
  const fileName = fileNameOf(document.path);
  const fileNumber = numberOfName(fileName);
  const written = titleOf(document, heading) ?? fileName;
  const found = IN_SERIES.exec(written) ?? NUMBERED.exec(written) ?? ownNumber(written, fileNumber);
  const prefix = (found ?? UNNUMBERED.exec(written))?.[0] ?? '';
  const titleNumber = found?.[2] ?? found?.[3];
  const word = found?.[1] ?? '';
  return {
    title: written.slice(prefix.length).trim(),
    fileName,
    ...(titleNumber === undefined ? {} : { titleNumber: withoutZeros(titleNumber) }),
    ...(fileNumber === undefined ? {} : { fileNumber }),
    ...(word === '' ? {} : { series: word }),
  };
}

/** Number at the front of a file's name, perhaps behind a series: `0012-use-x`, `adr-12`. */
export function numberOfName(name: string): string | undefined {
  if (/^\d{4}-\d{2}-\d{2}/.test(name)) return undefined;
  const found = /^(?:[a-z]{2,8}[-_ ]?)?(\d{1,5})(?:[-_. ]|$)/i.exec(name);
  return found === null ? undefined : withoutZeros(found[1] ?? '');
}

/** Last part of a path or address that names a document: no extension, never README or index. */
export function fileNameOf(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
  const last = parts.pop() ?? '';
  const name = last.replace(/\.(?:md|markdown|mdx|adoc|html?)$/i, '');
  return /^(?:readme|index)$/i.test(name) ? (parts.pop() ?? '') : name;
}

export function withoutZeros(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '');
}

/** The heading, else the document's title unless that is only the name of its file. */
function titleOf(document: Document, heading: Heading | undefined): string | undefined {
  if (heading !== undefined && heading.text !== '') return heading.text;
  const { title, path } = document;
  return title !== '' && !path.includes(`/${title}.`) ? title : undefined;
}

/** `12 Use X` counts as numbered where the file is number 12. */
function ownNumber(title: string, fileNumber: string | undefined): RegExpExecArray | null {
  const found = /^\s*()(\d{1,5})[ \t]+(?=\S)/.exec(title);
  return found !== null && withoutZeros(found[2] ?? '') === fileNumber ? found : null;
}
