/** Taking our entries out of JSON settings, also where somebody has edited or reformatted the file since. */
import { isDeepStrictEqual } from 'node:util';
import { getNodePath, getNodeValue, type Node } from 'jsonc-parser';
import { isAtoError } from '../errors.ts';
import { commaBetween, type JsonFile, type JsonPath, jsonRoot } from './json-settings.ts';
import { withoutPieces } from './settings-text.ts';

/** How our entries are told from those of others. */
export interface JsonMarks {
  /** Keys below which every list may hold hooks, and which of their commands are ours. */
  readonly hooksAt?: JsonPath;
  readonly isOurCommand?: (command: string) => boolean;
  /** Keys that are ours where their value is. */
  readonly serversAt?: readonly JsonPath[];
  readonly isOurServer?: (value: unknown) => boolean;
}

export interface Removing {
  readonly marks: JsonMarks;
  /** What was put in, as `insertJson` gave it; none where that isn't known any more. */
  readonly pieces?: readonly string[];
  /**
   * Keys that were made for our entries, to go with them where nothing is left in them; where that
   * isn't known any more, each key that our entries leave empty goes.
   */
  readonly made?: readonly JsonPath[];
}

/**
 * The text without our entries. Everything else keeps its bytes where our pieces are as they were put
 * in; else entries are found by what they run, and all else keeps its value. AtoError `invalid`.
 */
export function removeJson(file: JsonFile, removing: Removing): string {
  const byMarks = withoutMarked(file, removing);
  const exact = withoutPieces(file.text, removing.pieces ?? []);
  if (removing.pieces === undefined || exact === undefined) return byMarks;
  const frame = new Set((removing.made ?? []).map(([key]) => key));
  try {
    const [left, expected] = [exact, byMarks].map((text) => valueIn({ ...file, text }, frame));
    return isDeepStrictEqual(left, expected) ? exact : byMarks;
  } catch (error) {
    // What is left without them is no JSON: a comma was added next to a piece.
    if (isAtoError(error, 'invalid')) return byMarks;
    throw error;
  }
}

/** The file's value without plain values that were made, such as a version: they belong to nobody. */
function valueIn(file: JsonFile, frame: ReadonlySet<string | undefined>): unknown {
  const root = jsonRoot(file);
  const value = root === undefined ? {} : (getNodeValue(root) as Readonly<Record<string, unknown>>);
  const isFrame = (key: string) => frame.has(key) && typeof value[key] !== 'object';
  return Object.fromEntries(Object.entries(value).filter(([key]) => !isFrame(key)));
}

function withoutMarked(file: JsonFile, { marks, made }: Removing): string {
  let { text } = file;
  const around: JsonPath[] = [];
  for (;;) {
    const root = jsonRoot({ ...file, text });
    const ours = root === undefined ? undefined : findOurs(root, marks);
    if (ours === undefined) break;
    const path = ours.parent === undefined ? [] : getNodePath(ours.parent).map(String);
    for (let length = path.length; length > 0; length -= 1) around.push(path.slice(0, length));
    text = withoutNode(text, ours);
  }
  if (around.length === 0) return text;
  for (const path of [...(made ?? around)].sort((a, b) => b.length - a.length)) {
    const root = jsonRoot({ ...file, text });
    const node = root === undefined ? undefined : nodeAt(root, path);
    const isContainer = node?.type === 'object' || node?.type === 'array';
    if (isContainer && node.parent !== undefined && (node.children ?? []).length === 0) {
      text = withoutNode(text, node.parent);
    }
  }
  return text;
}

/** The next property or element of ours. */
function findOurs(root: Node, marks: JsonMarks): Node | undefined {
  for (const path of marks.serversAt ?? []) {
    const server = nodeAt(root, path);
    if (server !== undefined && marks.isOurServer?.(getNodeValue(server) as unknown) === true) {
      return server.parent;
    }
  }
  const hooks = marks.hooksAt === undefined ? undefined : nodeAt(root, marks.hooksAt);
  const isOurs = marks.isOurCommand ?? (() => false);
  for (const event of hooks?.type === 'object' ? (hooks.children ?? []) : []) {
    const found = findHook(event.children?.[1], isOurs);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A hook of ours in a list, or the group around it where it is alone there. */
function findHook(list: Node | undefined, isOurs: (command: string) => boolean): Node | undefined {
  if (list?.type !== 'array') return undefined;
  for (const element of list.children ?? []) {
    if (commandsOf(element).some(isOurs)) return element;
    const inner = nodeAt(element, ['hooks']);
    const found = findHook(inner, isOurs);
    if (found !== undefined) return (inner?.children ?? []).length === 1 ? element : found;
  }
  return undefined;
}

function commandsOf(hook: Node): readonly string[] {
  return ['command', 'bash', 'powershell'].flatMap((key) => {
    const node = nodeAt(hook, [key]);
    return node?.type === 'string' ? [String(node.value)] : [];
  });
}

function nodeAt(node: Node, path: JsonPath): Node | undefined {
  let at: Node | undefined = node;
  for (const key of path) {
    if (at?.type !== 'object') return undefined;
    at = at.children?.find((each) => each.children?.[0]?.value === key)?.children?.[1];
  }
  return at;
}

/** Takes a property or element out with one comma and the blanks before it; comments stay. */
function withoutNode(text: string, node: Node): string {
  const siblings = node.parent?.children ?? [];
  const at = siblings.indexOf(node);
  const [previous, next] = [siblings[at - 1], siblings[at + 1]];
  const end = node.offset + node.length;
  const parentEnd = (node.parent?.offset ?? 0) + (node.parent?.length ?? text.length) - 1;
  const comma =
    previous === undefined
      ? commaBetween(text, end, next?.offset ?? parentEnd)
      : commaBetween(text, previous.offset + previous.length, node.offset);
  const cuts: (readonly [from: number, to: number])[] = [];
  if (comma !== -1) cuts.push([comma, comma + 1]);
  const blanks = /[ \t\r\n]*$/.exec(text.slice(0, node.offset))?.[0].length ?? 0;
  const isAlone = previous === undefined && next === undefined;
  const after = isAlone ? (/^[ \t\r\n]*/.exec(text.slice(end, parentEnd))?.[0].length ?? 0) : 0;
  cuts.push([node.offset - blanks, end + (comma >= end ? 0 : after)]);
  let left = text;
  for (const [from, to] of cuts.sort((a, b) => b[0] - a[0])) {
    left = left.slice(0, from) + left.slice(to);
  }
  return left;
}
