/** What happened lately, numbered, so that whoever was away can go on where they were. */
import type { View } from '../view/view.ts';

export const EVENTS_KEPT = 1_000;
/** Problems told one by one of one publication; the rest are counted. */
export const PROBLEMS_TOLD = 20;

export type EventType = 'view' | 'queue' | 'conflict' | 'problem';

export interface Happening {
  readonly type: EventType;
  readonly said: Readonly<Record<string, unknown>>;
}

export interface LoggedEvent extends Happening {
  readonly number: number;
}

/** Lives as long as its application; readers keep their own place in it. */
export class EventLog {
  readonly #events: LoggedEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #last = 0;

  /** Number of the last event; 0 before the first one. */
  get last(): number {
    return this.#last;
  }

  add(happenings: readonly Happening[]): void {
    for (const happening of happenings) {
      this.#last += 1;
      this.#events.push({ ...happening, number: this.#last });
    }
    this.#events.splice(0, Math.max(0, this.#events.length - EVENTS_KEPT));
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** What came behind a number, and whether something between is no longer kept. */
  after(number: number): { readonly events: readonly LoggedEvent[]; readonly isWhole: boolean } {
    const events = this.#events.filter((event) => event.number > number);
    const first = this.#events[0]?.number ?? this.#last + 1;
    return { events, isWhole: number <= this.#last && number >= first - 1 };
  }

  /** Resolves with the next event, after a while, or when the signal ends. */
  async change(waitMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, waitMs).unref();
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}

/** What differs between two views, as far as a reader would want to look again. */
export function happenings(before: View | undefined, now: View): readonly Happening[] {
  const found: Happening[] = [];
  if (before?.revision !== now.revision) {
    found.push({ type: 'view', said: { revision: now.revision } });
  }
  const [old, queue] = [queueMark(before), queueMark(now)];
  if (before !== undefined && old.mark !== queue.mark) {
    found.push({ type: 'queue', said: { count: queue.count, held: queue.held } });
  }
  const known = new Set(openConflicts(before).map(({ id }) => id));
  for (const { id, conflict } of openConflicts(now)) {
    if (before === undefined || known.has(id)) continue;
    const { slot, project, members } = conflict;
    found.push({ type: 'conflict', said: { id, slot, project, members } });
  }
  return before === undefined ? found : [...found, ...newProblems(before, now)];
}

function openConflicts(view: View | undefined) {
  return view?.settlement.conflicts.filter(({ status }) => status === 'open') ?? [];
}

/** The queue in short: another mark, another queue. */
function queueMark(view: View | undefined) {
  const open: string[] = [];
  for (const { record, oid } of view?.settlement.records.values() ?? []) {
    if (record.status === 'candidate') open.push(`${record.id} ${oid}`);
  }
  const held = [...(view?.settlement.held.values() ?? [])].reduce((sum, each) => sum + each, 0);
  return { mark: `${open.sort().join('\n')}\n${held}`, count: open.length, held };
}

function newProblems(before: View, now: View): readonly Happening[] {
  if (before.settlement.problems === now.settlement.problems) return [];
  const known = new Set(before.settlement.problems.map((problem) => JSON.stringify(problem)));
  const fresh = now.settlement.problems.filter((problem) => !known.has(JSON.stringify(problem)));
  const told = fresh.slice(0, PROBLEMS_TOLD).map((problem) => ({ ...problem }));
  const more = fresh.length - told.length;
  return [
    ...told.map((said) => ({ type: 'problem' as const, said })),
    ...(more === 0 ? [] : [{ type: 'problem' as const, said: { more } }]),
  ];
}
