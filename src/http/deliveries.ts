/** Which deliveries were seen: each is worked on once, however often it is sent. */

export const REMEMBERED_MS = 24 * 3_600_000;
export const REMEMBERED_MAX = 10_000;

export class Deliveries {
  readonly #seenMs = new Map<string, number>();

  /** True the first time within a day; of more than 10,000 the oldest are forgotten. */
  isNew(id: string, nowMs: number): boolean {
    for (const [each, seenMs] of this.#seenMs) {
      if (nowMs - seenMs < REMEMBERED_MS && this.#seenMs.size < REMEMBERED_MAX) break;
      this.#seenMs.delete(each);
    }
    if (this.#seenMs.has(id)) return false;
    this.#seenMs.set(id, nowMs);
    return true;
  }

  /** As if it had not come: nothing was done about it. */
  forget(id: string): void {
    this.#seenMs.delete(id);
  }
}
