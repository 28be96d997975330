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
const REMINDER = /<(system[-_]reminder)>[\s\S]*?<\/\1>/g;
const SLASH_COMMAND = /^\/[\w:.-]+(?:\s|$)/;
const HEARTBEAT = /^(?:heartbeat\b|read heartbeat\.md\b)/i;

export function keptTurn(turn: SaidTurn): { kept: SaidTurn } | { left: LeftOut } {
  const whole = turn.prompt.trim();
  if (isHarnessText(whole)) return { left: 'harness text' };
  const prompt = ownWords(whole);
  if (prompt === '' && whole !== '') return { left: 'own context' };
  if (SLASH_COMMAND.test(prompt)) return { left: 'slash command' };
  if (HEARTBEAT.test(prompt)) return { left: 'heartbeat' };
  if (Array.from(prompt).length < PROMPT_CHARS_MIN) return { left: 'short prompt' };
  const response = turn.response === undefined ? '' : ownWords(turn.response);
  return {
    kept: { prompt: cut(prompt), ...(response === '' ? {} : { response: cut(response) }) },
  };
}

/** The text without context packs and reminders; a pack that isn't closed reaches to the end. */
export function ownWords(text: string): string {
  const said = text.replace(REMINDER, '');
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

// A capture is a text file: half a character or a NUL could not be written or read again.
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}

function cut(text: string): string {
  if (text.length <= SAID_CHARS_MAX) return text;
  const left = text.length - SAID_CHARS_MAX;
  return `${text.slice(0, SAID_CHARS_MAX).toWellFormed()}\n[cut here: ${left} more characters]`;
}
