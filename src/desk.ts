/** The files that one commit changes, as they stand after each of its steps. */
import { AtoError } from './errors.ts';
import { quote } from './model/names.ts';
import { type RecordFile, readRecord } from './model/records.ts';
import type { ServedRecord } from './model/snapshot.ts';
import type { RecordId, StorePath } from './plugin.ts';
import type { View } from './view/view.ts';

export type Texts = ReadonlyMap<StorePath, string>;
export type Trailer = readonly [key: string, value: string];

export interface PlannedChange {
  readonly path: StorePath;
  readonly text: string | Uint8Array | null;
}

/** Lives while a commit is planned; nothing of it is written before the plan is whole. */
export class Desk {
  readonly view: View;
  readonly #texts: Texts;
  readonly #files = new Map<RecordId, RecordFile>();
  readonly #changes = new Map<StorePath, string | null>();
  readonly #trailers: Trailer[] = [];

  /** @param texts the record files that the commit may need, as they are on disk */
  constructor(view: View, texts: Texts) {
    this.view = view;
    this.#texts = texts;
  }

  /** The file of a served memory or entity. AtoError `invalid` when it can't be read. */
  file(served: ServedRecord): RecordFile {
    const { id, path, status } = served.record;
    const known = this.#files.get(id);
    if (known !== undefined) return known;
    const text = this.#texts.get(path);
    if (text === undefined) throw new AtoError('not-found', `There is no file ${path} any more.`);
    const file = readRecord(path, text);
    if ('problem' in file) throw new AtoError('invalid', `${path}: ${file.problem.message}`);
    // What is served is the last lawful status, whatever a hand edit made of it.
    return { ...file, record: { ...file.record, status } };
  }

  /** AtoError `invalid` when the text would not be read as a record. */
  write(path: StorePath, text: string): RecordFile {
    const file = readRecord(path, text);
    if ('problem' in file) throw new AtoError('invalid', file.problem.message);
    this.#files.set(file.record.id, file);
    this.#changes.set(path, text);
    return file;
  }

  /** Any other file, or none in its place. */
  put(path: StorePath, text: string | null): void {
    this.#changes.set(path, text);
  }

  /** What the commit says of a step. */
  say(...trailers: readonly Trailer[]): void {
    this.#trailers.push(...trailers);
  }

  get changes(): readonly PlannedChange[] {
    return [...this.#changes].map(([path, text]) => ({ path, text }));
  }

  get trailers(): readonly Trailer[] {
    return this.#trailers;
  }
}

/** The memory or entity of an id, as it is served. AtoError `not-found` otherwise. */
export function servedRecord(view: View, id: RecordId): ServedRecord {
  const served = view.settlement.records.get(id);
  if (served !== undefined && served.record.type !== 'state') return served;
  const why =
    served === undefined
      ? 'which names none. `atocore queue` lists what awaits a decision.'
      : 'which is trusted state. `atocore state set` and `state unset` change it.';
  throw new AtoError(
    'not-found',
    `Expected the id of a memory or entity, found ${quote(id)}, ${why}`,
  );
}

/** What an answer to a refused decision shows. */
export function presentState({ record, oid }: ServedRecord): Readonly<Record<string, string>> {
  return { id: record.id, status: record.status, text: record.text, path: record.path, etag: oid };
}

/** A value as a trailer shows it: one line, 200 characters. */
export function oneLine(text: string): string {
  const folded = text.replace(/\s+/gu, ' ').trim();
  return folded.length > 200 ? `${folded.slice(0, 200)}…` : folded;
}
