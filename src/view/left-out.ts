/** What stays out of a pack, and why: every record and passage is counted, those that matched are named. */
import { byText } from '../model/names.ts';
import type { SectionName } from './pack.ts';

export type Reason =
  | 'budget'
  | 'scope'
  | 'expired'
  | 'superseded'
  | 'rejected'
  | 'candidate'
  | 'duplicate'
  | 'irrelevant';

export interface LeftOut {
  readonly id: string;
  readonly reason: Reason;
  readonly section?: SectionName;
  /** The record or passage that is there instead. */
  readonly insteadOf?: string;
}

export interface Outs {
  readonly named: readonly LeftOut[];
  readonly counts: Readonly<Partial<Record<Reason, number>>>;
}

/** Collects reasons; each list is cut, no count is. */
export class OutsBuilder {
  readonly #listedMax: number;
  readonly #named = new Map<Reason, LeftOut[]>();
  readonly #counts = new Map<Reason, number>();

  constructor(listedMax: number) {
    this.#listedMax = listedMax;
  }

  /** Counts only. */
  count(reason: Reason, times = 1): void {
    if (times > 0) this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + times);
  }

  /** Counts, and names while there is room. */
  name(out: LeftOut): void {
    this.count(out.reason);
    const named = this.#named.get(out.reason) ?? [];
    this.#named.set(out.reason, named);
    if (named.length < this.#listedMax) named.push(out);
  }

  /** In order of reason; within one, as they were met. */
  outs(): Outs {
    const reasons = [...this.#counts.keys()].sort(byText);
    return {
      named: reasons.flatMap((reason) => this.#named.get(reason) ?? []),
      counts: Object.fromEntries(reasons.map((reason) => [reason, this.#counts.get(reason) ?? 0])),
    };
  }
}
