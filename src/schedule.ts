/** Work that comes round by itself: when each job is due, one after the other, and what came of it. */
import { Cron } from 'croner';
import { AtoError } from './errors.ts';
import { present } from './model/records.ts';
import type { JobName } from './model/store-config.ts';

export interface Job {
  readonly name: JobName;
  /** Five fields as cron has them, in local time, or `off`. */
  readonly pattern: string;
  /** Does the work, and says in a line what came of it; what went wrong is thrown. */
  readonly run: () => Promise<string>;
}

export interface JobRun {
  /** When it began, UTC. */
  readonly at: string;
  readonly isDone: boolean;
  /** What came of it, or what went wrong. */
  readonly found: string;
  readonly durationMs: number;
}

export interface JobStanding {
  readonly name: JobName;
  readonly pattern: string;
  readonly state: 'ok' | 'failed' | 'waiting' | 'running' | 'off';
  readonly last?: JobRun;
  /** UTC; in the past for one that waits for another to end. */
  readonly next?: string;
}

/** What has to outlive a process, so that a time that passed meanwhile is made up for. */
export interface ScheduleMemory {
  /** When the schedule was first met, UTC. */
  readonly since: string;
  readonly runs: Readonly<Partial<Record<JobName, JobRun>>>;
}

export interface ScheduleOptions {
  readonly jobs: readonly Job[];
  readonly now: () => Date;
  /** What `keep` was given last; none at the first start. */
  readonly memory?: ScheduleMemory | undefined;
  readonly keep: (memory: ScheduleMemory) => Promise<void>;
  /** Told of each run as it ends. */
  readonly onRun?: (name: JobName, run: JobRun) => void;
}

interface Planned extends Job {
  /** None for a job that is off. */
  readonly cron: Cron | undefined;
}

/** The jobs of a daemon. `tick` runs what is due; a time that was slept through counts once. */
export class Schedule {
  readonly #options: ScheduleOptions;
  readonly #jobs: readonly Planned[];
  #memory: ScheduleMemory;
  #running: JobName | undefined;
  #ticking: Promise<void> | undefined;
  #isEnded = false;

  /** AtoError `invalid` for a pattern that cron would not take. */
  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#jobs = options.jobs.map((job) => ({ ...job, cron: cronOf(job) }));
    this.#memory = options.memory ?? { since: options.now().toISOString(), runs: {} };
  }

  /** Runs what is due, in order of the jobs; resolves when that is done. Never throws. */
  tick(): Promise<void> {
    this.#ticking ??= this.#runDue().finally(() => {
      this.#ticking = undefined;
    });
    return this.#ticking;
  }

  standing(): readonly JobStanding[] {
    return this.#jobs.map(({ name, pattern, cron }) => {
      const last = this.#memory.runs[name];
      const next = this.#nextOf(name, cron)?.toISOString();
      const lately = last === undefined ? 'waiting' : last.isDone ? 'ok' : 'failed';
      const state = this.#running === name ? 'running' : cron === undefined ? 'off' : lately;
      return { name, pattern, state, ...present({ last, next }) };
    });
  }

  /** Nothing begins any more; resolves when what runs is done. */
  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#ticking;
  }

  async #runDue(): Promise<void> {
    // Kept from the start: whoever is never up at the right time is made up for too.
    if (this.#options.memory === undefined) await this.#keep(this.#memory);
    for (const job of this.#jobs) {
      if (this.#isEnded) return;
      const next = this.#nextOf(job.name, job.cron);
      if (next !== undefined && next <= this.#options.now()) await this.#run(job);
    }
  }

  async #run({ name, run }: Job): Promise<void> {
    const at = this.#options.now().toISOString();
    const startedMs = performance.now();
    this.#running = name;
    const ended = await run().then(
      (found) => ({ isDone: true, found }),
      (error: unknown) => ({ isDone: false, found: messageOf(error) }),
    );
    this.#running = undefined;
    const last = { at, ...ended, durationMs: Math.round(performance.now() - startedMs) };
    await this.#keep({ ...this.#memory, runs: { ...this.#memory.runs, [name]: last } });
    this.#options.onRun?.(name, last);
  }

  async #keep(memory: ScheduleMemory): Promise<void> {
    this.#memory = memory;
    // What cannot be kept (a full disk) is known until the process ends; `/health` tells of the disk.
    await this.#options.keep(memory).catch(() => undefined);
  }

  #nextOf(name: JobName, cron: Cron | undefined): Date | undefined {
    const after = this.#memory.runs[name]?.at ?? this.#memory.since;
    return cron?.nextRun(new Date(after)) ?? undefined;
  }
}

function cronOf({ name, pattern }: Job): Cron | undefined {
  if (pattern === 'off') return undefined;
  try {
    return new Cron(pattern, { paused: true, mode: '5-part' });
  } catch (error) {
    throw new AtoError(
      'invalid',
      `Expected a pattern of cron such as "15 3 * * *", or "off", at schedule.${name} in atocore.json, found ${JSON.stringify(pattern)}: ${messageOf(error)}. Correct it.`,
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
