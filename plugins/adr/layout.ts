/** Decides whether a document is a decision record, and in which layout. */
import type { Document } from '../../src/plugin.ts';
import type { RecordName } from './name.ts';
import type { Outline } from './outline.ts';
import { isKnownStatus, type StatedStatus } from './status.ts';

/** After Michael Nygard; Markdown ADR; a numbered proposal with a header of fields. */
export type Layout = 'nygard' | 'madr' | 'rfc';

const CONTEXT = ['context', 'context and problem statement', 'problem statement'];
const DECISION = ['decision', 'decision outcome'];
const CONSEQUENCES = ['consequences', 'implications'];
const OPTIONS = [
  'considered options',
  'considered alternatives',
  'options considered',
  'decision drivers',
  'context and problem statement',
];
/** Header fields that ordinary notes do not have beside a status. */
const LIFE_FIELDS = [
  'since',
  'start date',
  'supersedes',
  'superseded by',
  'deciders',
  'decision makers',
  'rfc pr',
];

const TEMPLATE_NAME =
  /^(?:0+[-_])?(?:m?adr|rfc|decision)?[-_]?template(?:[-_](?:bare|minimal|short|long|full)){0,2}$/i;

interface Read {
  readonly outline: Outline;
  readonly name: RecordName;
  readonly status: StatedStatus | undefined;
}

/**
 * Three of status, context, decision and consequences; or two, one of them the decision, where
 * title or folder says ADR or the file is numbered; or MADR's own headings; or a number, a status
 * that such documents have, and one more field of their life. Templates and logs that hold several
 * records are none.
 */
export function layoutOf(document: Document, read: Read): Layout | undefined {
  const { outline, name, status } = read;
  if (isTemplate(name, outline)) return undefined;
  const names = outline.parts.flatMap(({ name: each, remark }) => (remark === '' ? each : []));
  const has = (wanted: readonly string[]) => names.some((each) => wanted.includes(each));
  if (names.filter((each) => DECISION.includes(each)).length > 1) return undefined;
  if (outline.parts.filter((part) => part.name === 'status').length > 1) return undefined;
  const hasContextAndOptions =
    has(['context and problem statement']) && has(['considered options']);
  if ((has(['decision outcome']) && has(OPTIONS)) || hasContextAndOptions) return 'madr';
  const found = [has(CONTEXT), has(DECISION), has(CONSEQUENCES), hasStatus(read)];
  const count = found.filter(Boolean).length;
  if (count >= 3) return 'nygard';
  if (count === 2 && has(DECISION) && isNamedAsRecord(document, name)) return 'nygard';
  const isNumbered = name.fileNumber !== undefined || name.titleNumber !== undefined;
  const hasLife = outline.fields.some((field) => LIFE_FIELDS.includes(field.name));
  return isNumbered && hasLife && status !== undefined && isKnownStatus(status.word)
    ? 'rfc'
    : undefined;
}

function hasStatus({ outline, status }: Read): boolean {
  return status !== undefined || outline.parts.some((part) => part.name === 'status');
}

function isNamedAsRecord(document: Document, name: RecordName): boolean {
  if (name.fileNumber !== undefined || /^ADR$/i.test(name.series ?? '')) return true;
  const folder = /(?:^|\/)(?:adrs?|(?:architecture[-_])?decisions?|decision[-_]records?)\/[^/]*$/i;
  return folder.test(document.path);
}

function isTemplate(name: RecordName, outline: Outline): boolean {
  return (
    TEMPLATE_NAME.test(name.fileName) || /^[{[<].*[}\]>]$/.test(outline.title?.text.trim() ?? '')
  );
}
