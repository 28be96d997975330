/** The jobs of a daemon, and what is remembered of them between its starts. */
import { join } from 'node:path';
import { type BackupPlace, listPlace } from './backup/backup-folder.ts';
import { RETENTION } from './backup/retention.ts';
import { backUp, cleanUp, drill, type Second, validateOnRecord } from './backup-flow.ts';
import type { Engine } from './engine.ts';
import { AtoError } from './errors.ts';
import type { Alone } from './one-at-a-time.ts';
import type { Job, ScheduleMemory } from './schedule.ts';
import type { Person } from './store/commit-object.ts';
import { durableFs, errorCode, nodeDisk } from './store/durable-fs.ts';
import { sweep } from './sweep.ts';

export interface ScheduledWork {
  readonly place: BackupPlace;
  readonly second: Second | undefined;
  readonly alone: Alone;
  /** Whom a drill's commits name. */
  readonly person: Person;
  readonly build: string;
  readonly now: () => Date;
}

/** In the order in which they are done when several are due. */
export function jobsOf(engine: Engine, work: ScheduledWork): readonly Job[] {
  const { schedule } = engine.config;
  const { alone } = work;
  return [
    { name: 'sweep', pattern: schedule.sweep, run: () => sweepOnce(engine) },
    {
      name: 'maintain',
      pattern: schedule.maintain,
      run: () => alone('the packing of git objects', () => maintainOnce(engine)),
    },
    { name: 'sync', pattern: schedule.sync, run: () => syncOnce(engine, work) },
    {
      name: 'backup',
      pattern: schedule.backup,
      run: () => alone('the scheduled backup', () => backUpOnce(engine, work)),
    },
    {
      name: 'validate',
      pattern: schedule.validate,
      run: () => alone('the scheduled validation', () => validateOnce(engine, work)),
    },
    {
      name: 'drill',
      pattern: schedule.drill,
      run: () => alone('the scheduled drill', () => drillOnce(engine, work)),
    },
  ];
}

async function sweepOnce(engine: Engine): Promise<string> {
  const { open, appeared, gone } = await sweep(engine);
  const found = `${open.length} open conflicts`;
  if (appeared.length + gone.length === 0) return found;
  return `${found}; ${appeared.length} that no write had shown, ${gone.length} that no longer hold`;
}

async function maintainOnce(engine: Engine): Promise<string> {
  const { by, loose, packs } = await engine.maintain();
  if (by === 'nobody')
    return `${loose.before} loose objects, ${packs.before} packs: left as they are`;
  const after = `${loose.after} loose, ${packs.after} packs`;
  return `packed by ${by}: ${loose.before} loose objects, ${packs.before} packs became ${after}`;
}

async function syncOnce(engine: Engine, { person }: ScheduledWork): Promise<string> {
  const { upstream, came, went, disputes, copies } = await engine.sync.run(person);
  const left = disputes.length + copies.length;
  const open = left === 0 ? '' : `, ${left} left to a person`;
  return `in step with ${upstream}: ${came} commits came, ${went} went${open}`;
}

async function backUpOnce(engine: Engine, work: ScheduledWork): Promise<string> {
  const { place, second, build, now } = work;
  const { stamp, manifest, copy } = await backUp(engine, {
    place,
    second,
    build,
    reason: 'scheduled',
  });
  const { store } = engine.config;
  const { removed } = await cleanUp(place, {
    policy: RETENTION,
    isConfirmed: true,
    now: now(),
    store,
  });
  const made = `${stamp}, ${manifest.content.files} files`;
  if (copy?.fault !== undefined) throw new AtoError('failed', `Made ${made}. ${copy.fault}`);
  const copied = copy === undefined ? '' : `, copied to ${copy.to}`;
  return `${made}${copied}${removed.length === 0 ? '' : `, ${removed.length} old ones removed`}`;
}

async function validateOnce(engine: Engine, { place, now }: ScheduledWork): Promise<string> {
  const [newest] = await listPlace(place);
  if (newest === undefined) {
    throw new AtoError('not-found', `Expected a backup in ${place.folder}, found none.`);
  }
  const { store } = engine.config;
  const report = await validateOnRecord(place, newest.stamp, { level: 3, now: now(), store });
  if (report.isValid) return `${newest.stamp} is valid to level ${report.reached}`;
  throw new AtoError(
    'verification-failed',
    report.fault?.message ?? `${newest.stamp} is not valid`,
  );
}

async function drillOnce(engine: Engine, work: ScheduledWork): Promise<string> {
  const { place, person, build } = work;
  const { stamp, isPassed, level, steps } = await drill(engine, { place, level: 2, person, build });
  if (isPassed) return `drill ${stamp} passed at level ${level}`;
  const failed = steps.find((step) => !step.isPassed);
  throw new AtoError('verification-failed', `Drill ${stamp}: ${failed?.name}: ${failed?.found}`);
}

const MEMORY_NAME = 'schedule.json';

/** What `keepMemory` wrote; none where there is none, or what is there cannot be read as one. */
export async function readMemory(folder: string): Promise<ScheduleMemory | undefined> {
  try {
    const text = await nodeDisk.readFile(memoryPath(folder), 'utf8');
    const found = JSON.parse(text) as Partial<ScheduleMemory> | null;
    const isMemory =
      typeof found?.runs === 'object' && !Number.isNaN(Date.parse(String(found.since)));
    return isMemory ? (found as ScheduleMemory) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export async function keepMemory(folder: string, memory: ScheduleMemory): Promise<void> {
  await durableFs().writeFile(memoryPath(folder), `${JSON.stringify(memory, null, 2)}\n`);
}

function memoryPath(folder: string): string {
  return join(folder, '.atocore', MEMORY_NAME);
}
