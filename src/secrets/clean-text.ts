/** A text without its secrets: what we know by form and name, what secretlint knows, what the store names. */
import { type FoundSecret, findSecrets } from './find-secrets.ts';
import { type Cleaned, removeSecrets } from './remove-secrets.ts';
import { findByRules, mayHoldSecrets } from './secretlint-rules.ts';

/** A pattern of a store, checked by `atocore.json`'s schema. */
export interface OwnPattern {
  readonly kind: string;
  /** Of a regular expression with the flags `gu`. */
  readonly pattern: string;
}

export async function cleanText(text: string, own: readonly OwnPattern[] = []): Promise<Cleaned> {
  const found = [
    ...findOwn(text, own),
    ...findSecrets(text),
    ...(mayHoldSecrets(text) ? await findByRules(text) : []),
  ];
  return found.length === 0 ? { text, removed: new Map() } : removeSecrets(text, found);
}

function findOwn(text: string, own: readonly OwnPattern[]): readonly FoundSecret[] {
  return own.flatMap(({ kind, pattern }) =>
    [...text.matchAll(new RegExp(pattern, 'gu'))].flatMap(({ index, 0: { length } }) =>
      length === 0 ? [] : [{ kind, from: index, to: index + length }],
    ),
  );
}
