/** Record files: Markdown with frontmatter to a record and back (domain.md §3). */
import { z } from 'zod';
import type {
  Claim,
  EntityKind,
  KnowledgeRecord,
  MemoryKind,
  Problem,
  ProjectId,
  RecordId,
  Status,
  StorePath,
} from '../plugin.ts';
import {
  flag,
  isoDate,
  quotedText,
  readFields,
  relationList,
  textField,
  textList,
  unitNumber,
} from './fields.ts';
import { type Fields, formatFile, splitFrontMatter, withFields } from './front-matter.ts';
import { KINDS, STATUSES } from './kinds.ts';
import { roleOf } from './layout.ts';
import { digest, foldStatement, quote, recordId, slug } from './names.ts';

/** A record file as it stands in the store. */
export interface RecordFile {
  readonly record: KnowledgeRecord;
  /** The file as text; byte for byte what is on disk. */
  readonly text: string;
  /** True while every field that people own is as the engine first wrote it. */
  readonly isUntouched: boolean;
  /** What the source said of itself, such as `stated_status` of a decision record. */
  readonly stated: Readonly<Record<string, string | readonly string[]>>;
  /** True when it is served by another status than it says (domain.md §4): its file stays as it is. */
  readonly isUnlawful?: boolean;
}

const SCHEMA = z.object({
  id: quotedText,
  type: z.enum(['memory', 'entity']),
  kind: textField,
  project: textField,
  status: z.enum(STATUSES),
  subject: textField,
  value: textField.optional(),
  confidence: unitNumber.optional(),
  tags: textList.optional(),
  valid_until: isoDate.optional(),
  origins: textList.optional(),
  hand_authored: flag.optional(),
  rule: textField.optional(),
  extractor: textField.optional(),
  evidence: textField.optional(),
  conflicts: textList.optional(),
  supersedes: textList.optional(),
  superseded_by: textField.optional(),
  relations: relationList.optional(),
  proposed: textField.optional(),
});

type RecordFields = z.infer<typeof SCHEMA>;

/** Confidence of a record that a person wrote and gave none. */
const HAND_AUTHORED_CONFIDENCE = 0.9;

/**
 * Reads one record file. A problem means that the record is unread: it is neither served nor
 * written nor deleted, and withdraws nothing (invariant 4).
 */
export function readRecord(path: StorePath, text: string): RecordFile | { problem: Problem } {
  const role = roleOf(path);
  if (role.role !== 'record') throw new TypeError(`not a record path: ${path}`);
  const split = splitFrontMatter(text);
  if ('fault' in split) return { problem: { path, ...split.fault } };
  if (!split.parts.hasFrontMatter) {
    const message = 'Expected frontmatter between two lines "---" at the top, found none. Add it.';
    return { problem: { path, rule: 'no-front-matter', message, line: 1 } };
  }
  const marker = mergeMarkerLine(text);
  if (marker !== undefined) {
    const message = 'Expected a record, found merge markers. Settle the merge in this file.';
    return { problem: { path, rule: 'merge-markers', message, line: marker } };
  }
  const read = readFields(SCHEMA, split.parts.frontMatter, path);
  if ('problem' in read) return read;
  const body = split.parts.body.trim();
  const misfit = checkPlace(path, role, read.fields, body);
  if (misfit !== undefined) return { problem: { path, ...misfit } };
  const record = toRecord(path, role.project, read.fields, body);
  return {
    record,
    text,
    isUntouched: read.fields.proposed === untouchedDigest(text, split.parts.body),
    stated: statedFields(split.parts.frontMatter),
  };
}

/** Line of the first merge marker; none when the text has none. */
export function mergeMarkerLine(text: string): number | undefined {
  const found = /^(?:<{7}|>{7}|\|{7}) .*$/m.exec(text);
  if (found === null || !/^={7}\r?$/m.test(text)) return undefined;
  return text.slice(0, found.index).split('\n').length;
}

function checkPlace(
  path: StorePath,
  role: { readonly project: ProjectId; readonly kind: string },
  fields: RecordFields,
  body: string,
): { rule: string; message: string } | undefined {
  const kinds: readonly string[] = KINDS[fields.type];
  if (!kinds.includes(fields.kind)) {
    const message = `Expected a ${fields.type} kind, one of ${kinds.join(', ')}; found ${quote(fields.kind)}. Correct \`kind\`.`;
    return { rule: 'unknown-kind', message };
  }
  if (fields.kind !== role.kind || fields.project !== role.project) {
    const message = `Expected kind and project to be those of the folder (${role.kind}, ${role.project}), found ${quote(fields.kind)}, ${quote(fields.project)}. Move the file or correct the fields.`;
    return { rule: 'misplaced', message };
  }
  if (body === '') {
    return {
      rule: 'no-text',
      message: 'Expected the claim below the frontmatter, found nothing. Write it.',
    };
  }
  if (idOfPath(path) !== fields.id) {
    const kind = fields.kind as MemoryKind | EntityKind;
    const suggestion = recordId({ ...fields, project: role.project, kind, statement: body });
    const message = `Expected the file name to end in "--<id>.md" with the id of the frontmatter, found ${quote(fields.id)}. A new record may take ${suggestion}.`;
    return { rule: 'id-mismatch', message };
  }
  if ((fields.origins ?? []).length === 0 && fields.hand_authored !== true) {
    const message =
      'Expected at least one origin, or `hand_authored: true`; found neither. Add one.';
    return { rule: 'no-provenance', message };
  }
  return undefined;
}

/** The record id that a file name ends in; none when it ends in none. */
export function idOfPath(path: StorePath): RecordId | undefined {
  const found = /--([a-z]{3}-[a-z0-9]{1,40})\.md$/.exec(path);
  return found?.[1] as RecordId | undefined;
}

function toRecord(
  path: StorePath,
  project: ProjectId,
  fields: RecordFields,
  text: string,
): KnowledgeRecord {
  const supersededBy = fields.superseded_by === '' ? undefined : fields.superseded_by;
  return {
    id: fields.id as RecordId,
    type: fields.type,
    kind: fields.kind as KnowledgeRecord['kind'],
    project,
    path,
    status: fields.status,
    subject: fields.subject,
    ...present({ value: fields.value, validUntil: fields.valid_until, rule: fields.rule }),
    ...present({ extractor: fields.extractor, evidence: fields.evidence }),
    ...present({ supersededBy: supersededBy as RecordId | undefined }),
    text,
    confidence: fields.confidence ?? HAND_AUTHORED_CONFIDENCE,
    tags: fields.tags ?? [],
    origins: fields.origins ?? [],
    handAuthored: fields.hand_authored ?? false,
    conflicts: fields.conflicts ?? [],
    supersedes: (fields.supersedes ?? []) as RecordId[],
    relations: fields.relations ?? [],
  };
}

/** The fields that are there; `exactOptionalPropertyTypes` wants absent ones left out. */
export function present<Shape extends Readonly<Record<string, unknown>>>(
  fields: Shape,
): { [Key in keyof Shape]?: Exclude<Shape[Key], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Shape]?: Exclude<Shape[Key], undefined> };
}

// Nothing but these keys passes either way: a claim cannot set what people or the engine own.
function statedFields(frontMatter: Readonly<Record<string, unknown>>): RecordFile['stated'] {
  const entries = Object.entries(frontMatter).filter(([key]) => key.startsWith('stated_'));
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Array.isArray(value) ? value.map(String) : String(value)]),
  );
}

const ENGINE_OWNED = /^(?:rule|extractor|origins|evidence|conflicts|proposed):/;

// What people own after birth (domain.md §3), keys and comments of their own included: all but the
// lines of engine-owned fields. While its digest is the one noted at birth, nobody has decided
// anything and the file may be rewritten or withdrawn; no history is needed to know.
function untouchedDigest(text: string, body: string): string {
  const kept: string[] = [];
  let isOwned = false;
  for (const line of text.slice(0, text.length - body.length).split(/\r?\n/)) {
    // A field's value goes on in lines that are indented.
    if (!line.startsWith(' ')) isOwned = ENGINE_OWNED.test(line);
    if (!isOwned) kept.push(line);
  }
  const whole = `${kept.join('\n')}\n${body.replaceAll('\r\n', '\n')}`;
  return digest(whole).slice(0, 'sha256-'.length + 16);
}

/** A claim that the engine has settled on: one id, all its places, one wording. */
export interface Proposal {
  readonly id: RecordId;
  readonly project: ProjectId;
  readonly claim: Claim;
  readonly statement: string;
  readonly confidence: number;
  readonly origins: readonly string[];
  /** `plugin@version`. */
  readonly extractor: string;
}

/** Where the record of a proposal is filed. */
export function proposalPath(proposal: Proposal): StorePath {
  const { project, claim, id } = proposal;
  return `projects/${project}/records/${claim.kind}/${slug(claim.subject)}--${id}.md` as StorePath;
}

/** The file of a new candidate; the same proposal always gives the same bytes. */
export function formatProposal(proposal: Proposal): string {
  const { claim } = proposal;
  const path = proposalPath(proposal);
  const fields: Fields = {
    id: proposal.id,
    type: claim.type,
    kind: claim.kind,
    project: proposal.project,
    status: 'candidate',
    subject: foldStatement(claim.subject),
    value: claim.value === undefined ? undefined : foldStatement(claim.value),
    confidence: proposal.confidence,
    tags: claim.tags ?? [],
    origins: proposal.origins,
    rule: claim.rule,
    extractor: proposal.extractor,
    evidence: digest(claim.evidence),
    ...statedFields(claim.stated ?? {}),
    conflicts: [],
    supersedes: [],
    superseded_by: '',
    relations: [],
  };
  const body = `${proposal.statement}.\n`;
  const read = readRecord(path, formatFile(fields, body));
  if ('problem' in read) {
    throw new TypeError(`a proposal that can't be read back: ${read.problem.message}`);
  }
  const headEnd = read.text.length - body.length;
  const proposed = untouchedDigest(read.text, read.text.slice(headEnd));
  return withFields(read.text, { proposed });
}

/** The text with engine-owned fields set; as it is when the file has no room for them. */
export function withEngineFields(file: RecordFile, fields: Fields): string {
  const text = withFields(file.text, fields);
  return 'problem' in readRecord(file.record.path, text) ? file.text : text;
}

/** The file with another status: what a decision writes. Everything else stays byte for byte. */
export function withStatus(file: RecordFile, status: Status, more: Fields = {}): string {
  return withFields(file.text, { status, ...more });
}
