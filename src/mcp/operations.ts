/** Operations of the OpenAPI document as tools need them: one object in, one object out. */

export type Json = Readonly<Record<string, unknown>>;

/** How a request is made: what a route is asked, and what it answered. */
export interface Asking {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
}
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}
export type Call = (asking: Asking) => Promise<Answer>;

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  /** JSON Schema of the parameters and the fields of the body in one object. */
  readonly input: Json;
  /** JSON Schema of the answer, whole in itself. */
  readonly output: Json;
  readonly inPath: readonly string[];
  readonly hasBody: boolean;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Json;
}

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
const REFERENCE = '#/components/schemas/';

/** The paths of a document below a prefix. */
export function pathsBelow(document: Json, prefix: string): readonly string[] {
  return Object.keys(document.paths as Json).filter((path) => path.startsWith(prefix));
}

/** @throws Error where the document has no such operation: it is of another version */
export function operationOf(document: Json, method: string, path: string): Operation {
  const found = at(document, 'paths', path, method);
  if (found === undefined) {
    throw new Error(`Expected ${method} ${path} in /openapi.json, found nothing. Update AtoCore.`);
  }
  const parameters = ((found.parameters ?? []) as readonly Parameter[]).filter(
    (each) => each.in === 'path' || each.in === 'query',
  );
  const body = at(found, 'requestBody', 'content', 'application/json', 'schema');
  const bodyObject = body === undefined ? undefined : resolved(document, body);
  const answers = Object.entries((found.responses ?? {}) as Json);
  const answer = answers.find(([status]) => status.startsWith('2'))?.[1] as Json | undefined;
  const output = at(answer ?? {}, 'content', 'application/json', 'schema') ?? { type: 'object' };
  const required = [
    ...parameters.filter((each) => each.required === true).map(({ name }) => name),
    ...((bodyObject?.required ?? []) as readonly string[]),
  ];
  return {
    method: method.toUpperCase(),
    path,
    summary: String(found.summary ?? ''),
    input: whole(document, {
      type: 'object',
      properties: {
        ...Object.fromEntries(parameters.map((each) => [each.name, described(each)])),
        ...((bodyObject?.properties ?? {}) as Json),
      },
      ...(required.length === 0 ? {} : { required }),
      additionalProperties: false,
    }),
    output: whole(document, resolved(document, output)),
    inPath: parameters.filter((each) => each.in === 'path').map(({ name }) => name),
    hasBody: body !== undefined,
  };
}

/** The request that arguments make; what no route knows is sent on, so that the route refuses it. */
export function askingOf(operation: Operation, given: Json): Asking {
  const { method, inPath, hasBody } = operation;
  let path = operation.path;
  for (const name of inPath) {
    path = path.replace(`{${name}}`, encodeURIComponent(textOf(given[name] ?? '')));
  }
  const rest = Object.entries(given).filter(
    ([name, value]) => !inPath.includes(name) && value !== undefined,
  );
  if (hasBody) return { method, path, body: Object.fromEntries(rest) };
  const query = new URLSearchParams(
    Object.fromEntries(rest.map(([name, value]) => [name, textOf(value)])),
  ).toString();
  return { method, path: query === '' ? path : `${path}?${query}` };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function described({ schema, description }: Parameter): Json {
  return description === undefined ? schema : { ...schema, description };
}

function at(value: Json, ...keys: readonly string[]): Json | undefined {
  return keys.reduce<Json | undefined>((each, key) => each?.[key] as Json | undefined, value);
}

function resolved(document: Json, schema: Json): Json {
  const { $ref } = schema;
  if (typeof $ref !== 'string') return schema;
  return at(document, 'components', 'schemas', $ref.slice(REFERENCE.length)) ?? {};
}

/** The schema with every component that it names, below `$defs`. */
function whole(document: Json, schema: Json): Json {
  const components = new Map<string, unknown>();
  const moved = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(moved);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => {
        if (key !== '$ref' || typeof each !== 'string') return [key, moved(each)];
        const name = each.slice(REFERENCE.length);
        if (!components.has(name)) {
          components.set(name, {});
          components.set(name, moved(at(document, 'components', 'schemas', name) ?? {}));
        }
        return [key, `#/$defs/${name}`];
      }),
    );
  };
  const own = moved(schema) as Json;
  return {
    $schema: DIALECT,
    ...own,
    ...(components.size === 0 ? {} : { $defs: Object.fromEntries(components) }),
  };
}
