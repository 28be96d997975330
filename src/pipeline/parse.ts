/** The first stage: a file to a document, by the first plugin (by name) that takes it. */
import { byText } from '../model/names.ts';
import type { Document, Plugin, Problem, SourceFile, StorePath } from '../plugin.ts';

export interface Parsed {
  readonly document?: Document;
  readonly problems: readonly Problem[];
  /** False when a plugin failed: the document then counts as unread. */
  readonly isWhole: boolean;
}

export function parse(file: SourceFile, plugins: readonly Plugin[]): Parsed {
  for (const plugin of inOrder(plugins)) {
    if (plugin.parse === undefined) continue;
    try {
      const document = plugin.parse(file);
      if (document === undefined) continue;
      assertDocument(document);
      return { document: { ...document, path: file.path }, problems: [], isWhole: true };
    } catch (error) {
      return { problems: [pluginFailure(plugin, file.path, error)], isWhole: false };
    }
  }
  return { problems: [], isWhole: true };
}

/** Plugins by name: the order in which they are given never changes a result (invariant 6). */
export function inOrder(plugins: readonly Plugin[]): readonly Plugin[] {
  return [...plugins].sort((a, b) => byText(a.name, b.name));
}

// What readers take for granted of a document, whoever made it.
function assertDocument(document: Document): void {
  const { title, text, sections, headings, links, frontMatter } = document;
  const isWell =
    typeof title === 'string' &&
    typeof text === 'string' &&
    typeof frontMatter === 'object' &&
    [sections, headings, links].every((list) => Array.isArray(list));
  if (!isWell) throw new TypeError('its document lacks a title, text, sections, headings or links');
}

/** A plugin that throws is a problem that names it, whatever it threw (design.md §4). */
export function pluginFailure(plugin: Plugin, path: StorePath, error: unknown): Problem {
  const found = error instanceof Error ? error.message : typeof error;
  const message = `Expected plugin ${plugin.name} to read this, found it failing: ${found.slice(0, 200)}. Report it to the plugin's authors; until then the file counts as unread.`;
  return { path, rule: 'plugin-failed', message };
}
