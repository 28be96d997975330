/** How a pack came about: what was considered, what went in, what stayed out, and by which numbers. */
import { digest } from '../model/names.ts';
import type { StoreConfig } from '../model/store-config.ts';
import type { ProjectId } from '../plugin.ts';
import type { LeftOut, Outs, Reason } from './left-out.ts';
import { type ContextAsk, PACK, type PackSection, SECTIONS, type SectionName } from './pack.ts';
import { SEARCH } from './search.ts';
import { TOKENIZER_VERSION } from './tokenize.ts';
import { TOKENIZER } from './tokens.ts';

export interface Included {
  readonly id: string;
  readonly path: string;
  readonly section: SectionName;
  readonly chars: number;
  readonly score: number;
  /** The parts of the score by name. */
  readonly terms: Readonly<Record<string, number>>;
  readonly why: string;
  readonly notes: readonly string[];
}

export interface Receipt {
  readonly revision: string;
  /** Digest of every number and version that shapes a pack. */
  readonly configuration: string;
  /** Digest of what was asked: prompt, project, budgets, day. */
  readonly ask: string;
  readonly budget: number;
  readonly budgetTokens?: number;
  readonly today: string;
  readonly project?: ProjectId;
  /** How the project came about: `asked`, `named as …`, or why there is none. */
  readonly projectBy: string;
  readonly considered: { readonly records: number; readonly passages: number };
  readonly included: readonly Included[];
  /** Those that matched the prompt, at most 100 for each reason. */
  readonly leftOut: readonly LeftOut[];
  readonly leftOutCounts: Readonly<Partial<Record<Reason, number>>>;
  /** Sections that the deadline left out. */
  readonly late: readonly SectionName[];
  /** By section, with `frame` for what stands around them. */
  readonly tokens: Readonly<Record<string, number>>;
  readonly tokenizer: string;
  /** The operator's model for likeness of meaning; absent where there is none. */
  readonly vectors?: {
    readonly model: string;
    /** False where it gave nothing in time, so that words alone rank. */
    readonly used: boolean;
    /** How many passages had a vector, and how many had none yet. */
    readonly known: number;
    readonly missing: number;
  };
}

export interface ReceiptParts {
  readonly revision: string;
  readonly config: StoreConfig;
  readonly ask: ContextAsk;
  readonly project: ProjectId | undefined;
  readonly projectBy: string;
  readonly considered: Receipt['considered'];
  readonly sections: readonly PackSection[];
  readonly outs: Outs;
  readonly late: readonly SectionName[];
  readonly frameTokens: number;
}

export function receiptOf(parts: ReceiptParts): Receipt {
  const { ask, project, sections, outs } = parts;
  const tokens = sections.map(({ name, tokens }) => [name, tokens] as const);
  return {
    revision: parts.revision,
    configuration: configurationDigest(parts.config, ask.semantic?.model ?? ask.silentModel),
    ask: askDigest(ask, project),
    budget: ask.budget,
    ...(ask.budgetTokens === undefined ? {} : { budgetTokens: ask.budgetTokens }),
    today: ask.today,
    ...(project === undefined ? {} : { project }),
    projectBy: parts.projectBy,
    considered: parts.considered,
    included: sections.flatMap(includedOf),
    leftOut: outs.named,
    leftOutCounts: outs.counts,
    late: parts.late,
    tokens: Object.fromEntries([['frame', parts.frameTokens], ...tokens]),
    tokenizer: TOKENIZER,
    ...vectorsOf(ask),
  };
}

function vectorsOf({ semantic, silentModel }: ContextAsk): Pick<Receipt, 'vectors'> {
  if (semantic !== undefined) {
    const { model, known, missing } = semantic;
    return { vectors: { model, used: true, known, missing } };
  }
  if (silentModel === undefined) return {};
  return { vectors: { model: silentModel, used: false, known: 0, missing: 0 } };
}

/**
 * Changes whenever the same store could give another pack for the same ask.
 * @param model the operator's, for likeness of meaning
 */
export function configurationDigest(config: StoreConfig, model?: string): string {
  const named = model === undefined ? {} : { model };
  const versions = { tokenizer: TOKENIZER, words: TOKENIZER_VERSION, ...named };
  const { plugins, limits } = config;
  return digest(JSON.stringify([PACK, SECTIONS, SEARCH, versions, plugins, limits])).slice(0, 23);
}

function askDigest(ask: ContextAsk, project: ProjectId | undefined): string {
  const { prompt, budget, budgetTokens, today, semantic } = ask;
  const model = semantic === undefined ? [] : [semantic.model];
  const asked = [prompt, project ?? null, budget, budgetTokens ?? null, today, ...model];
  return digest(JSON.stringify(asked)).slice(0, 23);
}

function includedOf({ name, entries }: PackSection): readonly Included[] {
  return entries.map(({ id, path, text, score, terms, isRelevant, notes }) => ({
    id,
    path,
    section: name,
    chars: text.length,
    score,
    terms,
    why: isRelevant ? 'matches the prompt' : 'always served where it fits',
    notes,
  }));
}
