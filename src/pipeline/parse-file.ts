/** One source or capture, parsed and extracted: all that is remembered of it, by its oid. */
import { type Capture, readCapture } from '../model/captures.ts';
import { decodeText, type Split, splitFrontMatter } from '../model/front-matter.ts';
import { roleOf } from '../model/layout.ts';
import { mergeMarkerLine } from '../model/records.ts';
import type { ParsedFile, ReadDocument, StoreFile } from '../model/snapshot.ts';
import type { StoreConfig } from '../model/store-config.ts';
import type { Document, FrontMatter, Plugin, Problem, StorePath } from '../plugin.ts';
import { type Extracted, extract } from './extract.ts';
import { type Parsed, parse } from './parse.ts';

export type Limits = StoreConfig['limits'];

const NOTHING_PARSED: Parsed = { problems: [], isWhole: true };
// `---` at the top of another kind of text is that text's own affair.
const NO_FRONT_MATTER: Split = {
  parts: { frontMatter: {}, hasFrontMatter: false, body: '', bodyLine: 1 },
};

/**
 * Parses a file with the plugins and extracts its claims. Never throws for what a file holds:
 * trouble is a problem, and `isWhole` is false when something may have been missed.
 */
export function parseFile(
  file: StoreFile & { readonly bytes: Uint8Array },
  plugins: readonly Plugin[],
  limits: Limits,
): ParsedFile {
  const { path, oid, bytes } = file;
  const unread = (problem: Problem): ParsedFile => ({
    path,
    oid,
    claims: [],
    problems: [problem],
    isWhole: false,
  });
  if (bytes.byteLength > limits.fileBytes) return unread(tooLarge(path, bytes, limits));
  const decoded = decodeText(bytes);
  if ('fault' in decoded) {
    // A picture beside the notes is as it should be; a plugin may know what it is.
    if (!path.endsWith('.md')) return parseBytes({ path, oid, bytes }, { plugins, limits });
    return unread({ path, ...decoded.fault });
  }
  const text = decoded.text.replace(/^\ufeff/, '');
  // What is captured is quoted: a prompt may well show a merge.
  const marker = roleOf(path).role === 'capture' ? undefined : mergeMarkerLine(text);
  if (marker !== undefined) {
    const message = 'Expected a text, found merge markers. Settle the merge in this file.';
    return unread({ path, rule: 'merge-markers', message, line: marker });
  }
  return parseText({ path, oid, bytes }, text, { plugins, limits });
}

type Bytes = StoreFile & { readonly bytes: Uint8Array };

interface Using {
  readonly plugins: readonly Plugin[];
  readonly limits: Limits;
}

function parseBytes({ path, oid, bytes }: Bytes, using: Using): ParsedFile {
  const parsed = parse({ path, bytes, frontMatter: {} }, using.plugins);
  const extracted = extractAll(parsed, using);
  return {
    path,
    oid,
    ...(parsed.document === undefined ? {} : { document: readDocument(parsed.document) }),
    claims: extracted.claims,
    problems: [...parsed.problems, ...extracted.problems],
    isWhole: parsed.isWhole && extracted.isWhole,
  };
}

function extractAll({ document }: Parsed, { plugins, limits }: Using): Extracted {
  if (document !== undefined) return extract(document, plugins, limits.claimsPerDocument);
  return { claims: [], problems: [], isWhole: true };
}

function parseText({ path, oid, bytes }: Bytes, text: string, using: Using): ParsedFile {
  const split = path.endsWith('.md') ? splitFrontMatter(text) : NO_FRONT_MATTER;
  const frontMatter: FrontMatter = 'parts' in split ? split.parts.frontMatter : {};
  const faults: Problem[] = 'fault' in split ? [{ path, ...split.fault }] : [];
  const captured = captureOf(path, text, faults.length > 0);
  const parsed = parse({ path, bytes, text, frontMatter }, using.plugins);
  const isAsked = roleOf(path).role === 'source' || captured.capture?.extract === true;
  // Half a file may hold half a sentence: nothing is born of it.
  const isExtracted = isAsked && faults.length === 0;
  const extracted = extractAll(isExtracted ? parsed : NOTHING_PARSED, using);
  return {
    path,
    oid,
    ...(parsed.document === undefined ? {} : { document: readDocument(parsed.document) }),
    claims: extracted.claims,
    ...(captured.capture === undefined ? {} : { capture: captured.capture }),
    problems: [...faults, ...captured.problems, ...parsed.problems, ...extracted.problems],
    isWhole: faults.length + captured.problems.length === 0 && parsed.isWhole && extracted.isWhole,
  };
}

function captureOf(
  path: StorePath,
  text: string,
  isFaulty: boolean,
): { capture?: Capture; problems: readonly Problem[] } {
  if (roleOf(path).role !== 'capture' || isFaulty) return { problems: [] };
  const read = readCapture(path, text);
  return 'problem' in read ? { problems: [read.problem] } : { capture: read.capture, problems: [] };
}

function readDocument(document: Document): ReadDocument {
  const tags = document.frontMatter.tags;
  return {
    path: document.path,
    title: document.title,
    tags: Array.isArray(tags) ? tags.map(String) : [],
    sections: document.sections,
    links: document.links,
  };
}

function tooLarge(path: StorePath, bytes: Uint8Array, limits: Limits): Problem {
  const message = `Expected at most ${limits.fileBytes} bytes, found ${bytes.byteLength}. Split the file, or raise limits.fileBytes in atocore.json.`;
  return { path, rule: 'too-large', message };
}

/** A file whose parsing was cut short: its text, findable, and a problem (design.md §1). */
export function plainText(
  file: StoreFile & { readonly bytes: Uint8Array },
  deadlineMs: number,
): ParsedFile {
  const { path, oid, bytes } = file;
  const text = new TextDecoder().decode(bytes);
  const title = path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '');
  const endLine = text.split('\n').length;
  const section = { headingPath: [], slug: '', startLine: 1, endLine, text };
  const message = `Expected parsing to end within ${deadlineMs} ms, found it still running. The text is searchable as it is; simplify deeply nested lists, quotes or tables to have it read.`;
  return {
    path,
    oid,
    document: { path, title, tags: [], sections: [section], links: [] },
    claims: [],
    problems: [{ path, rule: 'too-slow', message }],
    isWhole: false,
  };
}
