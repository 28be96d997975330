/** `validation.json` beside the backups: what the last validation found. */
import { join } from 'node:path';
import { isAtoError } from '../errors.ts';
import { diskError } from '../store/disk-error.ts';
import { durableFs, errorCode, nodeDisk } from '../store/durable-fs.ts';
import { isStamp, type Stamp } from './manifest.ts';
import type { ValidationReport } from './validate.ts';

export interface LastValidation {
  readonly stamp: Stamp;
  /** UTC. */
  readonly at: string;
  readonly isValid: boolean;
  readonly reached: ValidationReport['reached'];
  readonly message?: string;
}

const NAME = 'validation.json';

/** False where a full or read-only disk doesn't let it be written: the answer itself is not lost. */
export async function recordValidation(
  folder: string,
  { stamp, isValid, reached, fault }: ValidationReport,
  now: Date,
): Promise<boolean> {
  const message = fault === undefined ? {} : { message: fault.message };
  const last: LastValidation = { stamp, at: now.toISOString(), isValid, reached, ...message };
  try {
    await durableFs().writeFile(join(folder, NAME), `${JSON.stringify(last, null, 2)}\n`);
    return true;
  } catch (error) {
    const found = diskError(error, `write ${NAME} to ${folder}`);
    if (isAtoError(found, 'read-only') || isAtoError(found, 'disk-full')) return false;
    throw found;
  }
}

/** None when there was none, or when what is there is no record of one. */
export async function lastValidation(folder: string): Promise<LastValidation | undefined> {
  let text: string;
  try {
    text = await nodeDisk.readFile(join(folder, NAME), 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw diskError(error, `read ${NAME} in ${folder}`);
  }
  try {
    const value = JSON.parse(text) as Partial<LastValidation> | null;
    const isRecord = isStamp(String(value?.stamp)) && !Number.isNaN(Date.parse(String(value?.at)));
    return isRecord ? (value as LastValidation) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
