/** How captures come in: from requests and from `inbox/`, checked, durable, and each only once (domain.md §2). */
import { AtoError, isAtoError } from './errors.ts';
import {
  CAPTURE_CHARS_MAX,
  type Capture,
  captureId,
  captureIdOfPath,
  formatCapture,
  readCapture,
  saidAt,
  TURN_SCHEMA,
  type Turn,
  type TurnInput,
  toTurn,
  turnDigest,
} from './model/captures.ts';
import { decodeText, splitFrontMatter } from './model/front-matter.ts';
import { roleOf } from './model/layout.ts';
import { INBOX_PROJECT, quote } from './model/names.ts';
import { canonicalProject, type Registry } from './model/projects.ts';
import { type Observer, tellRemoved } from './observer.ts';
import type { Problem, StorePath } from './plugin.ts';
import type { Redaction } from './redaction.ts';
import { assertRoomToCapture, type DiskRoom, diskRoom } from './store/disk-room.ts';
import { readFile } from './store/read-file.ts';
import type { ScanEntry } from './store/scan.ts';
import type { Store } from './store/store.ts';
import { type FileChange, writeFiles } from './store/write.ts';

/** A capture that is on disk and synced; `isNew` is false when the same turn was there before. */
export interface Taken {
  readonly capture: Capture;
  readonly isNew: boolean;
  /** Secrets that were taken out of it, by kind. */
  readonly removed: ReadonlyMap<string, number>;
}

type Entries = ReadonlyMap<StorePath, ScanEntry>;

/** Captures that are being taken in at once; one more is refused with `busy`. */
export const WAITING_MAX = 2_000;
/** A file in the drop box is taken when it has been left alone for this long: it may be half-written. */
export const INBOX_REST_MS = 2_000;

/** How long a look at the disk's room holds. */
const ROOM_MS = 1_000;

export interface IntakeParts {
  readonly store: Store;
  readonly redaction: Redaction;
  /** Called with the path of each capture that was written. */
  readonly wake: (path: StorePath) => void;
  readonly observer: Required<Observer>;
  /** Default: that of the store's disk. */
  readonly room?: DiskRoom;
}

interface Waiting {
  readonly path: StorePath;
  readonly text: string;
  readonly done: (error?: unknown) => void;
}

export class Intake {
  readonly #store: Store;
  readonly #redaction: Redaction;
  readonly #wake: (path: StorePath) => void;
  readonly #observer: Required<Observer>;
  readonly #room: DiskRoom;
  #roomAt = Number.NEGATIVE_INFINITY;
  readonly #underWay = new Map<string, Promise<Taken>>();
  readonly #paths = new Map<string, StorePath>();
  #entries: Entries | undefined;
  #coming = 0;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #problems: readonly Problem[] = [];

  constructor({ store, redaction, observer, wake, room = diskRoom }: IntakeParts) {
    this.#store = store;
    this.#redaction = redaction;
    this.#wake = wake;
    this.#observer = observer;
    this.#room = room;
  }

  /** What is wrong with files that stay in the drop box. */
  get problems(): readonly Problem[] {
    return this.#problems;
  }

  /** Tells which captures the store holds; called after each look at it. */
  note(entries: Entries): void {
    if (entries === this.#entries) return;
    this.#entries = entries;
    for (const path of entries.keys()) {
      const id = captureIdOfPath(path);
      if (id !== undefined) this.#paths.set(id, path);
    }
  }

  /**
   * Takes a turn in, without its secrets: on disk and synced when this resolves.
   * AtoError `invalid`, `busy` while too many are taken in, `disk-full` below 200 MB or 1 % of the disk.
   */
  async take(
    registry: Registry,
    input: TurnInput,
    before: Taken['removed'] = new Map(),
  ): Promise<Taken> {
    if (this.#coming >= WAITING_MAX) {
      throw new AtoError(
        'busy',
        `Expected at most ${WAITING_MAX} captures being taken in, found that many. Try again in a second.`,
      );
    }
    this.#coming += 1;
    try {
      return await this.#take(registry, input, before);
    } finally {
      this.#coming -= 1;
    }
  }

  async #take(registry: Registry, input: TurnInput, before: Taken['removed']): Promise<Taken> {
    const { turn, removed: here } = await this.#checked(registry, input);
    const removed = new Map(before);
    for (const [kind, count] of here) removed.set(kind, (removed.get(kind) ?? 0) + count);
    const id = captureId(turnDigest(turn));
    const same = this.#underWay.get(id);
    if (same !== undefined) {
      const taken = await same;
      this.#observer.captured(false);
      return { ...taken, isNew: false };
    }
    const taking = this.#takeTurn(turn, { at: saidAt(input, nowToTheSecond()), removed }).finally(
      () => this.#underWay.delete(id),
    );
    this.#underWay.set(id, taking);
    return taking;
  }

  // Secrets go before anything is named, written or said of the turn: git never forgets.
  async #checked(registry: Registry, input: TurnInput): Promise<CleanTurn> {
    assertSize(input);
    const { value, removed } = await this.#redaction.redact(input);
    return { turn: checkTurn(registry, value), removed };
  }

  async #takeTurn(
    turn: Turn,
    how: { readonly at: string; readonly removed: Taken['removed'] },
  ): Promise<Taken> {
    const taken = await this.#keepTurn(turn, how);
    this.#observer.captured(taken.isNew);
    if (taken.isNew) tellRemoved(this.#observer, taken.removed);
    return taken;
  }

  async #keepTurn(
    turn: Turn,
    { at, removed }: { readonly at: string; readonly removed: Taken['removed'] },
  ): Promise<Taken> {
    const id = captureId(turnDigest(turn));
    const known = await this.#known(id);
    if (known !== undefined) return { capture: known, isNew: false, removed };
    await this.#assertRoom();
    const { capture, text } = formatCapture(turn, at);
    await new Promise<void>((resolve, reject) => {
      const done = (error?: unknown): void => (error === undefined ? resolve() : reject(error));
      this.#waiting.push({ path: capture.path, text, done });
      this.#writing ??= this.#writeWaiting();
    });
    this.#paths.set(id, capture.path);
    this.#wake(capture.path);
    return { capture, isNew: true, removed };
  }

  /** The last room on a disk belongs to people's edits and to commits (fault 102). */
  async #assertRoom(): Promise<void> {
    const now = performance.now();
    if (now - this.#roomAt < ROOM_MS) return;
    await assertRoomToCapture(this.#store.dir, this.#room);
    this.#roomAt = now;
  }

  async #known(id: string): Promise<Capture | undefined> {
    const path = this.#paths.get(id);
    if (path === undefined) return undefined;
    try {
      const { bytes } = await readFile(this.#store, path);
      const read = readCapture(path, bytes.toString('utf8'));
      return 'capture' in read ? read.capture : undefined;
    } catch (error) {
      // Removed by hand since: the same turn may come in again.
      if (isAtoError(error, 'not-found')) return undefined;
      throw error;
    }
  }

  // All that came while the disk was busy is written together: one sync of a folder for many files.
  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const changes: FileChange[] = batch.map(({ path, text }) => ({ path, content: text }));
      try {
        await writeFiles(this.#store, changes);
        for (const { done } of batch) done();
      } catch (error) {
        for (const { done } of batch) done(error);
      }
    }
    this.#writing = undefined;
  }

  /** Resolves when nothing waits for the disk. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  /**
   * Makes captures of the files in the drop box and removes them; one that can't be read stays, as
   * a problem. Gives the paths that changed, and whether a file is still too fresh to be taken.
   */
  async emptyInbox(
    registry: Registry,
    entries: Entries,
    isAsked: boolean,
  ): Promise<{ changed: readonly StorePath[]; waiting: boolean }> {
    const changed: StorePath[] = [];
    const problems: Problem[] = [];
    let waiting = false;
    for (const [path, entry] of entries) {
      if (roleOf(path).role !== 'inbox') continue;
      if (!isAsked && Date.now() - entry.mtimeMs < INBOX_REST_MS) {
        waiting = true;
        continue;
      }
      const taken = await this.#takeFile(registry, path);
      if ('problem' in taken) problems.push(taken.problem);
      else changed.push(path, ...taken.paths);
    }
    this.#problems = problems;
    return { changed, waiting };
  }

  async #takeFile(
    registry: Registry,
    path: StorePath,
  ): Promise<{ paths: readonly StorePath[] } | { problem: Problem }> {
    try {
      const { bytes, oid } = await readFile(this.#store, path);
      const read = readInboxFile(path, bytes);
      if ('problem' in read) return read;
      const now = nowToTheSecond();
      const turns: (CleanTurn & { readonly at: string })[] = [];
      for (const input of read.inputs) {
        turns.push({ ...(await this.#checked(registry, input)), at: saidAt(input, now) });
      }
      const paths: StorePath[] = [];
      for (const { turn, at, removed } of turns) {
        const taken = await this.#takeTurn(turn, { at, removed });
        paths.push(taken.capture.path);
      }
      await writeFiles(this.#store, [{ path, content: null, expected: oid }]);
      return { paths };
    } catch (error) {
      if (!(error instanceof AtoError)) throw error;
      return { problem: { path, rule: 'bad-capture', message: error.message } };
    }
  }
}

// Whole seconds: what a path and a frontmatter can hold.
function nowToTheSecond(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

interface CleanTurn {
  readonly turn: Turn;
  readonly removed: Taken['removed'];
}

function assertSize(input: TurnInput): void {
  const chars = input.prompt.length + (input.response?.length ?? 0);
  if (input.prompt.trim() !== '' && chars <= CAPTURE_CHARS_MAX) return;
  throw new AtoError(
    'invalid',
    `Expected a prompt and at most ${CAPTURE_CHARS_MAX} characters of prompt and response, found ${chars}. Send less, or send it as a source.`,
  );
}

/** A checked turn, its project canonical. AtoError `invalid` says what to correct. */
export function checkTurn(registry: Registry, input: TurnInput): Turn {
  assertSize(input);
  for (const [name, text] of Object.entries(input)) {
    if (typeof text === 'string' && !text.isWellFormed()) {
      throw new AtoError(
        'invalid',
        `Expected Unicode text in ${name}, found half a surrogate pair.`,
      );
    }
  }
  if (input.project === undefined || input.project === '') return toTurn(input, INBOX_PROJECT);
  const project = canonicalProject(registry, input.project);
  if (project !== undefined) return toTurn(input, project);
  throw new AtoError(
    'invalid',
    `Expected the id or alias of a registered project, found ${quote(input.project)}. Leave it out to keep the capture in ${INBOX_PROJECT}, or register the project.`,
  );
}

/** The turns of a file in the drop box, or why it stays where it is. */
export function readInboxFile(
  path: StorePath,
  bytes: Uint8Array,
): { inputs: readonly TurnInput[] } | { problem: Problem } {
  const decoded = decodeText(bytes);
  if ('fault' in decoded) return { problem: { path, ...decoded.fault } };
  return path.endsWith('.json') ? readJson(path, decoded.text) : readMarkdown(path, decoded.text);
}

function readJson(
  path: StorePath,
  text: string,
): { inputs: readonly TurnInput[] } | { problem: Problem } {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // The error's own words quote the file, and with it what may be secret.
    const place = /position (\d+)/.exec(error.message)?.[1] ?? 'the end';
    return fault(path, 'bad-json', `Expected JSON, found none at ${place}. Correct the file.`);
  }
  const inputs: TurnInput[] = [];
  for (const each of Array.isArray(value) ? value : [value]) {
    const read = TURN_SCHEMA.safeParse(each);
    if (!read.success) return fault(path, 'bad-field', fieldMessage(read.error.issues[0]));
    inputs.push(read.data);
  }
  return { inputs };
}

function readMarkdown(
  path: StorePath,
  text: string,
): { inputs: readonly TurnInput[] } | { problem: Problem } {
  const split = splitFrontMatter(text);
  if ('fault' in split) return { problem: { path, ...split.fault } };
  const { frontMatter, body } = split.parts;
  const prompt = frontMatter.prompt ?? body.trim();
  const response = frontMatter.prompt === undefined ? undefined : body.trim();
  const read = TURN_SCHEMA.safeParse({
    ...frontMatter,
    prompt,
    ...(response === undefined || response === '' ? {} : { response }),
  });
  if (read.success) return { inputs: [read.data] };
  return fault(path, 'bad-field', fieldMessage(read.error.issues[0]));
}

function fieldMessage(
  issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined,
): string {
  return `Expected the fields of a capture, found a fault at ${quote(issue?.path.join('.') ?? '')}: ${issue?.message ?? ''}. Correct the file.`;
}

function fault(path: StorePath, rule: string, message: string): { problem: Problem } {
  return { problem: { path, rule, message } };
}
