/** Reports of drills, one file for each beside the backups, and what the last one means today. */
import { join } from 'node:path';
import { diskError } from '../store/disk-error.ts';
import { durableFs, errorCode, nodeDisk } from '../store/durable-fs.ts';
import { isStamp, type Stamp } from './manifest.ts';
import { byStamp, openPlace } from './place.ts';

export type DrillLevel = 1 | 2 | 3;

export interface DrillStep {
  readonly name: string;
  readonly isPassed: boolean;
  /** What was found, or what went wrong. */
  readonly found: string;
  readonly durationMs: number;
}

export interface DrillReport {
  readonly stamp: Stamp;
  /** UTC. */
  readonly at: string;
  readonly level: DrillLevel;
  readonly store: string;
  readonly isPassed: boolean;
  readonly steps: readonly DrillStep[];
  readonly durationMs: number;
}

export interface DrillStanding {
  readonly state: 'passed' | 'failed' | 'old' | 'never';
  readonly last?: DrillReport;
  /** Empty when all is well. */
  readonly message: string;
}

/** A drill that passed longer ago says little about the disks of today. */
export const DRILL_DAYS_MAX = 35;
const FOLDER = 'drills';

export async function writeDrillReport(
  place: string,
  report: DrillReport,
  mayMakePlace: boolean,
): Promise<string> {
  const folder = join(await openPlace(place, { mayMake: mayMakePlace, disk: nodeDisk }), FOLDER);
  try {
    await nodeDisk.mkdir(folder, { recursive: true });
    const path = join(folder, `${report.stamp}.json`);
    await durableFs().writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
    return path;
  } catch (error) {
    throw diskError(error, `write the report of a drill to ${folder}`);
  }
}

/** What `/health` and `status` say of the last drill; a report that cannot be read is none. */
export async function drillStanding(place: string, now: Date): Promise<DrillStanding> {
  const last = await lastReport(place);
  if (last === undefined) {
    const message = 'Expected a restore drill, found none. Run one: atocore backup drill.';
    return { state: 'never', message };
  }
  const failed = last.steps.find(({ isPassed }) => !isPassed);
  if (!last.isPassed) {
    const message = `Expected the drill of ${last.at} to pass, found that it failed at "${failed?.name}": ${failed?.found}`;
    return { state: 'failed', last, message };
  }
  const days = Math.floor((now.getTime() - Date.parse(last.at)) / 86_400_000);
  if (days > DRILL_DAYS_MAX) {
    const message = `Expected a restore drill in the last ${DRILL_DAYS_MAX} days, found one of ${days} days ago. Run one: atocore backup drill.`;
    return { state: 'old', last, message };
  }
  return { state: 'passed', last, message: '' };
}

async function lastReport(place: string): Promise<DrillReport | undefined> {
  let names: string[];
  try {
    names = await nodeDisk.readdir(join(place, FOLDER));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw diskError(error, `read the drills in ${place}`);
  }
  const stamps = names.map((name) => name.replace(/\.json$/, '')).filter(isStamp);
  for (const stamp of stamps.sort(byStamp).reverse()) {
    const text = await nodeDisk.readFile(join(place, FOLDER, `${stamp}.json`), 'utf8');
    try {
      const report = JSON.parse(text) as Partial<DrillReport> | null;
      if (Array.isArray(report?.steps) && !Number.isNaN(Date.parse(String(report.at)))) {
        return report as DrillReport;
      }
    } catch (error) {
      // Written whole or not at all; a file that isn't JSON was put there by someone else.
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}
