/** Reading JSON settings with their places, so that an edit touches nothing but its own bytes. */
import {
  createScanner,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { AtoError } from '../errors.ts';
import { placeAt } from './settings-text.ts';

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export type JsonPath = readonly string[];

export interface JsonFile {
  readonly path: string;
  readonly text: string;
  /** Whether the agent reads no comments and no trailing commas here. */
  readonly isStrict: boolean;
}

/** The root of a settings file; none of an empty one. AtoError `invalid` names the place at fault. */
export function jsonRoot({ path, text, isStrict }: JsonFile): Node | undefined {
  if (text.trim() === '') return undefined;
  const errors: ParseError[] = [];
  const options = { allowTrailingComma: !isStrict, disallowComments: isStrict };
  const root = parseTree(text, errors, options);
  const [first] = errors;
  if (first !== undefined || root === undefined) {
    const place = placeAt(path, text, first?.offset ?? 0);
    const what = first === undefined ? 'nothing' : spaced(printParseErrorCode(first.error));
    const form = isStrict ? 'JSON' : 'JSON (comments are fine)';
    throw new AtoError(
      'invalid',
      `Expected ${form} at ${place}, found a fault: ${what}. Mend it there; nothing was changed.`,
    );
  }
  if (root.type !== 'object') throw notAn('object', 'the file', root, { path, text });
  return root;
}

/** AtoError for a value that is of another type than an edit needs. */
export function notAn(
  expected: 'object' | 'array',
  what: string,
  found: Node,
  { path, text }: Pick<JsonFile, 'path' | 'text'>,
): AtoError {
  const place = placeAt(path, text, found.offset);
  const message = `Expected ${what} to be an ${expected}, found ${found.type} (${place}). Mend it there; nothing was changed.`;
  return new AtoError('invalid', message);
}

/** The value of a key. AtoError `invalid` where the key is there twice: readers differ on which counts. */
export function valueAt(object: Node, key: string, file: JsonFile): Node | undefined {
  const found = (object.children ?? []).filter((each) => each.children?.[0]?.value === key);
  const [, second] = found;
  if (second !== undefined) {
    const place = placeAt(file.path, file.text, second.offset);
    const message = `Expected the key ${JSON.stringify(key)} once, found it again (${place}). Keep one; nothing was changed.`;
    throw new AtoError('invalid', message);
  }
  return found[0]?.children?.[1];
}

// Const enums of a package can't be read here; these are the scanner's own numbers.
const COMMA: number = 5;
const END: number = 17;

/** Where the comma between two offsets is, comments passed over; -1 where there is none. */
export function commaBetween(text: string, from: number, to: number): number {
  const scanner = createScanner(text);
  scanner.setPosition(from);
  for (;;) {
    const kind: number = scanner.scan();
    if (kind === END || scanner.getTokenOffset() >= to) return -1;
    if (kind === COMMA) return scanner.getTokenOffset();
  }
}

function spaced(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}
