/** Putting entries into JSON settings: only ever text between what is there, never a rewrite. */
import type { Node } from 'jsonc-parser';
import {
  type JsonFile,
  type JsonPath,
  type JsonValue,
  jsonRoot,
  notAn,
  valueAt,
} from './json-settings.ts';
import { indentOf, lineEndOf, lineIndentAt } from './settings-text.ts';

/** What a settings file is to hold, besides all that it holds. */
export type Wanted =
  | { readonly is: 'object'; readonly keys: Readonly<Record<string, Wanted>> }
  /** Elements for the end of a list. */
  | { readonly is: 'list'; readonly append: readonly JsonValue[] }
  /** A value for a key that is missing; one that is there is kept as it is. */
  | { readonly is: 'value'; readonly value: JsonValue };

export interface Inserted {
  readonly text: string;
  /** What was put in, in order: taking these out again gives the text before. */
  readonly pieces: readonly string[];
  /** Keys that were not there before. */
  readonly made: readonly JsonPath[];
  /** Keys that have a value of somebody else's, left as they are. */
  readonly kept: readonly JsonPath[];
}

/** AtoError `invalid` where the file is broken, or a value is of another type than it must be. */
export function insertJson(file: JsonFile, wanted: Wanted): Inserted {
  const { text } = file;
  const root = jsonRoot(file);
  const made: JsonPath[] = [];
  const kept: JsonPath[] = [];
  if (root === undefined) {
    noteMade(wanted, [], made);
    const piece = rendered(wholeOf(wanted), { text, indent: '' }) + lineEndOf(text);
    return { text: text + piece, pieces: [piece], made, kept };
  }
  const edits: { readonly at: number; readonly piece: string }[] = [];
  visit(root, wanted, []);
  edits.sort((a, b) => a.at - b.at);
  let result = text;
  for (const { at, piece } of [...edits].reverse()) {
    result = result.slice(0, at) + piece + result.slice(at);
  }
  return { text: result, pieces: edits.map(({ piece }) => piece), made, kept };

  function visit(node: Node, want: Wanted, path: JsonPath): void {
    const what = `\`${path.join('.')}\``;
    if (want.is === 'value') {
      kept.push(path);
    } else if (want.is === 'list') {
      if (node.type !== 'array') throw notAn('array', what, node, file);
      const lines = want.append.map(
        (value) => (indent: string) => rendered(value, { text, indent }),
      );
      edits.push(insertion(file, node, lines));
    } else {
      if (node.type !== 'object') throw notAn('object', what, node, file);
      const lines: ((indent: string) => string)[] = [];
      for (const [key, inner] of Object.entries(want.keys)) {
        const present = valueAt(node, key, file);
        if (present !== undefined) {
          visit(present, inner, [...path, key]);
          continue;
        }
        noteMade(inner, [...path, key], made);
        lines.push(
          (indent) => `${JSON.stringify(key)}: ${rendered(wholeOf(inner), { text, indent })}`,
        );
      }
      if (lines.length > 0) edits.push(insertion(file, node, lines));
    }
  }
}

/** The text that puts members behind the last one of an object or array, and where it goes. */
function insertion(
  { text }: JsonFile,
  node: Node,
  members: readonly ((indent: string) => string)[],
): { at: number; piece: string } {
  const eol = lineEndOf(text);
  const last = node.children?.at(-1);
  const end = node.offset + node.length;
  if (last === undefined) {
    const outer = lineIndentAt(text, node.offset);
    const indent = outer + indentOf(text);
    const isOpen = text.slice(node.offset, end).includes('\n');
    const lines = members.map((member) => eol + indent + member(indent)).join(',');
    return { at: node.offset + 1, piece: isOpen ? lines : `${lines}${eol}${outer}` };
  }
  const at = last.offset + last.length;
  const isOneLine = !text.slice(node.offset, end).includes('\n');
  if (isOneLine) {
    const outer = lineIndentAt(text, node.offset);
    return { at, piece: members.map((member) => `, ${member(outer)}`).join('') };
  }
  const indent = lineIndentAt(text, last.offset);
  return { at, piece: members.map((member) => `,${eol}${indent}${member(indent)}`).join('') };
}

function rendered(value: JsonValue, { text, indent }: { text: string; indent: string }): string {
  const eol = lineEndOf(text);
  return JSON.stringify(value, undefined, indentOf(text)).replaceAll('\n', eol + indent);
}

function wholeOf(wanted: Wanted): JsonValue {
  if (wanted.is === 'value') return wanted.value;
  if (wanted.is === 'list') return wanted.append;
  return Object.fromEntries(
    Object.entries(wanted.keys).map(([key, inner]) => [key, wholeOf(inner)]),
  );
}

function noteMade(wanted: Wanted, path: JsonPath, made: JsonPath[]): void {
  if (path.length > 0) made.push(path);
  if (wanted.is !== 'object') return;
  for (const [key, inner] of Object.entries(wanted.keys)) noteMade(inner, [...path, key], made);
}
