/** The nouns of a context pack and every number it is made by (retrieval.md §4). */
import type { ProjectId } from '../plugin.ts';
import type { Receipt } from './receipt.ts';
import type { Semantic } from './semantic.ts';

export interface ContextAsk {
  readonly prompt: string;
  /** Canonical; absent = detected from the prompt and the working folder, or none. */
  readonly project?: ProjectId;
  /** Characters (UTF-16 units); never exceeded. */
  readonly budget: number;
  /** Tokens of `TOKENIZER`; never exceeded where given. */
  readonly budgetTokens?: number;
  /** `2026-11-22`; what is valid is judged by it. */
  readonly today: string;
  readonly workingFolder?: string;
  readonly homeFolder?: string;
  /** Asked between steps; from its first `true` on, what is left is not looked at and named. */
  readonly isLate?: () => boolean;
  /** Likeness of meaning for the passages, where the operator has a model. */
  readonly semantic?: Semantic | undefined;
  /** The operator's model, where it gave nothing for this ask: the pack says so. */
  readonly silentModel?: string | undefined;
}

export type SectionName =
  | 'state'
  | 'preferences'
  | 'memories'
  | 'entities'
  | 'knowledge'
  | 'passages';

/** One thing that may be served. */
export interface PackEntry {
  readonly id: string;
  readonly path: string;
  /** Day of the last commit that touched its file. */
  readonly date: string;
  /** `state`, `memory`, `entity`, `passage`, `capture`. */
  readonly layer: string;
  /** As served, label and marks included. */
  readonly text: string;
  readonly score: number;
  /** What the score is made of. */
  readonly terms: Readonly<Record<string, number>>;
  /** Whether the prompt speaks of it; trusted state is served either way. */
  readonly isRelevant: boolean;
  /** `disputed …`, `superseded …`, `unsupported …`, `stale …`. */
  readonly notes: readonly string[];
}

export interface PackSection {
  readonly name: SectionName;
  readonly title: string;
  readonly entries: readonly PackEntry[];
  /** Of its text, heading and end mark included. */
  readonly chars: number;
  readonly tokens: number;
}

export interface Pack {
  readonly formattedContext: string;
  readonly sections: readonly PackSection[];
  readonly revision: string;
  readonly receipt: Receipt;
  /** True when the deadline passed before everything was looked at. */
  readonly partial: boolean;
  /** The sections that were not looked at. */
  readonly late: readonly SectionName[];
  readonly totalChars: number;
  /** Of the whole text, counted by `tokenizer`. */
  readonly tokens: number;
  readonly tokenizer: string;
  readonly budget: number;
  readonly budgetTokens?: number;
  readonly project?: ProjectId;
  /** Digest of the bytes served, quoted as HTTP wants it. */
  readonly etag: string;
}

/** Order is rank: a lower section never pushes out a higher one. Shares are of the budget. */
export const SECTIONS: readonly {
  readonly name: SectionName;
  readonly title: string;
  readonly share: number;
}[] = [
  { name: 'state', title: 'Trusted project state', share: 0.2 },
  { name: 'preferences', title: 'Identity and preferences', share: 0.05 },
  { name: 'memories', title: 'Project memories (reviewed)', share: 0.25 },
  { name: 'entities', title: 'Engineering entities (reviewed)', share: 0.15 },
  { name: 'knowledge', title: 'Domain knowledge (reviewed)', share: 0.1 },
  { name: 'passages', title: 'Passages from sources and captures (not reviewed)', share: 0.25 },
];

/** Served whether or not the prompt speaks of them, and in an order that no prompt changes. */
export const STANDING_SECTIONS: ReadonlySet<SectionName> = new Set(['state', 'preferences']);

export interface PackOptions {
  /** Passages that are ranked, and entries of a record section that are considered. */
  readonly passagesMax: number;
  readonly entriesMax: number;
  /** What an entry takes at least, counted low: more than fit need no words made. */
  readonly entryCharsLeast: number;
  readonly passageCharsLeast: number;
  /** A longer entry is cut, with a note. */
  readonly entryChars: number;
  readonly relationsMax: number;
  /** A record that shares one word with the prompt is served if that share of records or fewer has it … */
  readonly tellingShare: number;
  /** … or that many, or if the word is this share of the prompt; otherwise it takes two words. */
  readonly tellingRecords: number;
  readonly promptShare: number;
  /** Share of a subject's words that a text must have to be about it. */
  readonly subjectShare: number;
  /** Ids listed in a receipt for each reason; the rest is counted. */
  readonly listedMax: number;
}

export const PACK: PackOptions = {
  passagesMax: 40,
  entriesMax: 400,
  entryCharsLeast: 100,
  passageCharsLeast: 200,
  entryChars: 1_200,
  relationsMax: 3,
  tellingShare: 0.1,
  tellingRecords: 5,
  promptShare: 0.5,
  subjectShare: 0.5,
  listedMax: 100,
};
