/** How a settings file is laid out, so that what is added looks as if its owner had written it. */
import { AtoError } from '../errors.ts';

const BOM = '\ufeff';

/** A settings file as text, its byte order mark apart. */
export interface SettingsText {
  readonly bom: string;
  readonly text: string;
}

/** The text of a file's bytes. AtoError `invalid` where they are no UTF-8. */
export function settingsText(path: string, bytes: Uint8Array): SettingsText {
  try {
    const whole = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return whole.startsWith(BOM) ? { bom: BOM, text: whole.slice(1) } : { bom: '', text: whole };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const message = `Expected UTF-8 in ${path}, found other bytes. Save it as UTF-8; nothing was changed.`;
    throw new AtoError('invalid', message, { cause: error });
  }
}

export function settingsBytes({ bom, text }: SettingsText): Buffer {
  return Buffer.from(bom + text, 'utf8');
}

/** The line end that a text uses; `\n` where it has none. */
export function lineEndOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** What one level is indented by: as the first indented key is, else two blanks. */
export function indentOf(text: string): string {
  return /^([ \t]+)"/m.exec(text)?.[1] ?? '  ';
}

/** The blanks before what stands first on the line of an offset. */
export function lineIndentAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? '';
}

/** `path:line:column` of an offset, as an editor takes it. */
export function placeAt(path: string, text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `${path}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

/**
 * The text without pieces that were put in, in their order. None where one isn't there exactly once:
 * somebody has edited what was put in, and it is not for us to guess.
 */
export function withoutPieces(text: string, pieces: readonly string[]): string | undefined {
  let left = text;
  for (const piece of [...pieces].reverse()) {
    const at = left.indexOf(piece);
    if (piece === '' || at === -1 || left.lastIndexOf(piece) !== at) return undefined;
    left = left.slice(0, at) + left.slice(at + piece.length);
  }
  return left;
}
