/** The text before the pack in a git bundle: reads it and writes it (gitformat-bundle). */
import { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';

export interface BundleHeader {
  readonly version: 2 | 3;
  /** Commits that whoever takes the bundle must have already. */
  readonly prerequisites: readonly Oid[];
  /** By full name, `HEAD` included, in the order of the file. */
  readonly refs: ReadonlyMap<string, Oid>;
}

/** More than any store has; a header beyond it is not one. */
const HEADER_BYTES_MAX = 16 * 1024 * 1024;
const REF_LINE = /^([0-9a-f]{40}) (\S+)$/;
const PREREQUISITE_LINE = /^-([0-9a-f]{40})(?: .*)?$/;

/** The bytes before the pack. Version 2 unless a newer one is asked for: every git reads it. */
export function encodeBundleHeader(header: BundleHeader): Buffer {
  const lines = [`# v${header.version} git bundle`];
  if (header.version === 3) lines.push('@object-format=sha1');
  for (const oid of header.prerequisites) lines.push(`-${oid} `);
  for (const [name, oid] of header.refs) {
    if (!isRefName(name)) throw damaged(`${JSON.stringify(name)} is no name of a reference`);
    lines.push(`${oid} ${name}`);
  }
  return Buffer.from(`${lines.join('\n')}\n\n`, 'utf8');
}

/** The header and where the pack begins. AtoError `verification-failed`, or `newer-format`. */
export function parseBundleHeader(bytes: Buffer): {
  readonly header: BundleHeader;
  readonly packAt: number;
} {
  const end = bytes.subarray(0, HEADER_BYTES_MAX).indexOf('\n\n');
  if (end < 0) throw damaged('its header has no end');
  const text = bytes.toString('utf8', 0, end);
  if (!Buffer.from(text, 'utf8').equals(bytes.subarray(0, end))) {
    throw damaged('its header is not UTF-8');
  }
  const [signature = '', ...lines] = text.split('\n');
  const version = versionOf(signature);
  const prerequisites: Oid[] = [];
  const refs = new Map<string, Oid>();
  for (const line of lines) {
    if (line.startsWith('@')) {
      checkCapability(version, line);
      continue;
    }
    const [, prerequisite] = PREREQUISITE_LINE.exec(line) ?? [];
    const [, oid, name] = REF_LINE.exec(line) ?? [];
    if (prerequisite !== undefined && refs.size === 0) prerequisites.push(prerequisite as Oid);
    else if (oid === undefined || name === undefined || !isRefName(name) || refs.has(name)) {
      throw damaged(`its header has the line ${JSON.stringify(line.slice(0, 100))}`);
    } else refs.set(name, oid as Oid);
  }
  if (refs.size === 0) throw damaged('it names no reference');
  return { header: { version, prerequisites, refs }, packAt: end + 2 };
}

/** What git takes as the full name of a reference (git check-ref-format), and `HEAD`. */
export function isRefName(name: string): boolean {
  if (name === 'HEAD') return true;
  if (!name.startsWith('refs/') || name.length > 1024 || name.endsWith('.')) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{/.test(name)) return false;
  return name
    .split('/')
    .every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}

function versionOf(signature: string): 2 | 3 {
  const [, found] = /^# v(\d+) git bundle$/.exec(signature) ?? [];
  if (found === '2') return 2;
  if (found === '3') return 3;
  if (found === undefined) throw damaged('it does not begin as a git bundle');
  throw new AtoError(
    'newer-format',
    `Expected a git bundle of version 2 or 3, found version ${found}. Update atocore; nothing was changed.`,
  );
}

function checkCapability(version: 2 | 3, line: string): void {
  if (version === 3 && line === '@object-format=sha1') return;
  throw new AtoError(
    'newer-format',
    `Expected a whole bundle of SHA-1 objects, found ${JSON.stringify(line.slice(0, 100))}. ` +
      'Bundle the repository without a filter; nothing was changed.',
  );
}

function damaged(how: string): AtoError {
  return new AtoError(
    'verification-failed',
    `Expected a git bundle, found a damaged one: ${how}. Use another backup; nothing was changed.`,
  );
}
