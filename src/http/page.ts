/** Lists in pages: `{items, count, next_cursor?}`, the same for every resource. */
import { AtoError } from '../errors.ts';
import { z } from './zod.ts';

export const LIMIT_MAX = 500;

/** The part of a query that asks for a page. */
export const PAGE_QUERY = {
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(50),
  cursor: z.string().min(1).max(400).optional(),
};

export interface PageAsk {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface Page<Item> {
  readonly items: Item[];
  /** All that match, not only those of this page. */
  readonly count: number;
  readonly next_cursor?: string;
}

/** The schema of a list. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    count: z.int().meta({ description: 'All that match, not only those of this page' }),
    next_cursor: z.string().optional(),
  });
}

/**
 * One page. A cursor names the last one served and its position, so that a list which grew or
 * shrank meanwhile goes on behind that one. AtoError `usage` for a cursor that isn't ours.
 */
export function pageOf<Item>(
  all: readonly Item[],
  { limit, cursor }: PageAsk,
  idOf: (item: Item) => string,
): Page<Item> {
  const start = cursor === undefined ? 0 : startAfter(all, readCursor(cursor), idOf);
  const items = all.slice(start, start + limit);
  const last = items.at(-1);
  const end = start + items.length;
  if (last === undefined || end >= all.length) return { items, count: all.length };
  return { items, count: all.length, next_cursor: writeCursor({ end, id: idOf(last) }) };
}

interface Cursor {
  readonly end: number;
  readonly id: string;
}

function startAfter<Item>(all: readonly Item[], cursor: Cursor, idOf: (item: Item) => string) {
  const expected = all[cursor.end - 1];
  if (expected !== undefined && idOf(expected) === cursor.id) return cursor.end;
  const found = all.findIndex((item) => idOf(item) === cursor.id);
  return found === -1 ? cursor.end : found + 1;
}

/** An opaque text for a position in a list. */
export function writeCursor({ end, id }: Cursor): string {
  return Buffer.from(`${end} ${id}`, 'utf8').toString('base64url');
}

/** The position that a cursor stands for. */
export function readCursor(text: string): Cursor {
  const found = /^(\d{1,9}) (.*)$/s.exec(Buffer.from(text, 'base64url').toString('utf8'));
  if (found === null) {
    throw new AtoError('usage', 'Expected a cursor as an earlier page gave it. Start without one.');
  }
  return { end: Number(found[1]), id: found[2] ?? '' };
}
