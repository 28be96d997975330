/** JSON from outside: parsed as strictly as it is written, since `JSON.parse` lets too much pass. */
import { AtoError } from '../errors.ts';
import { quote } from '../model/names.ts';

export const JSON_DEPTH_MAX = 64;

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
// With the `u` flag only a surrogate without its partner matches.
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * The value of a JSON text. AtoError `usage` for what isn't JSON, has a byte order mark or the same
 * key twice; `invalid` for what is JSON and yet refused: too deep, keys that reach into
 * prototypes, text that can't be written as UTF-8 (faults.md §3, rows 79 to 81).
 */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // The error's own words quote the body, and with it what may be secret.
    const place = /position (\d+)/.exec(error.message);
    const found = place === null ? 'that it ends too soon' : `none at character ${place[1]}`;
    throw new AtoError('usage', `Expected JSON in the body, found ${found}.`);
  }
  checkText(text);
  return value;
}

function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    const message = 'Expected JSON in the body, found a byte order mark before it. Leave it out.';
    throw new AtoError('usage', message);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new AtoError('usage', 'Expected JSON in UTF-8, found other bytes. Encode it as UTF-8.');
  }
}

// The text is known to be JSON here, so a bracket outside of strings is a bracket.
function checkText(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  let isKeyNext = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      checkString(text.slice(at, end), isKeyNext ? open.at(-1) : undefined);
      at = end - 1;
      isKeyNext = false;
    } else if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : undefined);
      if (open.length > JSON_DEPTH_MAX) throw tooDeep();
      isKeyNext = character === '{';
    } else if (character === '}' || character === ']') {
      open.pop();
      isKeyNext = false;
    } else if (character === ',') {
      isKeyNext = open.at(-1) !== undefined;
    }
  }
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function checkString(literal: string, keys: Set<string> | undefined): void {
  const isPlain = !literal.includes('\\');
  if (isPlain && keys === undefined) return;
  const value = isPlain ? literal.slice(1, -1) : String(JSON.parse(literal));
  if (LONE_SURROGATE.test(value) || value.includes('\0')) {
    const message = `Expected text that can be written as UTF-8, found half a character or NUL in ${quote(value)}. Take it out.`;
    throw new AtoError('invalid', message);
  }
  if (keys === undefined) return;
  if (FORBIDDEN_KEYS.has(value)) {
    throw new AtoError('invalid', `Expected other keys, found ${quote(value)}. Rename it.`);
  }
  if (keys.has(value)) {
    throw new AtoError('usage', `Expected each key once, found ${quote(value)} twice.`);
  }
  keys.add(value);
}

function tooDeep(): AtoError {
  const message = `Expected at most ${JSON_DEPTH_MAX} levels of nesting in the body, found more.`;
  return new AtoError('invalid', message);
}
