/** MCP as an agent's host meets it: the SDK's own client, both transports, both generations. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { type Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { serve } from '../../src/http/serve.ts';
import { mcpOverHttp } from '../../src/mcp/over-http.ts';
import { lineWithExample } from '../cli/command-line.ts';
import { REVIEWER, siteUnderTest } from '../http/site-under-test.ts';
import { clientOf, GENERATIONS, givenFor } from './every-tool.ts';

const BODY_BYTES_MAX = 100_000;
const site = await siteUnderTest(
  { after },
  { settings: { mcp: mcpOverHttp, bodyBytesMax: BODY_BYTES_MAX } },
);
const port = await serve(site.app, { port: 0, auth: 'token' });
after(() => port.close());
const line = await lineWithExample({ after } as never);

const memories = await site.ask({
  method: 'POST',
  path: '/memory',
  scope: 'reviewer',
  body: {
    kind: 'knowledge',
    project: 'p05-interferometer',
    subject: 'pad colour',
    text: 'The pads are black.',
    actor: `${REVIEWER.name} <${REVIEWER.email}>`,
  },
});
const RECORD_ID: string = memories.body.record.id;

function overHttp(token = site.tokens.agent): StreamableHTTPClientTransport {
  const headers = { authorization: `Bearer ${token}` };
  return new StreamableHTTPClientTransport(new URL(`${port.url}/mcp`), {
    requestInit: { headers },
  });
}

function overStdio(): StdioClientTransport {
  return new StdioClientTransport({
    command: process.execPath,
    args: ['dist/cli/main.js', '--store', line.store, '--config', line.config, 'mcp'],
    stderr: 'pipe',
  });
}

/** Lists and calls everything. The client itself refuses what its output schema doesn't allow. */
async function useEverything(client: Client, recordId: string): Promise<readonly string[]> {
  const { tools } = await client.listTools();
  for (const tool of tools) {
    assert.ok(tool.outputSchema, tool.name);
    assert.ok(tool.description, tool.name);
    const called = await client.callTool({
      name: tool.name,
      arguments: givenFor(tool as never, recordId),
    });
    assert.notEqual(called.isError, true, `${tool.name}: ${JSON.stringify(called.content)}`);
    assert.ok(called.structuredContent, tool.name);
    const [first] = called.content as readonly { type: string; text: string }[];
    assert.ok(first?.type === 'text' && first.text.length > 0, tool.name);
    assert.ok(!/undefined|\[object/.test(first.text), `${tool.name}: ${first.text}`);
  }
  return tools.map(({ name }) => name);
}

for (const generation of GENERATIONS) {
  test(`over HTTP every tool answers as its output schema says: ${generation.name}`, async (t) => {
    const client = clientOf(generation);
    await client.connect(overHttp());
    t.after(() => client.close());
    const names = await useEverything(client, RECORD_ID);
    assert.ok(names.length >= 26, names.join());

    const { resourceTemplates } = await client.listResourceTemplates();
    assert.deepEqual(
      resourceTemplates.map(({ uriTemplate }) => uriTemplate),
      ['atocore://record/{id}'],
    );
    const { resources } = await client.listResources();
    const uri = `atocore://record/${RECORD_ID}`;
    assert.ok(resources.some((each) => each.uri === uri));
    const { contents } = await client.readResource({ uri });
    const [content] = contents as readonly { text: string }[];
    assert.equal(JSON.parse(content?.text ?? '').text, 'The pads are black.');
    await assert.rejects(client.readResource({ uri: 'atocore://record/none' }), /none/);
  });
}

test('over stdio every tool answers, without a daemon and through one, both generations', async (t) => {
  const { body } = { body: await line.json(['queue']) };
  const recordId: string = body.items[0].id;
  const [initialised, stateless] = GENERATIONS;
  const alone = clientOf(initialised);
  t.after(() => alone.close());
  await alone.connect(overStdio());
  const names = await useEverything(alone, recordId);
  await alone.close();
  await line.up();
  for (const generation of [stateless, initialised]) {
    const client = clientOf(generation);
    t.after(() => client.close());
    await client.connect(overStdio());
    if (generation === stateless) assert.deepEqual(await useEverything(client, recordId), names);
    else await client.callTool({ name: 'projects_list', arguments: {} });
  }
});

test('no tool decides: readers say so, and what is proposed is a candidate', async (t) => {
  const client = clientOf(GENERATIONS[1]);
  await client.connect(overHttp());
  t.after(() => client.close());
  const { tools } = await client.listTools();
  const writers = tools.filter(({ annotations }) => annotations?.readOnlyHint !== true);
  assert.deepEqual(writers.map(({ name }) => name).sort(), ['capture', 'propose']);
  assert.ok(tools.every(({ annotations }) => annotations?.destructiveHint === false));
  const fields = {
    kind: 'decision',
    project: 'p05-interferometer',
    subject: 'pad supplier',
    text: 'The pads come from the same supplier.',
  };
  const proposed = await client.callTool({ name: 'propose', arguments: fields });
  const { record } = proposed.structuredContent as { record: { id: string } };
  const { body } = await site.ask({ path: `/entities/${record.id}` });
  assert.equal(body.status, 'candidate');
  for (const more of [{ status: 'active' }, { actor: 'Rhea <rhea@example.org>' }]) {
    const refused = await client.callTool({ name: 'propose', arguments: { ...fields, ...more } });
    assert.equal(refused.isError, true);
  }
});

test('a wrong argument is a tool error that says what was expected and found', async (t) => {
  const client = clientOf(GENERATIONS[0]);
  await client.connect(overHttp());
  t.after(() => client.close());
  const cases = [
    { name: 'record_get', given: { id: 'none' }, says: /Expected .*none/ },
    { name: 'search', given: {}, says: /Expected text, found nothing.*\/query/ },
    { name: 'search', given: { query: 'a', top_k: 1_000 }, says: /at most 500/ },
    { name: 'search', given: { query: 'a', colour: 'red' }, says: /only known fields.*colour/ },
    { name: 'project_state', given: { project: 'nowhere' }, says: /Known are/ },
    { name: 'ask_place', given: {}, says: /record/ },
    { name: 'queue_list', given: { limit: {} }, says: /a number/ },
  ];
  for (const { name, given, says } of cases) {
    const { isError, content } = await client.callTool({ name, arguments: given });
    assert.equal(isError, true, name);
    assert.match((content as readonly { text: string }[])[0]?.text ?? '', says);
  }
  await assert.rejects(client.callTool({ name: 'promote', arguments: {} }), /promote/);
});

test('what is no MCP request gets a JSON-RPC error or a problem, never a 500', async () => {
  const agent = { authorization: `Bearer ${site.tokens.agent}` };
  const json = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };
  const ping = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
  const cases: readonly { body?: string; headers: Record<string, string>; status: number }[] = [
    { body: '{', headers: { ...agent, ...json }, status: 400 },
    { body: '[]', headers: { ...agent, ...json }, status: 400 },
    { body: '"text"', headers: { ...agent, ...json }, status: 400 },
    { body: '{"jsonrpc":"1.0"}', headers: { ...agent, ...json }, status: 400 },
    { body: ping, headers: { ...agent, ...json, 'content-type': 'text/plain' }, status: 415 },
    { body: ' '.repeat(BODY_BYTES_MAX + 1), headers: { ...agent, ...json }, status: 413 },
    { body: ping, headers: json, status: 401 },
    { body: ping, headers: { ...json, authorization: `Bearer ${site.tokens.admin}` }, status: 403 },
    { body: ping, headers: { ...agent, ...json, origin: 'https://evil.example' }, status: 403 },
    { body: ping, headers: { ...agent, ...json, host: 'evil.example' }, status: 403 },
    { headers: { ...agent, accept: 'text/event-stream' }, status: 405 },
    { body: ping, headers: { ...agent, ...json }, status: 200 },
  ];
  for (const { body, headers, status } of cases) {
    const response = await site.app.request('/mcp', {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    assert.equal(response.status, status, `${body?.slice(0, 60)} ${text}`);
    assert.match(text, /jsonrpc|urn:atocore:error/);
  }
});

test('docs/integrations.md lists every tool with what it takes to be called', async () => {
  const client = clientOf(GENERATIONS[0]);
  await client.connect(overHttp());
  const { tools } = await client.listTools();
  await client.close();
  const page = await readFile(new URL('../../docs/integrations.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| ([^|]*) \|/gm)].map(([, name, needs]) => [
    name,
    needs?.trim(),
  ]);
  const listed = tools.map(({ name, inputSchema }) => {
    const required = (inputSchema.required ?? []) as readonly string[];
    return [name, required.map((each) => `\`${each}\``).join(', ') || '—'];
  });
  assert.deepEqual(rows.sort(), listed.sort());
});
