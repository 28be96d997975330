/** The tools: each a name and a few words for an agent, over one route of HTTP. None decides. */
import {
  type Answer,
  askingOf,
  type Call,
  type Json,
  type Operation,
  operationOf,
  pathsBelow,
} from './operations.ts';
import * as texts from './texts.ts';

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly isRead: boolean;
  readonly input: Json;
  readonly output: Json;
  readonly ask: (call: Call, given: Json) => Promise<Answer>;
  /** What an answer says, for who reads text. */
  readonly text: (body: Json) => string;
}

interface Over {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly route: readonly [method: string, path: string];
  readonly isRead?: boolean;
  readonly text: (body: Json) => string;
  /** Where nothing is said: lists are shorter here than over HTTP. */
  readonly preset?: Json;
}

const SHORT = { limit: 20 };

const OVER: readonly Over[] = [
  {
    name: 'context_build',
    title: 'Context for a prompt',
    description:
      'What is known and trusted for a prompt: facts people decided on, then sources, within a budget. Call it before you answer about a project.',
    route: ['post', '/context/build'],
    text: texts.pack,
  },
  {
    name: 'search',
    title: 'Search',
    description:
      'Search notes, captures and records. Each hit has its path, lines, layer and status. Use context_build first; search when you need more, or a source.',
    route: ['post', '/query'],
    text: texts.hits,
  },
  {
    name: 'project_state',
    title: 'Trusted state of a project',
    description: 'What people have set as true of a project now. It outranks everything else.',
    route: ['get', '/project/state/{project}'],
    text: texts.states,
  },
  {
    name: 'projects_list',
    title: 'Projects',
    description: 'Every project with its id, title and aliases.',
    route: ['get', '/projects'],
    text: texts.projects,
  },
  {
    name: 'detect_project',
    title: 'Detect the project',
    description: 'The one project that a text or a working folder speaks of, or none.',
    route: ['get', '/detect-project'],
    text: texts.detected,
  },
  {
    name: 'queue_list',
    title: 'Review queue',
    description:
      'Candidates that wait for a person to decide. They are not trusted yet; do not use them as facts.',
    route: ['get', '/queue'],
    text: texts.queue,
    preset: SHORT,
  },
  {
    name: 'conflicts_list',
    title: 'Conflicts',
    description:
      'Facts that contradict each other. A person resolves them; say so when you meet one.',
    route: ['get', '/conflicts'],
    text: texts.conflicts,
    preset: SHORT,
  },
  {
    name: 'capture',
    title: 'Capture a turn',
    description:
      'Keep one prompt and its answer. It is stored as said and trusted by nobody until a person reviews what it claims. The same turn again is kept once.',
    route: ['post', '/interactions'],
    isRead: false,
    text: texts.captured,
  },
];

/** Every tool, from the document that describes the routes. */
export function toolsOf(document: Json): readonly Tool[] {
  return [
    ...OVER.map((over) => toolOver(document, over)),
    recordTool(document),
    proposeTool(document),
    ...pathsBelow(document, '/engineering/').map((path) => questionTool(document, path)),
  ];
}

function toolOver(document: Json, over: Over): Tool {
  const { name, title, description, isRead = true, text, preset = {} } = over;
  const operation = operationOf(document, ...over.route);
  return {
    name,
    title,
    description,
    isRead,
    input: presetIn(operation.input, preset),
    output: operation.output,
    ask: (call, given) => call(askingOf(operation, { ...preset, ...given })),
    text,
  };
}

function presetIn(input: Json, preset: Json): Json {
  const properties = input.properties as Readonly<Record<string, Json>>;
  const changed = Object.entries(preset).map(([name, value]) => [
    name,
    { ...properties[name], default: value },
  ]);
  return { ...input, properties: { ...properties, ...Object.fromEntries(changed) } };
}

function questionTool(document: Json, path: string): Tool {
  const id = path.slice('/engineering/'.length);
  const operation = operationOf(document, 'get', path);
  return {
    name: `ask_${id.replaceAll('-', '_')}`,
    title: operation.summary,
    description: `${operation.summary}, from the reviewed entities and their relations.`,
    isRead: true,
    input: operation.input,
    output: operation.output,
    ask: (call, given) => call(askingOf(operation, given)),
    text: texts.answered,
  };
}

/** Both collections have the same shape of record, so one tool looks in both. */
export async function askRecord(
  call: Call,
  [memory, entity]: readonly [Operation, Operation],
  given: Json,
): Promise<Answer> {
  const first = await call(askingOf(memory, given));
  if (first.status !== 404) return first;
  return call(askingOf(entity, given));
}

function recordTool(document: Json): Tool {
  const memory = operationOf(document, 'get', '/memory/{id}');
  const entity = operationOf(document, 'get', '/entities/{id}');
  return {
    name: 'record_get',
    title: 'One record',
    description:
      'One memory or entity by id, with its status, origins and open conflicts. Only `active` ones are trusted.',
    isRead: true,
    input: memory.input,
    output: memory.output,
    ask: (call, given) => askRecord(call, [memory, entity], given),
    text: texts.record,
  };
}

function proposeTool(document: Json): Tool {
  const memory = operationOf(document, 'post', '/memory');
  const entity = operationOf(document, 'post', '/entities');
  const kindsOf = ({ input }: Operation): readonly string[] => {
    const { kind } = input.properties as Readonly<Record<string, Json>>;
    return (kind?.enum ?? []) as readonly string[];
  };
  const { status: _status, actor: _actor, ...fields } = memory.input.properties as Json;
  const kinds = [...new Set([...kindsOf(memory), ...kindsOf(entity)])];
  return {
    name: 'propose',
    title: 'Propose a record',
    description:
      'Propose one fact as a candidate for the review queue. A person decides whether it becomes trusted. Say where it comes from in `origins`.',
    isRead: false,
    input: {
      ...memory.input,
      properties: { ...fields, kind: { type: 'string', enum: kinds } },
    },
    output: memory.output,
    ask: async (call, given) => {
      const set = ['status', 'actor'].find((name) => name in given);
      if (set !== undefined) {
        const detail = `Expected no \`${set}\`: what is proposed is always a candidate, and a person decides. Leave it out.`;
        return { status: 422, body: { detail } };
      }
      const isMemory = kindsOf(memory).includes(String(given.kind));
      const operation = isMemory ? memory : entity;
      return call(askingOf(operation, { ...given, status: 'candidate' }));
    },
    text: texts.proposed,
  };
}
