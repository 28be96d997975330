/** Where in a text secrets stand, by their form and by what they are called; pure, and bounded for any text. */
import { NAMED_SECRETS, type NamedSecret } from './named-secrets.ts';
import { SECRET_PATTERNS, type SecretPattern } from './secret-patterns.ts';

export interface FoundSecret {
  readonly kind: string;
  /** Place in the text, the end excluded. */
  readonly from: number;
  readonly to: number;
}

/** In order of place; those found twice are there twice. */
export function findSecrets(text: string): readonly FoundSecret[] {
  const lower = text.toLowerCase();
  const isHinted = ({ hints }: SecretPattern | NamedSecret): boolean =>
    hints.some((hint) => lower.includes(hint));
  return [
    ...SECRET_PATTERNS.filter(isHinted).flatMap((each) => byForm(text, each)),
    ...NAMED_SECRETS.filter(isHinted).flatMap((each) => byName(text, each)),
  ].sort((a, b) => a.from - b.from || b.to - a.to);
}

function byForm(text: string, { kind, pattern, isSecret }: SecretPattern): readonly FoundSecret[] {
  return [...text.matchAll(pattern)].flatMap((match) => {
    const value = match.groups?.secret ?? match[0];
    if (isSecret?.(value) === false) return [];
    const to = match.index + match[0].length;
    return [{ kind, from: to - value.length, to }];
  });
}

function byName(text: string, { kind, pattern, isSecret }: NamedSecret): readonly FoundSecret[] {
  return [...text.matchAll(pattern)].flatMap((match) => {
    const { secret, quoted, name = '', quote = '', operator = '' } = match.groups ?? {};
    const value = quoted ?? secret ?? '';
    const to = match.index + match[0].length;
    // A call gives the secret, and is none.
    if (quoted === undefined && text[to] === '(') return [];
    return isSecret({ value, name, quote, operator })
      ? [{ kind, from: to - value.length, to }]
      : [];
  });
}
