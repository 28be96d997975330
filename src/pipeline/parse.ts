/** The first stage: a file to a document, by the first plugin (by name) that takes it. */
import type { Document, Plugin, Problem, SourceFile, StorePath } from '../plugin.ts';

export interface Parsed {
  readonly document?: Document;
  readonly problems: readonly Problem[];
  /** False when a plugin failed: the document then counts as unread. */
  readonly isWhole: boolean;
}

export function parse(file: SourceFile, plugins: readonly Plugin[]): Parsed {
  for (const plugin of plugins) {
    if (plugin.parse === undefined) continue;
    try {
      const document = plugin.parse(file);
      if (document !== undefined) return { document, problems: [], isWhole: true };
    } catch (error) {
      return { problems: [pluginFailure(plugin, file.path, error)], isWhole: false };
    }
  }
  return { problems: [], isWhole: true };
}

/** A plugin that throws is a problem that names it, whatever it threw (design.md §4). */
export function pluginFailure(plugin: Plugin, path: StorePath, error: unknown): Problem {
  const found = error instanceof Error ? error.message : String(error);
  const message = `Expected plugin ${plugin.name} to read this, found it failing: ${found.slice(0, 200)}. Report it to the plugin's authors; until then the file counts as unread.`;
  return { path, rule: 'plugin-failed', message };
}
