/** Locks as a kill leaves them behind. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** No process has this pid: Linux gives none above 2 ** 22. */
const DEAD_PID = 2 ** 22 + 1;

/** As after a kill: the notes in lock files name a process that is gone. */
export async function buryHolder(dir: string): Promise<void> {
  for (const name of ['.git/index.lock', '.git/refs/heads/main.lock']) {
    const text = await readFile(join(dir, name), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const note: unknown = JSON.parse(text);
    await writeFile(join(dir, name), JSON.stringify({ ...(note as object), pid: DEAD_PID }));
  }
}
