/** Relations that people write plainly near a claim: `Satisfies: REQ-012`, "part of [[mirror cell]]". */
import type { Claim, FrontMatter } from '../../src/plugin.ts';
import { HARD_BREAK, type InlineLink } from './inline-text.ts';
import type { Prose } from './prose.ts';
import { foldStatement } from './statement.ts';
import { parseWikilink, WIKILINK } from './wikilink.ts';

/** `stated_<relation>` to what is named, as written: an id, a number, a file's name, a subject. */
export type StatedRelations = Readonly<Record<string, readonly string[]>>;

/** What people write, and the relation it states; the engine knows the same names. */
const LABELS: ReadonlyMap<string, string> = new Map([
  ['satisfies', 'satisfies'],
  ['fulfils', 'satisfies'],
  ['fulfills', 'satisfies'],
  ['satisfied by', 'satisfied_by'],
  ['affects', 'affects'],
  ['affected by', 'affected_by_decision'],
  ['affected by decision', 'affected_by_decision'],
  ['part of', 'part_of'],
  ['contains', 'contains'],
  ['interfaces with', 'interfaces_with'],
  ['constrained by', 'constrained_by'],
  ['constrains', 'constrains'],
  ['based on assumption', 'based_on_assumption'],
  ['based on assumptions', 'based_on_assumption'],
  ['assumes', 'based_on_assumption'],
  ['supersedes', 'supersedes'],
  ['superseded by', 'superseded_by'],
  ['analyzed by', 'analyzed_by'],
  ['analysed by', 'analyzed_by'],
  ['validated by', 'validated_by'],
  ['verified by', 'validated_by'],
  ['validates', 'validates'],
  ['supports', 'supports'],
  ['supported by', 'supported_by'],
  ['conflicts with', 'conflicts_with'],
  ['depends on', 'depends_on'],
  ['described by', 'described_by'],
  ['described in', 'described_by'],
  ['evidenced by', 'evidenced_by'],
  ['summarized in', 'summarized_in'],
  ['summarised in', 'summarized_in'],
  ['uses material', 'uses_material'],
]);

/** Words with another plain meaning ("Supports: 12 lateral"): only links, ids and numbers count. */
const NAMES_NO_SUBJECT = new Set([
  'contains',
  'supports',
  'supported_by',
  'supersedes',
  'superseded_by',
]);

/** In a sentence these speak of something else as often as of the claim ("is described in [[x]]"). */
const ONLY_LABELS = new Set([...NAMES_NO_SUBJECT, 'described_by', 'summarized_in']);

const TARGETS_MAX = 20;

/** Every relation name that may come out, for the engine's list to be held to. */
export const STATED_RELATION_NAMES: readonly string[] = [...new Set(LABELS.values())].sort();

/** What the paragraphs state: lines with a label, lists below one, and verbs before a link. */
export function relationsOfProse(prose: readonly Prose[]): StatedRelations {
  const found = new Map<string, Set<string>>();
  for (const [index, each] of prose.entries()) {
    for (const { name, start, end } of labelledLines(each)) {
      const isListBelow = isBlank(each.inline.text.slice(start));
      addAll(
        found,
        name,
        isListBelow ? targetsOfList(prose, index + 1, name) : targetsIn(each, { name, start, end }),
      );
    }
    for (const { name, targets } of verbsBeforeLinks(each)) addAll(found, name, targets);
  }
  return sortedRelations(found);
}

/** What a source's own frontmatter states: `satisfies: REQ-012`, `part_of: [mirror cell]`. */
export function relationsOfFrontMatter(frontMatter: FrontMatter): StatedRelations {
  const found = new Map<string, Set<string>>();
  for (const [key, value] of Object.entries(frontMatter)) {
    const name = LABELS.get(labelKey(key));
    if (name === undefined) continue;
    const texts = (Array.isArray(value) ? value : [value]).flatMap((each: unknown) =>
      typeof each === 'string' || typeof each === 'number' ? [String(each)] : [],
    );
    addAll(
      found,
      name,
      texts.flatMap((text) => namesInText(text, name)),
    );
  }
  return sortedRelations(found);
}

/** What is stated, as the field of a claim; absent when it is nothing. */
export function statedField(
  ...stated: readonly Readonly<Record<string, string | readonly string[]>>[]
): Pick<Claim, 'stated'> {
  const all = Object.assign({}, ...stated);
  return Object.keys(all).length === 0 ? {} : { stated: all };
}

/** A number by which others refer to the claim, such as `REQ-012` or `12`; nothing for other texts. */
export function numberField(text: unknown): { readonly stated_number?: string } {
  const written = typeof text === 'number' ? String(text) : text;
  if (typeof written !== 'string' || !REFERENCE_NUMBER.test(written)) return {};
  return { stated_number: written.replace(/^#/, '') };
}

const REFERENCE_NUMBER = /^(?:[A-Z]{1,6}[-_ ]?|#)?\d{1,6}$/;

/** Both, each target once. */
export function joinRelations(a: StatedRelations, b: StatedRelations): StatedRelations {
  const found = new Map<string, Set<string>>();
  for (const [key, targets] of [...Object.entries(a), ...Object.entries(b)]) {
    addAll(found, key.slice(STATED.length), targets);
  }
  return sortedRelations(found);
}

/** Whether a paragraph says nothing but what it is related to. */
export function isRelationLine({ inline }: Prose): boolean {
  const lines = linesOf(inline.masked).filter(({ text }) => !isBlank(text));
  return lines.length > 0 && lines.every(({ text }) => labelOf(text) !== undefined);
}

const STATED = 'stated_';

function sortedRelations(found: ReadonlyMap<string, ReadonlySet<string>>): StatedRelations {
  return Object.fromEntries(
    [...found]
      .filter(([, targets]) => targets.size > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, targets]) => [STATED + name, [...targets].sort().slice(0, TARGETS_MAX)]),
  );
}

function addAll(found: Map<string, Set<string>>, name: string, targets: readonly string[]): void {
  const known = found.get(name) ?? new Set<string>();
  found.set(name, known);
  for (const target of targets) known.add(target);
}

interface LabelledLine {
  readonly name: string;
  /** Where the value stands in the inline text; the end is not included. */
  readonly start: number;
  readonly end: number;
}

function labelledLines({ inline }: Prose): readonly LabelledLine[] {
  return linesOf(inline.masked).flatMap(({ text, start }) => {
    const label = labelOf(text);
    if (label === undefined) return [];
    return [{ name: label.name, start: start + label.length, end: start + text.length }];
  });
}

function linesOf(masked: string): readonly { readonly text: string; readonly start: number }[] {
  const lines: { text: string; start: number }[] = [];
  let start = 0;
  for (const text of masked.split(LINE_END)) {
    lines.push({ text, start });
    start += text.length + 1;
  }
  return lines;
}

const LINE_END = new RegExp(`[\\n${HARD_BREAK}]`);
const LABEL = /^[ \t]*([A-Za-z][A-Za-z _-]{2,30}?)[ \t]*:(?=\s|$)/;

function labelOf(line: string): { readonly name: string; readonly length: number } | undefined {
  const found = LABEL.exec(line);
  const name = LABELS.get(labelKey(found?.[1] ?? ''));
  return found === null || name === undefined ? undefined : { name, length: found[0].length };
}

function labelKey(label: string): string {
  return label.toLowerCase().replace(/[\s_-]+/g, ' ');
}

/** Links by what they lead to, the text between them by its parts. */
function targetsIn({ inline }: Prose, { name, start, end }: LabelledLine): readonly string[] {
  const targets: string[] = [];
  let from = start;
  for (const link of inline.links) {
    if (link.start < from || link.end > end) continue;
    targets.push(...namesInText(inline.text.slice(from, link.start), name));
    targets.push(...nameOfLink(link, inline.text.slice(link.start, link.end), name));
    from = link.end;
  }
  return [...targets, ...namesInText(inline.text.slice(from, end), name)];
}

function targetsOfList(prose: readonly Prose[], from: number, name: string): readonly string[] {
  const list = prose[from]?.list;
  if (list === undefined) return [];
  const below = prose.slice(from, from + TARGETS_MAX);
  const other = below.findIndex((each) => each.list !== list);
  return below.slice(0, other === -1 ? below.length : other).flatMap((each) => {
    const [first] = linesOf(each.inline.masked);
    return targetsIn(each, { name, start: 0, end: first?.text.length ?? 0 });
  });
}

/** An id of ours, a number such as `REQ-012`, `#12` or `0012`, or a numbered file's name. */
const REFERENCE =
  /^(?:[a-z]{3}-[0-9a-f]{12}|[A-Z]{1,6}[-_ ]?\d{1,6}|#?\d{1,6}|\d{2,5}-[a-z][\w-]*)$/;
const LEADING_REFERENCE = /^(?:[a-z]{3}-[0-9a-f]{12}|[A-Z]{1,6}-\d{1,6}|ADR \d{1,5})(?![\w-])/;

function isReference(target: string): boolean {
  return REFERENCE.test(target) || /--[a-z]{3}-[a-z0-9]{1,40}$/.test(target);
}

const NAME_LENGTH_MAX = 80;
const NAME_WORDS_MAX = 8;
const TEXT_LENGTH_MAX = 2_000;
const NOTHING = /^(?:none|nothing|nobody|n\/?a|tb[dc]|open|unknown|keine?|offen|[-–—?.]*)$/i;
/** Words that begin a clause, never a name. */
const CLAUSE =
  /^(?:whether|if|how|what|when|where|who|why|that|it|we|they|he|she|i|you|this|these|those|there|only|mainly|mostly|probably|maybe|perhaps|not|no|all|every|everything|any|some)\b/i;

function namesInText(text: string, relation: string): readonly string[] {
  const links = [...text.slice(0, TEXT_LENGTH_MAX).matchAll(WIKILINK)];
  if (links.length > 0)
    return links.flatMap((link) => nameOfPath(parseWikilink(link[1] ?? '').target));
  const pieces = text.slice(0, TEXT_LENGTH_MAX).split(/[,;]|\s+(?:and|und|&)\s+(?=\S{1,12}$)/);
  return pieces.flatMap((piece) => {
    const isReferenceWanted = NAMES_NO_SUBJECT.has(relation);
    const name = foldStatement(piece)
      .replace(/^(?:and|und|&)\s+|\s+(?:and|und|&)$/g, '')
      .replace(/^["'“„]|["'”“]$/g, '')
      .replace(/\s*\([^()]*\)$/, '');
    const reference = LEADING_REFERENCE.exec(name)?.[0];
    if (reference !== undefined) return [reference];
    const isTooLong = name.length > NAME_LENGTH_MAX || name.split(' ').length > NAME_WORDS_MAX;
    const isName = /[\p{L}\d]/u.test(name) && !NOTHING.test(name) && !CLAUSE.test(name);
    return isName && !isTooLong && (!isReferenceWanted || isReference(name)) ? [name] : [];
  });
}

function nameOfLink(link: InlineLink, text: string, relation: string): readonly string[] {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link.target)) return namesInText(text, relation);
  return nameOfPath(link.target);
}

/** The last part of a path, without extension and anchor; a README by its folder. */
function nameOfPath(path: string): readonly string[] {
  const parts = path.replace(/[?#].*$/s, '').split('/');
  const file = (parts.at(-1) ?? '').replace(/\.(?:md|markdown)$/i, '');
  const name = /^(?:readme|index)$/i.test(file) ? (parts.at(-2) ?? file) : file;
  const folded = foldStatement(name.replaceAll('%20', ' '));
  return folded === '' || folded.length > 2 * NAME_LENGTH_MAX ? [] : [folded];
}

/** Only with a link behind them are the words sure to name something of ours. */
const VERB = new RegExp(
  `\\b(${[...LABELS.keys()].sort((a, b) => b.length - a.length).join('|')})\\s+` +
    '(?:the\\s+)?(?:requirement\\s+|decision\\s+|constraint\\s+|assumption\\s+|material\\s+)?$',
  'i',
);
const DENIED = /(?:\b(?:not|never|no longer|if|whether)|n['’]t)\s+(?:[\w'’]+\s+){0,2}$/i;
const BETWEEN_LINKS = /^\s*(?:,|and|und|&|, and)\s*$/;

interface VerbedLinks {
  readonly name: string;
  readonly targets: readonly string[];
}

function verbsBeforeLinks({ inline }: Prose): readonly VerbedLinks[] {
  const found: VerbedLinks[] = [];
  let last: { readonly name: string; readonly end: number } | undefined;
  for (const link of inline.links) {
    // The web is not among our records; a label may name it, a sentence only mentions it.
    if (/^[a-z][a-z0-9+.-]*:/i.test(link.target)) continue;
    const name = verbBefore(inline.masked, link.start) ?? listedWith(inline.masked, link, last);
    last = name === undefined ? undefined : { name, end: link.end };
    if (name === undefined) continue;
    const text = inline.text.slice(link.start, link.end);
    found.push({ name, targets: nameOfLink(link, text, name) });
  }
  return found;
}

function verbBefore(masked: string, end: number): string | undefined {
  const before = masked.slice(Math.max(0, end - 80), end);
  const verb = VERB.exec(before);
  const name = LABELS.get(labelKey(verb?.[1] ?? ''));
  if (verb === null || name === undefined || ONLY_LABELS.has(name)) return undefined;
  return DENIED.test(before.slice(0, verb.index)) ? undefined : name;
}

function listedWith(
  masked: string,
  link: InlineLink,
  last: { readonly name: string; readonly end: number } | undefined,
): string | undefined {
  if (last === undefined) return undefined;
  return BETWEEN_LINKS.test(masked.slice(last.end, link.start)) ? last.name : undefined;
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}
