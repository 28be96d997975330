/** What a record rests on, quoted from where it stands. */
import { isDocumentOrigin } from '../model/layout.ts';
import { foldStatement, recordId } from '../model/names.ts';
import type { ParsedFile, ServedRecord, Settlement } from '../model/snapshot.ts';
import type { Claim, RecordId, Section, StorePath } from '../plugin.ts';
import { projectOfDocument } from './search-documents.ts';
import type { View } from './view.ts';

export interface Evidence {
  /** As the record names it: `path#slug`, `memory:<id>`, or words. */
  readonly origin: string;
  /** The file that is quoted; absent where the origin is words, or names what is gone. */
  readonly path?: StorePath;
  readonly title?: string;
  /** Titles from the outermost heading to the passage's own. */
  readonly headingPath: readonly string[];
  /** Lines of what is quoted, both included; first line is 1. */
  readonly startLine?: number;
  readonly endLine?: number;
  /** The source's own words; empty when they are gone. */
  readonly quote: string;
  /** False when the source no longer says it there. */
  readonly isCurrent: boolean;
}

/** A passage is quoted up to this when no claim in it says which words count. */
export const QUOTE_CHARS_MAX = 800;

/** One piece of evidence for each origin of a record, in their order. */
export function evidenceOf(view: View, served: ServedRecord): readonly Evidence[] {
  return served.record.origins.map((origin) => evidenceAt(view, served, origin));
}

/**
 * Whether a record may be promoted: a person vouches for it, a source still says it, or it was
 * proposed with a passage that is still there. Proposals in words await a person's judgement alone.
 */
export function isSupported(view: View, served: ServedRecord): boolean {
  const { record } = served;
  if (record.handAuthored || (record.origins.length > 0 && !served.isUnsupported)) return true;
  const isProposed = record.extractor === undefined;
  return isProposed && evidenceOf(view, served).some(({ isCurrent }) => isCurrent);
}

function evidenceAt({ settlement }: View, served: ServedRecord, origin: string): Evidence {
  const memory = /^memory:(\S+)$/.exec(origin)?.[1];
  if (memory !== undefined) return ofMemory(settlement, origin, memory as RecordId);
  const gone = { origin, headingPath: [], quote: '', isCurrent: false };
  if (!isDocumentOrigin(origin)) return { ...gone, isCurrent: true };
  const cut = origin.indexOf('#');
  const path = (cut === -1 ? origin : origin.slice(0, cut)) as StorePath;
  const slug = cut === -1 ? '' : origin.slice(cut + 1);
  const parsed = settlement.documents.get(path);
  if (parsed?.document === undefined) return gone;
  const { sections, title } = parsed.document;
  const section = sections.find((each) => each.slug === slug);
  const headingPath = section?.headingPath ?? [];
  const claim = claimIn(settlement, parsed, { slug, served });
  const at = { origin, path, title, headingPath };
  if (claim !== undefined) return { ...at, ...quoted(claim, section), isCurrent: true };
  if (section === undefined) return { ...at, quote: '', isCurrent: false };
  // Its passage is there, but no cue in it gives this claim (any more).
  const isExtracted = served.record.extractor !== undefined;
  return { ...at, ...wholeSection(section), isCurrent: !isExtracted };
}

function ofMemory(settlement: Settlement, origin: string, id: RecordId): Evidence {
  const record = settlement.records.get(id)?.record;
  return record === undefined
    ? { origin, headingPath: [], quote: '', isCurrent: false }
    : {
        origin,
        path: record.path,
        title: record.subject,
        headingPath: [],
        quote: record.text,
        isCurrent: true,
      };
}

function claimIn(
  settlement: Settlement,
  parsed: ParsedFile,
  { slug, served }: { readonly slug: string; readonly served: ServedRecord },
): Claim | undefined {
  const { record } = served;
  const here = parsed.claims.filter(
    ({ claim }) =>
      claim.place.slug === slug && claim.kind === record.kind && claim.type === record.type,
  );
  if (here.length === 0) return undefined;
  const statement = foldStatement(record.text).toLowerCase();
  const project = projectOfDocument(settlement, parsed);
  const same = here.find(
    ({ claim }) =>
      foldStatement(claim.statement).toLowerCase() === statement ||
      recordId({ ...claim, project }) === record.id,
  );
  return same?.claim;
}

type Quoted = Pick<Evidence, 'quote'> & { readonly startLine: number; readonly endLine: number };

function quoted({ evidence, place }: Claim, section: Section | undefined): Quoted {
  const quote = evidence.trim();
  const last = quote.slice(quote.lastIndexOf('\n') + 1);
  const lines = section?.text.split(/\r?\n/) ?? [];
  const at = lines.findIndex(
    (line, index) => line.trim() === last && (section?.startLine ?? 0) + index >= place.line,
  );
  const endLine =
    section !== undefined && at >= 0
      ? section.startLine + at
      : place.line + quote.split('\n').length - 1;
  return { quote, startLine: place.line, endLine };
}

function wholeSection({ text, startLine }: Section): Quoted {
  const quote = text.trim().slice(0, QUOTE_CHARS_MAX);
  const before = text.slice(0, text.length - text.trimStart().length).split('\n').length - 1;
  const from = startLine + before;
  return { quote, startLine: from, endLine: from + quote.split('\n').length - 1 };
}
