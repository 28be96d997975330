/**
 * Secrets that are known by their form: what keys, tokens and credentials look like, by their makers'
 * documentation of November 2026. Beside the rules of secretlint, which know fewer kinds.
 */
import { isCredential, isRandom, isRandomWithDigits } from './likely-secret.ts';

export interface SecretPattern {
  /** Named in the text and counted; never the secret. */
  readonly kind: string;
  /** Lower case: a text without any of them holds no such secret, so that the pattern needn't run. */
  readonly hints: readonly string[];
  /**
   * Global; every repetition is bounded, so that no text makes it slow. Where it has a group `secret`,
   * that is what is taken out, and it ends where the match ends.
   */
  readonly pattern: RegExp;
  /** Tells what only looks so, such as an example. */
  readonly isSecret?: (value: string) => boolean;
}

/** Not in the middle of a longer word. */
const START = '(?<![A-Za-z0-9_])';
const END = '(?![A-Za-z0-9_])';

/** A token that its first letters tell. */
function token(
  kind: string,
  prefixes: string,
  rest: string,
  isSecret: SecretPattern['isSecret'] = isRandom,
): SecretPattern {
  const hints = prefixes.split('|').map((prefix) => prefix.toLowerCase());
  const heads = prefixes.replaceAll('.', '\\.').replaceAll('/', '\\/');
  const pattern = new RegExp(`${START}(?:${heads})${rest}${END}`, 'g');
  return { kind, hints, pattern, isSecret };
}

const KEYS_OF_PROVIDERS: readonly SecretPattern[] = [
  token('aws access key', 'AKIA|ASIA|ABIA|ACCA', '[A-Z2-7]{16}'),
  token('google api key', 'AIza', '[\\w-]{35}'),
  token('google oauth', 'GOCSPX-', '[\\w-]{20,60}'),
  token('google oauth', 'ya29.', '[\\w-]{20,512}'),
  token('google oauth', '1//0', '[\\w-]{30,200}'),
  token('openai key', 'sk-', '[A-Za-z0-9_-]{20,250}', isRandomWithDigits),
  token('stripe key', 'sk_live_|sk_test_|rk_live_|rk_test_|whsec_', '[A-Za-z0-9+/=]{16,250}'),
  token('github token', 'ghp_|gho_|ghu_|ghs_|ghr_', '[A-Za-z0-9_]{30,300}'),
  token('github token', 'github_pat_', '[A-Za-z0-9_]{40,255}'),
  token(
    'gitlab token',
    'glpat-|glptt-|gldt-|glrt-|glcbt-|glsoat-|glft-|glimt-|glagent-|gloas-',
    '[\\w.-]{20,300}',
  ),
  token(
    'slack token',
    'xoxb-|xoxp-|xoxa-|xoxr-|xoxs-|xoxc-|xoxd-|xoxe-|xapp-',
    '[\\w%.-]{10,255}',
    isRandomWithDigits,
  ),
  token('hugging face token', 'hf_', '[A-Za-z0-9]{30,60}'),
  token(
    'model api key',
    'gsk_|r8_|pplx-|xai-|fw_|csk-|nvapi-',
    '[A-Za-z0-9_-]{30,120}',
    isRandomWithDigits,
  ),
  token('npm token', 'npm_', '[A-Za-z0-9]{36}'),
  token('pypi token', 'pypi-', '[\\w-]{50,300}'),
  token('package registry token', 'rubygems_|cio', '[A-Za-z0-9]{32,48}'),
  token('docker token', 'dckr_pat_|dckr_oat_', '[\\w-]{20,60}'),
  token('digitalocean token', 'dop_v1_|doo_v1_|dor_v1_', '[0-9a-f]{64}'),
  token('databricks token', 'dapi', '[0-9a-f]{32}(?:-\\d)?'),
  token('vault token', 'hvs.|hvb.|hvr.', '[\\w-]{20,300}'),
  token('doppler token', 'dp.pt.|dp.st.|dp.ct.|dp.sa.', '[\\w.-]{40,100}'),
  token('grafana token', 'glsa_|glc_', '[A-Za-z0-9+/=_]{30,400}'),
  token('new relic key', 'NRAK-|NRJS-|NRII-', '[A-Za-z0-9_-]{19,40}'),
  token('sentry token', 'sntrys_|sntryu_', '[A-Za-z0-9+/=_]{40,400}'),
  token('postman key', 'PMAK-', '[0-9a-f]{24}-[0-9a-f]{34}'),
  token('figma token', 'figd_|figdr_', '[\\w-]{30,60}'),
  token('notion token', 'ntn_|secret_', '[A-Za-z0-9]{40,60}'),
  token('linear token', 'lin_api_|lin_oauth_', '[A-Za-z0-9_]{32,128}'),
  token('atlassian token', 'ATATT3|ATCTT3', '[\\w=-]{60,300}'),
  token('sendgrid key', 'SG.', '[\\w-]{16,32}\\.[\\w-]{30,64}'),
  token('twilio key', 'SK', '[0-9a-f]{32}'),
  token('mailgun key', 'key-', '[0-9a-f]{32}'),
  token('square token', 'sq0atp-|sq0csp-|EAAA', '[\\w-]{22,64}'),
  token('facebook token', 'EAA', '[A-Za-z0-9]{80,250}'),
  token('shopify token', 'shpat_|shpca_|shppa_|shpss_', '[A-Za-z0-9]{32,64}'),
  token('pulumi token', 'pul-', '[0-9a-f]{40}'),
  token('planetscale token', 'pscale_tkn_|pscale_pw_|pscale_oauth_', '[\\w.-]{30,64}'),
  token('supabase key', 'sbp_|sb_secret_', '[A-Za-z0-9_]{20,64}'),
  token('netlify token', 'nfp_', '[A-Za-z0-9]{36,60}'),
  token('fly token', 'fo1_|fm1_|fm2_', '[A-Za-z0-9+/=_-]{40,600}'),
  token('1password token', 'ops_', 'ey[A-Za-z0-9+/=_-]{100,1400}'),
  token('age key', 'AGE-SECRET-KEY-1', '[0-9A-Z]{58}'),
  {
    kind: 'mailchimp key',
    hints: ['-us'],
    pattern: /(?<![A-Za-z0-9])[0-9a-f]{32}-us\d{1,2}(?!\w)/g,
    isSecret: isRandom,
  },
  {
    kind: 'terraform token',
    hints: ['.atlasv1.'],
    pattern: /(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,70}/g,
  },
  {
    kind: 'airtable token',
    hints: ['pat'],
    pattern: /(?<![A-Za-z0-9])pat[A-Za-z0-9]{14}\.[0-9a-f]{64}(?!\w)/g,
  },
  {
    kind: 'azure secret',
    hints: ['q~'],
    pattern: /(?<![A-Za-z0-9])[\w~.]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])/g,
  },
  {
    kind: 'telegram token',
    hints: [':aa'],
    pattern: /(?<![A-Za-z0-9])\d{8,10}:AA[\w-]{33}(?![\w-])/g,
  },
  {
    kind: 'discord token',
    hints: ['.'],
    pattern: /(?<![\w.-])[MNO][A-Za-z\d_-]{23,27}\.[\w-]{6}\.[\w-]{27,40}(?![\w.-])/g,
  },
  {
    kind: 'jwt',
    hints: ['eyj'],
    pattern: /(?<![\w-])eyJ[\w-]{8,4000}\.eyJ[\w-]{8,8000}\.[\w-]{8,2000}/g,
  },
];

const KEYS_AND_URLS: readonly SecretPattern[] = [
  {
    // Whole, or cut off; some have headers, or their line ends as escapes.
    kind: 'private key',
    hints: ['private key'],
    pattern:
      /-----BEGIN (?:[A-Z0-9]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----(?<secret>(?:(?!-----BEGIN)[\s\S]){20,12000}?-----END [^-\r\n]{3,60}-----|(?:[\s\\nr]{0,8}[A-Za-z0-9+/=]{20,120}){1,200})/g,
    isSecret: (value) => /[A-Za-z0-9+/]{30}/.test(value),
  },
  {
    kind: 'private key',
    hints: ['putty-user-key-file'],
    pattern: /Private-Lines: \d{1,3}\s{1,3}(?<secret>[A-Za-z0-9+/=\s]{40,12000})/g,
  },
  {
    kind: 'password in a url',
    hints: ['://'],
    pattern:
      /(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]{1,24}:\/\/[^\s:/@"'`<>]{0,100}:(?<secret>[^\s/"'`<>]{3,200})(?=@[A-Za-z0-9[])/g,
    isSecret: (value) => isCredential(value, 'certain'),
  },
  {
    kind: 'webhook url',
    hints: ['hooks.slack.com/', 'discord', 'webhook.office.com/'],
    pattern:
      /https:\/\/(?:hooks\.slack\.com\/(?:services|workflows|triggers)|(?:ptb\.|canary\.)?discord(?:app)?\.com\/api\/webhooks|[\w-]{1,60}\.webhook\.office\.com\/webhookb2)\/(?<secret>[\w@/-]{20,300})/g,
    isSecret: isRandom,
  },
  {
    kind: 'signed url',
    hints: ['sig=', 'signature='],
    pattern:
      /[?&](?:sig|X-Amz-Signature|X-Goog-Signature|Signature)=(?<secret>[A-Za-z0-9%+/=_-]{32,600})/g,
    isSecret: isRandom,
  },
  {
    kind: 'azure key',
    hints: ['accountkey=', 'sharedaccesskey='],
    pattern: /(?:AccountKey|SharedAccessKey)=(?<secret>[A-Za-z0-9+/]{40,90}={0,2})/gi,
    isSecret: isRandom,
  },
];

/** In no order of meaning: what two of them find is taken out once. */
export const SECRET_PATTERNS: readonly SecretPattern[] = [...KEYS_OF_PROVIDERS, ...KEYS_AND_URLS];
