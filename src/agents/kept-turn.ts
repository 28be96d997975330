/** What of a turn is worth keeping: its words without ours and the harness's, or the reason it is left out (surfaces.md §3). */
import { isHarnessText } from './harness-text.ts';

/** A prompt shorter than this says nothing by itself. */
export const PROMPT_CHARS_MIN = 15;
/** What is longer is cut, with a mark. */
export const SAID_CHARS_MAX = 50_000;

export interface SaidTurn {
  readonly prompt: string;
  readonly response?: string;
}

export type LeftOut =
  | 'short prompt'
  | 'slash command'
  | 'heartbeat'
  | 'own context'
  | 'harness text';

/** A pack's marks stand in lines of their own, quoted or in a list at most. */
const MARK = /^[\s>*+-]*<!-- (\/?)atocore:context\b/;
const REMINDER = /<(system[-_]reminder)>/g;
/** More than this of a text is not even looked at: a harness may hand over what somebody pasted. */
const LOOKED_CHARS_MAX = 4 * SAID_CHARS_MAX;
/** How far back from where a text is cut the last word may begin. */
const WORD_CHARS_MAX = 4_000;
const SLASH_COMMAND = /^\/[\w:.-]+(?:\s|$)/;
const HEARTBEAT = /^(?:heartbeat\b|read heartbeat\.md\b)/i;

export function keptTurn(turn: SaidTurn): { kept: SaidTurn } | { left: LeftOut } {
  const whole = turn.prompt.slice(0, LOOKED_CHARS_MAX).trim();
  if (isHarnessText(whole)) return { left: 'harness text' };
  const prompt = ownWords(whole);
  if (prompt === '' && whole !== '') return { left: 'own context' };
  if (SLASH_COMMAND.test(prompt)) return { left: 'slash command' };
  if (HEARTBEAT.test(prompt)) return { left: 'heartbeat' };
  if (Array.from(prompt.slice(0, 2 * PROMPT_CHARS_MIN)).length < PROMPT_CHARS_MIN) {
    return { left: 'short prompt' };
  }
  const response = turn.response === undefined ? '' : keptText(turn.response);
  return {
    kept: {
      prompt: cut(prompt, beyond(turn.prompt)),
      ...(response === '' ? {} : { response }),
    },
  };
}

/** A text as it is kept: the speaker's own words, and no more than fits. */
export function keptText(text: string): string {
  return cut(ownWords(text.slice(0, LOOKED_CHARS_MAX)), beyond(text));
}

/** The text without context packs and reminders; a pack that isn't closed reaches to the end. */
export function ownWords(text: string): string {
  const said = withoutReminders(text);
  if (!said.includes('<!-- atocore:context')) return storable(said.trim());
  let depth = 0;
  const own = said.split(/\r\n|\n|\r/).filter((line) => {
    const mark = MARK.exec(line.slice(0, 200));
    if (mark === null) return depth === 0;
    if (mark[1] === '') depth += 1;
    else if (depth > 0) depth -= 1;
    return false;
  });
  return storable(own.join('\n').trim());
}

// Looked for from each opening to the next closing; none left to close means none to take out.
function withoutReminders(text: string): string {
  const pieces: string[] = [];
  let done = 0;
  for (const { index, 0: opening, 1: name = '' } of text.matchAll(REMINDER)) {
    if (index < done) continue;
    const closing = `</${name}>`;
    const end = text.indexOf(closing, index + opening.length);
    if (end === -1) break;
    pieces.push(text.slice(done, index));
    done = end + closing.length;
  }
  pieces.push(text.slice(done));
  return pieces.join('');
}

// A capture is a text file: half a character or a NUL could not be written or read again.
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}

function beyond(text: string): number {
  return Math.max(0, text.length - LOOKED_CHARS_MAX);
}

// Between words where it can be: half of a key would not be known for one.
function cut(text: string, unseen: number): string {
  if (text.length <= SAID_CHARS_MAX && unseen === 0) return text;
  const start = text.slice(0, SAID_CHARS_MAX);
  const space = /\s(?=\S*$)/.exec(start.slice(-WORD_CHARS_MAX));
  const isWordSplit = space !== null && /\S/.test(text[SAID_CHARS_MAX] ?? ' ');
  const kept = isWordSplit
    ? start.slice(0, start.length - Math.min(WORD_CHARS_MAX, start.length) + space.index)
    : start;
  const left = text.length - kept.length + unseen;
  return `${kept.toWellFormed()}\n[cut here: ${left} more characters]`;
}
