/** The three tokens of a store: made at first start, kept in the user's config folder. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AtoError } from '../errors.ts';
import { configFolder } from '../user-folders.ts';

export const SCOPES = ['agent', 'reviewer', 'admin'] as const;
/** What a token is for: to capture, to decide, to operate. Any of them reads. */
export type Scope = (typeof SCOPES)[number];
export type Tokens = Readonly<Record<Scope, string>>;

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Tokens that live as long as this process: for work without a daemon. */
export function passingTokens(): Tokens {
  return { agent: newToken(), reviewer: newToken(), admin: newToken() };
}

/** `$XDG_CONFIG_HOME/atocore`, the same on every platform. */
export function defaultConfigFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return configFolder(environment);
}

/** Where the token of a scope is kept. */
export function tokenPath(configFolder: string, storeId: string, scope: Scope): string {
  return join(configFolder, storeId, `${scope}.token`);
}

/** The tokens of a store; missing ones are made. AtoError `not-allowed` when others may read one. */
export async function loadTokens(configFolder: string, storeId: string): Promise<Tokens> {
  await mkdir(join(configFolder, storeId), { recursive: true, mode: 0o700 });
  const [agent, reviewer, admin] = await Promise.all([
    loadToken(tokenPath(configFolder, storeId, 'agent')),
    loadToken(tokenPath(configFolder, storeId, 'reviewer')),
    loadToken(tokenPath(configFolder, storeId, 'admin')),
  ]);
  return { agent, reviewer, admin };
}

/** The token of one scope. AtoError `not-found` when there is none. */
export async function readToken(
  configFolder: string,
  storeId: string,
  scope: Scope,
): Promise<string> {
  const path = tokenPath(configFolder, storeId, scope);
  const token = await readTokenFile(path);
  if (token !== undefined) return token;
  const message = `Expected the ${scope} token in ${path}, found no such file. Start \`atocore up\` as this user.`;
  throw new AtoError('not-allowed', message);
}

async function loadToken(path: string): Promise<string> {
  const present = await readTokenFile(path);
  if (present !== undefined) return present;
  const fresh = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(fresh, `${newToken()}\n`, { mode: 0o600, flag: 'wx' });
  try {
    // Of two first starts at once one link wins, whole; both then read the same file.
    await link(fresh, path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(fresh, { force: true });
  }
  const made = await readTokenFile(path);
  if (made === undefined) throw new AtoError('failed', `Expected ${path} to be there, found none.`);
  return made;
}

async function readTokenFile(path: string): Promise<string | undefined> {
  let text: string;
  try {
    const { mode } = await stat(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      const message = `Expected ${path} to be readable by its owner only, found mode ${(mode & 0o777).toString(8)}. Run: chmod 600 ${path}`;
      throw new AtoError('not-allowed', message);
    }
    text = (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  if (TOKEN.test(text)) return text;
  const message = `Expected 43 letters and digits in ${path}, found something else. Delete the file; the next start makes a new token.`;
  throw new AtoError('invalid', message);
}

function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** The scope whose token this is; the time it takes tells nothing of the tokens. */
export function scopeOfToken(tokens: Tokens, given: string): Scope | undefined {
  const sent = sha256(given);
  const matches = SCOPES.filter((scope) => timingSafeEqual(sha256(tokens[scope]), sent));
  return matches[0];
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
