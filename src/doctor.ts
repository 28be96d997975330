/** The doctor of a store that is served: another thread reads everything, and compares with what is served here. */
import { once } from 'node:events';
import type { BackupPlace } from './backup/backup-folder.ts';
import { type CheckReport, type CheckResult, resultOf, type Serving } from './check.ts';
import { compareIndex } from './check-index.ts';
import type { CheckAnswer, CheckAsk } from './check-worker.ts';
import { AtoError } from './errors.ts';
import { newThread } from './new-thread.ts';
import type { View } from './view/view.ts';

export interface DoctorParts {
  readonly folder: string;
  /** The view that is served now. */
  readonly present: () => Promise<View>;
  readonly serving: () => Serving;
}

export interface DoctorAsk {
  readonly backups: BackupPlace;
  readonly spool?: string;
  readonly now: Date;
}

/** Every attempt reads the whole store. */
const ATTEMPTS_MAX = 3;

export class Doctor {
  readonly #parts: DoctorParts;
  readonly #stop = new AbortController();
  #underWay: Promise<CheckReport> | undefined;

  constructor(parts: DoctorParts) {
    this.#parts = parts;
  }

  /** Ends a check that is under way: whoever asked is told that the daemon stops. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#underWay?.catch(() => undefined);
  }

  /**
   * What `checkStore` finds of the published revision, and of the index that is served. One at a
   * time: whoever asks meanwhile gets the same answer. AtoError `busy` when the engine closes.
   */
  check(ask: DoctorAsk): Promise<CheckReport> {
    this.#underWay ??= this.#check(ask).finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #check(ask: DoctorAsk): Promise<CheckReport> {
    for (let attempt = 1; ; attempt += 1) {
      const { revision } = await this.#parts.present();
      const serving = this.#parts.serving();
      const given = { folder: this.#parts.folder, at: revision, options: { ...ask, serving } };
      const answer = await inThread(given, this.#stop.signal);
      const index = await this.#compare(answer);
      if (index === undefined && attempt < ATTEMPTS_MAX) continue;
      return withIndex(
        answer.report,
        index ?? skipped('The store kept changing. Ask again when it rests.'),
      );
    }
  }

  /** None when another view was published meanwhile. */
  async #compare({ mark }: CheckAnswer): Promise<CheckResult | undefined> {
    if (mark === undefined) return skipped('The store could not be read that far.');
    const { index, settlement } = await this.#parts.present();
    if (settlement.problems.some(({ rule }) => rule === 'too-slow')) {
      return skipped(
        'Documents were cut short by the clock, so that no two indexes need be equal.',
      );
    }
    if (index.revision !== mark.revision) return undefined;
    const findings = await compareIndex(mark, index);
    return index.revision === mark.revision ? resultOf('index', findings) : undefined;
  }
}

async function inThread(ask: CheckAsk, signal: AbortSignal): Promise<CheckAnswer> {
  const thread = newThread('check-worker', ask);
  try {
    const [answer] = (await once(thread, 'message', { signal })) as [CheckAnswer];
    return answer;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new AtoError('busy', 'Expected to finish the check, found the daemon stopping.');
  } finally {
    await thread.terminate();
  }
}

function skipped(reason: string): CheckResult {
  return { ...resultOf('index', []), state: 'skipped', reason };
}

function withIndex(report: CheckReport, index: CheckResult): CheckReport {
  const checks = report.checks.map((each) => (each.name === 'index' ? index : each));
  return { ...report, isSound: report.isSound && index.state !== 'error', checks };
}
