/**
 * Text of the store as it may stand in a pack: whoever reads it sees what a person sees, and nothing
 * in it can end a fence, open a section or pose as the program that talks to the reader.
 */

/** One line: a record cannot pose as another entry. */
export function servedLine(text: string): string {
  return defused(text).replace(/\s+/gu, ' ').trim();
}

/** As `servedLine`, for what stands between the brackets in front of an entry. */
export function servedLabel(text: string): string {
  return servedLine(text).replaceAll('[', '(').replaceAll(']', ')');
}

/** Every line quoted, so that none can look like a heading, an entry or the end of the fence. */
export function servedQuote(text: string, mark: (line: string) => string = () => ''): string {
  return defused(text)
    .split('\n')
    .map((line) => `> ${line}${mark(line)}`.trimEnd())
    .join('\n');
}

/** The text, or its beginning with a note of how much there is. Never splits a character. */
export function cut(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const end = /[\ud800-\udbff]$/.test(text.slice(0, charsMax)) ? charsMax - 1 : charsMax;
  return `${text.slice(0, end)}… (cut; ${text.length} characters in all)`;
}

function defused(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(HIDDEN, shownByNumber)
    .replace(SMUGGLED_JOINERS, shownByNumber)
    .replaceAll('<!--', '<! --')
    .replace(CONTROL_TOKENS, '< ')
    .replace(ROLE_TAGS, '< ');
}

function shownByNumber(char: string): string {
  return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}

// Characters that hide, reorder or break lines unseen. Joiners stay where scripts and emoji are
// written with them, and so do the variation selectors of emoji.
const HIDDEN =
  /\u00ad|\u034f|\u061c|[\u115f\u1160]|[\u17b4\u17b5]|[\u180b-\u180f]|\u200b|[\u200e\u200f]|[\u2028-\u202e]|[\u2060-\u206f]|\u3164|[\ufe00-\ufe0d]|\ufeff|\uffa0|[\ufff0-\ufffb]|[\u{1d173}-\u{1d17a}]|[\u{e0000}-\u{e0fff}]|(?![\n\t])\p{Cc}|\p{Cs}/gu;
// Between Latin letters a joiner joins nothing: a row of them is a message.
const SMUGGLED_JOINERS =
  /(?<=[\u0020-\u024f\u200c\u200d])[\u200c\u200d]|[\u200c\u200d](?=[\u0020-\u024f])/g;
// How chat templates mark a turn: <|im_start|>.
const CONTROL_TOKENS = /<(?=[|｜][^\s|｜<>]{1,40}[|｜]>)/g;
const ROLE_TAGS =
  /<(?=\/?\s*(?:system|assistant|user|human|developer|tool|function|invoke|parameter|antml|instructions?|atocore|context)[\w:-]*[\s/>])/gi;
