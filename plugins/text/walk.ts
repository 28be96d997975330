/**
 * Goes over a Markdown tree in document order without recursion: nesting has no limit of its own.
 */
import type { Nodes, Root } from 'mdast';

/** Calls `enter` for each node; answering `skip` leaves out what is inside that node. */
export function walk(tree: Root, enter: (node: Nodes) => 'skip' | undefined): void {
  const waiting: Nodes[] = [tree];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (enter(node) === 'skip' || !('children' in node)) continue;
    for (let index = node.children.length - 1; index >= 0; index -= 1) {
      const child = node.children[index];
      if (child !== undefined) waiting.push(child);
    }
  }
}
