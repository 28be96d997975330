/** Text to the tokens that are indexed and searched: folded, segmented, without stop words, stemmed. */
import { stemmer } from 'stemmer';
import { STOP_WORDS } from './stop-words.ts';

/** Raised whenever `tokenize` may answer differently: a snapshot of another version is rebuilt. */
export const TOKENIZER_VERSION = 1;

/** Longer words and identifiers are cut here, in documents and queries alike. */
export const TOKEN_CHARACTERS_MAX = 128;

/**
 * The tokens of a text in reading order, repeats included.
 *
 * Words are runs of letters and digits after NFKD, lower case and removal of diacritics; where a
 * script has no spaces between words, `Intl.Segmenter` finds them. Stop words are left out, the
 * rest are Porter stems. An identifier or path (`REQ-012`, `notes/supports.md`, `snake_case`)
 * gives its words and, behind them, itself as one token; `isJoined` tells those apart.
 */
export function tokenize(text: string): string[] {
  const tokens: string[] = [];
  if (BEYOND_ASCII.test(text)) {
    for (const [run] of fold(text).matchAll(RUNS)) addRun(tokens, run);
    return tokens;
  }
  addAsciiRuns(tokens, text.toLowerCase());
  return tokens;
}

/** Whether the token is a whole identifier or path: it stands beside its words, so it adds no length. */
export function isJoined(token: string): boolean {
  return JOINER.test(token);
}

/** Lower case, compatibility forms replaced, diacritics removed; kana and Indic signs are kept. */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(DIACRITICS, '')
    .replace(UNDECOMPOSED, (letter) => SPELLED_OUT[letter] ?? letter)
    .normalize('NFC');
}

const BEYOND_ASCII = /[\u0080-\uffff]/;
const JOINER = /[-_./]/;
const RUNS = /[\p{L}\p{N}\p{M}]+(?:[-_./][\p{L}\p{N}\p{M}]+)*/gu;
// Combining marks of Latin, Greek, Cyrillic, Hebrew and Arabic; elsewhere a mark carries a vowel or
// a voiced sound, and removing it would make different words equal.
const DIACRITICS = new RegExp(
  `[${[
    '\\u0300-\\u036f\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff',
    '\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7',
    '\\u064b-\\u065f\\u0670',
  ].join('')}]`,
  'g',
);
const SPELLED_OUT: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
};
const UNDECOMPOSED = /[ßæœøłđðþ]/g;
const WITHOUT_SPACES =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
// The dictionary has compounds such as 東京タワー; each of their two words is asked for alone.
const BETWEEN_SCRIPTS =
  /(?<=\p{sc=Han})(?=\p{sc=Katakana})|(?<=[\p{sc=Katakana}ー])(?=\p{sc=Han})/u;
const SEGMENTER = new Intl.Segmenter('en', { granularity: 'word' });

const WORD = 1;
const JOIN = 2;
const ASCII_CLASSES = asciiClasses();

function asciiClasses(): Uint8Array {
  const classes = new Uint8Array(128);
  for (const letter of 'abcdefghijklmnopqrstuvwxyz0123456789') {
    classes[letter.charCodeAt(0)] = WORD;
  }
  for (const joiner of '-_./') classes[joiner.charCodeAt(0)] = JOIN;
  return classes;
}

function addAsciiRuns(tokens: string[], text: string): void {
  const length = text.length;
  let at = 0;
  while (at < length) {
    if (ASCII_CLASSES[text.charCodeAt(at)] !== WORD) {
      at += 1;
      continue;
    }
    const runStart = at;
    let wordStart = at;
    for (;;) {
      do at += 1;
      while (at < length && ASCII_CLASSES[text.charCodeAt(at)] === WORD);
      addWord(tokens, text.slice(wordStart, at));
      const joins =
        at + 1 < length &&
        ASCII_CLASSES[text.charCodeAt(at)] === JOIN &&
        ASCII_CLASSES[text.charCodeAt(at + 1)] === WORD;
      if (!joins) break;
      at += 1;
      wordStart = at;
    }
    if (wordStart > runStart) addIdentifiers(tokens, text.slice(runStart, at));
  }
}

function addRun(tokens: string[], run: string): void {
  for (const word of run.split(JOINER)) {
    if (!WITHOUT_SPACES.test(word)) {
      addWord(tokens, word);
      continue;
    }
    for (const { segment, isWordLike } of SEGMENTER.segment(word)) {
      if (!isWordLike) continue;
      for (const part of segment.split(BETWEEN_SCRIPTS)) addWord(tokens, part);
    }
  }
  if (JOINER.test(run)) addIdentifiers(tokens, run);
}

/** A path counts whole and by each of its parts that is an identifier of its own. */
function addIdentifiers(tokens: string[], run: string): void {
  if (!run.includes('/')) {
    if (isIdentifier(run)) tokens.push(owned(run.slice(0, TOKEN_CHARACTERS_MAX)));
    return;
  }
  for (const part of run.split('/')) {
    if (JOINER.test(part) && isIdentifier(part)) {
      tokens.push(owned(part.slice(0, TOKEN_CHARACTERS_MAX)));
    }
  }
  tokens.push(owned(run.slice(0, TOKEN_CHARACTERS_MAX)));
}

/** Words joined by hyphens alone are prose unless a number is among them. */
function isIdentifier(run: string): boolean {
  return run.includes('_') || run.includes('.') || /\p{N}/u.test(run);
}

// What a word becomes: its stem, or nothing for a stop word. Emptied when full: it only saves work.
const STEMS = new Map<string, string>();
const STEMS_MAX = 50_000;

function addWord(tokens: string[], word: string): void {
  const token = STEMS.get(word) ?? remembered(word);
  if (token !== '') tokens.push(token);
}

function remembered(word: string): string {
  if (word.length > TOKEN_CHARACTERS_MAX) return owned(word.slice(0, TOKEN_CHARACTERS_MAX));
  const kept = owned(word);
  const token = STOP_WORDS.has(kept) ? '' : owned(stemmer(kept));
  if (STEMS.size >= STEMS_MAX) STEMS.clear();
  STEMS.set(kept, token);
  return token;
}

/** A copy that stands alone: V8's slices keep the whole text they were cut from in memory. */
function owned(part: string): string {
  return part.length < 13 ? part : part.split('').join('');
}
