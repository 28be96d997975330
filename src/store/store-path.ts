/** Which strings name a file inside a store. */
import type { StorePath } from '../plugin.ts';

/** What the usual file systems take. */
export const PART_BYTES_MAX = 255;
export const PATH_BYTES_MAX = 4096;

export type ParsedStorePath =
  | { readonly path: StorePath }
  | { readonly rule: 'bad-name'; readonly message: string };

/**
 * A value as a path inside a store, or what is wrong with it.
 * Unicode stays as it was written: the name on the disk is the name.
 */
export function parseStorePath(value: unknown): ParsedStorePath {
  if (typeof value !== 'string') return bad('Expected a path as text', String(typeof value));
  const shown = printable(value);
  if (value === '') return bad('Expected a path', 'an empty text');
  if (/\p{Surrogate}/u.test(value)) return bad('Expected Unicode text', shown);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(value)) {
    return bad('Expected a path without control characters', shown);
  }
  if (value.includes('\\')) return bad('Expected "/" between the parts of a path', shown);
  if (value.startsWith('/') || /^[a-z]:/i.test(value)) {
    return bad('Expected a path relative to the store', shown);
  }
  if (Buffer.byteLength(value) > PATH_BYTES_MAX) {
    return bad(`Expected a path of at most ${PATH_BYTES_MAX} bytes`, shown);
  }
  for (const part of value.split('/')) {
    const fault = faultOfPart(part);
    if (fault !== undefined) return bad(fault, shown);
  }
  return { path: value as StorePath };
}

/** The same of one name in a folder whose own path is known to be good. */
export function parseChildPath(folder: string, name: string): ParsedStorePath {
  const path = folder === '' ? name : `${folder}/${name}`;
  // A path that short fits in bytes whatever its characters.
  if (PLAIN_PART.test(name) && path.length < PATH_BYTES_MAX / 4) return { path: path as StorePath };
  return parseStorePath(path);
}

/** The value as a StorePath, or nothing. */
export function storePath(value: unknown): StorePath | undefined {
  const parsed = parseStorePath(value);
  return 'path' in parsed ? parsed.path : undefined;
}

/** Equal for two paths that some file system takes for one: by case or by Unicode form. */
export function collisionKey(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is all of ASCII.
  if (/^[\u0000-\u007f]*$/.test(path)) return path.toLowerCase();
  return path.normalize('NFC').toLowerCase().normalize('NFC');
}

/** Most names there are, told by one look. */
const PLAIN_PART = /^[a-z0-9_-]{8,200}(\.[a-z0-9]{1,8})?$/;

function faultOfPart(part: string): string | undefined {
  if (PLAIN_PART.test(part)) return undefined;
  if (part === '') return 'Expected no empty part in a path';
  if (part === '.' || part === '..') return 'Expected a path without "." and ".."';
  if (Buffer.byteLength(part) > PART_BYTES_MAX) {
    return `Expected parts of at most ${PART_BYTES_MAX} bytes in a path`;
  }
  if (/[. ]$/.test(part))
    return 'Expected no part that ends with a dot or a space (Windows drops it)';
  if (/^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i.test(part)) {
    return 'Expected no name that Windows reserves';
  }
  if (isGitFolder(part)) return 'Expected no part that git or Windows takes for .git';
  return undefined;
}

/** `.git` in any spelling that some file system folds to it: case, 8.3 names, ignored characters. */
export function isGitFolder(part: string): boolean {
  const folded = part
    .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '')
    .toLowerCase()
    .replace(/:.*$/, '')
    .replace(/[. ]+$/, '');
  return folded === '.git' || /^git~[0-9]+$/.test(folded);
}

function bad(expected: string, found: string): ParsedStorePath {
  return { rule: 'bad-name', message: `${expected}, found ${found}. Rename the file.` };
}

function printable(text: string): string {
  const cut = text.length > 120 ? `${text.slice(0, 120)}…` : text;
  return JSON.stringify(cut);
}
