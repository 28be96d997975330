/** Fields as YAML 1.2: read within limits, written flat, changed in place. The only file that imports yaml. */
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

export const NODES_MAX = 10_000;
export const DEPTH_MAX = 32;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Why a text has no frontmatter that can be used. */
export interface Fault {
  readonly rule: string;
  readonly message: string;
  readonly line?: number;
}

/** A value that the engine writes: flat, so that people and Obsidian can edit it. */
export type Field = string | number | boolean | readonly string[];
export type Fields = Readonly<Record<string, Field | undefined>>;

/** Thrown where a text is not what is read; caught in `front-matter.ts`, never seen elsewhere. */
export class YamlFault extends Error {
  readonly fault: Fault;
  constructor(found: Fault) {
    super(found.message);
    this.fault = found;
  }
}

/**
 * The fields that a YAML text says: the lines behind an opening fence, its line break included.
 * Throws a YamlFault for anything but a mapping of plain keys to bounded, plain values.
 */
export function readYamlFields(source: string): FrontMatter {
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
  return value !== null && typeof value === 'object' ? (value as FrontMatter) : {};
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

/** The fields as lines, in their order. */
export function formatFields(data: object): string {
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

/** One field to set, or to remove where the value is undefined. */
export interface Setting {
  readonly key: string;
  readonly value: Field | undefined;
  readonly lineBreak: string;
}

/** The lines with one field changed; every other byte stays as far as the lines allow. */
export function fieldsWith(head: string, { key, value, lineBreak }: Setting): string {
  const document = parseDocument(head, PARSE_OPTIONS);
  const { contents } = document;
  const isEmpty = contents === null || isEmptyScalar(contents);
  if (!isEmpty && isScalar(contents)) {
    // Read as no fields at all, so it is white space, bare carriage returns among it.
    return value === undefined ? head : formatField(key, value).replaceAll('\n', lineBreak);
  }
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

/** The line of a character; first line is 1. */
export function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
