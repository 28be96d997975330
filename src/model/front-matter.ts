/**
 * Reading and writing frontmatter. The only file that may import gray-matter or yaml:
 * everything is checked before gray-matter sees it, since it would run code or hang (faults.md §1, §5).
 */
import matter from 'gray-matter';
import {
  Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
  visit,
  type YAMLMap,
} from 'yaml';
import type { FrontMatter } from '../plugin.ts';
import { quote } from './names.ts';

export const FRONT_MATTER_BYTES_MAX = 64 * 1024;
export const FRONT_MATTER_LINES_MAX = 2_000;
/** White space in a row, line breaks included. */
export const FRONT_MATTER_BLANKS_MAX = 200;
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

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
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
    // What gray-matter takes for empty never reaches the engine; YAML may take it for text.
    const { frontMatter = yamlEngine(read.matter).frontMatter } = read.data as Wrapped;
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

function yamlEngine(source: string): Wrapped {
  const document = readYaml(source);
  const error = document.errors[0] ?? document.warnings[0];
  if (error !== undefined) {
    // yaml reports its own recursion as an error of the text.
    if (error.message.startsWith('Maximum call stack')) throw tooDeep();
    throw new YamlFault({
      rule: 'bad-yaml',
      message: `Expected YAML 1.2, found: ${firstWords(error.message)}. Correct that line.`,
      line: lineInFile(source, error.pos[0]),
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
  refuseDoubles(document, source);
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  return { frontMatter: value !== null && typeof value === 'object' ? (value as FrontMatter) : {} };
}

function firstWords(message: string): string {
  const line = message.split('\n')[0] ?? '';
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}

// gray-matter hands the engine the text behind `---`, line break included.
function lineInFile(source: string, index: number): number {
  return lineOf(source, index) + (source.startsWith('\n') ? 0 : 1);
}

// `0123`, `0x1F` and `1.50` stay what was written: an id or value is never renamed in silence.
function keepSpelling(document: ReturnType<typeof parseDocument>): void {
  visit(document, {
    Scalar(_key, node) {
      node.value = said(node);
    },
  });
}

function readYaml(source: string): ReturnType<typeof parseDocument> {
  try {
    return parseDocument(source, PARSE_OPTIONS);
  } catch (error) {
    // Nesting deeper than the stack: the only way in which yaml throws here.
    if (!(error instanceof RangeError)) throw error;
    throw tooDeep();
  }
}

// yaml's own check of unique keys, and its pictures of where an error is, take quadratic time.
const PARSE_OPTIONS = {
  schema: 'core',
  version: '1.2',
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

function tooDeep(): YamlFault {
  const message = `Expected at most ${NODES_MAX} values nested at most ${DEPTH_MAX} deep, found more. Flatten them.`;
  return new YamlFault({ rule: 'too-deep', message });
}

// Comments only; a `null` or `~` that somebody wrote is a value.
function isEmptyScalar(node: unknown): boolean {
  return isScalar(node) && node.value === null && (node.source ?? '') === '';
}

function refuseDoubles(document: ReturnType<typeof parseDocument>, source: string): void {
  visit(document, {
    Map(_key, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? String(key.value ?? '') : '';
        if (!seen.has(name)) {
          seen.add(name);
          continue;
        }
        const at = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
        throw new YamlFault({
          rule: 'duplicate-key',
          message: `Expected each key once, found ${quote(name)} twice. Remove one of them.`,
          line: lineInFile(source, at),
        });
      }
    },
  });
}

function refuseHostile(document: ReturnType<typeof parseDocument>): void {
  let nodes = 0;
  visit(document, {
    Node(_key, _node, path) {
      nodes += 1;
      const depth = path.filter((step) => isCollection(step)).length;
      if (nodes > NODES_MAX || depth > DEPTH_MAX) throw tooDeep();
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
  const content = body.toWellFormed();
  const text = matter.stringify({ content }, data, { language: 'yaml', engines: ENGINES });
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

// One line for each text, whatever is in it: a line break is written as an escape.
const WRITE_OPTIONS = { lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER };

function formatField(key: string, value: Field): string {
  return new Document({ [key]: fieldNode(key, value) }, { version: '1.2' }).toString(WRITE_OPTIONS);
}

function fieldNode(key: string, value: Field): unknown {
  if (typeof value === 'object') return listNode(value);
  return typeof value === 'string' ? scalar(value, QUOTED_KEYS.has(key)) : value;
}

// Text is quoted whenever a reader of YAML 1.1 (Obsidian, Python) might take it for something else.
function scalar(raw: string, isQuoted: boolean): Scalar {
  // Half a surrogate pair would come back from the disk as another character.
  const text = raw.toWellFormed();
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
  return text.slice(0, start) + headWith(head, { key, value, lineBreak }) + text.slice(headEnd);
}

interface Setting {
  readonly key: string;
  readonly value: Field | undefined;
  readonly lineBreak: string;
}

function headWith(head: string, { key, value, lineBreak }: Setting): string {
  const document = parseDocument(head, PARSE_OPTIONS);
  const { contents } = document;
  const isEmpty = contents === null || isEmptyScalar(contents);
  if (!isEmpty && !(isMap(contents) && isBlock(contents, head))) {
    // In braces, indented or with `?` keys there are no lines to exchange: all of it is rewritten.
    if (value === undefined) document.delete(key);
    else document.set(key, fieldNode(key, value));
    return document.toString(WRITE_OPTIONS).replaceAll('\n', lineBreak);
  }
  const pair = isMap(contents) ? contents.items.find((each) => isKey(each, key)) : undefined;
  const place = pair === undefined ? undefined : fieldPlace(head, pair);
  if (value === undefined) {
    return place === undefined ? head : head.slice(0, place.start) + head.slice(place.end);
  }
  const formatted = formatField(key, value).replaceAll('\n', lineBreak);
  if (place === undefined) return head + formatted;
  // Said already, in whatever spelling.
  if (JSON.stringify(said(pair?.value)) === JSON.stringify(value)) return head;
  const lineEnd = formatted.indexOf(lineBreak);
  const commented = formatted.slice(0, lineEnd) + place.comment + formatted.slice(lineEnd);
  return head.slice(0, place.start) + commented + head.slice(place.end);
}

function said(node: unknown): unknown {
  if (isSeq(node)) return node.items.map(said);
  if (!isScalar(node)) return undefined;
  return typeof node.value === 'number' && String(node.value) !== node.source
    ? node.source
    : node.value;
}

function isKey(pair: unknown, key: string): boolean {
  return isPair(pair) && isScalar(pair.key) && String(pair.key.value) === key;
}

/** True when every key begins a line of its own. */
function isBlock(map: YAMLMap, head: string): boolean {
  const isAtLineStart = (at: number | undefined): boolean =>
    at === 0 || (at !== undefined && head[at - 1] === '\n');
  return (
    map.flow !== true &&
    map.items.every(({ key }) => isScalar(key) && isAtLineStart(key.range?.[0]))
  );
}

/** Whole lines that a top-level key and its value take up, and the comment behind it. */
function fieldPlace(
  head: string,
  pair: Pair<unknown, unknown>,
): { start: number; end: number; comment: string } {
  const [start, keyEnd] = (pair.key as Scalar).range ?? [0, 0];
  const value = pair.value as Node | null;
  const firstLineEnd = endOfLine(head, keyEnd);
  const valueStart = value?.range?.[0] ?? keyEnd;
  const valueEnd = Math.max(keyEnd, value === null ? keyEnd : leafEnd(value));
  const isMultiLine = value !== null && (valueStart > firstLineEnd || isBlockScalar(value));
  if (isNull(value) || isMultiLine) {
    const end = isNull(value) ? firstLineEnd : endOfLine(head, lastChar(head, valueEnd));
    const comment = /[ \t]+#[^\r\n]*/.exec(head.slice(keyEnd, firstLineEnd))?.[0] ?? '';
    return { start, end: afterLine(head, end), comment };
  }
  const end = endOfLine(head, lastChar(head, valueEnd));
  const comment = /^[ \t]+#[^\r\n]*/.exec(head.slice(valueEnd, end))?.[0] ?? '';
  return { start, end: afterLine(head, end), comment };
}

// A block's own range takes in the comments that follow it; its last value's doesn't.
function leafEnd(node: Node): number {
  if (isCollection(node) && node.flow !== true) {
    const last: unknown = node.items[node.items.length - 1];
    const inner = isPair(last) ? (last.value ?? last.key) : last;
    if (isScalar(inner) || isCollection(inner)) return leafEnd(inner);
  }
  return node.range?.[1] ?? 0;
}

function isBlockScalar(node: Node): boolean {
  return isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
}

function isNull(node: Node | null): boolean {
  return node === null || isEmptyScalar(node);
}

function lastChar(head: string, end: number): number {
  return end > 0 && head[end - 1] === '\n' ? end - 1 : end;
}

function endOfLine(head: string, at: number): number {
  const newline = head.indexOf('\n', at);
  return newline === -1 ? head.length : newline;
}

function afterLine(head: string, lineEnd: number): number {
  return Math.min(head.length, lineEnd + 1);
}
