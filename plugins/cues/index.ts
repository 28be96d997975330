/** Finds claims by plain cues: headings, callouts, sentences, and a source's own frontmatter. */
import type { Claim, Document, PluginModule, Report } from '../../src/plugin.ts';
import { type Prose, proseOf } from '../text/prose.ts';
import { tagsOfFrontMatter } from '../text/tags.ts';
import { calloutClaims } from './callout-claims.ts';
import { frontMatterClaims } from './front-matter-claims.ts';
import { headingClaims } from './heading-claims.ts';
import { sentenceClaims } from './sentence-claims.ts';

const cues: PluginModule<undefined> = {
  checkOptions(options) {
    if (options === undefined || options === null) return undefined;
    if (typeof options === 'object' && Object.keys(options).length === 0) return undefined;
    throw new Error('Expected no options for the plugin cues; remove them.');
  },
  create: () => ({ name: 'cues', version: 2, extract }),
};

export default cues;

/** Claims in the order of their rules, then of their places. */
function extract(document: Document, report: Report): readonly Claim[] {
  const prose = proseOf(document);
  const tags = tagsOfFrontMatter(document.frontMatter);
  const reading = { document, prose, proseBySlug: groupBySlug(prose), tags, report };
  return [
    ...frontMatterClaims(reading),
    ...headingClaims(reading),
    ...calloutClaims(reading),
    ...sentenceClaims(reading),
  ];
}

function groupBySlug(prose: readonly Prose[]): ReadonlyMap<string, readonly Prose[]> {
  const groups = new Map<string, Prose[]>();
  for (const each of prose) {
    if (each.isQuoted) continue;
    const group = groups.get(each.slug);
    if (group === undefined) groups.set(each.slug, [each]);
    else group.push(each);
  }
  return groups;
}
