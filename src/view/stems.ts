/** The different stems of records and captures, worked out once for each. */
import type { Capture } from '../model/captures.ts';
import type { KnowledgeRecord } from '../plugin.ts';
import { isJoined, tokenize } from './tokenize.ts';

// Keyed by the values themselves, which stay the same objects for as long as their files do.
const known = new WeakMap<object, readonly string[]>();

/** Of the claim itself: no subject, no tags. */
export function recordStems(record: KnowledgeRecord): readonly string[] {
  return remembered(record, () => record.text);
}

/** Of all that was said in the turn. */
export function captureStems(capture: Capture): readonly string[] {
  const said = (): string =>
    [capture.prompt, capture.response, capture.responseSummary].filter(Boolean).join('\n');
  return remembered(capture, said);
}

/** Each stem once, in order of first occurrence; identifiers count by their words. */
export function stemsOf(text: string): readonly string[] {
  return [...new Set(tokenize(text).filter((token) => !isJoined(token)))];
}

function remembered(key: object, text: () => string): readonly string[] {
  const before = known.get(key);
  if (before !== undefined) return before;
  const stems = stemsOf(text());
  known.set(key, stems);
  return stems;
}
