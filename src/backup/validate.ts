/** Says how far a backup can be believed, level by level: the file, the pack, the tree. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AtoError, type ErrorCode } from '../errors.ts';
import { type Disk, nodeDisk } from '../store/durable-fs.ts';
import { parseBundleHeader } from './bundle.ts';
import { checkOut } from './check-out.ts';
import { readIndexCopy } from './index-copy.ts';
import type { Stamp, ValidationLevel } from './manifest.ts';
import { type OpenedBackup, openBackup, readBundle } from './open-backup.ts';
import { readManifest } from './place.ts';

/** Settles a store in a scratch folder; throws unless that changes nothing. Comes from the engine. */
export type ProveTree = (folder: string, backup: OpenedBackup) => Promise<void>;

export interface ValidationOptions {
  readonly level: ValidationLevel;
  /** Needed for level 3. */
  readonly prove?: ProveTree;
  /** Only a backup of this store will do. */
  readonly store?: string;
  /** Where a scratch folder may be made; default the system's. */
  readonly scratch?: string;
  readonly disk?: Disk;
}

export interface ValidationReport {
  readonly stamp: Stamp;
  readonly isValid: boolean;
  readonly asked: ValidationLevel;
  /** The last level that was passed; 0 when none was. */
  readonly reached: 0 | ValidationLevel;
  /** Of the copy of the index beside it, where there is to be one; a damaged one is only built anew. */
  readonly index?: 'whole' | 'damaged';
  readonly fault?: { readonly code: ErrorCode; readonly message: string };
  readonly durationMs: number;
}

/** Never throws for a bad backup: what is wrong with it is the answer. */
export async function validateBackup(
  place: string,
  stamp: Stamp,
  options: ValidationOptions,
): Promise<ValidationReport> {
  const startedMs = performance.now();
  const { level, disk = nodeDisk } = options;
  let reached: ValidationReport['reached'] = 0;
  let index: ValidationReport['index'];
  const report = (fault?: AtoError): ValidationReport => ({
    stamp,
    isValid: fault === undefined,
    asked: level,
    reached,
    ...(index === undefined ? {} : { index }),
    ...(fault === undefined ? {} : { fault: { code: fault.code, message: fault.message } }),
    durationMs: Math.round(performance.now() - startedMs),
  });
  try {
    const manifest = await readManifest(place, stamp, disk);
    assertStore(manifest.store, options.store);
    parseBundleHeader(await readBundle(place, manifest, disk));
    if (manifest.index !== undefined) {
      index = (await readIndexCopy(place, manifest, disk)) === undefined ? 'damaged' : 'whole';
    }
    reached = 1;
    if (level === 1) return report();
    const opened = await openBackup(place, stamp, disk);
    reached = 2;
    if (level === 2) return report();
    await proveTree(opened, options);
    reached = 3;
    return report();
  } catch (error) {
    if (error instanceof AtoError) return report(error);
    throw error;
  }
}

/** AtoError `wrong-state` for another store's backup. */
export function assertStore(found: string, expected: string | undefined): void {
  if (expected === undefined || found === expected) return;
  throw new AtoError(
    'wrong-state',
    `Expected a backup of store ${expected}, found one of store ${found}. Say so if you mean it; nothing was changed.`,
    { extra: { expected, found } },
  );
}

async function proveTree(opened: OpenedBackup, options: ValidationOptions): Promise<void> {
  const { prove, scratch = tmpdir() } = options;
  if (prove === undefined) throw new TypeError('level 3 needs a way to settle');
  const folder = await mkdtemp(join(scratch, 'atocore-validate-'));
  try {
    const store = join(folder, 'store');
    await checkOut(opened, store, { isDurable: false });
    await prove(store, opened);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
