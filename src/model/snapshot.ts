/** What the pipeline is given and what it gives: values, no behaviour. */
import type {
  Claim,
  DetectedConflict,
  KnowledgeRecord,
  Link,
  Oid,
  Plugin,
  Problem,
  ProjectId,
  RecordId,
  Section,
  Status,
  StorePath,
} from '../plugin.ts';
import type { Capture } from './captures.ts';
import type { UnresolvedRelation } from './links.ts';
import type { Registry } from './projects.ts';
import type { StoreConfig } from './store-config.ts';

/** One file of the store as the scan found it. */
export interface StoreFile {
  readonly path: StorePath;
  readonly oid: Oid;
  /** Absent when the file could not be read (see `unread`), or is remembered by its oid. */
  readonly bytes?: Uint8Array;
}

/** The store at one moment. */
export interface Snapshot {
  readonly files: ReadonlyMap<StorePath, StoreFile>;
  /** Files and folders that are there but could not be read: they withdraw nothing (invariant 4). */
  readonly unread: readonly Problem[];
  readonly config: StoreConfig;
  readonly plugins: readonly Plugin[];
  /** The last lawful status of each record whose file breaks the table (domain.md §4). */
  readonly standing: ReadonlyMap<StorePath, Status>;
  /** The last readable text of each record and state file that can't be read now. */
  readonly lastGood: ReadonlyMap<StorePath, string>;
}

/** A source or capture as far as later stages and readers need it; the tree is gone. */
export interface ReadDocument {
  readonly path: StorePath;
  readonly title: string;
  readonly tags: readonly string[];
  readonly sections: readonly Section[];
  readonly links: readonly Link[];
}

/** A claim and the plugin that found it, as `plugin@version`. */
export interface FoundClaim {
  readonly claim: Claim;
  readonly extractor: string;
}

/** What a file of sources or captures gave. */
export interface ParsedFile {
  readonly path: StorePath;
  readonly oid: Oid;
  /** Absent when no plugin takes the file. */
  readonly document?: ReadDocument;
  readonly claims: readonly FoundClaim[];
  /** Present for captures that the engine itself wrote or took in. */
  readonly capture?: Capture;
  readonly problems: readonly Problem[];
  /** False when some stage failed or was cut short: what it supported before is not withdrawn. */
  readonly isWhole: boolean;
}

/** A file to write, with the text it shall have; or to delete. */
export type Change =
  | { readonly path: StorePath; readonly text: string }
  | { readonly path: StorePath; readonly text: null };

/** What became of one claim of one document. */
export interface ClaimOutcome {
  readonly path: StorePath;
  readonly project: ProjectId;
  readonly rule: string;
  readonly statement: string;
  /** The candidate that it is or would be. */
  readonly id: RecordId;
  /**
   * In the queue; waiting for room in it; said by a record or a document before; rejected before.
   */
  readonly end: 'admitted' | 'held' | 'merged' | 'refused';
}

/** How many claims met which end; the extraction report. */
export interface Tally {
  readonly rule: string;
  readonly found: number;
  readonly admitted: number;
  readonly held: number;
  readonly merged: number;
  readonly refused: number;
}

export interface ServedRecord {
  readonly record: KnowledgeRecord;
  readonly oid: Oid;
  /** What its own source says of it. */
  readonly stated: Readonly<Record<string, string | readonly string[]>>;
  /** True when no source passage says any more what it rests on. */
  readonly isUnsupported: boolean;
  /** True when the file can't be read and its last good version is served. */
  readonly isStale: boolean;
  /** The evidence as quoted from its source; empty when none is left. */
  readonly evidence: string;
}

export interface ServedConflict {
  readonly id: string;
  readonly path: StorePath;
  readonly status: 'open' | 'resolved' | 'dismissed';
  readonly conflict: DetectedConflict;
}

/** The outcome of settling: what to write, and all that readers are told. */
export interface Settlement {
  readonly changes: readonly Change[];
  readonly registry: Registry;
  readonly documents: ReadonlyMap<StorePath, ParsedFile>;
  readonly records: ReadonlyMap<RecordId, ServedRecord>;
  readonly conflicts: readonly ServedConflict[];
  /** What a candidate would contradict once promoted. */
  readonly warnings: ReadonlyMap<RecordId, readonly DetectedConflict[]>;
  /** Relations whose other end is not known, by the record that says so. */
  readonly unresolved: ReadonlyMap<RecordId, readonly UnresolvedRelation[]>;
  /** Undecided claims beyond the limit, by project. */
  readonly held: ReadonlyMap<ProjectId, number>;
  /** In order of path, then of place. */
  readonly outcomes: readonly ClaimOutcome[];
  readonly problems: readonly Problem[];
}
