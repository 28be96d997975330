/** What ranking is measured against: plain BM25 over maps (k1 1.2, b 0.75), and what grep would find. */
import { stemmer } from 'stemmer';
import { byText } from '../model/names.ts';
import { STOP_WORDS } from './stop-words.ts';

const K1 = 1.2;
const B = 0.75;

/** Lower case, NFKD, marks removed, `[\p{L}\p{N}]+`, an English stop list, Porter stems. */
export function referenceTokens(text: string): string[] {
  const folded = text.toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '');
  const words = folded.match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.filter((word) => !STOP_WORDS.has(word)).map((word) => stemmer(word));
}

export interface PlainHit {
  readonly id: string;
  readonly score: number;
}

/** How a set of documents answers a query: best first, ties by id. */
export type PlainSearch = (query: string, limit: number) => readonly PlainHit[];

/** Answers a query with the documents that match, best first, ties by id. */
export function bm25(
  documents: readonly { readonly id: string; readonly text: string }[],
): PlainSearch {
  const postings = new Map<string, Map<number, number>>();
  const lengths = documents.map(({ text }, index) => {
    const tokens = referenceTokens(text);
    for (const token of tokens) {
      const found = postings.get(token) ?? new Map<number, number>();
      postings.set(token, found.set(index, (found.get(index) ?? 0) + 1));
    }
    return tokens.length;
  });
  const mean = lengths.reduce((sum, length) => sum + length, 0) / documents.length;
  return (query, limit) => {
    const scores = new Map<number, number>();
    for (const token of referenceTokens(query)) {
      const found = postings.get(token);
      if (found === undefined) continue;
      const idf = Math.log(1 + (documents.length - found.size + 0.5) / (found.size + 0.5));
      for (const [index, tf] of found) {
        const norm = K1 * (1 - B + (B * (lengths[index] ?? 0)) / mean);
        scores.set(index, (scores.get(index) ?? 0) + (idf * tf * (K1 + 1)) / (tf + norm));
      }
    }
    return [...scores]
      .map(([index, score]) => ({ id: documents[index]?.id ?? '', score }))
      .sort((a, b) => b.score - a.score || byText(a.id, b.id))
      .slice(0, limit);
  };
}

/** `grep -ciF` for each word of the query: the documents with the most of its words, ties by id. */
export function grep(
  documents: readonly { readonly id: string; readonly text: string }[],
): PlainSearch {
  const texts = documents.map(({ id, text }) => ({ id, text: text.toLowerCase() }));
  return (query, limit) => {
    const words = new Set(
      (query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !STOP_WORDS.has(word)),
    );
    return texts
      .map(({ id, text }) => ({
        id,
        score: [...words].filter((word) => text.includes(word)).length,
      }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || byText(a.id, b.id))
      .slice(0, limit);
  };
}
