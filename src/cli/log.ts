/** What a daemon did, as JSON lines in files of bounded size and number; for people on the terminal. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createStream, type RotatingFileStream } from 'rotating-file-stream';
import type { Observer } from '../observer.ts';
import type { Problem } from '../plugin.ts';
import { plain } from './lines.ts';

/** From what must be looked at to what only a search for a fault needs. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type Fields = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface LogOptions {
  /** The store's folder; the files lie in `.atocore/logs`. */
  readonly folder: string;
  readonly level: LogLevel;
  /** A file is put away at this size. */
  readonly fileBytes?: number;
  /** So many files that were put away are kept. */
  readonly files?: number;
  /** Shows a line to whoever watches. */
  readonly show: (line: string) => void;
  /** What is shown is at least as grave as this. */
  readonly showLevel: LogLevel;
}

const FILE_NAME = 'atocore.log';
const FILE_BYTES = 5 * 1024 * 1024;
const FILES = 5;
const PROBLEMS_MAX = 20;

/**
 * Paths, ids, counts and durations, never what was written, asked or answered, and no token.
 * A log that cannot be written stops nothing.
 */
export class Log implements Observer {
  readonly #options: LogOptions;
  readonly #file: RotatingFileStream;
  #isBroken = false;
  #problems: ReadonlyMap<string, Problem> = new Map();

  private constructor(options: LogOptions, file: RotatingFileStream) {
    this.#options = options;
    this.#file = file;
    file.on('error', (error: Error) => {
      if (!this.#isBroken) options.show(`The log can't be written: ${error.message}`);
      this.#isBroken = true;
    });
    file.on('rotated', () => {
      this.#isBroken = false;
    });
  }

  /** Opens the file, behind what an earlier start wrote. */
  static async open(options: LogOptions): Promise<Log> {
    const path = join(options.folder, '.atocore', 'logs');
    await mkdir(path, { recursive: true });
    const name = (number: number | Date | null): string =>
      typeof number === 'number' && number > 0 ? `${FILE_NAME}.${number}` : FILE_NAME;
    const file = createStream(name, {
      path,
      size: `${options.fileBytes ?? FILE_BYTES}B`,
      rotate: options.files ?? FILES,
      mode: 0o600,
    });
    return new Log(options, file);
  }

  /** One line, if it is as grave as what is wanted. */
  readonly write = (level: LogLevel, event: string, fields: Fields = {}): void => {
    const { level: wanted, show, showLevel } = this.#options;
    const time = new Date().toISOString();
    if (isAtLeast(level, wanted) && !this.#isBroken) {
      this.#file.write(`${JSON.stringify({ time, level, event, ...fields })}\n`);
    }
    if (isAtLeast(level, showLevel) && isAtLeast(level, wanted))
      show(shown(time, level, event, fields));
  };

  readonly requested: Required<Observer>['requested'] = ({ method, route, status, durationMs }) => {
    const isOperation = route.startsWith('/admin/') && method !== 'GET';
    const level = status >= 500 && status !== 503 ? 'error' : isOperation ? 'info' : 'debug';
    this.write(level, 'request', { method, route, status, ms: Math.round(durationMs) });
  };

  readonly captured = (isNew: boolean): void => {
    this.write('debug', 'captured', { isNew });
  };

  readonly redacted = (kind: string, count: number): void => {
    this.write('info', 'redacted', { kind, count });
  };

  readonly settled: Required<Observer>['settled'] = ({ inputs, changes, durationMs }) => {
    const level = inputs + changes > 0 ? 'info' : 'debug';
    this.write(level, 'settled', { inputs, changes, ms: durationMs });
  };

  readonly acted: Required<Observer>['acted'] = ({ commit, trailers }) => {
    const of = (name: string): readonly string[] =>
      trailers.flatMap(([key, value]) => (key === name ? [value] : []));
    this.write('info', 'act', { acts: of('Act'), records: of('Record'), commit });
  };

  readonly fault = (message: string): void => {
    this.write('error', 'fault', { message });
  };

  /** Which problems are new and which are mended since it was last told. */
  readonly problems = (now: readonly Problem[]): void => {
    const keyed = new Map(now.map((problem) => [`${problem.path} ${problem.rule}`, problem]));
    const fresh = [...keyed].filter(([key]) => !this.#problems.has(key));
    const mended = [...this.#problems].filter(([key]) => !keyed.has(key));
    this.#problems = keyed;
    for (const [, { path, rule, line }] of fresh.slice(0, PROBLEMS_MAX)) {
      this.write('warn', 'problem', { path, rule, ...(line === undefined ? {} : { line }) });
    }
    if (fresh.length > PROBLEMS_MAX) {
      this.write('warn', 'problem', { more: fresh.length - PROBLEMS_MAX });
    }
    for (const [, { path, rule }] of mended.slice(0, PROBLEMS_MAX)) {
      this.write('info', 'mended', { path, rule });
    }
  };

  /** What nobody foresaw: shown in full, kept without its words, which may quote what was sent. */
  readonly unforeseen = (text: string): void => {
    this.#options.show(text);
    const frames = text.split('\n').filter((line) => /^\s+at /.test(line));
    this.write('error', 'unforeseen', { frames: frames.map((line) => line.trim()).slice(0, 10) });
  };

  /** Resolves when every line is in its file. */
  async close(): Promise<void> {
    if (this.#file.destroyed) return;
    await new Promise<void>((resolve) => {
      this.#file.once('error', () => resolve());
      this.#file.end(() => resolve());
    });
  }
}

function isAtLeast(level: LogLevel, wanted: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(wanted);
}

function shown(time: string, level: LogLevel, event: string, fields: Fields): string {
  const words = Object.entries(fields).map(([name, value]) => `${name}=${plain(String(value))}`);
  return `${time.slice(11, 19)} ${level.padEnd(5)} ${event} ${words.join(' ')}`.trimEnd();
}
