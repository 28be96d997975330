/** The decision of a record in one sentence. */
import { leadOf } from '../text/lead.ts';
import type { Prose } from '../text/prose.ts';
import { sentencesOf } from '../text/sentences.ts';
import { fitsStatement, foldStatement } from '../text/statement.ts';
import type { Layout } from './layout.ts';
import { type Outline, type Part, partNamed } from './outline.ts';

export interface Decision {
  /** Folded; its length is not checked where it is the title. */
  readonly statement: string;
  /** The option chosen, where the record names it in quotation marks. */
  readonly value?: string;
  readonly line: number;
  readonly slug: string;
  /** Markdown as written of what was read below the title. */
  readonly source: string;
}

const PARTS: Readonly<Record<Layout, readonly string[]>> = {
  nygard: ['decision', 'decision outcome', 'proposal'],
  madr: ['decision outcome', 'decision'],
  rfc: ['decision', 'summary', 'abstract'],
};

/** From the part that holds the decision; from the title where that says nothing short enough. */
export function decisionOf(outline: Outline, layout: Layout, title: string): Decision {
  const part = partNamed(outline, PARTS[layout]);
  const prose = part?.prose.filter((each) => !each.isQuoted) ?? [];
  const chosen = prose.find(({ inline }) => CHOSEN.test(inline.text));
  if (chosen !== undefined) {
    const choice = choiceOf(chosen);
    if (fitsStatement(choice.statement)) return { ...choice, ...placeOf(chosen) };
  }
  const lead = leadOf(prose);
  if (lead !== undefined && fitsStatement(lead.sentence) && !POINTER.test(lead.sentence)) {
    const { line, slug, source } = lead;
    return { statement: lead.sentence, line, slug, source };
  }
  const statement = foldStatement(title);
  const source = prose[0]?.source ?? '';
  return { statement, ...titlePlace(outline, part), source };
}

/** Points at something that is not a sentence. */
const POINTER = /^(?:see|as)\b.{0,40}\b(?:below|above|follows)$/i;
const CHOSEN = /^\s*Chosen (?:option|alternative|solution)s?\s*:/i;
const QUOTED = /^\s*["“](.+?)[.,]?["”](?=\s*(?:[,.;]|$|because\b|with\b|since\b))/s;
const VALUE_LENGTH_MAX = 120;

function choiceOf({ inline }: Prose): Pick<Decision, 'statement' | 'value'> {
  const { text } = inline;
  const label = CHOSEN.exec(text)?.[0] ?? '';
  const option = QUOTED.exec(text.slice(label.length, label.length + 400));
  const value = foldStatement(option?.[1] ?? '');
  const first = sentencesOf(text)[0];
  const written = text.slice(first?.start, first?.end);
  const isCutShort = /:\s*$/.test(written);
  const whole = foldStatement(foldStatement(written).replace(/,? (?:because|since|as)$/i, ''));
  const short = foldStatement(label + (option?.[0] ?? ''));
  return {
    statement: option === null || (fitsStatement(whole) && !isCutShort) ? whole : short,
    ...(value === '' || value.length > VALUE_LENGTH_MAX ? {} : { value }),
  };
}

function placeOf(prose: Prose): Pick<Decision, 'line' | 'slug' | 'source'> {
  return { line: prose.startLine, slug: prose.slug, source: prose.source };
}

function titlePlace(outline: Outline, part: Part | undefined): Pick<Decision, 'line' | 'slug'> {
  const heading = outline.title ?? part?.heading;
  return { line: heading?.line ?? 1, slug: heading?.slug ?? '' };
}
