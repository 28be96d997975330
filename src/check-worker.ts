/** The doctor's own thread: a daemon answers everyone else while it looks at everything. */
import { parentPort, workerData } from 'node:worker_threads';
import { type CheckOptions, type CheckReport, checkStore } from './check.ts';
import { Ground } from './check-ground.ts';
import { type IndexMark, indexMark } from './check-index.ts';
import { AtoError } from './errors.ts';
import type { Oid } from './plugin.ts';
import { openStore } from './store/open.ts';

/** What the thread is started with; plain values only. */
export interface CheckAsk {
  readonly folder: string;
  /** The commit that is served. */
  readonly at: Oid;
  readonly options: Omit<CheckOptions, 'room' | 'onStart'>;
}

export interface CheckAnswer {
  readonly report: CheckReport;
  /** The index made anew; absent where the store could not be read that far. */
  readonly mark?: IndexMark;
}

const { folder, at, options } = workerData as CheckAsk;
const ground = new Ground(await openStore(folder), { at });
const report = await checkStore(ground, options);
const mark = await ground.published().then(indexMark, (error: unknown) => {
  // The report says what could not be read.
  if (error instanceof AtoError) return undefined;
  throw error;
});
const answer: CheckAnswer = { report, ...(mark === undefined ? {} : { mark }) };
parentPort?.postMessage(answer);
