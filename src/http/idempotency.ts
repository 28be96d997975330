/** `Idempotency-Key`: a write that is sent again under its key is answered, not done again. */
import { createHash } from 'node:crypto';
import { AtoError } from '../errors.ts';
import type { Reply } from './route.ts';

export const KEYS_MAX = 10_000;
export const KEY_LIFE_MS = 24 * 60 * 60 * 1_000;

interface Remembered {
  readonly digest: string;
  readonly until: number;
  readonly reply: Promise<Reply<unknown>>;
}

/** One request as it is told apart from others. */
export interface KeyedRequest {
  /** The header as sent; null when there is none. */
  readonly key: string | null;
  /** Method and path: a key belongs to one of them. */
  readonly place: string;
  readonly bytes: Uint8Array;
}

/** Does the work once for a key. AtoError `usage` for a bad key, `wrong-state` for another body. */
export type OncePerKey = (
  request: KeyedRequest,
  work: () => Promise<Reply<unknown>>,
) => Promise<Reply<unknown>>;

/** Keys live in memory: after a restart the writes themselves tell a repetition. */
export function oncePerKey(nowMs: () => number): OncePerKey {
  const remembered = new Map<string, Remembered>();

  function forget(now: number): void {
    for (const [key, { until }] of remembered) {
      if (until > now && remembered.size < KEYS_MAX) return;
      remembered.delete(key);
    }
  }

  return async ({ key, place, bytes }, work) => {
    if (key === null) return work();
    if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
      const message = 'Expected an Idempotency-Key of 1 to 200 visible ASCII characters.';
      throw new AtoError('usage', message);
    }
    const name = `${place} ${key}`;
    const digest = createHash('sha256').update(bytes).digest('hex');
    const now = nowMs();
    const before = remembered.get(name);
    if (before !== undefined && before.until > now) {
      if (before.digest === digest) return again(await before.reply);
      const message = 'Expected the body that this Idempotency-Key came with first, found another.';
      throw new AtoError('wrong-state', `${message} Use a new key for it.`);
    }
    remembered.delete(name);
    forget(now);
    const reply = work();
    remembered.set(name, { digest, until: now + KEY_LIFE_MS, reply });
    try {
      return await reply;
    } catch (error) {
      // What failed may be tried again under its key.
      remembered.delete(name);
      throw error;
    }
  };
}

// Made the first time only: what was created then is there now.
function again(reply: Reply<unknown>): Reply<unknown> {
  return reply.status === 201 ? { ...reply, status: 200 } : reply;
}
