/** Temporary folders for tests, removed when the test ends. */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A test, or a file of tests by `{ after }` of node:test. */
export interface Endable {
  after(end: () => Promise<void>): void;
}

/** An empty folder, symbolic links in its name resolved. */
export async function temporaryFolder(test: Endable): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'atocore-test-')));
  test.after(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}
