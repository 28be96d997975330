/**
 * Reading and writing frontmatter. The only file that may import gray-matter or yaml:
 * everything is checked before gray-matter sees it, since it would run code or hang (faults.md §1, §5).
 */
import matter from 'gray-matter';
import { Document, isCollection, isMap, isPair, parseDocument, Scalar, visit } from 'yaml';
import type { FrontMatter } from '../plugin.ts';
import { quote } from './names.ts';

export const FRONT_MATTER_BYTES_MAX = 64 * 1024;
export const FRONT_MATTER_LINES_MAX = 2_000;
export const NODES_MAX = 10_000;
export const DEPTH_MAX = 32;

/** Why a text has no frontmatter that can be used. */
export interface Fault {
  readonly rule: string;
  readonly message: string;
  readonly line?: number;
}

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
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

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
  const data = parseYaml(text.slice(from, closing.end));
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
    // gray-matter takes time that grows with the square of blank lines.
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

function fault(rule: string, message: string, line?: number): { fault: Fault } {
  return { fault: line === undefined ? { rule, message } : { rule, message, line } };
}

/** Thrown inside gray-matter's engine and caught around it; never seen outside this file. */
class YamlFault extends Error {
  readonly fault: Fault;
  constructor(found: Fault) {
    super(found.message);
    this.fault = found;
  }
}

const deny = (): never => {
  throw new YamlFault({ rule: 'bad-fence', message: 'Only YAML frontmatter is read.' });
};
const DENIED_ENGINE = { parse: deny, stringify: deny };
const ENGINES = {
  yaml: { parse: yamlEngine, stringify: formatFields },
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
    // An empty frontmatter never reaches the engine.
    return { data: read.data };
  } catch (error) {
    if (error instanceof YamlFault) return { fault: error.fault };
    throw error;
  }
}

function yamlEngine(source: string): object {
  const document = readYaml(source);
  const error = document.errors[0] ?? document.warnings[0];
  if (error !== undefined) {
    throw new YamlFault({
      rule: 'bad-yaml',
      message: `Expected YAML 1.2, found: ${error.message.split('\n')[0]}. Correct that line.`,
      line: (error.linePos?.[0].line ?? 1) + lineOffset(source),
    });
  }
  const contents = document.contents;
  if (contents !== null && !isMap(contents) && !isEmptyScalar(contents)) {
    throw new YamlFault({
      rule: 'not-a-mapping',
      message: 'Expected frontmatter of "key: value" lines, found a single value or a list.',
      line: 2,
    });
  }
  refuseHostile(document);
  keepSpelling(document);
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  return value !== null && typeof value === 'object' ? value : {};
}

// gray-matter hands the engine the text behind `---`, line break included.
function lineOffset(source: string): number {
  return source.startsWith('\n') || source.startsWith('\r') ? 0 : 1;
}

// `0123`, `0x1F` and `1.50` stay what was written: an id or value is never renamed in silence.
function keepSpelling(document: ReturnType<typeof parseDocument>): void {
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'number' && String(node.value) !== node.source) {
        node.value = node.source;
      }
    },
  });
}

function readYaml(source: string): ReturnType<typeof parseDocument> {
  const options = { schema: 'core', version: '1.2', uniqueKeys: true, logLevel: 'silent' } as const;
  try {
    return parseDocument(source, options);
  } catch (error) {
    // Nesting deeper than the stack: the only way in which yaml throws here.
    if (!(error instanceof RangeError)) throw error;
    throw new YamlFault({
      rule: 'too-deep',
      message: `Expected values nested at most ${DEPTH_MAX} deep, found more. Flatten them.`,
    });
  }
}

function isEmptyScalar(node: unknown): boolean {
  return node instanceof Scalar && node.value === null;
}

function refuseHostile(document: ReturnType<typeof parseDocument>): void {
  let nodes = 0;
  visit(document, {
    Node(_key, _node, path) {
      nodes += 1;
      const depth = path.filter((step) => isCollection(step)).length;
      if (nodes > NODES_MAX || depth > DEPTH_MAX) {
        throw new YamlFault({
          rule: 'too-deep',
          message: `Expected at most ${NODES_MAX} values nested at most ${DEPTH_MAX} deep, found more.`,
        });
      }
    },
    Alias() {
      throw new YamlFault({
        rule: 'alias',
        message: 'Expected plain values, found a YAML alias ("*name"). Write the value out.',
      });
    },
    Pair(_key, pair) {
      const key = pair.key instanceof Scalar ? String(pair.key.value) : undefined;
      if (key === undefined || FORBIDDEN_KEYS.has(key)) {
        throw new YamlFault({
          rule: 'bad-key',
          message: `Expected plain keys, found ${quote(String(key ?? 'a list or mapping'))} as a key. Rename it.`,
        });
      }
    },
  });
}

/** A value that the engine writes: flat, so that people and Obsidian can edit it. */
export type Field = string | number | boolean | readonly string[];
export type Fields = Readonly<Record<string, Field | undefined>>;

/** A new file's text: the fields in their order (undefined ones left out), then the body. */
export function formatFile(fields: Fields, body: string): string {
  const data = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  );
  // `{content}`, never a string: gray-matter parses a string again, body fences and all.
  const text = matter.stringify({ content: body }, data, { language: 'yaml', engines: ENGINES });
  return text.endsWith('\n') ? text : `${text}\n`;
}

function formatFields(data: object): string {
  return Object.entries(data as Fields)
    .map(([key, value]) => (value === undefined ? '' : formatField(key, value)))
    .join('');
}

const PLAIN_TEXT = /^[\p{L}](?:[\p{L}\p{N} _./+()'°%-]*[\p{L}\p{N}.)%])?$/u;
const ISO_TIME = /^\d{4}-\d\d-\d\d(?:T[\d:.]+Z)?$/;
const QUOTED_KEYS = new Set(['id', 'extractor', 'superseded_by', 'evidence']);
const NOT_PLAIN = new Set([
  'true',
  'false',
  'null',
  'yes',
  'no',
  'on',
  'off',
  'y',
  'n',
  'nan',
  'inf',
]);

function formatField(key: string, value: Field): string {
  const node =
    typeof value === 'object'
      ? listNode(value)
      : typeof value === 'string'
        ? scalar(value, QUOTED_KEYS.has(key))
        : value;
  return new Document({ [key]: node }, { version: '1.2' }).toString({ lineWidth: 0 });
}

// Text is quoted whenever a reader of YAML 1.1 (Obsidian, Python) might take it for something else.
function scalar(text: string, isQuoted: boolean): Scalar {
  const node = new Scalar(text);
  const isPlain =
    !isQuoted &&
    !NOT_PLAIN.has(text.toLowerCase()) &&
    (PLAIN_TEXT.test(text) || ISO_TIME.test(text));
  node.type = isPlain ? 'PLAIN' : 'QUOTE_DOUBLE';
  return node;
}

function listNode(values: readonly string[]): unknown {
  const isFlow = values.every((value) => /^[\p{L}\p{N}_-]+$/u.test(value)) && values.length <= 8;
  const list = new Document(values.map((value) => scalar(value, !isFlow))).contents;
  if (isCollection(list)) list.flow = isFlow;
  return list;
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
  const formatted = value === undefined ? '' : formatField(key, value).replaceAll('\n', lineBreak);
  const place = fieldRange(head, key);
  const newHead =
    place === undefined
      ? head + formatted
      : head.slice(0, place.start) + formatted + head.slice(place.end);
  return text.slice(0, start) + newHead + text.slice(headEnd);
}

/** Whole lines that a top-level key and its value take up. */
function fieldRange(head: string, key: string): { start: number; end: number } | undefined {
  const contents = parseDocument(head, { schema: 'core', logLevel: 'silent' }).contents;
  if (!isMap(contents)) return undefined;
  const pair = contents.items.find(
    (each) => isPair(each) && each.key instanceof Scalar && String(each.key.value) === key,
  );
  const keyRange = pair?.key instanceof Scalar ? pair.key.range : undefined;
  if (pair === undefined || keyRange === undefined || keyRange === null) return undefined;
  const valueRange = (pair.value as { range?: readonly number[] } | null)?.range;
  const valueEnd = valueRange?.[1] ?? keyRange[1];
  const lastChar = head[valueEnd - 1] === '\n' && valueEnd > keyRange[1] ? valueEnd - 1 : valueEnd;
  const newline = head.indexOf('\n', lastChar);
  return { start: keyRange[0], end: newline === -1 ? head.length : newline + 1 };
}
