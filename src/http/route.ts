/** One route as a value: who may use it, what it takes, what it answers. */
import { AtoError } from '../errors.ts';
import { quote } from '../model/names.ts';
import type { Access } from './access.ts';
import type { RequestFault } from './problem.ts';
import type { Scope } from './tokens.ts';
import { z } from './zod.ts';

export const NO_FIELDS = z.strictObject({});
type NoFields = typeof NO_FIELDS;

export interface RouteSpec<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As in OpenAPI: `/memory/{id}`. */
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  readonly tag: string;
  readonly params?: Params;
  readonly query?: Query;
  /** A body may be left out when every field of it may. */
  readonly body?: Body;
  /** True for what is asked with a body and changes nothing. */
  readonly isRead?: boolean;
  readonly takesIfMatch?: boolean;
  /** The body is not read as JSON: the route is given its bytes, this many at most. */
  readonly rawBytesMax?: number;
  readonly status?: 200 | 201 | 202;
  /** Default: JSON. Another one comes as a stream. */
  readonly mediaType?: 'text/event-stream' | 'text/plain; version=0.0.4; charset=utf-8';
  readonly answer: Answer;
}

export interface Ask<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly headers: Headers;
  /** The body as it was sent. */
  readonly bytes: Uint8Array;
  /** Whose token it came with; absent where none is asked for. */
  readonly scope?: Scope;
}

export interface Reply<Answer> {
  /** Default: the route's. */
  readonly status?: number;
  readonly body: Answer;
  /** Sent in place of the body, where the route has a media type of its own. */
  readonly stream?: ReadableStream<Uint8Array>;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request's parts before anything is known of them. */
export interface RawAsk {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly bytes: Uint8Array;
  readonly headers: Headers;
  readonly scope?: Scope | undefined;
}

export interface Route {
  readonly spec: RouteSpec<z.ZodType, z.ZodType, z.ZodType, z.ZodType>;
  readonly respond: (raw: RawAsk) => Promise<Reply<unknown>>;
}

/** A route and what answers it; everything that reaches `answer` is checked. */
export function defineRoute<
  Answer extends z.ZodType,
  Params extends z.ZodType = NoFields,
  Query extends z.ZodType = NoFields,
  Body extends z.ZodType = z.ZodUndefined,
>(
  spec: RouteSpec<Params, Query, Body, Answer>,
  answer: (
    ask: Ask<z.output<Params>, z.output<Query>, z.output<Body>>,
  ) => Reply<z.input<Answer>> | Promise<Reply<z.input<Answer>>>,
): Route {
  const params = (spec.params ?? NO_FIELDS) as Params;
  const query = (spec.query ?? NO_FIELDS) as Query;
  return {
    spec: spec as unknown as Route['spec'],
    async respond(raw) {
      return answer({
        params: checkUrl(params, raw.params),
        query: checkUrl(query, once(raw.query)),
        body: checkBody(spec.body, raw.body),
        headers: raw.headers,
        bytes: raw.bytes,
        ...(raw.scope === undefined ? {} : { scope: raw.scope }),
      });
    },
  };
}

function once(query: URLSearchParams): Readonly<Record<string, string>> {
  const names = [...query.keys()];
  const doubled = names.find((name, at) => names.indexOf(name) !== at);
  if (doubled !== undefined) {
    throw new AtoError('usage', `Expected ${quote(doubled)} once in the URL, found it twice.`);
  }
  return Object.fromEntries(query);
}

function checkUrl<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const errors = faultsOf(read.error, value).map(({ at, detail }) => ({
    parameter: at.slice(1),
    detail,
  }));
  throw new AtoError('usage', summaryOf(errors), { extra: { errors } });
}

function checkBody<Schema extends z.ZodType>(
  schema: Schema | undefined,
  value: unknown,
): z.output<Schema> {
  if (schema === undefined) {
    if (value === undefined) return undefined as z.output<Schema>;
    throw new AtoError('usage', 'Expected no body here, found one. Leave it out.');
  }
  const isLeftOut = value === undefined && schema.safeParse({}).success;
  if (value === undefined && !isLeftOut) {
    throw new AtoError('usage', 'Expected a JSON body, found none. Send one as application/json.');
  }
  const read = schema.safeParse(isLeftOut ? {} : value);
  if (read.success) return read.data;
  const errors = faultsOf(read.error, value).map(({ at, detail }) => ({ pointer: at, detail }));
  throw new AtoError('invalid', summaryOf(errors), { extra: { errors } });
}

type Issue = z.ZodError['issues'][number];

/** Each fault with the JSON pointer of where it is. */
function faultsOf(error: z.ZodError, value: unknown): readonly { at: string; detail: string }[] {
  return error.issues.flatMap((issue) => {
    const place = issue.path.map((part) => `/${escapePointer(String(part))}`).join('');
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : undefined;
    const places = keys?.map((key) => `${place}/${escapePointer(key)}`) ?? [place];
    const detail = sentence(issue, describe(valueAt(value, issue.path)));
    return places.map((at) => ({ at, detail }));
  });
}

function escapePointer(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}

function summaryOf(errors: readonly RequestFault[]): string {
  const [first] = errors;
  const more = errors.length > 1 ? ` ${errors.length - 1} more in \`errors\`.` : '';
  const place = first?.pointer ?? first?.parameter ?? '';
  const at = place === '' ? '' : ` At ${quote(place)}.`;
  return `${first?.detail ?? 'Expected another value.'}${at}${more}`;
}

const SHAPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

function sentence(issue: Issue, found: string): string {
  switch (issue.code) {
    case 'invalid_type':
      return `Expected ${SHAPES[issue.expected] ?? issue.expected}, found ${found}.`;
    case 'invalid_value':
      return `Expected one of ${issue.values.map(String).join(', ')}; found ${found}.`;
    case 'unrecognized_keys':
      return 'Expected only known fields, found one that nothing here reads. Leave it out.';
    case 'too_small':
      return `Expected at least ${issue.minimum}${unitOf(issue.origin)}, found less.`;
    case 'too_big':
      return `Expected at most ${issue.maximum}${unitOf(issue.origin)}, found more.`;
    case 'custom':
      return issue.message;
    default:
      return `Expected another value, found ${found}: ${issue.message}.`;
  }
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' entries' : '';
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  );
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return value === null ? 'null' : 'nothing';
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : String(value);
}
