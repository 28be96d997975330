/** The MCP server: tools and resources over the routes of HTTP, for either protocol generation. */
import {
  type CallToolResult,
  McpServer,
  ProtocolError,
  ProtocolErrorCode,
  ResourceTemplate,
  type StandardSchemaWithJSON,
} from '@modelcontextprotocol/server';
import { askingOf, type Call, type Json, operationOf } from './operations.ts';
import * as texts from './texts.ts';
import { askRecord, type Tool, toolsOf } from './tools.ts';

const INSTRUCTIONS =
  'AtoCore keeps reviewed knowledge of long-lived projects. Call context_build with the prompt before answering about a project. ' +
  'Trusted state outranks records, records outrank sources; what is marked disputed is not settled. ' +
  'capture and propose only suggest: a person decides what becomes trusted.';

const RECORDS = 'atocore://record/';
const LISTED_MAX = 500;

export interface Served {
  readonly tools: readonly Tool[];
  readonly document: Json;
  readonly version: string;
}

/** What every server of a process shares, made once of the OpenAPI document. */
export function servedFrom(document: Json, version: string): Served {
  return { tools: toolsOf(document), document, version };
}

/** A server that is asked through `call`; one for each connection, or each request of HTTP. */
export function mcpServer({ tools, document, version }: Served, call: Call): McpServer {
  const server = new McpServer(
    { name: 'atocore', title: 'AtoCore', version },
    { instructions: INSTRUCTIONS },
  );
  for (const tool of tools) addTool(server, tool, call);
  addRecords(server, document, call);
  return server;
}

function addTool(server: McpServer, tool: Tool, call: Call): void {
  server.registerTool(
    tool.name,
    {
      title: tool.title,
      description: tool.description,
      inputSchema: unchecked(tool.input),
      outputSchema: unchecked(tool.output),
      annotations: {
        readOnlyHint: tool.isRead,
        destructiveHint: false,
        idempotentHint: tool.isRead || tool.name === 'capture',
        openWorldHint: false,
      },
    },
    async (given: Json): Promise<CallToolResult> => {
      const { status, body } = await tool.ask(call, given);
      if (status >= 400) {
        return { isError: true, content: [{ type: 'text', text: texts.problem(body, status) }] };
      }
      const structuredContent = body as Record<string, unknown>;
      return { content: [{ type: 'text', text: tool.text(structuredContent) }], structuredContent };
    },
  );
}

// The route checks what it is given and says what is wrong; a second check would say it otherwise.
function unchecked(schema: Json): StandardSchemaWithJSON<Json> {
  const json = () => ({ ...schema });
  return {
    '~standard': {
      version: 1,
      vendor: 'atocore',
      validate: (value) => ({ value: (value ?? {}) as Json }),
      jsonSchema: { input: json, output: json },
    },
  };
}

function addRecords(server: McpServer, document: Json, call: Call): void {
  const one = [
    operationOf(document, 'get', '/memory/{id}'),
    operationOf(document, 'get', '/entities/{id}'),
  ] as const;
  const template = new ResourceTemplate(`${RECORDS}{id}`, {
    list: async () => ({ resources: await listed(document, call) }),
  });
  server.registerResource(
    'record',
    template,
    {
      title: 'Record',
      description: 'One memory or entity by id; only active ones are trusted.',
      mimeType: 'application/json',
    },
    async (uri, variables) => {
      const { status, body } = await askRecord(call, one, { id: String(variables.id ?? '') });
      if (status >= 400) {
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, texts.problem(body, status), {
          uri: uri.href,
        });
      }
      const text = JSON.stringify(body, null, 1);
      return { contents: [{ uri: uri.href, mimeType: 'application/json', text }] };
    },
  );
}

/** The active records, the first 500 of memories and of entities; `search` finds the others. */
async function listed(document: Json, call: Call) {
  const answers = await Promise.all(
    ['/memory', '/entities'].map((path) => {
      const operation = operationOf(document, 'get', path);
      return call(askingOf(operation, { status: 'active', limit: LISTED_MAX }));
    }),
  );
  return answers.flatMap(({ body, status }) => {
    if (status >= 400) {
      throw new ProtocolError(ProtocolErrorCode.InternalError, texts.problem(body, status));
    }
    return ((body as Json).items as readonly Json[]).map((record) => ({
      uri: RECORDS + String(record.id),
      name: String(record.id),
      title: `${String(record.kind)}: ${String(record.subject)}`,
      description: String(record.text).slice(0, 280),
      mimeType: 'application/json',
    }));
  });
}
