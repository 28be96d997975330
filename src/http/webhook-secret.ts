/** The secret of the webhooks of a store: from the environment or the user's config folder, never from the store. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AtoError } from '../errors.ts';

export const SECRET_CHARS_MIN = 16;

/** Where it is kept besides `ATOCORE_WEBHOOK_SECRET`. */
export function webhookSecretPath(configFolder: string, storeId: string): string {
  return join(configFolder, storeId, 'webhook.secret');
}

/** Nothing where nobody set one. AtoError `invalid` for one too short, `not-allowed` when others may read it. */
export async function loadWebhookSecret(
  configFolder: string,
  storeId: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const set = environment.ATOCORE_WEBHOOK_SECRET ?? '';
  if (set !== '') return checked(set, 'ATOCORE_WEBHOOK_SECRET');
  const path = webhookSecretPath(configFolder, storeId);
  try {
    const { mode } = await stat(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      const message = `Expected ${path} to be readable by its owner only, found mode ${(mode & 0o777).toString(8)}. Run: chmod 600 ${path}`;
      throw new AtoError('not-allowed', message);
    }
    return checked((await readFile(path, 'utf8')).trim(), path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function checked(secret: string, where: string): string {
  if (secret.length >= SECRET_CHARS_MIN) return secret;
  throw new AtoError(
    'invalid',
    `Expected a secret of at least ${SECRET_CHARS_MIN} characters in ${where}, found ${secret.length}. Make one with: openssl rand -hex 32`,
  );
}
