/** The doctor: reads everything, trusts nothing, writes nothing (operations.md). */
import type { BackupPlace } from './backup/backup-folder.ts';
import { checkIndexFile, checkObjects, checkRefs } from './check-git.ts';
import type { Ground } from './check-ground.ts';
import { checkLifecycle, checkProvenance } from './check-history.ts';
import { checkIndex } from './check-index.ts';
import {
  checkConflicts,
  checkFrontMatter,
  checkIds,
  checkLayout,
  checkPipeline,
  checkRelations,
  checkSettled,
} from './check-records.ts';
import { checkBackups, checkDisk, checkLocks, checkSpool, checkWatcher } from './check-running.ts';
import { AtoError } from './errors.ts';
import type { Oid } from './plugin.ts';
import { type DiskRoom, diskRoom } from './store/disk-room.ts';

export type Severity = 'error' | 'warning';

export interface Finding {
  readonly severity: Severity;
  /** A file of the store, an object, a folder: where it is. */
  readonly path?: string;
  /** What was expected, what was found, what to do. */
  readonly message: string;
}

export interface CheckResult {
  readonly name: CheckName;
  readonly title: string;
  /** `unread`: what it looks at could not be read, which another check says, or nothing is there. */
  readonly state: 'ok' | Severity | 'skipped';
  /** The first of them. */
  readonly findings: readonly Finding[];
  readonly count: number;
  /** Why it was skipped. */
  readonly reason?: string;
}

export interface CheckReport {
  /** No error was found, and nothing was left out for one. */
  readonly isSound: boolean;
  readonly revision?: Oid;
  readonly checks: readonly CheckResult[];
  readonly durationMs: number;
}

/** What the process that serves the store says of itself; absent where none does. */
export interface Serving {
  readonly watcher: { readonly state: string; readonly reason?: string };
}

export interface CheckOptions {
  readonly serving?: Serving;
  readonly backups: BackupPlace;
  /** The folder that hooks leave captures in. */
  readonly spool?: string;
  readonly now: Date;
  readonly room?: DiskRoom;
  readonly onStart?: (title: string) => void;
}

/** What each check is given. */
export interface Examined {
  readonly ground: Ground;
  readonly options: CheckOptions & { readonly room: DiskRoom };
}

interface Check {
  readonly title: string;
  readonly run: (examined: Examined) => Promise<readonly Finding[]>;
}

/** In this order: what others rest upon comes first. */
export const CHECKS = {
  objects: {
    title: 'every git object hashes to its name, and every one needed is there',
    run: checkObjects,
  },
  refs: { title: 'HEAD and every reference name a commit that is there', run: checkRefs },
  'git-index': { title: "git's index can be read, and holds what HEAD holds", run: checkIndexFile },
  layout: { title: 'settings, format and the places of files', run: checkLayout },
  frontmatter: {
    title: 'records, state, projects and conflicts can be read',
    run: checkFrontMatter,
  },
  ids: { title: 'one id, one record, in the file of its name', run: checkIds },
  lifecycle: { title: 'no status that history does not lead to lawfully', run: checkLifecycle },
  provenance: {
    title: 'every record says what it rests on, and that is there',
    run: checkProvenance,
  },
  relations: { title: 'relations lead to records that are there', run: checkRelations },
  pipeline: { title: 'plugins read every document whole', run: checkPipeline },
  conflicts: { title: 'conflict files say what a fresh sweep says', run: checkConflicts },
  settled: { title: 'settling changes nothing', run: checkSettled },
  index: { title: 'the search index equals one made anew', run: checkIndex },
  spool: { title: 'the spool can be read and is not piling up', run: checkSpool },
  backups: {
    title: 'backups are there, recent, validated and drilled, on another disk',
    run: checkBackups,
  },
  disk: { title: 'room on the disk, in bytes and in files', run: checkDisk },
  watcher: { title: 'changes of files are noticed', run: checkWatcher },
  locks: { title: 'no lock is left behind', run: checkLocks },
} as const satisfies Readonly<Record<string, Check>>;

export type CheckName = keyof typeof CHECKS;

/** Findings shown of one check; the rest are counted. */
const FINDINGS_MAX = 100;

/** Runs every check, on the folder or on the commit that the ground is. What cannot be read is a finding, never an exception. */
export async function checkStore(ground: Ground, options: CheckOptions): Promise<CheckReport> {
  const startedMs = performance.now();
  const examined: Examined = { ground, options: { room: diskRoom, ...options } };
  const checks: CheckResult[] = [];
  for (const [name, check] of Object.entries(CHECKS) as [CheckName, Check][]) {
    options.onStart?.(check.title);
    checks.push(await runCheck(name, check, examined));
  }
  const revision = await ground.revision().catch(() => undefined);
  return {
    isSound: checks.every(
      ({ state, reason }) => state !== 'error' && reason?.startsWith(UNREAD) !== true,
    ),
    ...(revision === undefined ? {} : { revision }),
    checks,
    durationMs: Math.round(performance.now() - startedMs),
  };
}

/** The result with its findings cut to what is shown, worst first. */
export function resultOf(name: CheckName, all: readonly Finding[]): CheckResult {
  const errors = all.filter(({ severity }) => severity === 'error');
  const findings = [...errors, ...all.filter(({ severity }) => severity === 'warning')];
  return {
    name,
    title: CHECKS[name].title,
    state: errors.length > 0 ? 'error' : all.length > 0 ? 'warning' : 'ok',
    findings: findings.slice(0, FINDINGS_MAX),
    count: all.length,
  };
}

const UNREAD = 'What it looks at could not be read: ';

/** Thrown by a check that has nothing to look at here; the message says why. */
export class Skipped extends Error {
  override readonly name = 'Skipped';
}

async function runCheck(
  name: CheckName,
  { title, run }: Check,
  examined: Examined,
): Promise<CheckResult> {
  const skipped = { name, title, state: 'skipped', findings: [], count: 0 } as const;
  try {
    return resultOf(name, await run(examined));
  } catch (error) {
    if (error instanceof Skipped) return { ...skipped, reason: error.message };
    if (error instanceof AtoError) return { ...skipped, reason: UNREAD + error.message };
    throw error;
  }
}
