/** Two changed versions of a file with frontmatter put together, key by key and its body by lines. */
import { withBody } from './model/authored.ts';
import { withFields } from './model/front-matter.ts';
import { mergedLines } from './model/merge-lines.ts';
import { byText } from './model/names.ts';
import { BODY, differing, type Fields, fieldsOf, isEqual, isField, listOf } from './three-way.ts';

/** Made again by settling: ours stays, and settling has its say. */
export const ENGINE_FIELDS: ReadonlySet<string> = new Set([
  'origins',
  'evidence',
  'conflicts',
  'rule',
  'extractor',
  'proposed',
]);
/** Lists whose order says nothing: what each side put in or took out holds. */
const SET_FIELDS: ReadonlySet<string> = new Set([
  'supersedes',
  'tags',
  'relations',
  'aliases',
  'roots',
  'waves',
  'repositories',
  'pulled',
]);
/** Which record took another's place follows its status. */
const FOLLOWS: Readonly<Record<string, string>> = { superseded_by: 'status' };

/** One field that both sides changed, and changed differently. */
export interface FieldDispute {
  readonly field: string;
  /** Undefined where a side has no such field. */
  readonly ours: unknown;
  readonly theirs: unknown;
}

export interface MergedFields {
  /** Ours with what they alone changed. */
  readonly text: string;
  readonly disputes: readonly FieldDispute[];
}

/**
 * What both changed differently stays ours and is named. Nothing for texts whose fields can't be read.
 * @param base the version that both come from; none where both made the file
 */
export function mergedFields(
  base: string | undefined,
  ours: string,
  theirs: string,
): MergedFields | undefined {
  const old = base === undefined ? new Map<string, unknown>() : fieldsOf(base);
  const [mine, other] = [fieldsOf(ours), fieldsOf(theirs)];
  if (old === undefined || mine === undefined || other === undefined) return undefined;
  const sides = { old, mine, other };
  const disputes: FieldDispute[] = [];
  let text = ours;
  const disputed = new Set<string>();
  // `status` before what follows it.
  const keys = [...differing(old, other)].sort((a, b) => rank(a) - rank(b) || byText(a, b));
  for (const key of keys) {
    if (ENGINE_FIELDS.has(key) || disputed.has(FOLLOWS[key] ?? '')) continue;
    const merged = mergedField(key, sides);
    if ('dispute' in merged) {
      disputed.add(key);
      disputes.push({ field: key, ours: mine.get(key), theirs: other.get(key) });
    } else if (key === BODY) text = withBody(text, String(merged.value ?? ''));
    else if (!isEqual(merged.value, mine.get(key))) {
      text = withFields(text, { [key]: merged.value as string });
    }
  }
  return { text, disputes };
}

/** Whether only what settling owns differs: nobody edited anything. */
export function isOnlySettled(a: string, b: string): boolean {
  const [one, two] = [fieldsOf(a), fieldsOf(b)];
  if (one === undefined || two === undefined) return a === b;
  return differing(one, two).every((key) => ENGINE_FIELDS.has(key));
}

interface Sides {
  readonly old: Fields;
  readonly mine: Fields;
  readonly other: Fields;
}

function mergedField(
  key: string,
  { old, mine, other }: Sides,
): { readonly value: unknown } | { readonly dispute: true } {
  const [was, here, there] = [old.get(key), mine.get(key), other.get(key)];
  if (isEqual(here, there)) return { value: here };
  if (SET_FIELDS.has(key)) return { value: mergedSet(key, [was, here, there].map(listOf)) };
  if (key === BODY && was !== undefined) {
    const body = mergedLines(String(was), String(here ?? ''), String(there ?? ''));
    return body === undefined ? { dispute: true } : { value: body };
  }
  return isEqual(here, was) && isField(there) ? { value: there } : { dispute: true };
}

function mergedSet(key: string, lists: readonly (readonly string[])[]): readonly string[] {
  const [was = [], here = [], there = []] = lists;
  const kept = here.filter((each) => there.includes(each) || !was.includes(each));
  // A wave is noted for each root, once: the last one noted here holds.
  const isSaid = (line: string): boolean =>
    key === 'waves'
      ? kept.some((each) => each.split(' = ')[0] === line.split(' = ')[0])
      : kept.includes(line);
  return [...kept, ...there.filter((each) => !was.includes(each) && !isSaid(each))];
}

function rank(key: string): number {
  return key in FOLLOWS ? 1 : 0;
}
