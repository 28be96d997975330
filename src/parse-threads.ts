/** Parsing in threads, each document within its deadline (design.md §1). */
import type { Worker } from 'node:worker_threads';
import type { ParsedFile, StoreFile } from './model/snapshot.ts';
import { newThread } from './new-thread.ts';
import { plainText } from './pipeline/parse-file.ts';
import type { WorkerSettings } from './worker.ts';

export const PARSE_DEADLINE_MS = 2_000;
/** Starting a thread takes as long as reading about so many files. */
const FILES_PER_START = 40;
/** Files that a thread is given at a time, so that it needn't wait for the next. */
const AHEAD = 4;

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
    const useful = this.#threads.slice(0, this.#useful(files.length));
    await Promise.all(
      useful.flatMap((thread) => Array.from({ length: AHEAD }, () => work(thread))),
    );
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

interface Sent {
  readonly file: Bytes;
  readonly answer: (parsed: ParsedFile | undefined) => void;
  readonly refuse: (error: unknown) => void;
}

/** One worker thread, started when first needed and again after it was ended. */
class Thread {
  readonly #settings: WorkerSettings;
  #starting: Promise<Worker> | undefined;
  /** The one that runs. */
  #worker: Worker | undefined;
  /** Not answered yet; the thread is at the first, which has its deadline. */
  readonly #sent: Sent[] = [];
  #deadline: NodeJS.Timeout | undefined;

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
  }

  get isStarted(): boolean {
    return this.#starting !== undefined;
  }

  start(): Promise<Worker> {
    this.#starting ??= this.#started();
    return this.#starting;
  }

  /** The parsed file; none when the deadline passed or the thread died of it. */
  parse(file: Bytes): Promise<ParsedFile | undefined> {
    return new Promise((answer, refuse) => this.#send({ file, answer, refuse }));
  }

  async stop(): Promise<void> {
    const worker = await this.#starting;
    for (const { answer } of this.#taken()) answer(undefined);
    await worker?.terminate();
  }

  #send(sent: Sent): void {
    this.start().then((worker) => {
      // It ended meanwhile.
      if (worker !== this.#worker) return this.#send(sent);
      this.#sent.push(sent);
      if (this.#sent.length === 1) this.#begin(worker);
      worker.postMessage(sent.file);
    }, sent.refuse);
  }

  #begin(worker: Worker): void {
    this.#deadline = setTimeout(() => this.#failed(worker), PARSE_DEADLINE_MS);
  }

  /** What was sent, and no thread any more that it was sent to. */
  #taken(): Sent[] {
    clearTimeout(this.#deadline);
    this.#starting = undefined;
    this.#worker = undefined;
    return this.#sent.splice(0);
  }

  #answered(worker: Worker, parsed: ParsedFile): void {
    if (worker !== this.#worker) return;
    clearTimeout(this.#deadline);
    this.#sent.shift()?.answer(parsed);
    if (this.#sent.length > 0) this.#begin(worker);
  }

  /** The file that the thread was at is answered with nothing; those behind it go to a new one. */
  #failed(worker: Worker): void {
    if (worker !== this.#worker) return;
    const [at, ...behind] = this.#taken();
    void worker.terminate();
    at?.answer(undefined);
    for (const sent of behind) this.#send(sent);
  }

  async #started(): Promise<Worker> {
    const worker = newThread('worker', this.#settings);
    await new Promise<void>((resolve, reject) => {
      worker.once('error', reject);
      worker.once('message', () => resolve());
    });
    worker.removeAllListeners('error');
    worker.on('message', (parsed: ParsedFile) => this.#answered(worker, parsed));
    worker.on('error', () => this.#failed(worker));
    worker.on('exit', () => this.#failed(worker));
    // The engine's own life keeps the process alive, not its threads.
    worker.unref();
    this.#worker = worker;
    return worker;
  }
}
