/** The whole screen of a terminal: keys in, lines out, and everything put back as it was. */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { emitKeypressEvents, type Interface } from 'node:readline';
import { styleText } from 'node:util';
import type { Key } from './review-line.ts';
import type { Size } from './review-screen.ts';
import type { Line, Style } from './review-text.ts';

export interface TerminalEvents {
  readonly onKey: (key: Key) => void;
  readonly onPaste: (text: string) => void;
  /** The window has another size, or is shown again. */
  readonly onResize: () => void;
  /** Somebody wants the process to end. */
  readonly onEnd: () => void;
}

export interface Terminal {
  readonly size: () => Size;
  readonly draw: (lines: readonly Line[]) => void;
  /** Puts the terminal back; once is enough, more do no harm. */
  readonly restore: () => void;
}

// Alternate screen, no cursor, pastes marked as such; and the same taken back.
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?2004h';
const LEAVE = '\x1b[?2004l\x1b[?25h\x1b[?1049l';
const COLOURS: ReadonlySet<Style> = new Set(['red', 'green', 'yellow', 'cyan']);
/** A key that begins with Escape may come in two reads on a slow line. */
const ESCAPE_MS = 50;
const SIZE_UNKNOWN: Size = { columns: 80, rows: 24 };

/** Takes the terminal over until `restore`, which also happens however the process ends. */
export function openTerminal(events: TerminalEvents, environment: NodeJS.ProcessEnv): Terminal {
  const { stdin, stdout } = process;
  const isColoured = (environment.NO_COLOR ?? '') === '';
  const onKeypress = keypressOf(events);
  let isOpen = true;
  const restore = () => {
    if (!isOpen) return;
    isOpen = false;
    stdin.off('keypress', onKeypress);
    stdout.off('resize', events.onResize);
    for (const signal of SIGNALS) process.off(signal, events.onEnd);
    process.off('exit', restore);
    stdin.off('end', events.onEnd);
    try {
      stdin.setRawMode(false);
      // At the end of the process nothing asynchronous is written any more.
      writeSync(stdout.fd, LEAVE);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    stdin.pause();
  };
  emitKeypressEvents(stdin, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface);
  stdin.on('keypress', onKeypress);
  stdin.on('end', events.onEnd);
  stdout.on('resize', events.onResize);
  for (const signal of SIGNALS) process.on(signal, events.onEnd);
  process.on('exit', restore);
  stdin.setRawMode(true);
  dropTypedAhead();
  stdin.resume();
  stdout.write(ENTER);
  return {
    size: () => ({
      columns: stdout.columns || SIZE_UNKNOWN.columns,
      rows: stdout.rows || SIZE_UNKNOWN.rows,
    }),
    draw(lines) {
      if (!isOpen) return;
      const rows = lines.map((line) => `${painted(line, isColoured)}\x1b[K`);
      stdout.write(`\x1b[H${rows.join('\r\n')}\x1b[J`);
    },
    restore,
  };
}

const READ_BYTES = 4_096;

/** What was typed before there was anything to see is no decision. */
function dropTypedAhead(): void {
  let terminal: number;
  try {
    terminal = openSync('/dev/tty', constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    // Windows has none, nor has a terminal that nobody controls.
    if (hasCode(error, ['ENOENT', 'ENXIO', 'EACCES', 'EIO'])) return;
    throw error;
  }
  try {
    while (readSync(terminal, new Uint8Array(READ_BYTES)) > 0);
  } catch (error) {
    if (!hasCode(error, ['EAGAIN', 'EIO'])) throw error;
  } finally {
    closeSync(terminal);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function painted(line: Line, isColoured: boolean): string {
  return line
    .map(({ text, style }) => {
      if (style === undefined || (COLOURS.has(style) && !isColoured)) return text;
      return styleText(style, text, { validateStream: false });
    })
    .join('');
}

interface Keypress {
  readonly name?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
}

type OnKeypress = (text: string | undefined, key: Keypress) => void;

/** Keys one by one; what is pasted is gathered and given whole. */
function keypressOf({ onKey, onPaste }: TerminalEvents): OnKeypress {
  let pasted: string | undefined;
  return (text, { name = '', ctrl = false, meta = false }) => {
    if (name === 'paste-start') pasted = '';
    else if (name === 'paste-end') {
      const whole = pasted ?? '';
      pasted = undefined;
      onPaste(whole);
    } else if (pasted !== undefined) pasted += text ?? '';
    else {
      const isTyped = text !== undefined && !ctrl && !meta && !/\p{Cc}/u.test(text);
      onKey({
        name: name === 'enter' ? 'return' : name,
        ...(isTyped ? { text } : {}),
        ...(ctrl ? { isCtrl: true } : {}),
      });
    }
  };
}

// The terminal was closed meanwhile; there is nothing left to put back.
function isGone(error: unknown): boolean {
  return hasCode(error, ['EIO', 'EPIPE', 'EBADF']);
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
