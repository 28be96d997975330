/** How the last sync went, kept in `.atocore/` between starts. */
import { join } from 'node:path';
import { durableFs, errorCode, nodeDisk } from './store/durable-fs.ts';
import type { LastSync } from './sync.ts';

/** What `keepLastSync` wrote; none where there is none, or what is there cannot be read as one. */
export async function readLastSync(folder: string): Promise<LastSync | undefined> {
  try {
    const found = JSON.parse(
      await nodeDisk.readFile(memoryPath(folder), 'utf8'),
    ) as LastSync | null;
    const isMemory =
      typeof found?.isDone === 'boolean' && !Number.isNaN(Date.parse(String(found.at)));
    return isMemory ? found : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export async function keepLastSync(folder: string, last: LastSync): Promise<void> {
  await durableFs().writeFile(memoryPath(folder), `${JSON.stringify(last, null, 2)}\n`);
}

function memoryPath(folder: string): string {
  return join(folder, '.atocore', 'sync.json');
}
