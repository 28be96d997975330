/** Our table in a TOML settings file: lines of its own between two marks, so that no other byte moves. */
import { isDeepStrictEqual } from 'node:util';
import { parse, TomlError } from 'smol-toml';
import { AtoError } from '../errors.ts';
import { lineEndOf, withoutPieces } from './settings-text.ts';

const OPENING = '# >>> atocore: written by `atocore install`, taken out by `atocore uninstall` >>>';
const CLOSING = '# <<< atocore <<<';

export interface TomlFile {
  readonly path: string;
  readonly text: string;
}

/** A table `[mcp_servers.atocore]`: which command, with which words. */
export interface TomlServer {
  readonly table: readonly [string, string];
  readonly command: string;
  readonly args: readonly string[];
}

export interface TomlInserted {
  readonly text: string;
  readonly pieces: readonly string[];
  /** Whether somebody else's table of that name is there, left as it is. */
  readonly isKept: boolean;
}

/** AtoError `invalid` where the file is broken, or the table can't be added to it as lines of its own. */
export function insertToml({ path, text }: TomlFile, server: TomlServer): TomlInserted {
  const before = valueIn({ path, text });
  const [group, name] = server.table;
  const present = before[group];
  if (isTable(present) && present[name] !== undefined) return { text, pieces: [], isKept: true };
  const eol = lineEndOf(text);
  const lines = [
    OPENING,
    `[${group}.${name}]`,
    `command = ${JSON.stringify(server.command)}`,
    `args = [${server.args.map((word) => JSON.stringify(word)).join(', ')}]`,
    CLOSING,
  ];
  const isOpenEnded = text !== '' && !text.endsWith('\n');
  const gap = text.trim() === '' ? '' : eol;
  const piece = `${isOpenEnded ? eol : ''}${gap}${lines.join(eol)}${eol}`;
  const result = text + piece;
  assertOnlyAdded({ path, text: result }, before, server);
  return { text: result, pieces: [piece], isKept: false };
}

/** The text without our lines. AtoError `wrong-state` where our table is there without its marks. */
export function removeToml(
  { path, text }: TomlFile,
  {
    table: [group, name],
    isOurs,
    pieces,
  }: {
    readonly table: readonly [string, string];
    readonly isOurs: (server: unknown) => boolean;
    readonly pieces?: readonly string[];
  },
): string {
  const present = valueIn({ path, text })[group];
  const server = isTable(present) ? present[name] : undefined;
  if (!isOurs(server) && !text.includes(OPENING)) return text;
  const exact = pieces === undefined ? undefined : withoutPieces(text, pieces);
  if (exact !== undefined && isSound({ path, text: exact })) return exact;
  const [from, to] = [text.indexOf(OPENING), text.indexOf(CLOSING)];
  if (from === -1 || to < from) {
    const message = `Expected our lines in ${path} between their marks, found [${group}.${name}] without them. Remove that table by hand; nothing was changed.`;
    throw new AtoError('wrong-state', message);
  }
  const end = text.startsWith('\r\n', to + CLOSING.length) ? 2 : 1;
  const left = text.slice(0, from) + text.slice(to + CLOSING.length + end);
  valueIn({ path, text: left });
  return left;
}

function assertOnlyAdded(
  file: TomlFile,
  before: Readonly<Record<string, unknown>>,
  { table: [group, name] }: TomlServer,
): void {
  const after = valueIn(file, `[${group}.${name}] can't be added below what is there`);
  const { [name]: _added, ...others } = (after[group] ?? {}) as Readonly<Record<string, unknown>>;
  const { [group]: _after, ...rest } = after;
  const { [group]: present, ...restBefore } = before;
  const othersBefore = { ...(present as object | undefined) };
  if (isDeepStrictEqual([rest, others], [restBefore, othersBefore])) return;
  const message = `Expected to add [${group}.${name}] to ${file.path} and change nothing else, found that it would. Add it by hand; nothing was changed.`;
  throw new AtoError('invalid', message);
}

function isSound(file: TomlFile): boolean {
  try {
    valueIn(file);
    return true;
  } catch (error) {
    if (error instanceof AtoError) return false;
    throw error;
  }
}

function valueIn({ path, text }: TomlFile, why?: string): Readonly<Record<string, unknown>> {
  try {
    return parse(text, { integersAsBigInt: 'asNeeded' });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const place = `${path}:${error.line}:${error.column}`;
    const [fault = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n');
    const message = `Expected TOML at ${place}, found a fault: ${why ?? fault}. Mend it there; nothing was changed.`;
    throw new AtoError('invalid', message, { cause: error });
  }
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
