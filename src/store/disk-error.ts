/** Turns what the disk says into the error that a person can act upon. */
import { AtoError } from '../errors.ts';
import { errorCode } from './durable-fs.ts';

/**
 * The same error as an AtoError: `disk-full`, `read-only` or `failed`.
 * @param doing what was being done, such as "write projects/p05/project.md"
 */
export function diskError(error: unknown, doing: string): AtoError {
  if (error instanceof AtoError) return error;
  const code = errorCode(error);
  const cause = { cause: error };
  switch (code) {
    case 'ENOSPC':
      return new AtoError(
        'disk-full',
        `Could not ${doing}: no space or no inodes left on the disk. Free some (see df and df -i), then try again.`,
        cause,
      );
    case 'EDQUOT':
      return new AtoError(
        'disk-full',
        `Could not ${doing}: the quota is used up. Free some space, then try again.`,
        cause,
      );
    case 'EROFS':
      return new AtoError(
        'read-only',
        `Could not ${doing}: the disk is mounted read-only. Mount it for writing; reading goes on.`,
        cause,
      );
    case 'EACCES':
    case 'EPERM':
      return new AtoError(
        'read-only',
        `Could not ${doing}: permission denied. Give the user that runs AtoCore the right to write there.`,
        cause,
      );
    case 'EMFILE':
    case 'ENFILE':
      return new AtoError(
        'busy',
        `Could not ${doing}: too many open files. Raise the limit (ulimit -n), then try again.`,
        cause,
      );
    case 'ENAMETOOLONG':
      return new AtoError(
        'invalid',
        `Could not ${doing}: the name is too long for this disk.`,
        cause,
      );
    default: {
      const said = error instanceof Error ? error.message : String(error);
      return new AtoError('failed', `Could not ${doing}: ${said}`, cause);
    }
  }
}
