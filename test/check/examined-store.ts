/** A store with something of everything, and copies of it to damage. */
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { backupPlace } from '../../src/backup/backup-folder.ts';
import { takeBackup } from '../../src/backup-flow.ts';
import {
  type CheckName,
  type CheckOptions,
  type CheckReport,
  checkStore,
} from '../../src/check.ts';
import { Ground } from '../../src/check-ground.ts';
import type { Creation } from '../../src/creations.ts';
import { Engine } from '../../src/engine.ts';
import { newConfig, readConfig } from '../../src/model/store-config.ts';
import { newStore } from '../../src/new-store.ts';
import { ParseThreads } from '../../src/parse-threads.ts';
import type { ProjectId, RecordId, StorePath } from '../../src/plugin.ts';
import { openStore } from '../../src/store/open.ts';
import { git } from '../support/native-git.ts';
import { ANN, put } from '../support/store-tree.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

export interface Examinee {
  readonly folder: string;
  readonly backups: string;
  /** Paths of records by what they are. */
  readonly active: StorePath;
  readonly rejected: StorePath;
  readonly conflict: StorePath;
  readonly mirror: StorePath;
  /** The blob of a version of README.md that no present file has. */
  readonly oldBlob: string;
}

export const NOW = new Date('2026-11-27T10:00:00Z');

/** Settled and closed, with an active record, a rejected one, an open conflict, a page and a backup. */
export async function examinee(test: Pick<TestContext, 'after'>): Promise<Examinee> {
  const above = await temporaryFolder(test);
  const [folder, backups] = [join(above, 'store'), join(above, 'backups')];
  await newStore(folder, { example: true, by: ANN });
  await put(folder, 'README.md', 'An earlier version.\n');
  await git(folder, ['commit', '-qam', 'an earlier version']);
  const oldBlob = (await git(folder, ['rev-parse', 'HEAD:README.md'])).trim();
  await put(folder, 'README.md', 'A store.\n');
  const engine = await Engine.open({ folder, watch: false });
  try {
    const view = await engine.ready();
    const candidates = [...view.settlement.records.values()].filter(
      ({ record }) => record.status === 'candidate' && record.type === 'entity',
    );
    const ids = candidates.map(({ record }) => record.id);
    const [first, second] = ids as [RecordId, RecordId];
    await engine.decide({ act: 'promote', id: first, by: ANN });
    await engine.decide({ act: 'reject', id: second, by: ANN });
    for (const value of ['12', '18']) await engine.create(parameter(value));
    await engine.settle();
    await takeBackup(folder, { place: { folder: backups, isDefault: true } });
    const records = engine.view?.settlement.records;
    const files = await readdir(folder, { recursive: true });
    return {
      folder,
      backups,
      active: records?.get(first)?.record.path as StorePath,
      rejected: records?.get(second)?.record.path as StorePath,
      conflict: files.find((path) => path.startsWith('conflicts/')) as StorePath,
      mirror: files.find((path) => path.includes('/mirror/')) as StorePath,
      oldBlob,
    };
  } finally {
    await engine.close();
  }
}

function parameter(value: string): Creation {
  const draft = {
    type: 'entity',
    kind: 'parameter',
    project: 'p05-interferometer' as ProjectId,
    subject: 'pad count',
    text: `The pad count is ${value}.`,
    value,
  } as const;
  return { draft, by: ANN, as: 'reviewer' };
}

// Started once: of their own they would be most of what a check of a small store takes.
const threads = new ParseThreads(
  { config: readConfig(newConfig('0123-abcd')), operatorPlugins: {} },
  1,
);

/** A copy of it, stats and all. */
export async function copyOf(test: Pick<TestContext, 'after'>, from: Examinee): Promise<Examinee> {
  const above = await temporaryFolder(test);
  await cp(join(from.folder, '..'), above, { recursive: true, preserveTimestamps: true });
  return { ...from, folder: join(above, 'store'), backups: join(above, 'backups') };
}

export async function examine(
  { folder, backups }: Examinee,
  options: Partial<CheckOptions> = {},
): Promise<CheckReport> {
  return checkStore(new Ground(await openStore(folder), { threads }), {
    backups: backupPlace('store', backups),
    now: new Date(),
    ...options,
  });
}

/** The checks that have something to say, with how bad it is. */
export function said({ checks }: CheckReport): Partial<Record<CheckName, string>> {
  return Object.fromEntries(
    checks
      .filter(({ state }) => state === 'error' || state === 'warning')
      .map(({ name, state }) => [name, state]),
  );
}

/** Edits a file by replacing, and commits it as somebody would with git alone. */
export async function editAndCommit(
  folder: string,
  path: string,
  edit: (text: string) => string,
): Promise<void> {
  const file = join(folder, path);
  const before = await readFile(file, 'utf8');
  const after = edit(before);
  if (after === before) throw new Error(`nothing to replace in ${path}:\n${before}`);
  await writeFile(file, after);
  await commitAll(folder);
}

export async function commitAll(folder: string): Promise<void> {
  await git(folder, ['add', '-A']);
  await git(folder, ['commit', '-qm', 'by hand']);
}
