/** What becomes of one file of an agent: worked out from its bytes, written by nobody yet. */
import { createHash } from 'node:crypto';
import { parse } from 'jsonc-parser';
import { AtoError } from '../errors.ts';
import type { FileContent } from './agent-files.ts';
import { isOurServer } from './command-words.ts';
import { insertJson } from './json-insert.ts';
import { removeJson } from './json-remove.ts';
import { type JsonPath, jsonRoot } from './json-settings.ts';
import { type SettingsText, settingsBytes, settingsText } from './settings-text.ts';
import { insertToml, removeToml } from './toml-settings.ts';

/** A file as it is; none where there is none. */
export type FileBytes = Uint8Array | undefined;

/** What an installation noted of a file, so that it can be undone to the byte. */
export interface FileNote {
  readonly path: string;
  /** The bytes without ours; none where there was no file. */
  readonly before: FileBytes;
  /** Digest of the file as we left it. */
  readonly after: string;
  readonly pieces: readonly string[];
  readonly made: readonly JsonPath[];
}

export interface FileTarget {
  readonly path: string;
  readonly content: FileContent;
  /** What the last installation noted; none where there was none, or its note is lost. */
  readonly note?: FileNote;
}

export interface FileChange {
  readonly path: string;
  readonly now: FileBytes;
  readonly next: FileBytes;
  /** What to note; none for a removal. */
  readonly note?: FileNote;
  /** Keys that somebody else has set and that are left as they are. */
  readonly kept: readonly JsonPath[];
}

/** What an installation makes of a file. AtoError `invalid`, `wrong-state`. */
export function changeToInstall(target: FileTarget, now: FileBytes): FileChange {
  const { path, content } = target;
  const before = withoutOurs(target, now);
  const { next, ...added } = withOurs(path, content, before);
  const { pieces, made, kept } = added;
  return { path, now, next, kept, note: { path, before, after: digestOf(next), pieces, made } };
}

/** What undoing it makes of a file. AtoError `invalid`, `wrong-state`. */
export function changeToUninstall(target: FileTarget, now: FileBytes): FileChange {
  return { path: target.path, now, next: withoutOurs(target, now), kept: [] };
}

export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function isSameFile(a: FileBytes, b: FileBytes): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
}

function withoutOurs({ path, content, note }: FileTarget, now: FileBytes): FileBytes {
  if (now === undefined) return undefined;
  if (note !== undefined && digestOf(now) === note.after) return note.before;
  const settings = settingsText(path, now);
  if (content.is === 'whole') return settings.text.includes(content.mark) ? undefined : now;
  const text = textWithoutOurs({ path, content, ...noteOf(note) }, settings);
  const isLeftEmpty =
    note !== undefined && note.before === undefined && isNothing(path, content, text);
  return isLeftEmpty ? undefined : settingsBytes({ ...settings, text });
}

function textWithoutOurs({ path, content, note }: FileTarget, { text }: SettingsText): string {
  const pieces = note === undefined ? {} : { pieces: note.pieces };
  if (content.is === 'toml') {
    return removeToml(
      { path, text },
      { table: content.server.table, isOurs: isOurServer, ...pieces },
    );
  }
  if (content.is === 'whole') return text;
  const file = { path, text, isStrict: content.isStrict };
  const made = note === undefined ? {} : { made: note.made };
  return removeJson(file, { marks: content.marks, ...made, ...pieces });
}

function withOurs(
  path: string,
  content: FileContent,
  before: FileBytes,
): {
  next: Uint8Array;
  pieces: readonly string[];
  made: readonly JsonPath[];
  kept: readonly JsonPath[];
} {
  if (content.is === 'whole') {
    if (before !== undefined) {
      const message = `Expected no file, or one of ours, at ${path}, found another. Move it away; nothing was changed.`;
      throw new AtoError('wrong-state', message);
    }
    return { next: Buffer.from(content.text), pieces: [], made: [], kept: [] };
  }
  const settings = before === undefined ? { bom: '', text: '' } : settingsText(path, before);
  const { text } = settings;
  if (content.is === 'toml') {
    const { text: with_, pieces, isKept } = insertToml({ path, text }, content.server);
    const kept = isKept ? [[...content.server.table]] : [];
    return { next: settingsBytes({ ...settings, text: with_ }), pieces, made: [], kept };
  }
  const file = { path, text, isStrict: content.isStrict };
  jsonRoot(file);
  const added = insertJson(file, content.wanted(parse(text)));
  const kept = added.kept.filter((key) => key.join() !== 'version');
  return { ...added, next: settingsBytes({ ...settings, text: added.text }), kept };
}

/** Whether what is left is only the frame that we had made around our entries. */
function isNothing(path: string, content: FileContent, text: string): boolean {
  if (content.is !== 'json') return text.trim() === '';
  const bare = text.replace(/\s/g, '');
  const root = jsonRoot({ path, text, isStrict: content.isStrict });
  return root === undefined || bare === '{}' || /^\{"version":1(?:,"hooks":\{\})?\}$/.test(bare);
}

function noteOf(note: FileNote | undefined): { note?: FileNote } {
  return note === undefined ? {} : { note };
}
