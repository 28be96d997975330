/** What an import brought in, or would: counted, and shown as it goes. */
import { columns, counted, plain, styled } from './lines.ts';
import type { Shell } from './shell.ts';

export interface ImportFault {
  readonly path: string;
  readonly message: string;
}

export interface ImportReport {
  readonly from: string;
  readonly dry_run: boolean;
  readonly files: number;
  readonly sessions: number;
  /** Prompts of people that the files hold. */
  readonly turns: number;
  /** Captures that are new; in a dry run those that would be. */
  readonly captured: number;
  /** What the store has from before. */
  readonly already: number;
  /** Candidates that are new, or would be. */
  readonly proposed: number;
  /** Turns and facts that are left out, by the reason. */
  readonly left_out: Readonly<Record<string, number>>;
  /** Lines and files that are none of a person's words, by the reason. */
  readonly passed_over: Readonly<Record<string, number>>;
  /** Captures by project. */
  readonly projects: Readonly<Record<string, number>>;
  readonly faults: readonly ImportFault[];
}

/** Counts what is imported; `report` gives the figures so far. */
export class Tally {
  readonly #counts = new Map<string, number>();
  readonly #leftOut = new Map<string, number>();
  readonly #passedOver = new Map<string, number>();
  readonly #projects = new Map<string, number>();
  readonly #sessions = new Set<string>();
  readonly faults: ImportFault[] = [];

  add(what: 'files' | 'turns' | 'captured' | 'already' | 'proposed'): void {
    raise(this.#counts, what, 1);
  }

  session(id: string): void {
    this.#sessions.add(id);
  }

  leaveOut(why: string): void {
    raise(this.#leftOut, why, 1);
  }

  passOver(why: string, count = 1): void {
    raise(this.#passedOver, why, count);
  }

  inProject(project: string): void {
    raise(this.#projects, project, 1);
  }

  report(from: string, isDry: boolean): ImportReport {
    const count = (what: string): number => this.#counts.get(what) ?? 0;
    return {
      from,
      dry_run: isDry,
      files: count('files'),
      sessions: this.#sessions.size,
      turns: count('turns'),
      captured: count('captured'),
      already: count('already'),
      proposed: count('proposed'),
      left_out: sorted(this.#leftOut),
      passed_over: sorted(this.#passedOver),
      projects: sorted(this.#projects),
      faults: this.faults,
    };
  }
}

export function reportLines(report: ImportReport): readonly string[] {
  const would = report.dry_run ? 'would be ' : '';
  const found = [counted(report.files, 'file')];
  if (report.sessions > 0) found.push(counted(report.sessions, 'session'));
  if (report.turns > 0) found.push(counted(report.turns, 'turn'));
  return [
    `${styled('bold', report.from)}  ${found.join(', ')}`,
    `  ${counted(report.captured, 'capture')} ${would}new, ${report.already} here before`,
    ...(report.proposed > 0
      ? [`  ${counted(report.proposed, 'candidate')} ${would}new: see \`atocore queue\``]
      : []),
    ...group('in', report.projects),
    ...group('left out', report.left_out),
    ...group('passed over', report.passed_over),
    ...report.faults.map(({ path, message }) => `  ${plain(path)}: ${plain(message)}`),
    ...(report.dry_run ? ['Nothing was written.'] : []),
  ];
}

/** One line on a terminal that is written over; nothing elsewhere. */
export function progressOf(shell: Shell): { say: (text: string) => void; end: () => void } {
  if (process.stderr.isTTY !== true || shell.options.quiet) {
    return { say: () => undefined, end: () => undefined };
  }
  let saidMs = 0;
  return {
    say(text) {
      if (Date.now() - saidMs < 100) return;
      saidMs = Date.now();
      process.stderr.write(`\r\u001b[K${plain(text).slice(0, 100)}`);
    },
    end: () => void process.stderr.write('\r\u001b[K'),
  };
}

function group(title: string, counts: Readonly<Record<string, number>>): readonly string[] {
  const rows = Object.entries(counts).map(([name, count]) => [title, plain(name), String(count)]);
  return columns(rows, '  ');
}

function raise(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

function sorted(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
