/** A delivery of a push webhook: whose it is, whether its signature holds, what it says was pushed. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { AtoError } from '../errors.ts';
import type { Pushed } from '../pushed.ts';
import { parseJson } from './json-text.ts';

export type Service = 'forgejo' | 'gitea' | 'gitlab' | 'github';

export interface Delivery {
  readonly service: Service;
  /** As its sender numbers it; a digest of the body where it doesn't. */
  readonly id: string;
  readonly event: string;
}

interface ServiceHeaders {
  readonly service: Service;
  readonly event: string;
  readonly ids: readonly string[];
  readonly isSigned: (delivery: Signed) => boolean;
}

interface Signed {
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly secret: string;
  readonly nowMs: number;
}

/** Told apart in this order: Forgejo sends the headers of the others as well, Gitea those of GitHub. */
const SERVICES: readonly ServiceHeaders[] = [
  {
    service: 'forgejo',
    event: 'x-forgejo-event',
    ids: ['x-forgejo-delivery'],
    isSigned: (delivery) => isHmac(delivery, 'x-forgejo-signature', ''),
  },
  {
    service: 'gitea',
    event: 'x-gitea-event',
    ids: ['x-gitea-delivery'],
    isSigned: (delivery) => isHmac(delivery, 'x-gitea-signature', ''),
  },
  {
    service: 'gitlab',
    event: 'x-gitlab-event',
    ids: ['webhook-id', 'idempotency-key', 'x-gitlab-event-uuid'],
    isSigned: (delivery) =>
      delivery.headers.has('webhook-signature') ? isStandard(delivery) : isToken(delivery),
  },
  {
    service: 'github',
    event: 'x-github-event',
    ids: ['x-github-delivery'],
    isSigned: (delivery) => isHmac(delivery, 'x-hub-signature-256', 'sha256='),
  },
];

const ID_CHARS_MAX = 200;
/** How far the time of a signature may be from ours (Standard Webhooks). */
export const SIGNED_MS_MAX = 300_000;

/** Nothing of the body is read before its signature holds. AtoError `unauthenticated`. */
export function readDelivery(signed: Signed): Delivery {
  const { headers, bytes } = signed;
  const found = SERVICES.find(({ event }) => headers.has(event));
  if (found === undefined) {
    throw new AtoError(
      'unauthenticated',
      'Expected a webhook of Forgejo, Gitea, GitLab or GitHub, found none of their event headers.',
    );
  }
  if (!found.isSigned(signed)) {
    throw new AtoError(
      'unauthenticated',
      `Expected a delivery of ${found.service} signed with the secret of this store's webhook, found another signature or none. Give both sides the same secret.`,
    );
  }
  const id = found.ids.map((name) => headers.get(name)).find((each) => each !== null);
  const digest = createHash('sha256').update(bytes).digest('hex');
  return {
    service: found.service,
    id: `${found.service} ${id?.slice(0, ID_CHARS_MAX) ?? digest}`,
    event: headers.get(found.event) ?? '',
  };
}

function isHmac({ headers, bytes, secret }: Signed, name: string, prefix: string): boolean {
  const sent = headers.get(name);
  if (sent === null || !sent.startsWith(prefix)) return false;
  const given = sent.slice(prefix.length);
  if (!/^[0-9a-f]{64}$/i.test(given)) return false;
  const own = createHmac('sha256', secret).update(bytes).digest();
  return timingSafeEqual(own, Buffer.from(given, 'hex'));
}

/** GitLab's secret token, sent as it is: digests are compared, so that not even its length shows. */
function isToken({ headers, secret }: Signed): boolean {
  const sent = headers.get('x-gitlab-token');
  if (sent === null) return false;
  const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(sent), digest(secret));
}

/** GitLab's signing token: `id.timestamp.body`, as Standard Webhooks has it; one of several may hold. */
function isStandard({ headers, bytes, secret, nowMs }: Signed): boolean {
  const [id, timestamp, sent] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(
    (name) => headers.get(name),
  );
  if (id == null || timestamp == null || sent == null) return false;
  const sentMs = Number(timestamp) * 1000;
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(nowMs - sentMs) > SIGNED_MS_MAX) return false;
  const own = keysOf(secret).map((key) =>
    createHmac('sha256', key).update(`${id}.${timestamp}.`).update(bytes).digest(),
  );
  let isHeld = false;
  for (const each of sent.split(' ').slice(0, 8)) {
    const given = /^v1,([A-Za-z0-9+/]{43}=)$/.exec(each)?.[1];
    if (given === undefined) continue;
    for (const digest of own) {
      isHeld = timingSafeEqual(digest, Buffer.from(given, 'base64')) || isHeld;
    }
  }
  return isHeld;
}

/** A token such as `whsec_…` is the key in base64; any other is the key itself. */
function keysOf(secret: string): readonly Buffer[] {
  return secret.startsWith('whsec_')
    ? [Buffer.from(secret.slice('whsec_'.length), 'base64'), Buffer.from(secret)]
    : [Buffer.from(secret)];
}

export type Hint =
  | { readonly kind: 'push'; readonly push: Pushed }
  | { readonly kind: 'ping' | 'ignored'; readonly why: string };

/** What a delivery asks for. AtoError `usage`, `invalid` for a body that is no payload. */
export function readHint(delivery: Delivery, bytes: Uint8Array, mediaType: string | null): Hint {
  if (delivery.event === 'ping') return { kind: 'ping', why: 'a ping' };
  const payload = payloadOf(bytes, mediaType);
  const isPush = delivery.event === 'push' || delivery.event === 'Push Hook';
  const isSystemPush = delivery.event === 'System Hook' && payload.event_name === 'push';
  if (!isPush && !isSystemPush) return { kind: 'ignored', why: 'no push' };
  const [ref, before, after] = [payload.ref, payload.before, payload.after].map(textIn);
  if (before !== '' && before === after) return { kind: 'ping', why: 'before is after' };
  if (/^0+$/.test(after ?? '')) return { kind: 'ignored', why: 'a branch was deleted' };
  const urls = [payload.repository, payload.project].flatMap(urlsIn);
  if (ref === undefined || !ref.startsWith('refs/heads/') || urls.length === 0) {
    return { kind: 'ignored', why: 'no branch of a repository' };
  }
  return { kind: 'push', push: { branch: ref.slice('refs/heads/'.length), urls } };
}

/** JSON, or a form with JSON in `payload`. */
function payloadOf(bytes: Uint8Array, mediaType: string | null): Readonly<Record<string, unknown>> {
  const type = mediaType?.split(';')[0]?.trim().toLowerCase() ?? '';
  const isForm = type === 'application/x-www-form-urlencoded';
  if (!isForm && type !== 'application/json') {
    throw new AtoError(
      'unsupported-media',
      'Expected the content type application/json, found another. Choose JSON in the settings of the webhook.',
    );
  }
  const json = isForm
    ? Buffer.from(new URLSearchParams(Buffer.from(bytes).toString('utf8')).get('payload') ?? '')
    : bytes;
  const value: unknown = parseJson(json);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new AtoError('invalid', 'Expected a payload that is a JSON object, found another value.');
}

const URL_FIELDS = [
  'clone_url',
  'ssh_url',
  'git_url',
  'html_url',
  'git_http_url',
  'git_ssh_url',
  'http_url',
  'web_url',
  'homepage',
  'url',
] as const;
const URL_CHARS_MAX = 2_000;

function urlsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const fields = value as Readonly<Record<string, unknown>>;
  const urls = URL_FIELDS.map((name) => textIn(fields[name]));
  return urls.filter((url) => url !== '' && url.length <= URL_CHARS_MAX);
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
