/** Takes back what was written and is not to be committed. */
import type { IntendedChange } from './intent.ts';
import type { Oid, StorePath } from './plugin.ts';
import { readBlob } from './store/history.ts';
import type { Store } from './store/store.ts';
import { type FileChange, writeFiles } from './store/write.ts';

/** Files as they were committed before they were written; one that was edited since stays. */
export async function putBack(
  store: Store,
  committed: ReadonlyMap<StorePath, Oid>,
  changes: readonly IntendedChange[],
): Promise<void> {
  const back: FileChange[] = [];
  for (const { path, oid } of changes) {
    const before = committed.get(path);
    const content = before === undefined ? null : await readBlob(store, before);
    back.push({ path, content, expected: oid });
  }
  await writeFiles(store, back);
}
