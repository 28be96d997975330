/** Parsing in threads, each document within its deadline (design.md §1). */
import type { Worker } from 'node:worker_threads';
import type { ParsedFile, StoreFile } from './model/snapshot.ts';
import { newThread } from './new-thread.ts';
import { plainText } from './pipeline/parse-file.ts';
import type { WorkerSettings } from './worker.ts';

export const PARSE_DEADLINE_MS = 2_000;
/** Starting a thread takes as long as reading about so many files. */
const FILES_PER_START = 40;

type Bytes = StoreFile & { readonly bytes: Uint8Array };

/** Threads that turn files into parsed files; a file past its deadline comes back as plain text. */
export class ParseThreads {
  readonly #settings: WorkerSettings;
  readonly #threads: Thread[];
  #restarts = 0;

  constructor(settings: WorkerSettings, threads: number) {
    this.#settings = settings;
    this.#threads = Array.from({ length: threads }, () => new Thread(this.#settings));
  }

  /** How many threads had to be ended because a document ran past its deadline. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Starts the threads before they are needed. */
  async warm(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.start()));
  }

  /** Parses all files; the order of the answers is that of the files. */
  async parse(files: readonly Bytes[]): Promise<readonly ParsedFile[]> {
    const parsed: ParsedFile[] = new Array(files.length);
    let next = 0;
    const work = async (thread: Thread): Promise<void> => {
      for (let at = next++; at < files.length; at = next++) {
        const file = files[at];
        if (file === undefined) return;
        const result = await thread.parse(file);
        if (result === undefined) this.#restarts += 1;
        parsed[at] = result ?? plainText(file, PARSE_DEADLINE_MS);
      }
    };
    await Promise.all(this.#threads.slice(0, this.#useful(files.length)).map(work));
    return parsed;
  }

  /** Threads that are started already, or have enough to do to be worth their start. */
  #useful(files: number): number {
    const started = this.#threads.findLastIndex(({ isStarted }) => isStarted) + 1;
    return Math.max(1, started, Math.ceil(files / FILES_PER_START));
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()));
  }
}

/** One worker thread, started when first needed and again after it was ended. */
class Thread {
  readonly #settings: WorkerSettings;
  #worker: Promise<Worker> | undefined;

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
  }

  get isStarted(): boolean {
    return this.#worker !== undefined;
  }

  start(): Promise<Worker> {
    this.#worker ??= startWorker(this.#settings);
    return this.#worker;
  }

  /** The parsed file; none when the deadline passed or the thread died of it. */
  async parse(file: Bytes): Promise<ParsedFile | undefined> {
    const worker = await this.start();
    const answer = await new Promise<ParsedFile | undefined>((resolve) => {
      const end = (result: ParsedFile | undefined): void => {
        clearTimeout(timer);
        worker.removeAllListeners('message').removeAllListeners('error').removeAllListeners('exit');
        resolve(result);
      };
      const timer = setTimeout(() => end(undefined), PARSE_DEADLINE_MS);
      worker.once('message', (result: ParsedFile) => end(result));
      worker.once('error', () => end(undefined));
      worker.once('exit', () => end(undefined));
      worker.postMessage(file);
    });
    if (answer === undefined) await this.stop();
    return answer;
  }

  async stop(): Promise<void> {
    const worker = await this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}

function startWorker(workerData: WorkerSettings): Promise<Worker> {
  const worker = newThread('worker', workerData);
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', () => {
      worker.removeAllListeners('error');
      // The engine's own life keeps the process alive, not its threads.
      worker.unref();
      resolve(worker);
    });
  });
}
