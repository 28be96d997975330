/** `atocore.json`: what a store says of itself. Checked once; everything later trusts the values. */
import { z } from 'zod';
import { AtoError } from '../errors.ts';
import { quote } from './names.ts';

/** The format that this version writes and reads; a newer one is refused with a message. */
export const FORMAT = 1;

const LIMITS = z
  .strictObject({
    /** Open candidates of one project that reach the queue. */
    openCandidates: z.int().min(1).max(10_000).default(50),
    /** Claims taken from one document; the rest is a problem. */
    claimsPerDocument: z.int().min(1).max(10_000).default(500),
    /** A larger Markdown file is kept but not read. */
    fileBytes: z.int().min(1_024).max(50_000_000).default(2_000_000),
  })
  .prefault({});

const PATTERN = z.string().min(1).max(100);

/** When the daemon does what comes round, as cron has it and in local time; `off` for never. */
const SCHEDULE = z
  .strictObject({
    /** Every file read again, and conflicts looked for over all records. */
    sweep: PATTERN.default('15 2 * * *'),
    /** Loose git objects packed, once there are thousands. */
    maintain: PATTERN.default('30 * * * *'),
    /** A backup, its copy in the second place, and the cleanup of old ones. */
    backup: PATTERN.default('15 3 * * *'),
    /** The newest backup restored to a scratch folder and settled. */
    validate: PATTERN.default('45 3 * * 0'),
    /** A sync with the upstream of the store's branch. */
    sync: PATTERN.default('off'),
    /** A drill of level 2. */
    drill: PATTERN.default('45 4 1 * *'),
  })
  .prefault({});

/** What else is a secret here, taken out of captures beside what is known by itself. */
const SECRETS = z
  .strictObject({
    patterns: z
      .array(
        z.strictObject({
          /** Named in its place and counted. */
          kind: z
            .string()
            .regex(/^[a-z0-9][a-z0-9 -]{0,39}$/, 'lower-case letters, digits, spaces'),
          /** A regular expression of JavaScript, with the flags `gu`. */
          pattern: z.string().min(1).max(500).refine(isPattern, 'a regular expression'),
        }),
      )
      .max(50)
      .default([]),
  })
  .prefault({});

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'gu').global;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

const CONFIG = z.strictObject({
  format: z.int().min(1),
  store: z.string().regex(/^[0-9a-f-]{8,64}$/, 'letters a to f, digits and hyphens'),
  plugins: z.record(z.string(), z.unknown()),
  limits: LIMITS,
  budgets: z.strictObject({ context: z.int().min(200).max(100_000).default(4_000) }).prefault({}),
  schedule: SCHEDULE,
  secrets: SECRETS,
  auth: z.enum(['token', 'none']).default('token'),
});

export type StoreConfig = z.infer<typeof CONFIG>;
export type JobName = keyof StoreConfig['schedule'];

/** The plugins of a new store, by name with their options. */
export const DEFAULT_PLUGINS: StoreConfig['plugins'] = {
  markdown: {},
  cues: {},
  adr: {},
  mirror: {},
  slots: {},
};

/** The checked value of an `atocore.json`; AtoError `invalid` or `newer-format` says what is wrong. */
export function readConfig(text: string): StoreConfig {
  let value: unknown;
  try {
    // Editors on Windows put a byte order mark in front.
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new AtoError('invalid', `Expected JSON in atocore.json, found: ${error.message}.`);
  }
  const format = (value as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > FORMAT) {
    throw new AtoError(
      'newer-format',
      `Expected a store of format ${FORMAT} or older, found format ${format}. Update atocore; nothing was changed.`,
    );
  }
  const read = CONFIG.safeParse(value);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw new AtoError(
    'invalid',
    `Expected valid settings in atocore.json, found a fault at ${quote(issue?.path.join('.') ?? '')}: ${issue?.message}.`,
  );
}

/** The `atocore.json` of a new store. */
export function newConfig(storeId: string): string {
  const config = { format: FORMAT, store: storeId, plugins: DEFAULT_PLUGINS };
  return `${JSON.stringify(config, null, 2)}\n`;
}
