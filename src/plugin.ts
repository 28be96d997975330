/** The plugin contract and the nouns it speaks of. Types only: a plugin depends on nothing else here. */
import type { Root } from 'mdast';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A path inside a store: relative, `/`-separated, Unicode as on disk, never with `.` or `..` parts. */
export type StorePath = Branded<'StorePath'>;
/** A git object name: 40 lower-case hexadecimal digits. */
export type Oid = Branded<'Oid'>;
/** A canonical project id: lower-case kebab-case, or one of `_global`, `_inbox`. */
export type ProjectId = Branded<'ProjectId'>;
/** A record id, such as `dec-5a137db50b58`; it never changes. */
export type RecordId = Branded<'RecordId'>;

/** The closed list of memory kinds (domain.md §4). */
export type MemoryKind =
  | 'identity'
  | 'preference'
  | 'project'
  | 'episodic'
  | 'knowledge'
  | 'adaptation';

/** The closed list of entity kinds (domain.md §4). */
export type EntityKind =
  | 'project'
  | 'system'
  | 'subsystem'
  | 'component'
  | 'interface'
  | 'requirement'
  | 'constraint'
  | 'decision'
  | 'assumption'
  | 'material'
  | 'parameter'
  | 'analysis_model'
  | 'result'
  | 'validation_claim'
  | 'vendor'
  | 'process'
  | 'artifact';

/** The closed list of categories of trusted project state (domain.md §4). */
export type StateCategory =
  | 'status'
  | 'decision'
  | 'requirement'
  | 'contact'
  | 'milestone'
  | 'fact'
  | 'config';

/** The closed list of relations (domain.md §7), each read from the record that bears it. */
export type Relation =
  | 'contains'
  | 'part_of'
  | 'interfaces_with'
  | 'satisfies'
  | 'constrained_by'
  | 'affected_by_decision'
  | 'based_on_assumption'
  | 'supersedes'
  | 'analyzed_by'
  | 'validated_by'
  | 'supports'
  | 'conflicts_with'
  | 'depends_on'
  | 'described_by'
  | 'updated_by_session'
  | 'evidenced_by'
  | 'summarized_in'
  | 'uses_material';

export type RecordType = 'memory' | 'entity' | 'state';

/** Where a record stands in its life (domain.md §4). A state entry is always `active`. */
export type Status = 'candidate' | 'active' | 'superseded' | 'invalid' | 'graduated';

/** Frontmatter as read: a plain mapping; the values are what YAML 1.2 core gives. */
export type FrontMatter = Readonly<Record<string, unknown>>;

/** Trouble in a file, shown to people while work goes on. Never an exception. */
export interface Problem {
  readonly path: StorePath;
  /** First line is 1; absent when the trouble is not at one place. */
  readonly line?: number;
  /** A stable kebab-case name, such as `bad-frontmatter` or `plugin-failed`. */
  readonly rule: string;
  /** What was expected, what was found, what to do. */
  readonly message: string;
}

/** One source or capture, as a `parse` hook gets it. */
export interface SourceFile {
  readonly path: StorePath;
  readonly bytes: Uint8Array;
  /** The bytes as text with a byte order mark removed; absent when they are not UTF-8 text. */
  readonly text?: string;
  /** Read by the engine, never by a plugin; empty when there is none or it is faulty. */
  readonly frontMatter: FrontMatter;
}

export interface Heading {
  /** 1 to 6. */
  readonly depth: number;
  readonly text: string;
  /** Lower-case words joined by `-`, made unique within its document; used in origins after `#`. */
  readonly slug: string;
  /** First line is 1. */
  readonly line: number;
}

/** The text between one heading and the next. Sections of a document do not overlap. */
export interface Section {
  /** Titles from the outermost heading to the section's own; empty before the first heading. */
  readonly headingPath: readonly string[];
  /** Slug of the section's own heading; empty before the first heading. */
  readonly slug: string;
  /** First and last line of the section's text, its heading not included; first line is 1. */
  readonly startLine: number;
  readonly endLine: number;
  /** Markdown as written. */
  readonly text: string;
}

export interface Link {
  readonly type: 'wikilink' | 'link';
  /** As written: a note name, a path, a URL. */
  readonly target: string;
  /** Heading or block behind `#`, where given. */
  readonly anchor?: string;
  readonly line: number;
}

/** What a `parse` hook makes of a source or capture. */
export interface Document {
  readonly path: StorePath;
  readonly title: string;
  readonly text: string;
  readonly frontMatter: FrontMatter;
  /** Positions count from the start of `text`. */
  readonly tree: Root;
  readonly headings: readonly Heading[];
  readonly sections: readonly Section[];
  readonly links: readonly Link[];
}

export interface Place {
  /** First line is 1. */
  readonly line: number;
  /** Slug of the heading that the claim stands under; empty before the first heading. */
  readonly slug: string;
}

/** A statement that an `extract` hook found: what could become a candidate. */
export interface Claim {
  readonly type: 'memory' | 'entity';
  readonly kind: MemoryKind | EntityKind;
  readonly subject: string;
  readonly value?: string;
  /** The claim in one sentence; the engine folds its white space and cuts closing punctuation. */
  readonly statement: string;
  /** The cue that found it, such as `decision_heading`. */
  readonly rule: string;
  /** How far the cue is to be believed before the path is looked at: 0.05 to 0.95. */
  readonly prior: number;
  readonly place: Place;
  /** The text that was read, as written; its digest becomes the record's `evidence`. */
  readonly evidence: string;
  readonly tags?: readonly string[];
  /**
   * What the source itself says of the claim, written to the record as flat keys at its birth; only
   * keys that begin with `stated_`. Relations among them: `stated_satisfies: ["REQ-012"]`.
   */
  readonly stated?: Readonly<Record<string, string | readonly string[]>>;
}

/** A memory, entity or state entry, as plugins and readers see it. */
export interface KnowledgeRecord {
  readonly id: RecordId;
  readonly type: RecordType;
  readonly kind: MemoryKind | EntityKind | StateCategory;
  readonly project: ProjectId;
  readonly path: StorePath;
  /** The status it is served by: the last lawful one (domain.md §4). */
  readonly status: Status;
  readonly subject: string;
  readonly value?: string;
  /** The text below the frontmatter, outer white space removed. */
  readonly text: string;
  /** 0 to 1. */
  readonly confidence: number;
  readonly tags: readonly string[];
  /** ISO date; absent = permanent. */
  readonly validUntil?: string;
  /** `path#slug` of the passages it rests on, sorted. */
  readonly origins: readonly string[];
  readonly handAuthored: boolean;
  readonly rule?: string;
  readonly extractor?: string;
  readonly evidence?: string;
  readonly conflicts: readonly string[];
  readonly supersedes: readonly RecordId[];
  readonly supersededBy?: RecordId;
  /** `relation: target-id`, as written. */
  readonly relations: readonly string[];
  /** What it is related to, by whatever said so and was understood; `detect` and `render` get it. */
  readonly links?: readonly RecordLink[];
}

/** A relation from the record that bears it to another that exists. */
export interface RecordLink {
  readonly relation: Relation;
  readonly target: RecordId;
  /** Who says so: the bearer, or the target ("Affects: X" in a decision is said of X). */
  readonly saidBy: RecordId;
}

/** Two or more records that claim incompatible values for one slot (domain.md §6). */
export interface DetectedConflict {
  /** The slot in words that sort and compare, such as `decision|p05|lateral support`. */
  readonly slot: string;
  readonly project: ProjectId;
  readonly members: readonly { readonly id: RecordId; readonly value: string }[];
  readonly reason: string;
}

export interface RenderedFile {
  /** Below `mirror/` of a project, or below `reports/`. */
  readonly path: StorePath;
  readonly text: string;
}

/** How a hook says that something is odd without failing. The path is filled in by the engine. */
export type Report = (problem: Omit<Problem, 'path'>) => void;

export type Records = ReadonlyMap<RecordId, KnowledgeRecord>;

/**
 * A plugin: pure, synchronous, deterministic hooks that only add.
 * No hook sees what another plugin gave at the same stage, so their order changes nothing.
 */
export interface Plugin {
  /** Lower-case kebab-case; also how `atocore.json` names it. */
  readonly name: string;
  /** Raised whenever a hook may answer differently: what is remembered is keyed by it. */
  readonly version: number;
  /** A Document, or nothing if the file is not this plugin's. The first plugin by name answers. */
  readonly parse?: (file: SourceFile) => Document | undefined;
  readonly extract?: (document: Document, report: Report) => readonly Claim[];
  readonly detect?: (records: Records) => readonly DetectedConflict[];
  readonly render?: (records: Records) => readonly RenderedFile[];
}

/** What a plugin's module exports by default: a factory of its options, and their check. */
export interface PluginModule<Options = unknown> {
  /** Throws with a plain message when the options are not what the plugin takes. */
  readonly checkOptions?: (options: unknown) => Options;
  readonly create: (options: Options) => Plugin;
}
