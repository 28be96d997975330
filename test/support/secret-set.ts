/** The labelled set of secrets and look-alikes, assembled: nothing of it stands in a file as such. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';
const ALPHABETS: Readonly<Record<string, string>> = {
  hex: '0123456789abcdef',
  upperhex: '0123456789ABCDEF',
  digit: DIGITS,
  upper: UPPER + DIGITS,
  alnum: UPPER + LOWER + DIGITS,
  alnumlower: LOWER + DIGITS,
  b32: `${UPPER}234567`,
  b64: `${UPPER + LOWER + DIGITS}+/`,
  url: `${UPPER + LOWER + DIGITS}-_`,
};

export interface LabelledSecret {
  readonly kind: string;
  /** As a person would write it. */
  readonly text: string;
  /** What must not be left of it, whole or in part. */
  readonly secret: string;
}

export interface LookAlike {
  readonly kind: string;
  readonly text: string;
}

export const LABELLED_SECRETS: readonly LabelledSecret[] = rows('secrets.tsv').map(
  ([kind = '', before = '', secret = '', after = ''], at) => {
    const made = assembled(secret, `secret ${at}`);
    return { kind, text: lines(before) + made + lines(after), secret: made };
  },
);

export const LOOK_ALIKES: readonly LookAlike[] = rows('look-alikes.tsv').map(
  ([kind = '', text = ''], at) => ({ kind, text: assembled(lines(text), `look-alike ${at}`) }),
);

/** Whether eight characters on end of what is secret are still there. */
export function isLeft(text: string, { secret, kind }: LabelledSecret): boolean {
  const core = kind.includes('private key') ? keyLines(secret) : [secret];
  return core.some((each) => {
    const size = Math.min(8, each.length);
    for (let at = 0; at + size <= each.length; at += 1) {
      if (text.includes(each.slice(at, at + size))) return true;
    }
    return false;
  });
}

function keyLines(block: string): readonly string[] {
  return block.split(/\\n|\n/).filter((line) => line !== '' && !line.startsWith('-----'));
}

function rows(name: string): readonly string[][] {
  const file = new URL(`../fixtures/secrets/${name}`, import.meta.url);
  const text = readFileSync(file, 'utf8').trimEnd();
  return text.split('\n').map((line) => line.split('\t'));
}

function lines(text: string): string {
  return text.replaceAll('\\n', '\n');
}

function assembled(template: string, seed: string): string {
  const withKeys = template.replace(
    /\{(pem|pemjson|pemcut):([A-Z ]+):(\d+)\}/g,
    (_all, form: string, label: string, count: string) => pem(form, label, Number(count), seed),
  );
  return withKeys.replace(/\{(\w+):(\d+)\}/g, (all, name: string, length: string, at: number) => {
    const alphabet = ALPHABETS[name];
    return alphabet === undefined ? all : random(alphabet, Number(length), `${seed} ${at}`);
  });
}

function pem(form: string, label: string, count: number, seed: string): string {
  const isOpenSsh = label.startsWith('OPENSSH');
  const first = isOpenSsh ? 'b3BlbnNzaC1rZXktdjEAAAAA' : 'MIIEowIBAAKCAQEA';
  const body = Array.from({ length: count }, (_each, at) => {
    const length = at === count - 1 ? 44 : 64;
    const line = random(ALPHABETS.b64 ?? '', length, `${seed} line ${at}`);
    return at === 0 ? (first + line).slice(0, 64) : line;
  });
  const [dashes, feed] = ['-----', form === 'pemjson' ? '\\n' : '\n'];
  const end = form === 'pemcut' ? [] : [`${dashes}END ${label}${dashes}`];
  return [`${dashes}BEGIN ${label}${dashes}`, ...body, ...end].join(feed);
}

/** The same for the same seed; never an ordinary word by chance, and with a digit in it. */
function random(alphabet: string, length: number, seed: string): string {
  let made = '';
  for (let round = 0; made.length < length; round += 1) {
    const bytes = createHash('sha256').update(`${seed} ${round}`).digest();
    for (const byte of bytes) {
      if (byte < 256 - (256 % alphabet.length)) made += alphabet[byte % alphabet.length];
    }
  }
  return made.slice(0, length);
}
