/** What is counted while a daemon runs, in a registry of its own: no global, one for each daemon. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Observer, Requested } from '../observer.ts';
import type { LastSettle } from '../rounds.ts';

const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const SETTLE_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60];

/** Gauges that are read from the store when somebody asks: name, help, labels. */
export const SAMPLED = {
  atocore_ready: ['1 from the first published view on', []],
  atocore_writable: ['1 while the store is written to, 0 while a reason keeps it from that', []],
  atocore_watching: ['1 while the watcher gives hints', []],
  atocore_documents: ['Markdown documents and captures read', []],
  atocore_records: ['Records served, trusted state among them', ['type', 'kind', 'status']],
  atocore_queue_depth: ['Candidates that await a decision', []],
  atocore_queue_held: ['Candidates held back behind the limit of a project', []],
  atocore_queue_oldest_age_seconds: ['Age of the oldest candidate of the queue', []],
  atocore_open_conflicts: ['Conflicts that await a decision', []],
  atocore_problems: ['Problems of files', []],
  atocore_spool_waiting: ['Captures that hooks left and nobody has taken in yet', []],
  atocore_spool_set_aside: ['Files of the spool that could not be taken in', []],
  atocore_spool_refused: ['Captures that hooks did not keep, since refused.log was begun', []],
  atocore_index_documents: ['Documents in the search index', []],
  atocore_last_backup_age_seconds: ['Age of the newest backup; absent before the first', []],
  atocore_last_validation_age_seconds: ['Age of the last validation; absent before the first', []],
  atocore_last_drill_age_seconds: ['Age of the last drill; absent before the first', []],
  atocore_last_sync_age_seconds: [
    'Age of the last sync with the upstream; absent before the first',
    [],
  ],
  atocore_standing_ok: [
    '1 unless the last backup, validation, drill or sync is old or failed',
    ['of'],
  ],
} as const satisfies Readonly<Record<string, readonly [string, readonly string[]]>>;

export type SampledName = keyof typeof SAMPLED;

/** One value of a gauge. */
export interface Sample {
  readonly name: SampledName;
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

export class Metrics implements Observer {
  readonly #registry = new Registry();
  readonly #sampled = new Map<SampledName, Gauge>();
  readonly #requests: Histogram;
  readonly #captures: Counter;
  readonly #redactions: Counter;
  readonly #settles: Histogram;
  readonly #acts: Counter;
  readonly #faults: Counter;

  /** @param ofProcess memory, processor time, event loop lag and the like of this process too */
  constructor({ ofProcess = false } = {}) {
    const registers = [this.#registry];
    if (ofProcess) collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Histogram({
      name: 'atocore_http_request_seconds',
      help: 'Time to an answer, by route and status',
      labelNames: ['method', 'route', 'status'],
      buckets: REQUEST_SECONDS,
      registers,
    });
    this.#captures = new Counter({
      name: 'atocore_captures_total',
      help: 'Captures acknowledged: new ones, and ones known already',
      labelNames: ['outcome'],
      registers,
    });
    this.#redactions = new Counter({
      name: 'atocore_redactions_total',
      help: 'Secrets taken out of captures, by kind',
      labelNames: ['kind'],
      registers,
    });
    this.#settles = new Histogram({
      name: 'atocore_settle_seconds',
      help: 'Length of a round: look, commit, settle, write, publish',
      buckets: SETTLE_SECONDS,
      registers,
    });
    this.#acts = new Counter({
      name: 'atocore_acts_total',
      help: 'Acts of people that became a commit, by act',
      labelNames: ['act'],
      registers,
    });
    this.#faults = new Counter({
      name: 'atocore_faults_total',
      help: 'What the engine met outside of files',
      registers,
    });
    for (const [name, [help, labelNames]] of Object.entries(SAMPLED)) {
      const gauge = new Gauge({ name, help, labelNames: [...labelNames], registers });
      this.#sampled.set(name as SampledName, gauge);
    }
  }

  readonly requested = ({ method, route, status, durationMs }: Requested): void => {
    this.#requests.observe({ method, route, status: String(status) }, durationMs / 1000);
  };

  readonly captured = (isNew: boolean): void => {
    this.#captures.inc({ outcome: isNew ? 'new' : 'known' });
  };

  readonly redacted = (kind: string, count: number): void => {
    this.#redactions.inc({ kind }, count);
  };

  readonly settled = ({ durationMs }: LastSettle): void => {
    this.#settles.observe(durationMs / 1000);
  };

  readonly acted: Required<Observer>['acted'] = ({ trailers }) => {
    for (const [key, act] of trailers) if (key === 'Act') this.#acts.inc({ act });
  };

  readonly fault = (): void => {
    this.#faults.inc();
  };

  /** Everything in Prometheus' text format. A gauge without a sample is left out. */
  async text(samples: readonly Sample[]): Promise<string> {
    for (const gauge of this.#sampled.values()) gauge.reset();
    for (const { name, value, labels = {} } of samples) {
      this.#sampled.get(name)?.set(labels, value);
    }
    const said = new Set<string>(samples.map(({ name }) => name));
    const all = await this.#registry.getMetricsAsArray();
    const shown = all.filter(({ name }) => said.has(name) || !Object.hasOwn(SAMPLED, name));
    const texts = await Promise.all(
      shown.map(({ name }) => this.#registry.getSingleMetricAsString(name)),
    );
    return `${texts.join('\n\n')}\n`;
  }
}
