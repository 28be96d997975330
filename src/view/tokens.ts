/** Counts tokens with a real tokenizer, whose name goes with every count. */
import { createRequire } from 'node:module';

/** The encoding of OpenAI's models since GPT-4o; other vendors' counts differ by some per cent. */
export const TOKENIZER = 'o200k_base';

const load = createRequire(import.meta.url);
/** Read when a first text is counted: its table is two megabytes, and most commands count nothing. */
let tokenizer: typeof import('gpt-tokenizer/encoding/o200k_base') | undefined;

// Names of control tokens inside served text are text, and are counted as such.
const AS_TEXT = { disallowedSpecial: new Set<string>() };

/** How many tokens of `TOKENIZER` a text has. */
export function countTokens(text: string): number {
  const known = COUNTS.get(text);
  if (known !== undefined) return known;
  tokenizer ??= load('gpt-tokenizer/encoding/o200k_base') as NonNullable<typeof tokenizer>;
  const tokens = tokenizer.countTokens(text, AS_TEXT);
  if (text.length > KEPT_CHARS) return tokens;
  if (COUNTS.size >= KEPT_MAX) COUNTS.clear();
  COUNTS.set(text, tokens);
  return tokens;
}

// The same entries are served again and again. Emptied when full: it only saves work.
const COUNTS = new Map<string, number>();
const KEPT_CHARS = 2_000;
const KEPT_MAX = 5_000;
