/** What every request must pass before a route sees it: its target, its `Host`, where it comes from. */
import { AtoError } from '../errors.ts';
import { quote } from '../model/names.ts';

export const QUERY_BYTES_MAX = 4_096;

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];
/** Names under which people put tokens into URLs, where logs and histories keep them. */
const TOKEN_PARAMETERS = new Set(['token', 'access_token', 'api_key', 'apikey', 'auth', 'bearer']);

/** A request as far as the guard looks at it. */
export interface Arrival {
  /** The request target as it was sent: path and query. */
  readonly target: string;
  /** Every `Host` header that was sent. */
  readonly hosts: readonly string[];
  readonly origin: string | null;
  /** `Sec-Fetch-Site`. */
  readonly fetchSite: string | null;
}

/** The names that `Host` may carry. */
export function allowedHosts(configured: readonly string[]): ReadonlySet<string> {
  return new Set([...LOOPBACK_NAMES, ...configured.map((name) => name.toLowerCase())]);
}

/** AtoError `usage`, `not-allowed` or `unauthenticated` (faults.md §3, rows 84 to 88). */
export function checkArrival(arrival: Arrival, hosts: ReadonlySet<string>): void {
  checkTarget(arrival.target);
  const host = checkHost(arrival.hosts, hosts);
  checkSource(arrival, host);
}

function checkTarget(target: string): void {
  if (!target.startsWith('/')) {
    throw malformed('a path from the root as the request target', target);
  }
  const cut = target.indexOf('?');
  const path = decoded(cut === -1 ? target : target.slice(0, cut));
  if (path.includes('\\') || path.split('/').some((part) => part === '..' || part === '.')) {
    throw malformed('a path without "..", "." or a backslash', path);
  }
  const query = cut === -1 ? '' : target.slice(cut + 1);
  if (Buffer.byteLength(query) > QUERY_BYTES_MAX) {
    const message = `Expected a query of at most ${QUERY_BYTES_MAX} bytes in the URL, found ${Buffer.byteLength(query)}. Send long text in the body.`;
    throw new AtoError('usage', message);
  }
  for (const pair of query.split('&')) {
    const name = decoded(pair.replaceAll('+', ' ')).split('=')[0] ?? '';
    if (!TOKEN_PARAMETERS.has(name.toLowerCase())) continue;
    throw new AtoError(
      'unauthenticated',
      `Expected the token in \`Authorization: Bearer\`, found ${quote(name)} in the URL, which logs keep. Make a new token if it was a real one.`,
    );
  }
}

function decoded(part: string): string {
  let text: string;
  try {
    text = decodeURIComponent(part);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw malformed('escapes of UTF-8 such as %20 in the URL', part);
  }
  if (text.includes('\0')) throw malformed('a URL without NUL', text);
  return text;
}

function checkHost(sent: readonly string[], allowed: ReadonlySet<string>): string {
  const [host = ''] = sent;
  if (sent.length > 1) {
    throw new AtoError('usage', `Expected one Host header, found ${sent.length}. Send one.`);
  }
  const name = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase();
  if (name !== undefined && allowed.has(name)) return host.toLowerCase();
  // A page elsewhere may have its own name point here; its name stays in `Host`.
  throw new AtoError(
    'not-allowed',
    `Expected a Host that this server goes by, found ${quote(host)}. Allow it with --allow-host.`,
  );
}

function checkSource({ origin, fetchSite }: Arrival, host: string): void {
  if (fetchSite !== null && fetchSite.toLowerCase() === 'cross-site') {
    const message = 'Expected a request from this server or no page, found one from another site.';
    throw new AtoError('not-allowed', message);
  }
  if (origin === null) return;
  const own = [`http://${host}`, `https://${host}`];
  if (own.includes(origin.toLowerCase())) return;
  throw new AtoError(
    'not-allowed',
    `Expected a request from this server's own pages or from no page, found the origin ${quote(origin)}.`,
  );
}

function malformed(expected: string, found: string): AtoError {
  return new AtoError('usage', `Expected ${expected}, found ${quote(found)}.`);
}
