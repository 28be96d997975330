/**
 * Reading and writing frontmatter. The only file that may import gray-matter:
 * everything is checked before gray-matter sees it, since it would run code or hang (faults.md §1, §5).
 */
import matter from 'gray-matter';
import type { FrontMatter } from '../plugin.ts';
import { quote } from './names.ts';
import {
  type Fault,
  type Field,
  type Fields,
  fieldsWith,
  formatFields,
  lineOf,
  readYamlFields,
  YamlFault,
} from './yaml-fields.ts';

export type { Fault, Field, Fields } from './yaml-fields.ts';

export const FRONT_MATTER_BYTES_MAX = 64 * 1024;
export const FRONT_MATTER_LINES_MAX = 2_000;
/** White space in a row, line breaks included. */
export const FRONT_MATTER_BLANKS_MAX = 200;

/** A file taken apart. `body` is what stands below the closing fence, byte for byte. */
export interface Parts {
  readonly frontMatter: FrontMatter;
  readonly hasFrontMatter: boolean;
  readonly body: string;
  /** Line of the body's first character; first line is 1. */
  readonly bodyLine: number;
}

export type Split = { readonly parts: Parts } | { readonly fault: Fault };

const BYTE_ORDER_MARK = '\ufeff';

/** Bytes as text, byte order mark kept; a fault when they are not UTF-8 text. */
export function decodeText(bytes: Uint8Array): { text: string } | { fault: Fault } {
  if (bytes.includes(0)) {
    const wide = bytes[0] === 0xff || bytes[0] === 0xfe;
    return {
      fault: {
        rule: 'not-text',
        message: `Expected UTF-8 text, found ${wide ? 'UTF-16' : 'a NUL byte'}. Save the file as UTF-8.`,
      },
    };
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return {
      fault: {
        rule: 'not-text',
        message: 'Expected UTF-8 text, found bytes that are not. Save the file as UTF-8.',
      },
    };
  }
}

/** Takes a Markdown text apart; a text that doesn't begin with a `---` line has no frontmatter. */
export function splitFrontMatter(text: string): Split {
  const from = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  const opening = lineAt(text, from);
  if (!opening.text.startsWith('---')) {
    return {
      parts: { frontMatter: {}, hasFrontMatter: false, body: text.slice(from), bodyLine: 1 },
    };
  }
  // A rule across the page (`----`) opens nothing; `---js` would choose an engine.
  if (/^-{4,}\s*$/.test(opening.text)) {
    return {
      parts: { frontMatter: {}, hasFrontMatter: false, body: text.slice(from), bodyLine: 1 },
    };
  }
  if (opening.text !== '---') {
    return fault(
      'bad-fence',
      `Expected the first line to be exactly "---", found ${quote(opening.text)}. Only YAML frontmatter is read.`,
      1,
    );
  }
  const closing = findClosing(text, opening.next);
  if ('fault' in closing) return closing;
  const head = text.slice(from, closing.end);
  const unfit = unfitHead(head);
  if (unfit !== undefined) return { fault: unfit };
  const data = parseYaml(head);
  if ('fault' in data) return data;
  const body = text.slice(closing.next);
  return {
    parts: { frontMatter: data.data, hasFrontMatter: true, body, bodyLine: closing.line + 1 },
  };
}

interface Line {
  readonly text: string;
  readonly end: number;
  readonly next: number;
}

function lineAt(text: string, start: number): Line {
  const newline = text.indexOf('\n', start);
  const stop = newline === -1 ? text.length : newline;
  const end = stop > start && text[stop - 1] === '\r' ? stop - 1 : stop;
  return { text: text.slice(start, end), end, next: newline === -1 ? text.length : newline + 1 };
}

function findClosing(
  text: string,
  start: number,
): { end: number; next: number; line: number } | { fault: Fault } {
  let at = start;
  for (let line = 2; at < text.length && at - start <= FRONT_MATTER_BYTES_MAX; line += 1) {
    if (line > FRONT_MATTER_LINES_MAX) break;
    const here = lineAt(text, at);
    if (here.text === '---') return { end: here.end, next: here.next, line };
    if (here.text.startsWith('---')) {
      return fault(
        'bad-fence',
        `Expected the frontmatter to close with a line "---", found ${quote(here.text)}. Correct that line.`,
        line,
      );
    }
    at = here.next;
  }
  return fault(
    'front-matter-open',
    `Expected a closing line "---" within ${FRONT_MATTER_BYTES_MAX} bytes and ${FRONT_MATTER_LINES_MAX} lines, found none. Close the frontmatter.`,
    1,
  );
}

// What would hang gray-matter, whose time grows with the square of white space in a row (a bare CR
// and U+2028 begin a line for its expressions), or end the YAML early without a word.
function unfitHead(head: string): Fault | undefined {
  if (Buffer.byteLength(head) > FRONT_MATTER_BYTES_MAX) {
    const message = `Expected at most ${FRONT_MATTER_BYTES_MAX} bytes of frontmatter, found more. Move text below it.`;
    return { rule: 'front-matter-large', message, line: 1 };
  }
  const blanks = new RegExp(`\\s{${FRONT_MATTER_BLANKS_MAX + 1}}`).exec(head);
  if (blanks !== null) {
    const message = `Expected at most ${FRONT_MATTER_BLANKS_MAX} blank characters in a row in the frontmatter, found more. Delete them.`;
    return { rule: 'front-matter-blank', message, line: lineOf(head, blanks.index) };
  }
  const end = /^\.\.\.(?=\s|$)/m.exec(head);
  if (end === null) return undefined;
  const message = 'Expected one YAML document, found its end marker "...". Delete that line.';
  return { rule: 'bad-yaml', message, line: lineOf(head, end.index) };
}

function fault(rule: string, message: string, line?: number): { fault: Fault } {
  return { fault: line === undefined ? { rule, message } : { rule, message, line } };
}

const deny = (): never => {
  throw new YamlFault({ rule: 'bad-fence', message: 'Only YAML frontmatter is read.' });
};
const DENIED_ENGINE = { parse: deny, stringify: deny };
const ENGINES = {
  yaml: { parse: wrapped, stringify: formatFields },
  js: DENIED_ENGINE,
  javascript: DENIED_ENGINE,
  json: DENIED_ENGINE,
  coffee: DENIED_ENGINE,
  toml: DENIED_ENGINE,
} as const;

function parseYaml(head: string): { data: FrontMatter } | { fault: Fault } {
  try {
    // Options are always given: without them gray-matter caches, shares and forgets errors.
    const read = matter(head.replaceAll('\r\n', '\n'), {
      language: 'yaml',
      delimiters: '---',
      engines: ENGINES,
    });
    // What gray-matter takes for empty never reaches the engine; YAML may take it for text.
    const { frontMatter = wrapped(read.matter).frontMatter } = read.data as Wrapped;
    return { data: frontMatter ?? {} };
  } catch (error) {
    if (error instanceof YamlFault) return { fault: error.fault };
    throw error;
  }
}

/** gray-matter gives meaning to keys of its own (`excerpt_separator`): it never sees the real ones. */
interface Wrapped {
  readonly frontMatter?: FrontMatter;
}

function wrapped(source: string): Wrapped {
  return { frontMatter: readYamlFields(source) };
}

/** A new file's text: the fields in their order (undefined ones left out), then the body. */
export function formatFile(fields: Fields, body: string): string {
  const data = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  );
  // `{content}`, never a string: gray-matter parses a string again, body fences and all.
  const content = body.toWellFormed();
  const text = matter.stringify({ content }, data, { language: 'yaml', engines: ENGINES });
  return text.endsWith('\n') ? text : `${text}\n`;
}

/**
 * The text with some top-level fields set, or removed where the value is undefined. Every other
 * byte stays: comments, order, unknown keys, line ends, byte order mark, body.
 * The text must have frontmatter that `splitFrontMatter` reads.
 */
export function withFields(text: string, changes: Fields): string {
  return Object.entries(changes).reduce((now, [key, value]) => withField(now, key, value), text);
}

function withField(text: string, key: string, value: Field | undefined): string {
  const from = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  const opening = lineAt(text, from);
  const closing = findClosing(text, opening.next);
  if ('fault' in closing) throw new TypeError(`no frontmatter to write ${key} into`);
  const lineBreak = text.slice(opening.end, opening.next);
  const start = opening.next;
  const headEnd = closing.end - '---'.length;
  const head = text.slice(start, headEnd);
  return text.slice(0, start) + fieldsWith(head, { key, value, lineBreak }) + text.slice(headEnd);
}
