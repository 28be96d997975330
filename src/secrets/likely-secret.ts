/** Whether a value that stands where a secret would stand is one, or an example, a name, a piece of code. */

const PLACEHOLDER =
  /example|placeholder|change[-_ ]?(?:me|this|it)|your[-_ ]|my[-_](?:secret|token|password|key|api)|dummy|sample|redacted|removed|replace|insert|todo|xxxx|\*\*\*|\.\.\.|…|<|>|\$\{|\{\{|%\(|\$\(|fixme|lorem|not[-_]?a?[-_]?(?:real|secret)|^(?:password|passwd|secret|token|string|null|none|true|false|undefined|required|optional|hidden|masked|test|user|pass|root|admin|guest|postgres|username)\d{0,3}$/i;

export function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value) || new Set(value).size < Math.min(5, value.length - 1);
}

/** A token of letters and digits as a machine makes it: not one letter many times, nor an example. */
export function isRandom(value: string): boolean {
  return new Set(value.slice(-32)).size >= 8 && !/example|placeholder|x{6}|\*{3}/i.test(value);
}

/** As `isRandom`, where the first letters tell little: no words with hyphens between them. */
export function isRandomWithDigits(value: string): boolean {
  return isRandom(value) && (value.match(/\d/g)?.length ?? 0) >= 2;
}

/**
 * How sure the place makes it: `certain`, such as the password of a URL, where only a placeholder is
 * none; `quoted`, a text in quotes after a name; `bare`, where it may be code just as well.
 */
export type PlaceOf = 'certain' | 'quoted' | 'bare';

/** Whether a value given to something called password, and the like, is one. */
export function isCredential(value: string, place: PlaceOf): boolean {
  if (value.length < 4 || isPlaceholder(value)) return false;
  if (/^\$[A-Za-z_]|^%[A-Z_]+%$|^@/.test(value)) return false;
  if (place === 'certain') return true;
  if (value.length < 6 || isCode(value) || isPlace(value)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  if (place === 'quoted') return value.length >= 8 || kinds >= 2;
  return kinds >= 2 && /\d|[^A-Za-z0-9_.-]/.test(value);
}

/** Whether a value given to something called token, key or secret is one: long, and mixed. */
export function isKeyLike(value: string): boolean {
  if (value.length < 12 || isPlaceholder(value) || isCode(value) || isPlace(value)) return false;
  const isMixed = /\d/.test(value) && /[A-Za-z]/.test(value);
  return isMixed || (value.length >= 20 && /[a-z]/.test(value) && /[A-Z]/.test(value));
}

// A path of names, a look-up, a type: what stands there is code that speaks of a secret.
function isCode(value: string): boolean {
  return (
    /^[A-Za-z_$][\w$]*(?:(?:\.|::|->|\?\.)[A-Za-z_$][\w$]*)+$/.test(value) ||
    /^(?:process|os|env|config|settings|this|self|secrets|vault|ssm|arn)[.:[(]/i.test(value)
  );
}

// A file or an address that holds the secret is none.
function isPlace(value: string): boolean {
  return (
    /^(?:~|\.{1,2})?\/|^[a-z][a-z0-9+.-]*:\/\//i.test(value) ||
    /\.(?:pem|key|crt|json|ya?ml|env|txt|toml|conf|ts|js|py|md)$/i.test(value)
  );
}
