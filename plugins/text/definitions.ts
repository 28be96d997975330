/** The addresses that reference links such as `[text][label]` point to. */
import type { Root } from 'mdast';
import { walk } from './walk.ts';

export type Definitions = ReadonlyMap<string, string>;

/** Label, as mdast normalises it, to address; the first definition of a label counts. */
export function definitionsOf(tree: Root): Definitions {
  const definitions = new Map<string, string>();
  walk(tree, (node) => {
    if (node.type === 'definition' && !definitions.has(node.identifier)) {
      definitions.set(node.identifier, node.url);
    }
    return node.type === 'paragraph' ? 'skip' : undefined;
  });
  return definitions;
}
