/** What multiplies a score around the text match, and what is shown once (retrieval.md §3). Pure. */
import { GLOBAL_PROJECT } from '../model/names.ts';
import { HIGH_SIGNAL, LOW_SIGNAL, pathSignals } from '../model/path-signal.ts';
import type { Layer, SearchDocument, SearchHit } from './search-index.ts';
import { fold, tokenize } from './tokenize.ts';

export interface RankOptions {
  /** A document of the project that is asked for, against the global ones beside it. */
  readonly project: number;
  readonly highSignalPath: number;
  readonly lowSignalPath: number;
  /** For each query token found in title or heading, up to the limit. */
  readonly headingToken: number;
  readonly headingTokensMax: number;
  /** By layer, for active records; others, and passages, count once. */
  readonly layers: Readonly<Record<Layer, number>>;
  readonly unsupported: number;
  readonly expired: number;
  /** Share of words from which on two passages count as the same; more than 1 switches it off. */
  readonly nearIdentical: number;
}

export const RANK: RankOptions = {
  project: 2,
  highSignalPath: HIGH_SIGNAL,
  lowSignalPath: LOW_SIGNAL,
  headingToken: 0.08,
  headingTokensMax: 1.32,
  layers: { state: 1.3, entity: 1.2, memory: 1.1, passage: 1, capture: 1 },
  unsupported: 0.7,
  expired: 0.5,
  nearIdentical: 0.9,
};

export type Standing = 'unsupported' | 'expired';

export interface RankQuestion {
  readonly text: string;
  /** The project that is known; only its documents and global ones are in scope. */
  readonly project?: string;
  readonly limit: number;
  /** What is held against a document as of the date that is asked for. */
  readonly standing?: (document: SearchDocument) => Standing | undefined;
}

/** One multiplication: `project`, `high-signal-path`, `heading`, `layer` and so on. */
export interface Factor {
  readonly name: string;
  readonly by: number;
}

export interface RankedHit extends SearchHit {
  /** The score that the index gave; `score` is it times all factors. */
  readonly textScore: number;
  readonly factors: readonly Factor[];
  /** Ids of near-identical documents that are not shown for this one. */
  readonly alike: readonly string[];
}

/** The projects that a question may see: all when none is known. */
export function scopeOf(project: string | undefined): readonly string[] | undefined {
  if (project === undefined) return undefined;
  return project === GLOBAL_PROJECT ? [project] : [project, GLOBAL_PROJECT];
}

/** The hits in scope, best first, ties by id, near-identical ones once, cut to the limit. */
export function rank(
  hits: readonly SearchHit[],
  question: RankQuestion,
  options: RankOptions = RANK,
): readonly RankedHit[] {
  const scope = scopeOf(question.project);
  const tokens = [...new Set(tokenize(question.text))];
  const scored = hits
    .filter(({ document }) => scope === undefined || scope.includes(document.project))
    .map((hit): RankedHit => {
      const factors = factorsOf(hit.document, { question, tokens, options });
      const score = factors.reduce((product, { by }) => product * by, hit.score);
      return { ...hit, score, textScore: hit.score, factors, alike: [] };
    })
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
  return shownOnce(scored, question.limit, options.nearIdentical);
}

function factorsOf(
  document: SearchDocument,
  given: { question: RankQuestion; tokens: readonly string[]; options: RankOptions },
): readonly Factor[] {
  const { question, tokens, options } = given;
  const standing = question.standing?.(document);
  const isCurrent = standing === undefined && document.status === 'active';
  const { isHigh, isLow } = pathSignals(document.path);
  const factors: Factor[] = [
    { name: 'project', by: document.project === question.project ? options.project : 1 },
    { name: 'high-signal-path', by: isHigh ? options.highSignalPath : 1 },
    { name: 'low-signal-path', by: isLow ? options.lowSignalPath : 1 },
    { name: 'heading', by: headingFactor(document, tokens, options) },
    { name: 'layer', by: isCurrent ? options.layers[document.layer] : 1 },
    ...(standing === undefined ? [] : [{ name: standing, by: options[standing] }]),
  ];
  return factors.filter(({ by }) => by !== 1);
}

function headingFactor(
  document: SearchDocument,
  tokens: readonly string[],
  options: RankOptions,
): number {
  const own = new Set(tokenize(`${document.title}\n${document.heading}`));
  const found = tokens.filter((token) => own.has(token)).length;
  return Math.min(1 + found * options.headingToken, options.headingTokensMax);
}

function shownOnce(hits: readonly RankedHit[], limit: number, share: number): readonly RankedHit[] {
  const shown: { readonly hit: RankedHit; readonly words: Words; readonly alike: string[] }[] = [];
  for (const hit of hits) {
    const words = wordsOf(hit.document.text);
    const same = shown.find((other) => isNearIdentical(other.words, words, share));
    if (same !== undefined) same.alike.push(hit.id);
    else if (shown.length === limit) break;
    else shown.push({ hit, words, alike: [] });
  }
  return shown.map(({ hit, alike }) => ({ ...hit, alike }));
}

interface Words {
  readonly all: ReadonlySet<string>;
  /** Words that turn a statement into another one: numbers and negations, in their order. */
  readonly telling: string;
}

const TELLING = /\p{N}|^(?:no|not|never|none|neither|nor|without|cannot|nicht|kein\w*|ohne)$|n't$/u;

function wordsOf(text: string): Words {
  const words = fold(text).match(/[\p{L}\p{N}\p{M}]+(?:['.][\p{L}\p{N}\p{M}]+)*/gu) ?? [];
  return {
    all: new Set(words),
    telling: words.filter((word) => TELLING.test(word)).join(' '),
  };
}

/** Two passages that differ in a number or a negation contradict each other; both are shown. */
function isNearIdentical(one: Words, other: Words, share: number): boolean {
  if (one.telling !== other.telling || one.all.size === 0) return false;
  const [small, large] = one.all.size < other.all.size ? [one, other] : [other, one];
  if (small.all.size < large.all.size * share) return false;
  let common = 0;
  for (const word of small.all) if (large.all.has(word)) common += 1;
  return common >= share * (one.all.size + other.all.size - common);
}
