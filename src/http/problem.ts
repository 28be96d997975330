/** Errors as `application/problem+json` (RFC 9457): the one place where a code becomes an answer. */
import { AtoError, ERROR_CODES, type ErrorCode } from '../errors.ts';

/** What only HTTP knows, beside the table of errors.ts. */
const HTTP_ONLY = { 'method-not-allowed': 405, 'too-many-requests': 429 } as const;

export type ProblemCode = ErrorCode | keyof typeof HTTP_ONLY;

export const PROBLEM_TYPE = 'application/problem+json';

/** One fault of a request: in the body a JSON pointer, in the URL a parameter. */
export interface RequestFault {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly detail: string;
}

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors?: readonly RequestFault[];
  readonly [extra: string]: unknown;
}

/** Thrown inside `http/` where no code of errors.ts says it. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.headers = headers;
  }
}

/** Any error as a problem; what nobody foresaw keeps its inner details to the log. */
export function problemOf(error: unknown, log: (line: string) => void): ProblemBody {
  if (error instanceof AtoError) {
    return { ...bare(error.code, error.message), ...extraOf(error.extra) };
  }
  if (error instanceof HttpProblem) return bare(error.code, error.message);
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return bare(
    'failed',
    'Something failed inside; the log has it. Try again, or ask for `/health`.',
  );
}

/** A problem as a response, with `Retry-After` where trying again later makes sense. */
export function problemResponse(
  problem: ProblemBody,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const all = new Headers({ ...headers });
  all.set('content-type', PROBLEM_TYPE);
  if ((problem.status === 503 || problem.status === 429) && !all.has('retry-after')) {
    all.set('retry-after', '1');
  }
  if (problem.status === 401) all.set('www-authenticate', 'Bearer realm="atocore"');
  return new Response(JSON.stringify(problem), { status: problem.status, headers: all });
}

/** The headers that an error brings along. */
export function headersOf(error: unknown): Readonly<Record<string, string>> {
  return error instanceof HttpProblem ? error.headers : {};
}

function bare(code: ProblemCode, detail: string): ProblemBody {
  const status = code in HTTP_ONLY ? HTTP_ONLY[code as keyof typeof HTTP_ONLY] : statusOf(code);
  const title = code.charAt(0).toUpperCase() + code.slice(1).replaceAll('-', ' ');
  return { type: `urn:atocore:error:${code}`, title, status, code, detail };
}

function statusOf(code: ProblemCode): number {
  return ERROR_CODES[code as ErrorCode].status;
}

// What an error carries may add to a problem, never replace what makes it one.
function extraOf(extra: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const own = new Set(['type', 'title', 'status', 'code', 'detail']);
  return Object.fromEntries(Object.entries(extra).filter(([key]) => !own.has(key)));
}
