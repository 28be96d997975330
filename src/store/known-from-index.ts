/** What git's index knows of the files on the disk, so that a start reads only what has changed. */
import type { StorePath } from '../plugin.ts';
import { entryMode, entryOid, entryStat } from './git-index.ts';
import { isIgnoredPath } from './ignored-path.ts';
import { pathOfKey } from './objects.ts';
import { head } from './refs.ts';
import { type Known, NOTHING_KNOWN, type ScanEntry } from './scan.ts';
import { readIndex } from './staging.ts';
import type { Store } from './store.ts';
import { storePath } from './store-path.ts';

/** A start for the first scan. An entry that the index cannot vouch for is read again by the scan. */
export async function knownFromIndex(store: Store): Promise<Known> {
  const { index, writtenMs } = await readIndex(store, await head(store));
  const entries = new Map<StorePath, ScanEntry>();
  for (const entry of index.entries) {
    const path = storePath(pathOfKey(entry.key));
    const isFile = entryMode(entry).startsWith('100');
    if (path === undefined || !isFile || isIgnoredPath(path)) continue;
    const { ctimeMs, mtimeMs, mtimeSeconds, ino, size } = entryStat(entry);
    // Native git may record a stat after it has read the content, within one second.
    const isFresh = entry.stage !== 0 || mtimeSeconds >= Math.floor(writtenMs / 1000);
    entries.set(path, { oid: entryOid(entry), size, mtimeMs, ctimeMs, ino, isFresh });
  }
  return { ...NOTHING_KNOWN, entries };
}
