/** Level 3 of a backup: its tree, checked out in a scratch place, settles to no changes. */
import type { OpenedBackup } from './backup/open-backup.ts';
import { Engine } from './engine.ts';
import { AtoError } from './errors.ts';
import { changedBetween } from './store/history.ts';
import { openStore } from './store/open.ts';

const NAMED_MAX = 5;

/** AtoError `verification-failed`, naming the files that settling changed. */
export async function proveTree(folder: string, backup: OpenedBackup): Promise<void> {
  const engine = await Engine.open({ folder, watch: false });
  let revision: string;
  try {
    await engine.ready();
    ({ revision } = await engine.settle());
  } finally {
    await engine.close();
  }
  if (revision === backup.head) return;
  const store = await openStore(folder);
  const changes = await changedBetween(store, backup.head, revision as typeof backup.head);
  const named = changes.slice(0, NAMED_MAX).map(({ path }) => path);
  throw new AtoError(
    'verification-failed',
    `Expected the backed up tree to be settled, found ${changes.length} files that settling changes: ${named.join(', ')}. Was the store settled by another version? The backup can be restored; settle after it.`,
    { extra: { paths: named } },
  );
}
