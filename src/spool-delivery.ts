/** The daemon's side of the spool: what waits is taken in, in order, once, whenever there is a reason to look. */
import { existsSync, type FSWatcher, mkdirSync, rmSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import { AtoError, isAtoError } from './errors.ts';
import { restingSessions, unanswered } from './hook-prompts.ts';
import { captureBody } from './hook-turn.ts';
import { readSpooled, type SpoolState, setAside, spoolState, storeKey, unspool } from './spool.ts';
import { TOLD_SCHEMA, takeTold } from './told-capture.ts';

/** Captures on their way at once: the store writes those that come together in one go. */
const AT_ONCE = 50;
/** Hooks of several agents may end together. */
const QUIET_MS = 20;
/** A prompt that nobody answered for this long is kept without an answer. */
const RESTING_MS = 24 * 3_600_000;

export interface SpoolDeliveryParts {
  readonly engine: Engine;
  readonly folder: string;
  readonly homeFolder: string;
  readonly now: () => Date;
  /** Told of what could not be taken in; nothing of what it says. */
  readonly onFault?: (message: string) => void;
}

export class SpoolDelivery {
  readonly #parts: SpoolDeliveryParts;
  readonly #store: string;
  #underWay: Promise<number> | undefined;
  #isAskedAgain = false;
  #isClosed = false;
  #watcher: FSWatcher | undefined;
  #soon: NodeJS.Timeout | undefined;

  constructor(parts: SpoolDeliveryParts) {
    this.#parts = parts;
    this.#store = storeKey(parts.engine.status().folder);
  }

  get folder(): string {
    return this.#parts.folder;
  }

  /** Throws what the disk throws. */
  state(): SpoolState {
    return spoolState(this.#parts.folder, this.#store);
  }

  /**
   * Takes in what hooks leave from now on as they leave it, so that no hook need wait for anybody. Where
   * the folder can't be watched that is told, and what waits is taken in whenever it is asked for.
   */
  watch(): void {
    const { folder, onFault } = this.#parts;
    const failed = (error: unknown): void => {
      const message = error instanceof Error ? error.message : String(error);
      onFault?.(`The spool is not watched, and looked at from time to time instead: ${message}`);
    };
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.#watcher = watch(folder, (_event, name) => {
        // What is being written has a name that begins with a dot; what was taken in is gone.
        if (this.#soon !== undefined || name?.startsWith('.') === true) return;
        if (name !== null && !existsSync(join(folder, name))) return;
        this.#soon = setTimeout(() => {
          this.#soon = undefined;
          void this.deliver();
        }, QUIET_MS);
      }).on('error', failed);
    } catch (error) {
      failed(error);
    }
  }

  /**
   * Takes in what waits; gives how many there were. What can't be taken in now stays, what never can
   * is set aside. Asked while it is at it, it looks once more afterwards.
   */
  deliver(): Promise<number> {
    this.#isAskedAgain = this.#underWay !== undefined;
    this.#underWay ??= this.#deliverAll().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watcher?.close();
    clearTimeout(this.#soon);
    await this.#underWay;
  }

  async #deliverAll(): Promise<number> {
    let count = 0;
    do {
      this.#isAskedAgain = false;
      try {
        count += await this.#deliverWaiting();
        await this.#keepResting();
      } catch (error) {
        // Busy, a full disk, a folder that can't be read: it stays where it is until the next look.
        const message = error instanceof Error ? error.message : String(error);
        if (!isAtoError(error, 'busy')) this.#parts.onFault?.(`The spool: ${message}`);
        return count;
      }
    } while (this.#isAskedAgain && !this.#isClosed);
    return count;
  }

  async #deliverWaiting(): Promise<number> {
    const { waiting } = this.state();
    for (let from = 0; from < waiting.length && !this.#isClosed; from += AT_ONCE) {
      await Promise.all(waiting.slice(from, from + AT_ONCE).map((name) => this.#deliverOne(name)));
    }
    return waiting.length;
  }

  async #deliverOne(name: string): Promise<void> {
    const { folder, engine, homeFolder } = this.#parts;
    const found = this.#read(name);
    if (found === undefined) return;
    const read = 'fault' in found ? undefined : TOLD_SCHEMA.safeParse(found.capture.body);
    if (read?.success !== true) return this.#setAside(name, 'no capture that can be read');
    try {
      await takeTold(engine, read.data, homeFolder);
    } catch (error) {
      if (!(error instanceof AtoError) || !['invalid', 'too-large'].includes(error.code))
        throw error;
      return this.#setAside(name, error.message);
    }
    unspool(folder, name);
  }

  #read(name: string): ReturnType<typeof readSpooled> | undefined {
    try {
      return readSpooled(this.#parts.folder, name);
    } catch (error) {
      // Its own hook has delivered it meanwhile.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #setAside(name: string, why: string): void {
    setAside(this.#parts.folder, name);
    this.#parts.onFault?.(`The spool: ${name} was set aside: ${why}`);
  }

  async #keepResting(): Promise<void> {
    const { engine, folder, homeFolder, now } = this.#parts;
    for (const session of restingSessions(folder, now().getTime() - RESTING_MS)) {
      if (session.store !== this.#store && session.store !== '') continue;
      const { agent, session: id } = session;
      for (const each of unanswered(session.prompts)) {
        const read = TOLD_SCHEMA.safeParse(captureBody({ agent, session: id }, each));
        if (read.success) await takeTold(engine, read.data, homeFolder);
      }
      rmSync(session.path, { force: true });
    }
  }
}
