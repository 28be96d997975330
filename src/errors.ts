/** The world is wrong: one error class, a closed table of permanent codes, an exit code and a status for each. */

interface Meaning {
  readonly exitCode: number;
  readonly status: number;
}

/** Exit codes are those of surfaces.md §2, statuses those of §1. Codes never change their meaning. */
export const ERROR_CODES = {
  failed: { exitCode: 1, status: 500 },
  usage: { exitCode: 2, status: 400 },
  'not-found': { exitCode: 3, status: 404 },
  'not-allowed': { exitCode: 4, status: 403 },
  unauthenticated: { exitCode: 4, status: 401 },
  'no-daemon': { exitCode: 5, status: 503 },
  'build-differs': { exitCode: 6, status: 500 },
  'not-a-store': { exitCode: 10, status: 500 },
  'newer-format': { exitCode: 10, status: 500 },
  locked: { exitCode: 11, status: 503 },
  'verification-failed': { exitCode: 13, status: 500 },
  'disk-full': { exitCode: 14, status: 507 },
  busy: { exitCode: 75, status: 503 },
  'port-in-use': { exitCode: 75, status: 503 },
  interrupted: { exitCode: 130, status: 503 },
  invalid: { exitCode: 2, status: 422 },
  'wrong-state': { exitCode: 1, status: 409 },
  changed: { exitCode: 1, status: 412 },
  'too-large': { exitCode: 2, status: 413 },
  'unsupported-media': { exitCode: 2, status: 415 },
  'read-only': { exitCode: 1, status: 503 },
} as const satisfies Record<string, Meaning>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  readonly cause?: unknown;
  /** More for a caller that reads JSON: the present state of a record, the fields at fault. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** Thrown where the world is wrong; caught once, at the edge. */
export class AtoError extends Error {
  override readonly name = 'AtoError';
  readonly code: ErrorCode;
  readonly extra: Readonly<Record<string, unknown>>;

  /** @param message what was expected, what was found, what to do */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.extra = details.extra ?? {};
  }

  get exitCode(): number {
    return ERROR_CODES[this.code].exitCode;
  }

  /** The HTTP status that says the same. */
  get status(): number {
    return ERROR_CODES[this.code].status;
  }
}

/** The value as an AtoError when it is one with that code. */
export function isAtoError(error: unknown, code?: ErrorCode): error is AtoError {
  return error instanceof AtoError && (code === undefined || error.code === code);
}
