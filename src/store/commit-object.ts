/** The text of a git commit: reads it, writes it, finds its trailers. */
import { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';

export interface Person {
  readonly name: string;
  readonly email: string;
}

export interface Signature extends Person {
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** Minutes that UTC is ahead of local time, as `Date.getTimezoneOffset` gives them. */
  readonly timezoneOffset: number;
}

/** `Key: value` lines that close a message, in order. */
export type Trailers = readonly (readonly [key: string, value: string])[];

export interface CommitObject {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

/** Throws `verification-failed` when the bytes are not a commit. */
export function parseCommit(oid: Oid, bytes: Buffer): CommitObject {
  const text = bytes.toString('utf8');
  const end = text.indexOf('\n\n');
  const header = end < 0 ? text : text.slice(0, end);
  const parents: Oid[] = [];
  let tree: Oid | undefined;
  let author: Signature | undefined;
  let committer: Signature | undefined;
  for (const line of header.split('\n')) {
    const space = line.indexOf(' ');
    const value = line.slice(space + 1);
    switch (line.slice(0, space)) {
      case 'tree':
        tree = value as Oid;
        break;
      case 'parent':
        parents.push(value as Oid);
        break;
      case 'author':
        author = parseSignature(value);
        break;
      case 'committer':
        committer = parseSignature(value);
        break;
    }
  }
  if (tree === undefined || author === undefined || committer === undefined) {
    throw new AtoError(
      'verification-failed',
      `Git commit ${oid} is damaged. Run git fsck --full, then restore the store from a backup.`,
    );
  }
  return { tree, parents, author, committer, message: end < 0 ? '' : text.slice(end + 2) };
}

export function encodeCommit(commit: CommitObject): Buffer {
  const lines = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${signatureText(commit.author)}`,
    `committer ${signatureText(commit.committer)}`,
    '',
    commit.message,
  ];
  return Buffer.from(lines.join('\n'), 'utf8');
}

/** `Name <email> seconds +zone`; what could break the line out of its place is left out. */
export function signatureText(signature: Signature): string {
  const { name, email, timestamp, timezoneOffset } = signature;
  const sign = timezoneOffset > 0 ? '-' : '+';
  const minutes = Math.abs(timezoneOffset);
  const two = (value: number): string => String(value).padStart(2, '0');
  const zone = `${sign}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
  return `${oneLine(name) || 'unknown'} <${oneLine(email)}> ${Math.trunc(timestamp)} ${zone}`;
}

/**
 * A message with its trailers, each on one line, ended by a line break.
 * Throws `invalid` for a trailer key that git wouldn't read again.
 */
export function messageWithTrailers(message: string, trailers: Trailers): string {
  const body = message.replaceAll('\0', '').replace(/\s+$/, '').replace(/^\s+/, '') || 'no message';
  if (trailers.length === 0) return `${body}\n`;
  const lines = trailers.map(([key, value]) => {
    if (!/^[A-Za-z0-9-]+$/.test(key)) {
      throw new AtoError('invalid', `Expected a trailer key of letters and "-", found "${key}".`);
    }
    return `${key}: ${value.replaceAll('\0', '').replace(/\s+/g, ' ').trim()}`;
  });
  return `${body}\n\n${lines.join('\n')}\n`;
}

/** The trailers of a message: its last paragraph, when every line of it is one. */
export function parseTrailers(message: string): Trailers {
  const paragraphs = message.replace(/\s+$/, '').split(/\n[ \t]*\n/);
  if (paragraphs.length < 2) return [];
  const trailers: [string, string][] = [];
  for (const line of (paragraphs.at(-1) ?? '').replace(/^\n+/, '').split('\n')) {
    const [, key, value] = /^([A-Za-z0-9-]+): *(.*)$/.exec(line) ?? [];
    const last = trailers.at(-1);
    if (key !== undefined && value !== undefined) trailers.push([key, value.trim()]);
    else if (/^[ \t]/.test(line) && last !== undefined) last[1] += ` ${line.trim()}`;
    else return [];
  }
  return trailers;
}

/** The first trailer of that key, whatever its case. */
export function trailer(trailers: Trailers, key: string): string | undefined {
  const folded = key.toLowerCase();
  return trailers.find(([name]) => name.toLowerCase() === folded)?.[1];
}

/** ISO, in UTC, to the second. */
export function isoDate({ timestamp }: Signature): string {
  const milliseconds = Math.min(Math.max(timestamp, -8.64e12), 8.64e12) * 1000;
  return new Date(milliseconds).toISOString().replace('.000Z', 'Z');
}

function parseSignature(text: string): Signature | undefined {
  const match = /^(.*?) ?<([^>]*)> (-?\d+) ([+-])(\d\d)(\d\d)\d*$/.exec(text);
  if (match === null) return undefined;
  const [, name = '', email = '', seconds, sign, hours, minutes] = match;
  const offset = Number(hours) * 60 + Number(minutes);
  return {
    name,
    email,
    timestamp: Number(seconds),
    timezoneOffset: sign === '-' ? offset : offset === 0 ? 0 : -offset,
  };
}

function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed.
  return text.replace(/[\u0000-\u001f<> ]+/g, ' ').replace(/^[\s.,:;"'\\]+|[\s,:;"'\\]+$/g, '');
}
