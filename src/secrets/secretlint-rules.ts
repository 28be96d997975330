/**
 * The rules of secretlint's recommended preset, run by themselves: its core keeps a growing list of
 * measurements for each text, and one of its rules lets the text itself turn the others off.
 */
import type { FoundSecret } from './find-secrets.ts';
import { isRandom } from './likely-secret.ts';

/** What we need of a rule; the contract is that of `@secretlint/types` 11. */
interface Rule {
  readonly meta: { readonly id: string };
  readonly create: (
    context: {
      readonly createTranslator: () => () => object;
      readonly report: (found: { readonly range: readonly [number, number] }) => void;
    },
    options: object,
  ) => { readonly file: (source: { readonly content: string }) => unknown };
}

interface KnownRule {
  readonly kind: string;
  /** Each text that the rule finds something in matches this; so the others needn't load the rules. */
  readonly hint: RegExp;
}

const CREDENTIALS_IN_URL = /:\/\/[^\s/]{1,520}@/;

const KNOWN: Readonly<Record<string, KnownRule>> = {
  aws: { kind: 'aws secret key', hint: /secret_?access_?key/i },
  privatekey: { kind: 'private key', hint: /PRIVATE KEY/ },
  npm: { kind: 'npm token', hint: /npm_|x-oauth-basic/ },
  basicauth: { kind: 'password in a url', hint: CREDENTIALS_IN_URL },
  'database-connection-string': { kind: 'password in a url', hint: CREDENTIALS_IN_URL },
  slack: { kind: 'slack token', hint: /xox[a-z]-|xapp-|hooks\.slack/ },
  sendgrid: { kind: 'sendgrid key', hint: /SG\./ },
  shopify: { kind: 'shopify token', hint: /shp(?:pa|ca|at|ss)_/ },
  github: { kind: 'github token', hint: /gh[pousr]_|github_pat_/ },
  openai: { kind: 'openai key', hint: /T3BlbkFJ/ },
  anthropic: { kind: 'anthropic key', hint: /sk-ant-/ },
  linear: { kind: 'linear token', hint: /lin_api_/ },
  '1password': { kind: '1password token', hint: /ops_ey/ },
};

/** Rules that are not for texts: one is for files by name, one lets a comment turn rules off. */
const LEFT_OUT: readonly string[] = ['gcp', 'filter-comments'];

const HINTS = [...new Set(Object.values(KNOWN).map(({ hint }) => hint))];

/** Whether any of the rules might find something; most texts needn't load them. */
export function mayHoldSecrets(text: string): boolean {
  return HINTS.some((hint) => hint.test(text));
}

let loading: Promise<readonly (readonly [KnownRule, Rule])[]> | undefined;

/** What the rules find, in no order. The first call loads them. */
export async function findByRules(text: string): Promise<readonly FoundSecret[]> {
  loading ??= loadRules();
  const rules = await loading;
  const found: FoundSecret[] = [];
  for (const [{ kind, hint }, rule] of rules) {
    if (!hint.test(text)) continue;
    const running = rule.create(
      {
        createTranslator: () => () => ({}),
        report: ({ range: [from, to] }) => {
          if (isRandom(text.slice(from, to))) found.push({ kind, from, to });
        },
      },
      {},
    );
    await running.file({ content: text });
  }
  return found;
}

/** Which rules of the package there are, for a test: one that is new has to be looked at. */
export async function ruleNames(): Promise<readonly string[]> {
  return (await allRules()).map(nameOf).filter((name) => !LEFT_OUT.includes(name));
}

/** Which rules are known here. */
export const KNOWN_RULES: readonly string[] = Object.keys(KNOWN);

async function loadRules() {
  return (await allRules()).flatMap((rule): readonly (readonly [KnownRule, Rule])[] => {
    const known = KNOWN[nameOf(rule)];
    return known === undefined ? [] : [[known, rule]];
  });
}

async function allRules(): Promise<readonly Rule[]> {
  const { rules } = await import('@secretlint/secretlint-rule-preset-recommend');
  return rules as unknown as readonly Rule[];
}

function nameOf({ meta }: Rule): string {
  return meta.id.replace('@secretlint/secretlint-rule-', '');
}
