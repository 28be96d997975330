/** Takes secrets out of what is about to be kept, before anything of it is written; the same for every way in. */
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { AtoError } from './errors.ts';
import type { CleanAnswer } from './secret-worker.ts';
import { cleanText, type OwnPattern } from './secrets/clean-text.ts';

/** Above this a thread does it: the patterns need up to 75 ms for 100,000 characters made to be slow. */
const INLINE_CHARS_MAX = 20_000;
const DEADLINE_MS = 2_000;

export interface RedactionOptions {
  /** The store's own, which may be slow: they run in a thread, which is stopped at the deadline. */
  readonly own?: readonly OwnPattern[];
  readonly deadlineMs?: number;
  /** A text up to this length is looked at right here. */
  readonly inlineCharsMax?: number;
}

export interface Redacted<Value> {
  readonly value: Value;
  readonly removed: ReadonlyMap<string, number>;
}

export class Redaction {
  readonly #own: readonly OwnPattern[];
  readonly #deadlineMs: number;
  readonly #inlineCharsMax: number;
  #thread: Worker | undefined;
  #line: Promise<unknown> = Promise.resolve();

  constructor(options: RedactionOptions = {}) {
    this.#own = options.own ?? [];
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    this.#inlineCharsMax = options.inlineCharsMax ?? INLINE_CHARS_MAX;
  }

  /**
   * The same value with every text in it cleaned, those of lists and objects too; keys stay.
   * AtoError `invalid` when that takes too long: then nothing of it may be kept.
   */
  async redact<Value>(value: Value): Promise<Redacted<Value>> {
    const texts = [...new Set(textsIn(value))];
    const cleaned = await this.#clean(texts);
    const removed = new Map<string, number>();
    const byText = new Map<string, string>();
    for (const [at, text] of texts.entries()) {
      const { text: clean = text, removed: each = new Map() } = cleaned[at] ?? {};
      byText.set(text, clean);
      for (const [kind, count] of each) removed.set(kind, (removed.get(kind) ?? 0) + count);
    }
    return { value: removed.size === 0 ? value : (replaced(value, byText) as Value), removed };
  }

  async close(): Promise<void> {
    await this.#line.catch(() => undefined);
    await this.#thread?.terminate();
    this.#thread = undefined;
  }

  async #clean(texts: readonly string[]): Promise<CleanAnswer> {
    const chars = texts.reduce((sum, text) => sum + text.length, 0);
    if (this.#own.length === 0 && chars <= this.#inlineCharsMax) {
      return Promise.all(texts.map((text) => cleanText(text)));
    }
    const turn = this.#line.catch(() => undefined).then(() => this.#inThread(texts));
    this.#line = turn;
    return turn;
  }

  // What it takes to start is not what a text takes.
  async #started(): Promise<Worker> {
    if (this.#thread !== undefined) return this.#thread;
    // Only here: a hook seldom needs a thread, and never waits for what it doesn't need.
    const { newThread } = await import('./new-thread.ts');
    const thread = newThread('secret-worker', this.#own);
    thread.unref();
    await once(thread, 'message');
    this.#thread = thread;
    return thread;
  }

  async #inThread(texts: readonly string[]): Promise<CleanAnswer> {
    // An unreferenced thread and timer alone would let the process end before the answer.
    const waiting = setInterval(() => undefined, this.#deadlineMs);
    const thread = await this.#started();
    const signal = AbortSignal.timeout(this.#deadlineMs);
    try {
      const answered = once(thread, 'message', { signal }) as Promise<[CleanAnswer]>;
      thread.postMessage(texts);
      return (await answered)[0];
    } catch (error) {
      this.#thread = undefined;
      await thread.terminate();
      const found = signal.aborted ? 'it takes longer' : 'that it failed';
      throw new AtoError(
        'invalid',
        `Expected to search the text for secrets within ${this.#deadlineMs} ms, found ${found}. Nothing of it was kept; send less, or look at secrets.patterns in atocore.json.`,
        { cause: error },
      );
    } finally {
      clearInterval(waiting);
    }
  }
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

function replaced(value: unknown, byText: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return byText.get(value) ?? value;
  if (Array.isArray(value)) return value.map((each) => replaced(each, byText));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, replaced(each, byText)]),
  );
}
