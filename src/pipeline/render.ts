/** The fifth stage: generated pages for people, the extraction reports among them. */
import { generatedPage, isGenerated } from '../model/generated.ts';
import { byText } from '../model/names.ts';
import type { Project } from '../model/projects.ts';
import type { Change, ClaimOutcome } from '../model/snapshot.ts';
import type { Plugin, Problem, ProjectId, Records, RenderedFile, StorePath } from '../plugin.ts';
import { extractionReports } from './extraction-reports.ts';
import { inOrder, pluginFailure } from './parse.ts';

export interface RenderInput {
  readonly records: Records;
  readonly outcomes: readonly ClaimOutcome[];
  /** Claims that wait for room in the queue; a project with some gets a report. */
  readonly held: ReadonlyMap<ProjectId, number>;
  /** Whose roots say by which wave they were staged: each wave gets a report. */
  readonly projects: ReadonlyMap<ProjectId, Project>;
  /** Texts of what stands below `mirror/` and `reports/` now. */
  readonly present: ReadonlyMap<StorePath, string>;
  readonly plugins: readonly Plugin[];
  /** True for a path that is there but was not read. */
  readonly isUnread: (path: StorePath) => boolean;
}

/** A larger page would be kept but not read. */
export const PAGE_CHARS_MAX = 500_000;

export function render(input: RenderInput): {
  changes: readonly Change[];
  problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const pages = new Map<StorePath, string>();
  let isWhole = true;
  for (const { path, text } of extractionReports(input)) pages.set(path, generatedPage(text));
  for (const plugin of inOrder(input.plugins)) {
    if (plugin.render === undefined) continue;
    try {
      for (const page of plugin.render(input.records).map(checked)) {
        const fault = pageFault(page, pages);
        if (fault === undefined) pages.set(page.path, generatedPage(page.text));
        else
          problems.push({
            path: page.path,
            rule: 'bad-page',
            message: `${fault} (${plugin.name})`,
          });
      }
    } catch (error) {
      problems.push(pluginFailure(plugin, 'mirror' as StorePath, error));
      isWhole = false;
    }
  }
  const changes = pageChanges(pages, input.present, isWhole).filter(
    ({ path }) => !input.isUnread(path),
  );
  const foreign = [...input.present].filter(
    ([path, text]) => !pages.has(path) && !isGenerated(text),
  );
  for (const [path] of foreign) {
    const message =
      'Expected generated pages only in this folder, found a file of your own. Move it to sources/.';
    problems.push({ path, rule: 'not-generated', message });
  }
  return { changes, problems };
}

function checked({ path, text }: RenderedFile): RenderedFile {
  if (typeof path !== 'string' || typeof text !== 'string') {
    throw new TypeError('a page lacks its path or text');
  }
  return { path, text: text.toWellFormed() };
}

function pageFault(page: RenderedFile, pages: ReadonlyMap<StorePath, string>): string | undefined {
  const isBelow = /^(?:projects\/[a-z0-9_-]+\/mirror|reports)\/(?:[\w-]+\/)*[\w-]+\.md$/.test(
    page.path,
  );
  if (!isBelow) return 'Expected a Markdown page below mirror/ or reports/';
  if (page.text.length > PAGE_CHARS_MAX) {
    return `Expected at most ${PAGE_CHARS_MAX} characters, found ${page.text.length}`;
  }
  return pages.has(page.path) ? 'Expected a page that nothing else renders' : undefined;
}

function pageChanges(
  pages: ReadonlyMap<StorePath, string>,
  present: ReadonlyMap<StorePath, string>,
  isWhole: boolean,
): readonly Change[] {
  const changes: Change[] = [];
  for (const [path, text] of [...pages].sort(([a], [b]) => byText(a, b))) {
    if (present.get(path) !== text) changes.push({ path, text });
  }
  for (const [path, text] of present) {
    if (isWhole && !pages.has(path) && isGenerated(text)) changes.push({ path, text: null });
  }
  return changes;
}
