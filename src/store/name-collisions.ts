/** Files whose names some file system takes for one. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Problem, StorePath } from '../plugin.ts';
import { collisionKey } from './store-path.ts';

const SLICE_COUNT = 2000;

/** A problem for each of them: names that differ only by case or by Unicode form. */
export async function nameCollisions(paths: readonly StorePath[]): Promise<readonly Problem[]> {
  const byKey = new Map<string, StorePath[]>();
  for (const [n, path] of paths.entries()) {
    if (n % SLICE_COUNT === SLICE_COUNT - 1) await turn();
    const key = collisionKey(path);
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [path]);
    else same.push(path);
  }
  const groups = [...byKey.values()].filter((same) => same.length > 1);
  return groups.flatMap((same) => same.map((path) => collision(path, same)));
}

function collision(path: StorePath, same: readonly StorePath[]): Problem {
  const others = same.filter((other) => other !== path).sort();
  const shown = others.map((other) => JSON.stringify(other)).join(', ');
  const message = `Expected names that differ by more than case or Unicode form, found ${shown} beside this. Rename one; some machines can hold only one of them.`;
  return { path, rule: 'name-collision', message };
}
