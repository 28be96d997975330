/** Questions about what was: acts, a record's trail and reasons, the view of an old commit. */
import { type AuditEntry, audit, type HistoryAsk, history, type PastAct } from './past.ts';
import type { RecordId } from './plugin.ts';
import type { SettlingStore } from './settling-store.ts';
import { type PastView, resolveCommit, viewAt } from './time-travel.ts';
import type { View } from './view/view.ts';
import { anyRecord, type Why, why } from './why.ts';

export class Lookback {
  readonly #settling: SettlingStore;
  readonly #present: () => Promise<View>;

  /** @param present the view of now, waited for if there is none yet */
  constructor(settling: SettlingStore, present: () => Promise<View>) {
    this.#settling = settling;
    this.#present = present;
  }

  /** Acts of people, newest first. AtoError `not-found` for an unknown record. */
  async history(ask: HistoryAsk): Promise<readonly PastAct[]> {
    const { store } = this.#settling;
    if (ask.record === undefined) return history(store, ask);
    const { path } = anyRecord(await this.#present(), ask.record).record;
    return history(store, { ...ask, path });
  }

  /** All that happened to a record, newest first, wherever its file stood. AtoError `not-found`. */
  async audit(id: RecordId): Promise<readonly AuditEntry[]> {
    const { path } = anyRecord(await this.#present(), id).record;
    return audit(this.#settling.store, id, path);
  }

  /** What a record rests on and what was decided on it. AtoError `not-found`. @param today `2026-11-22` */
  async why(id: RecordId, today: string): Promise<Why> {
    return why(this.#settling.store, await this.#present(), { id, today });
  }

  /** The view as it was at a commit or date. AtoError `not-found`, `usage`, `invalid`. */
  async viewAt(at: string): Promise<PastView> {
    const { store, memo } = this.#settling;
    const commit = await resolveCommit(store, at);
    return viewAt(store, commit, { known: memo });
  }
}
