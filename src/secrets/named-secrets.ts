/** Secrets that are known by what they are called: `PASSWORD=…`, `api_key: "…"`, `Authorization: Bearer …`. */
import { isCredential, isKeyLike, isPlaceholder, isRandomWithDigits } from './likely-secret.ts';

export interface NamedSecret {
  readonly kind: string;
  /** Lower case; without any of them there is none. */
  readonly hints: readonly string[];
  /** Global, bounded, with a group `secret` at its end; `name` and `quote` where there are any. */
  readonly pattern: RegExp;
  readonly isSecret: (found: FoundName) => boolean;
}

export interface FoundName {
  readonly value: string;
  readonly name: string;
  readonly quote: string;
  /** Between name and value. */
  readonly operator: string;
}

const PASSWORD = 'passw(?:or)?d|passphrase|passcode|pwd|(?<=[_-])pass|(?<=[_-])pw';
const KEY =
  'secret|token|(?:api|access|auth|private|signing|encryption|master|account|session|service|admin|deploy|license)[-_ ]?key|credentials?|(?<=[_-])auth';
/** `_hash`, `_path`: it speaks of a secret and is none. */
const SUFFIX =
  '(?![_-](?:hash|digest|fingerprint|names?|ids?|types?|counts?|limits?|urls?|uri|path|file|dir|length|len|size|arn|ref|version|budget|ttl|exp\\w{0,8}|policy|min|max|field|column|env|var)\\b)(?:[_-][A-Za-z0-9_-]{1,30}|\\d{1,3})?';
const OPERATOR = '(?<operator>["\'`]?\\]?[ \\t]{0,3}(?::=|=>|={1,3}|:)\\s{0,3})';
const VALUE =
  '(?:(?<quote>["\'`])(?<quoted>[^"\'`\\r\\n]{4,300})(?=["\'`])|(?<secret>[^\\s"\'`,;()<>{}\\[\\]]{4,300}))';

function assigned(names: string): RegExp {
  return new RegExp(`(?<name>${names})${SUFFIX}${OPERATOR}${VALUE}`, 'gi');
}

// A file of settings: the name in capitals, the value right behind the sign.
function isSetting({ name, operator }: FoundName): boolean {
  return operator.endsWith('=') && operator.length === 1 && name === name.toUpperCase();
}

export const NAMED_SECRETS: readonly NamedSecret[] = [
  {
    kind: 'password',
    hints: ['passw', 'passphrase', 'passcode', 'pwd', '_pass', '-pass', '_pw', '-pw'],
    pattern: assigned(PASSWORD),
    isSecret: (found) =>
      isCredential(found.value, found.quote !== '' || isSetting(found) ? 'quoted' : 'bare'),
  },
  {
    kind: 'key or token',
    hints: ['secret', 'token', 'key', 'credential', '_auth', '-auth'],
    pattern: assigned(KEY),
    isSecret: ({ value }) => isKeyLike(value),
  },
  {
    kind: 'authorization header',
    hints: ['authorization'],
    pattern:
      /authorization["'`]?\s{0,3}[:=]\s{0,3}["'`]?(?:bearer|basic|token|apikey|digest|negotiate|aws4-hmac-sha256)\s{1,3}(?<secret>[\w.~+/=,:-]{8,4000})/gi,
    isSecret: ({ value }) => !isPlaceholder(value),
  },
  {
    kind: 'authorization header',
    hints: ['bearer'],
    pattern: /bearer\s{1,3}(?<secret>[\w.~+/=-]{16,4000})/gi,
    isSecret: ({ value }) => isRandomWithDigits(value) && isKeyLike(value),
  },
  {
    kind: 'password',
    hints: ['password', 'passphrase', 'passcode'],
    pattern:
      /(?:password|passphrase|passcode)(?: for [\w.@-]{1,40}| to [\w.@-]{1,40})? (?:is|was|to|as) (?:now )?["'`]?(?<secret>[^\s"'`,;()<>{}[\]]{6,100})/gi,
    isSecret: ({ value }) => isCredential(value.replace(/[.!?]+$/, ''), 'bare'),
  },
  {
    kind: 'key or token',
    hints: ['key', 'token', 'secret'],
    pattern:
      /(?:key|token|secret)(?: for [\w.@-]{1,40})? (?:is|was) (?:now )?["'`]?(?<secret>[^\s"'`,;()<>{}[\]]{12,300})/gi,
    isSecret: ({ value }) => isKeyLike(value.replace(/[.!?]+$/, '')) && isRandomWithDigits(value),
  },
  {
    // .netrc
    kind: 'password',
    hints: ['password'],
    pattern: /login\s{1,4}\S{1,100}\s{1,4}password\s{1,4}(?<secret>[^\s[\]]{4,100})/gi,
    isSecret: ({ value }) => isCredential(value, 'certain'),
  },
  {
    kind: 'password',
    hints: ['--pass', '--pwd', '--token', '--secret', 'key', 'sshpass'],
    pattern:
      /(?:--(?:pass(?:word)?|passwd|pwd|token|secret|(?:api|access|secret)[-_]?key|client-secret)|sshpass -p)(?:=|[ \t]{1,3})["'`]?(?<secret>[^\s"'`,;()<>{}[\]]{6,300})/gi,
    isSecret: ({ value }) => isCredential(value, 'bare'),
  },
  {
    kind: 'password',
    hints: [' -u', '--user'],
    pattern:
      /(?<=\s)(?:-u|--user|--proxy-user)(?:=|[ \t]{0,3})["'`]?[^\s:"'`/]{1,100}:(?<secret>[^\s"'`[\]]{4,200})/g,
    isSecret: ({ value }) => isCredential(value, 'certain') && !/^\d+$/.test(value),
  },
  {
    kind: 'session cookie',
    hints: ['sid=', 'session=', 'sessionid=', 'sessid='],
    pattern:
      /(?:jsessionid|phpsessid|connect\.sid|session_?id|sessid|session|sid)=(?<secret>[\w%.+/-]{16,600})/gi,
    isSecret: ({ value }) => isRandomWithDigits(value),
  },
];
