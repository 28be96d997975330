/** Who is told what the engine and its application do: metrics count it, the log writes it down. */
import type { Oid } from './plugin.ts';
import type { LastSettle } from './rounds.ts';

/** One answered request. */
export interface Requested {
  readonly method: string;
  /** The route's path as in OpenAPI (`/memory/{id}`), never what was sent. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
}

/** One commit of a person's act. */
export interface Acted {
  readonly commit: Oid;
  /** `Act`, `Record` and the like, as in the commit; never a note or a wording. */
  readonly trailers: readonly (readonly [string, string])[];
}

/** Told in passing: nothing here may throw or wait, and nothing here carries what people wrote. */
export interface Observer {
  readonly requested?: (requested: Requested) => void;
  /** A capture is on disk; false for one that was there already. */
  readonly captured?: (isNew: boolean) => void;
  /** Something secret was taken out of a capture: its kind, and how often. */
  readonly redacted?: (kind: string, count: number) => void;
  readonly settled?: (last: LastSettle) => void;
  readonly acted?: (acted: Acted) => void;
  /** What was met outside of files. */
  readonly fault?: (message: string) => void;
}

/** One that tells all of them, in their order. */
export function observers(all: readonly Observer[]): Required<Observer> {
  const tell = (say: (each: Observer) => void): void => {
    for (const each of all) say(each);
  };
  return {
    requested: (requested) => tell((each) => each.requested?.(requested)),
    captured: (isNew) => tell((each) => each.captured?.(isNew)),
    redacted: (kind, count) => tell((each) => each.redacted?.(kind, count)),
    settled: (last) => tell((each) => each.settled?.(last)),
    acted: (acted) => tell((each) => each.acted?.(acted)),
    fault: (message) => tell((each) => each.fault?.(message)),
  };
}

/** Tells what was taken out of one text. */
export function tellRemoved(observer: Observer, removed: ReadonlyMap<string, number>): void {
  for (const [kind, count] of removed) observer.redacted?.(kind, count);
}
