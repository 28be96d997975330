/** One call of every tool with arguments that fit the worked example. */
import { Client } from '@modelcontextprotocol/client';

export const GENERATIONS = [
  { name: 'the one with initialize', mode: 'legacy' },
  { name: 'the stateless one of 2026', mode: { pin: '2026-07-28' } },
] as const;

export type Generation = (typeof GENERATIONS)[number];

export function clientOf({ mode }: Generation): Client {
  return new Client(
    { name: 'atocore-test', version: '1.0.0' },
    { capabilities: {}, versionNegotiation: { mode } },
  );
}

let lots = 0;
const PROJECT = { project: 'p05-interferometer' };

const GIVEN: Readonly<Record<string, (recordId: string) => Record<string, unknown>>> = {
  context_build: () => ({ prompt: 'What are the lateral supports of p05 made of?' }),
  search: () => ({ query: 'lubricant', top_k: 3 }),
  project_state: () => PROJECT,
  projects_list: () => ({ limit: 10 }),
  detect_project: () => ({ text: 'the p05 interferometer' }),
  queue_list: () => PROJECT,
  conflicts_list: () => ({}),
  record_get: (id) => ({ id }),
  capture: () => ({ prompt: 'Which pads did we choose?', response: 'The dry ones.', ...PROJECT }),
  propose: () => ({
    kind: 'knowledge',
    subject: 'pad thickness',
    // What is proposed already is refused, so each proposal is another one.
    text: `The pads of lot ${++lots} are two millimetres thick.`,
    ...PROJECT,
  }),
  ask_changes: () => ({ since: '2020-01-01' }),
};

/** Arguments for a tool; questions take a project or a record. */
export function givenFor(
  tool: { readonly name: string; readonly inputSchema: Record<string, unknown> },
  recordId: string,
): Record<string, unknown> {
  const own = GIVEN[tool.name];
  if (own !== undefined) return own(recordId);
  const required = (tool.inputSchema.required ?? []) as readonly string[];
  return required.includes('record') ? { record: recordId } : PROJECT;
}
