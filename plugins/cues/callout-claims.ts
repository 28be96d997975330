/** Claims of callouts such as `> [!decision] lateral support`. */
import type { Claim } from '../../src/plugin.ts';
import { type Callout, calloutsOf } from '../text/callouts.ts';
import { contextPacks, touchesPack } from '../text/context-packs.ts';
import { closedSentence, type Lead } from '../text/lead.ts';
import { headingAt, type Prose } from '../text/prose.ts';
import { relationsOfProse, statedField } from '../text/relations.ts';
import { sentencesOf } from '../text/sentences.ts';
import { fitsStatement, lengthProblem } from '../text/statement.ts';
import { tagsField } from '../text/tags.ts';
import { CUE_WORDS } from './cue-words.ts';
import type { Reading } from './reading.ts';
import { wordingOf } from './wording.ts';

const PRIOR = 0.65;

export function calloutClaims(reading: Reading): readonly Claim[] {
  const packs = contextPacks(reading.document.text);
  return calloutsOf(reading.document)
    .filter((callout) => !touchesPack(packs, callout.startLine, callout.endLine))
    .flatMap((callout) => calloutClaim(reading, callout) ?? []);
}

function calloutClaim(reading: Reading, callout: Callout): Claim | undefined {
  const kind = CUE_WORDS.get(callout.type);
  if (kind === undefined) return undefined;
  const wording = wordingOf(callout.title, firstSentence(callout.body));
  const line = callout.startLine;
  const statement = wording?.statement ?? '';
  // A question awaits its answer; that is no trouble.
  if (wording === undefined && /\?\s*$/m.test(`${callout.title}\n${callout.body}`))
    return undefined;
  if (wording === undefined || !fitsStatement(statement)) {
    reading.report(lengthProblem(statement, line));
    return undefined;
  }
  return {
    type: kind.type,
    kind: kind.kind,
    ...wording,
    rule: 'callout',
    prior: PRIOR,
    place: { line, slug: headingAt(reading.document.headings, line)?.slug ?? '' },
    evidence: callout.source,
    ...tagsField(reading.tags),
    ...statedField(relationsOfProse(proseWithin(reading, callout))),
  };
}

function proseWithin({ prose }: Reading, { startLine, endLine }: Callout): readonly Prose[] {
  return prose.filter((each) => each.startLine >= startLine && each.endLine <= endLine);
}

function firstSentence(
  text: string,
): Pick<Lead, 'sentence' | 'isClosed' | 'isQuestion'> | undefined {
  const first = sentencesOf(text)[0];
  return first === undefined ? undefined : closedSentence(text.slice(first.start, first.end));
}
