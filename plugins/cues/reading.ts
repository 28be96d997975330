/** What every cue is given: one document, read once. */
import type { Document, Report } from '../../src/plugin.ts';
import type { Prose } from '../text/prose.ts';

export interface Reading {
  readonly document: Document;
  readonly prose: readonly Prose[];
  /** The unquoted prose below each heading, by the heading's slug. */
  readonly proseBySlug: ReadonlyMap<string, readonly Prose[]>;
  /** From the document's frontmatter; they belong to each of its claims. */
  readonly tags: readonly string[];
  readonly report: Report;
}
