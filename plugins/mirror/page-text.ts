/** Text and links of a mirror page: what people wrote, shown as they wrote it. */
import type { ProjectId } from '../../src/plugin.ts';

const TEXT_LENGTH_MAX = 300;

/** On one line, marks of Markdown and Obsidian escaped, cut at a word where it is long. */
export function plain(text: string): string {
  const folded = text
    .replace(/\s+/gu, ' ')
    .replace(/\p{Cc}/gu, '')
    .trim();
  return shortened(folded).replace(
    /[\\`*[\]<>|~#&]|%(?=%)|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu,
    '\\$&',
  );
}

function shortened(text: string): string {
  if (text.length <= TEXT_LENGTH_MAX) return text;
  const cut = text.slice(0, TEXT_LENGTH_MAX);
  const space = cut.lastIndexOf(' ');
  // Half a surrogate pair is no character.
  return `${(space > 0 ? cut.slice(0, space) : cut).replace(/[\uD800-\uDBFF]$/, '')} …`;
}

/** A link from a page of the project's mirror to a file of the store, with or without `#slug`. */
export function linkTo(text: string, target: string, project: ProjectId): string {
  return `[${plain(text)}](${addressOf(target, project)})`;
}

function addressOf(target: string, project: ProjectId): string {
  const own = `projects/${project}/`;
  const below = target.startsWith(own) ? `../${target.slice(own.length)}` : `../../../${target}`;
  const hash = below.indexOf('#');
  const path = hash === -1 ? below : below.slice(0, hash);
  return encoded(path) + (hash === -1 ? '' : `#${encoded(below.slice(hash + 1))}`);
}

/** What ends an address or begins another part of it; letters of any script may stand. */
function encoded(address: string): string {
  return address.replace(
    /[\s()<>%#?[\]\\"`|]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** Stays as it is under normalization, which takes its time. */
const ASCII = /^[\x20-\x7e]*$/;

/** How names are compared: case, `_`, `-` and white space don't count. */
export function folded(text: string): string {
  return (ASCII.test(text) ? text : text.normalize('NFKC'))
    .toLowerCase()
    .replace(/[\s_-]+/gu, ' ')
    .replace(/[\s.;,:!]+$/u, '')
    .trim();
}

/** Compares by code unit, so that an order never depends on the machine's language. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
