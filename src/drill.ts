/** Proves that backups of a store can be restored, by restoring one and comparing (invariant 14). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkOut } from './backup/check-out.ts';
import { createBackup } from './backup/create.ts';
import type { DrillLevel, DrillReport, DrillStep } from './backup/drill-reports.ts';
import { writeDrillReport } from './backup/drill-reports.ts';
import { stampOf } from './backup/manifest.ts';
import { openBackup } from './backup/open-backup.ts';
import { listBackups } from './backup/place.ts';
import { validateBackup } from './backup/validate.ts';
import { assertSamePacks, packsOf, withoutRevision } from './drill-packs.ts';
import { Engine } from './engine.ts';
import { AtoError } from './errors.ts';
import type { StorePath } from './plugin.ts';
import { proveTree } from './prove-tree.ts';
import { restoreThrough } from './restore-flow.ts';
import type { Person } from './store/commit-object.ts';
import { treeAt } from './store/history.ts';
import { openStore } from './store/open.ts';
import { readFile } from './store/read-file.ts';
import { head } from './store/refs.ts';
import type { Store } from './store/store.ts';
import { writeFiles } from './store/write.ts';

export interface DrillOptions {
  readonly place: string;
  readonly mayMakePlace?: boolean;
  readonly level: DrillLevel;
  readonly person: Person;
  /** Asked of the store before and after; default: a few about each project. */
  readonly prompts?: readonly string[];
  readonly build?: string;
  readonly now?: Date;
  /** Where scratch folders are made; default the system's. */
  readonly scratch?: string;
}

/**
 * Level 1 proves the newest backup that is there, and writes nothing to the store. Level 2 makes one,
 * restores it to a scratch folder, compares, and restores in place there. Level 3 also restores in
 * place in the store itself, with a marker that comes and goes in commits of its own.
 * What fails is in the report, which is written to `drills/` beside the backups either way.
 * AtoError only when the report cannot be written.
 */
export async function runDrill(engine: Engine, options: DrillOptions): Promise<DrillReport> {
  const now = options.now ?? new Date();
  const startedMs = performance.now();
  const steps: DrillStep[] = [];
  const drill: Drill = { engine, options, now, steps, scratch: '' };
  const scratch = await mkdtemp(join(options.scratch ?? tmpdir(), 'atocore-drill-'));
  try {
    await roads[options.level]({ ...drill, scratch });
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  const report: DrillReport = {
    stamp: stampOf(now),
    at: now.toISOString(),
    level: options.level,
    store: engine.config.store,
    isPassed: steps.every(({ isPassed }) => isPassed),
    steps,
    durationMs: Math.round(performance.now() - startedMs),
  };
  await writeDrillReport(options.place, report, options.mayMakePlace === true);
  return report;
}

interface Drill {
  readonly engine: Engine;
  readonly options: DrillOptions;
  readonly now: Date;
  readonly steps: DrillStep[];
  readonly scratch: string;
}

class StepFailed extends Error {}

const roads: Readonly<Record<DrillLevel, (drill: Drill) => Promise<void>>> = {
  1: proveNewest,
  2: async (drill) => {
    await proveInScratch(drill);
  },
  3: async (drill) => {
    await proveInScratch(drill);
    await proveInPlace(drill, drill.engine, drill.options.place, 'in the store');
  },
};

async function step<Result>(
  { steps }: Drill,
  name: string,
  work: () => Promise<{ readonly found: string; readonly result: Result }>,
): Promise<Result> {
  const startedMs = performance.now();
  const end = (isPassed: boolean, found: string): void => {
    steps.push({ name, isPassed, found, durationMs: Math.round(performance.now() - startedMs) });
  };
  try {
    const { found, result } = await work();
    end(true, found);
    return result;
  } catch (error) {
    end(false, error instanceof Error ? error.message : String(error));
    throw new StepFailed();
  }
}

async function proveNewest(drill: Drill): Promise<void> {
  const { place, scratch } = drill.options;
  const newest = await step(drill, 'find the newest backup', async () => {
    const [first] = await listBackups(place);
    if (first === undefined) throw new Error(`Expected a backup in ${place}, found none.`);
    return { found: first.stamp, result: first };
  });
  await step(drill, 'restore it to a scratch folder and settle', async () => {
    const { isValid, fault } = await validateBackup(place, newest.stamp, {
      level: 3,
      prove: proveTree,
      store: drill.engine.config.store,
      ...(scratch === undefined ? {} : { scratch }),
    });
    if (!isValid) throw new Error(fault?.message);
    return { found: 'settled to no changes', result: undefined };
  });
}

async function proveInScratch(drill: Drill): Promise<void> {
  const { engine, options, scratch, now } = drill;
  const { place, mayMakePlace = false, build } = options;
  const live = await step(drill, 'settle the store', async () => {
    const { revision } = await engine.settle();
    return { found: revision, result: packsOf(engine, now, options.prompts) };
  });
  const store = await openStore(engine.status().folder);
  const backup = await step(drill, 'back up', async () => {
    const made = await createBackup(store, {
      place,
      mayMakePlace,
      reason: 'drill',
      ...(build === undefined ? {} : { build }),
    });
    return { found: made.stamp, result: await openBackup(place, made.stamp) };
  });
  const folder = join(scratch, 'store');
  await step(drill, 'restore to a scratch folder', async () => {
    await checkOut(backup, folder, { isDurable: false });
    const count = await assertSameFiles(store.dir, backup.head, folder);
    return { found: `${count} files, byte for byte`, result: undefined };
  });
  const copy = await Engine.open({ folder, watch: false });
  try {
    await step(drill, 'settle it and ask the same', async () => {
      await copy.ready();
      const { revision } = await copy.settle();
      if (revision !== backup.head) throw new Error('Expected no changes, found some.');
      if (live.revision !== backup.head) {
        return { found: 'the store moved on meanwhile; packs not compared', result: undefined };
      }
      const { packs } = packsOf(copy, now, options.prompts);
      assertSamePacks(live.packs, packs);
      return { found: `${packs.length} packs, byte for byte`, result: undefined };
    });
    await proveInPlace(drill, copy, join(scratch, 'backups'), 'in the scratch folder');
  } finally {
    await copy.close();
  }
}

/** Marker, backup, change, restore; then the marker goes, whatever came of it. */
async function proveInPlace(
  drill: Drill,
  engine: Engine,
  place: string,
  where: string,
): Promise<void> {
  const stamp = stampOf(drill.now);
  const path = `projects/_inbox/sources/drill/marker-${stamp.toLowerCase()}.md` as StorePath;
  const store = await openStore(engine.status().folder);
  const before = await head(store);
  const put = async (content: string | null): Promise<void> => {
    await writeFiles(store, [{ path, content }]);
    await engine.settle();
  };
  try {
    await restoreWithMarker(drill, { engine, store, place, where, path, put });
  } finally {
    await step(drill, `take the marker away ${where}`, async () => {
      await put(null);
      const present = await head(store);
      if (before === undefined || present === undefined) throw new Error('Expected a head.');
      const [then, since] = [await treeAt(store, before), await treeAt(store, present)];
      const isSame =
        then.size === since.size && [...then].every(([p, oid]) => since.get(p) === oid);
      if (!isSame) throw new Error('Expected the tree as before the drill, found another.');
      return { found: 'gone; the tree is as before', result: undefined };
    });
  }
}

async function restoreWithMarker(
  drill: Drill,
  at: {
    readonly engine: Engine;
    readonly store: Store;
    readonly place: string;
    readonly where: string;
    readonly path: StorePath;
    readonly put: (content: string) => Promise<void>;
  },
): Promise<void> {
  const { options, now } = drill;
  const { engine, store, place, where, path, put } = at;
  const { person } = options;
  const stamp = stampOf(now);
  const text = `# Drill ${stamp}\n\nThis marker is the one that was backed up.\n`;
  const changed = `# Drill ${stamp}\n\nThis marker was changed after the backup.\n`;
  const asked = [`Drill ${stamp} marker`, ...(options.prompts ?? [])];
  await step(drill, `write a marker ${where}`, async () => {
    await put(text);
    return { found: path, result: undefined };
  });
  const packs = packsOf(engine, now, asked);
  const made = await step(drill, `back up ${where}`, async () => {
    const { stamp: name, manifest } = await createBackup(store, {
      place,
      mayMakePlace: true,
      reason: 'drill',
    });
    return { found: name, result: { name, manifest } };
  });
  await step(drill, `change the marker ${where}`, async () => {
    await put(changed);
    const { packs: other } = packsOf(engine, now, asked);
    if (!other.some(({ text: pack }) => pack.includes('changed after the backup'))) {
      throw new Error('Expected the changed marker in a pack, found it in none.');
    }
    return { found: 'the change is served', result: undefined };
  });
  await step(drill, `restore in place ${where}`, async () => {
    const request = { place, stamp: made.name, person, noSafetyBackup: true };
    const report = await restoreThrough(engine, request);
    if (!report.isProven) throw new Error(report.message);
    const count = await assertSameFiles(store.dir, made.manifest.head, store.dir);
    return { found: `${count} files, byte for byte; nothing to settle`, result: undefined };
  });
  await step(drill, `ask the same ${where}`, async () => {
    const after = packsOf(engine, now, asked);
    // A restore in place is a new commit, so packs name another revision and day.
    assertSamePacks(packs.packs.map(withoutRevision), after.packs.map(withoutRevision));
    return { found: `${after.packs.length} packs, but for revision and day`, result: undefined };
  });
}

/** Every file of a commit is in a folder, with the same bytes. Gives how many there are. */
async function assertSameFiles(
  folder: string,
  commit: Parameters<typeof treeAt>[1],
  other: string,
): Promise<number> {
  const files = await treeAt(await openStore(folder), commit);
  const copy = await openStore(other);
  for (const [path, oid] of files) {
    const found = await readFile(copy, path, { bytesMax: Number.MAX_SAFE_INTEGER });
    if (found.oid !== oid) throw new AtoError('verification-failed', `${path} differs.`);
  }
  return files.size;
}
