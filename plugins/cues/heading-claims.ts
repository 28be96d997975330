/** Claims of headings such as `## Decision: lateral support`. */
import type { Heading as HeadingNode } from 'mdast';
import type { Claim, Heading } from '../../src/plugin.ts';
import { contextPacks, touchesPack } from '../text/context-packs.ts';
import { definitionsOf } from '../text/definitions.ts';
import { inlineText } from '../text/inline-text.ts';
import { leadOf } from '../text/lead.ts';
import { headingAt, sourceOf } from '../text/prose.ts';
import { isRelationLine, numberField, relationsOfProse, statedField } from '../text/relations.ts';
import { fitsStatement, lengthProblem } from '../text/statement.ts';
import { isTagLine, tagsField, tagsOfProse } from '../text/tags.ts';
import { CUE_WORDS } from './cue-words.ts';
import type { Reading } from './reading.ts';
import { wordingOf } from './wording.ts';

/** The word, perhaps numbered on either side, then `:`, a dash, or a hyphen between spaces. */
const CUE =
  /^\s*(?:\d{1,4}(?:\.\d{1,4}){0,5}[.)]?\s+)?(decision|requirement|constraint|fact)(?:\s+(#?[A-Z]{0,5}-?\d{1,6}))?(?:\s*[:—–]|\s+-\s)\s*(.*)$/is;

export function headingClaims(reading: Reading): readonly Claim[] {
  const { document } = reading;
  const packs = contextPacks(document.text);
  const definitions = definitionsOf(document.tree);
  const claims: Claim[] = [];
  for (const node of document.tree.children) {
    if (node.type !== 'heading') continue;
    const { text, masked } = inlineText(node, definitions);
    const cue = CUE.exec(masked);
    const line = node.position?.start.line ?? 1;
    if (cue === null || touchesPack(packs, line, line)) continue;
    const heading = headingAt(document.headings, line);
    const rest = text.slice(masked.length - (cue[3] ?? '').length);
    if (heading?.line !== line || rest.trim() === '') continue;
    const claim = headingClaim(reading, {
      node,
      heading,
      word: cue[1] ?? '',
      number: cue[2]?.toUpperCase(),
      rest,
    });
    if (claim !== undefined) claims.push(claim);
  }
  return claims;
}

interface CuedHeading {
  readonly node: HeadingNode;
  readonly heading: Heading;
  readonly word: string;
  /** As it stands behind the word; absent where there is none. */
  readonly number: string | undefined;
  readonly rest: string;
}

function headingClaim(reading: Reading, cued: CuedHeading): Claim | undefined {
  const { heading } = cued;
  const kind = CUE_WORDS.get(cued.word.toLowerCase());
  if (kind === undefined) return undefined;
  const below = reading.proseBySlug.get(heading.slug) ?? [];
  const lead = leadOf(below.filter((prose) => !isTagLine(prose) && !isRelationLine(prose)));
  const wording = wordingOf(cued.rest, lead);
  if (wording === undefined) return undefined;
  if (!fitsStatement(wording.statement)) {
    reading.report(lengthProblem(wording.statement, heading.line));
    return undefined;
  }
  const own = sourceOf(reading.document, cued.node);
  return {
    type: kind.type,
    kind: kind.kind,
    ...wording,
    rule: kind.headingRule,
    prior: kind.headingPrior,
    place: { line: heading.line, slug: heading.slug },
    evidence: [own, lead?.source ?? '', ...below.filter(isRelationLine).map(({ source }) => source)]
      .filter((part) => part !== '')
      .join('\n\n'),
    ...tagsField([...reading.tags, ...tagsOfProse(below)]),
    ...statedField(numberField(cued.number), relationsOfProse(below)),
  };
}
