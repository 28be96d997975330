/** Recognises architecture decision records and gives the decision of each as one claim. */
import type { Claim, Document, PluginModule, Report } from '../../src/plugin.ts';
import {
  joinRelations,
  relationsOfFrontMatter,
  relationsOfProse,
  type StatedRelations,
} from '../text/relations.ts';
import { fitsStatement, foldSubject, lengthProblem } from '../text/statement.ts';
import { tagsField, tagsOfFrontMatter, tagsOfProse } from '../text/tags.ts';
import { decisionOf } from './decision.ts';
import { dateOf } from './fields.ts';
import { layoutOf } from './layout.ts';
import { nameOf } from './name.ts';
import { type Outline, outlineOf } from './outline.ts';
import { statusOf } from './status.ts';
import { supersessionOf } from './supersession.ts';

const PRIOR = 0.8;
const TITLE_LENGTH_MAX = 200;

const adr: PluginModule<undefined> = {
  checkOptions(options) {
    if (options === undefined || options === null) return undefined;
    if (typeof options === 'object' && Object.keys(options).length === 0) return undefined;
    throw new Error('Expected no options for the plugin adr; remove them.');
  },
  create: () => ({ name: 'adr', version: 2, extract }),
};

export default adr;

/** One claim, or none where the document is no decision record. */
function extract(document: Document, report: Report): readonly Claim[] {
  const outline = outlineOf(document);
  const name = nameOf(document, outline.title);
  const status = statusOf(outline);
  const layout = layoutOf(document, { outline, name, status });
  if (layout === undefined) return [];
  const line = outline.title?.line ?? 1;
  if (name.titleNumber !== undefined && name.fileNumber !== undefined) {
    if (name.titleNumber !== name.fileNumber) {
      const message =
        `Expected the number ${name.fileNumber} of the file's name in the title, ` +
        `found ${name.titleNumber}. Correct one of them; the file's name counts.`;
      report({ line, rule: 'adr-number', message });
    }
  }
  const decision = decisionOf(outline, layout, name.title);
  if (!fitsStatement(decision.statement)) {
    report(lengthProblem(decision.statement, decision.line));
    return [];
  }
  const number = name.fileNumber ?? name.titleNumber;
  const date = dateOf(outline);
  const { supersedes, supersededBy } = supersessionOf(outline, { name, status });
  return [
    {
      type: 'entity',
      kind: 'decision',
      subject: foldSubject(name.title, TITLE_LENGTH_MAX) || name.fileName,
      ...(decision.value === undefined ? {} : { value: decision.value }),
      statement: decision.statement,
      rule: 'adr_document',
      prior: PRIOR,
      place: { line: decision.line, slug: decision.slug },
      evidence: [outline.titleSource, status?.source, decision.source]
        .filter((part) => part !== undefined && part !== '')
        .join('\n\n'),
      ...tagsField([...tagsOfFrontMatter(document.frontMatter), ...tagsOfProse(outline.header)]),
      stated: {
        ...relationsOf(document, outline),
        ...(status === undefined ? {} : { stated_status: status.word }),
        ...(number === undefined ? {} : { stated_number: number }),
        ...(date === undefined ? {} : { stated_date: date }),
        ...(supersedes.length === 0 ? {} : { stated_supersedes: supersedes }),
        ...(supersededBy.length === 0 ? {} : { stated_superseded_by: supersededBy }),
      },
    },
  ];
}

/** What it affects, satisfies and rests on; supersession is read apart, with more care. */
function relationsOf(document: Document, outline: Outline): StatedRelations {
  const stated = joinRelations(
    relationsOfFrontMatter(document.frontMatter),
    relationsOfProse(outline.prose.filter(({ isQuoted }) => !isQuoted)),
  );
  const { stated_supersedes: _older, stated_superseded_by: _newer, ...others } = stated;
  return others;
}
