/** Who may do what: a token for each scope, and a bound on guessing. */
import { AtoError } from '../errors.ts';
import { HttpProblem } from './problem.ts';
import { type Scope, scopeOfToken, type Tokens } from './tokens.ts';

/**
 * Nobody is asked; any token; exactly the token of this scope. `agent|reviewer`: either, and the
 * route gives each no more than its own (a proposal, or a person's record). `signature`: no token;
 * the route checks what the sender signed.
 */
export type Access = 'open' | 'any' | 'signature' | Scope | 'agent|reviewer';

export const FAILURES_MAX = 30;
export const FAILURES_WINDOW_MS = 60_000;

/**
 * Whose token it is; throws unless the `Authorization` header gives access. Without tokens
 * everything is allowed, and it is nobody's.
 */
export type Authorise = (header: string | null, access: Access) => Scope | undefined;

/** A check that counts failures; `nowMs` is the clock. */
export function authoriser(tokens: Tokens | undefined, nowMs: () => number): Authorise {
  let failures = 0;
  let windowStart = nowMs();

  function fail(message: string): never {
    const now = nowMs();
    if (now - windowStart >= FAILURES_WINDOW_MS) {
      failures = 0;
      windowStart = now;
    }
    failures += 1;
    // Only failures are held back: a right token always passes, so nobody can lock its owner out.
    if (failures > FAILURES_MAX) {
      const waitMs = windowStart + FAILURES_WINDOW_MS - now;
      const retryAfter = String(Math.max(1, Math.ceil(waitMs / 1000)));
      const text = `Expected at most ${FAILURES_MAX} failed attempts a minute, found more. Wait, then send the right token.`;
      throw new HttpProblem('too-many-requests', text, { 'retry-after': retryAfter });
    }
    throw new AtoError('unauthenticated', message);
  }

  return (header, access) => {
    if (access === 'open' || access === 'signature' || tokens === undefined) return undefined;
    if (header === null || header === '') {
      fail('Expected `Authorization: Bearer <token>`, found none. `atocore up` says where it is.');
    }
    const given = /^Bearer ([A-Za-z0-9._~+/=-]{1,512})$/i.exec(header)?.[1];
    const scope = given === undefined ? undefined : scopeOfToken(tokens, given);
    if (scope === undefined) {
      fail('Expected a token of this store in `Authorization: Bearer`, found another text.');
    }
    if (access === 'any' || access.split('|').includes(scope)) return scope;
    throw new AtoError(
      'not-allowed',
      `Expected the ${access.replace('|', ' or ')} token for this, found the ${scope} token. No scope includes another's writes.`,
    );
  };
}
